//! A claim that the store makes by itself once there is a job, while the worker waits.

use super::Worker;
use crate::queue::engine::Core;
use crate::queue::store::{Batch, ClaimedJobs, Fence, Served, Serving};

impl Worker {
    /// The claim that the store may make by itself while this worker waits. Its slots are taken until
    /// it is over.
    pub fn stand_by(&self, core: &Core) -> Option<Batch> {
        let mut state = self.state.borrow_mut();
        let wanted = state.wants().min(self.most_claims.get());
        if state.standing_by.is_some() || wanted == 0 {
            return None;
        }
        let mut batch = state.claim(core, &self.job_type, wanted);
        state.standing_by = Some(batch.fence);
        // The one that ends the wait.
        batch.tokens = 1;
        Some(batch)
    }

    /// A claim that stood by is over. Tells whether the store may know of claims that this worker
    /// does not.
    pub fn served(&self, core: &Core, served: Served) -> bool {
        let Served { claim, outcome } = served;
        {
            let mut state = self.state.borrow_mut();
            state.standing_by = None;
            state.called_off = false;
            state.asked -= claim.slots.len();
        }
        let mut unsure = false;
        match outcome {
            Serving::Made(settled) => {
                self.watched.set(false);
                if core.hung.get() {
                    self.decline(claim.fence, &settled.jobs);
                } else {
                    self.accept(core, claim.fence, &settled.jobs);
                    self.hungry.set(settled.jobs.len() < claim.slots.len());
                }
                unsure = self.unsure.take();
            }
            Serving::Refused { tokens } => {
                // The answer may have been one that could not be read.
                self.unsure.set(true);
                self.wake(tokens);
            }
            // The next one leaves with the next wait, and is the look that is due.
            Serving::Lost => {
                self.watched.set(false);
                self.unsure.set(true);
                if claim.slots.len() == 1 {
                    self.state.borrow_mut().unanswered.add(claim.fence);
                }
                self.claim_fewer(claim.slots.len());
            }
            Serving::Unsent => {}
        }
        // Its slots are free again, whatever became of it.
        self.changed.notify_one();
        core.moved(self);
        unsure
    }

    /// Jobs were claimed that JavaScript could not start now: they go back.
    fn decline(&self, fence: Fence, jobs: &ClaimedJobs) {
        let released = jobs.iter().map(|(job, _)| job.release(fence));
        self.state.borrow_mut().settlements.extend(released);
    }

    /// Whether a claim that the store was to make by itself was called off, and has not ended.
    pub fn calls_off(&self) -> bool {
        self.state.borrow().called_off
    }

    /// Its slots are others now: a claim that stands by for them is not to be made any more.
    pub(super) fn call_off(&self, core: &Core) {
        let called_off = {
            let mut state = self.state.borrow_mut();
            state.called_off = state.standing_by.is_some();
            state.called_off
        };
        self.changed.notify_one();
        if called_off {
            self.watched.set(false);
            core.watch();
        } else {
            core.moved(self);
        }
    }
}
