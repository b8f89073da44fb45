//! What a worker does where the store refuses a call, or its answer is long in coming or gets lost.

use super::{MOST_CLAIMS, Sent, Worker};
use crate::error::Error;
use crate::queue::engine::Core;
use crate::queue::store::{Batch, Settled, Settlement};

impl Worker {
    /// Claim fewer jobs where an answer took a good part of the time that a call has, or never came:
    /// what is in hand then is of no use to anybody. More again where answers come soon.
    pub(super) fn size_claims(&self, core: &Core, sent: &Sent, settled: &Settled) {
        let asked = sent.batch.slots.len();
        if asked == 0 {
            return;
        }
        let (took, patience) = (sent.at.elapsed(), core.settings.command_timeout);
        if settled.claim_lost || (took > patience / 2 && settled.jobs.len() > 1) {
            self.most_claims.set((asked / 2).max(1));
            self.state.borrow_mut().prefetch.disappoint();
        } else if took < patience / 4 {
            self.most_claims.set((self.most_claims.get() * 2).min(MOST_CLAIMS));
        }
    }

    /// The store refuses an outcome for good: it is told less of it, so that neither this worker nor the
    /// next one that runs the job is kept by it for ever. What cannot be told at all stays in hand.
    pub(super) fn reduce(&self, batch: Batch, error: &Error) {
        let mut state = self.state.borrow_mut();
        state.tokens += batch.tokens;
        for settlement in batch.settlements {
            let Some(hold) = state.held.get_mut(&settlement.id) else { continue };
            if std::mem::replace(&mut hold.reduced, true) {
                continue;
            }
            if let Some(outcome) = settlement.outcome.reduced(&error.to_string()) {
                state.settlements.insert(0, Settlement { outcome, ..settlement });
            }
        }
    }

    /// The store refused a batch: what it says is still to be said.
    pub(super) fn take_back(&self, batch: Batch) {
        let mut state = self.state.borrow_mut();
        state.tokens += batch.tokens;
        state.settlements.splice(0..0, batch.settlements);
    }
}
