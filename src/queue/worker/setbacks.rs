//! What a worker does where the store refuses a call, or its answer is long in coming or gets lost.
//!
//! Outcomes are tried in ever smaller parts, so that one which the store does not take keeps no other.
//! Alone, it is told again after ever longer pauses; less of it is told only where it is known to be
//! too large, for what is refused for another reason may be taken a moment later.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{MOST_CLAIMS, Sent, Worker};
use crate::error::Error;
use crate::queue::engine::Core;
use crate::queue::lease;
use crate::queue::protocol;
use crate::queue::store::{Batch, Settled, Settlement};

/// The pause before a call is repeated that the store refused; for an outcome alone it doubles.
const PAUSE: Duration = Duration::from_millis(500);
const MOST_DOUBLINGS: u32 = 6;
/// The pause before a part is tried.
const PAUSE_BEFORE_PART: Duration = Duration::from_millis(5);
/// An outcome that got lost this often, alone, is taken to be too large for the connection ...
const MOST_LOSSES: u32 = 5;
/// ... where it is this large. Redis's own limits begin here.
const LARGE: usize = 1 << 20;

impl Worker {
    /// Claim fewer jobs where an answer took a good part of the time that a call has, or never came:
    /// what is in hand then is of no use to anybody. More again where answers come soon.
    pub(super) fn size_claims(&self, core: &Core, sent: &Sent, settled: &Settled) {
        let asked = sent.batch.slots.len();
        if asked == 0 {
            return;
        }
        let (took, patience) = (sent.at.elapsed(), core.settings.command_timeout);
        if settled.lost || (took > patience / 2 && settled.jobs.len() > 1) {
            self.claim_fewer(asked);
        } else if took < patience / 4 {
            self.most_claims.set((self.most_claims.get() * 2).min(MOST_CLAIMS));
        }
    }

    /// So many were too many.
    pub(super) fn claim_fewer(&self, asked: usize) {
        self.most_claims.set((asked / 2).max(1));
        self.state.borrow_mut().prefetch.disappoint();
    }

    /// The answer to a call did not come. Jobs that it may have claimed go back.
    pub(super) async fn lost(&self, core: &Core, batch: Batch) {
        let (outcomes, claims) = (batch.settlements.len(), batch.slots.len());
        if claims == 0 && outcomes == 1 {
            let error = Error::StoreUnavailable(
                "the connection breaks whenever an outcome is sent: it may be too large for the \
                 server (client-query-buffer-limit), or for the time that a call has"
                    .to_owned(),
            );
            self.postpone(core, batch, &error, |losses, size| {
                losses >= MOST_LOSSES && size >= LARGE
            });
        } else {
            if claims == 1 && outcomes == 0 {
                self.state.borrow_mut().unanswered.add(batch.fence);
            }
            self.tell_fewer(outcomes);
            self.take_back(batch);
        }
        if claims > 0 {
            lease::reconcile(core).await;
        }
    }

    /// The store refused a call.
    pub(super) async fn refused(&self, core: &Core, batch: Batch, error: Error) {
        let too_large = matches!(error, Error::TooLarge(_));
        // Whether it may be for one of the outcomes.
        let theirs = too_large || matches!(error, Error::Internal(_) | Error::StoreRefused(_));
        let (outcomes, claims) = (batch.settlements.len(), batch.slots.len());
        if theirs && claims == 0 && outcomes == 1 {
            return self.postpone(core, batch, &error, |_, _| too_large);
        }
        if theirs || matches!(error, Error::StoreFull(_)) {
            self.tell_fewer(outcomes);
        }
        self.take_back(batch);
        if core.closed.get() {
            return;
        }
        if theirs && outcomes > 0 {
            sleep(PAUSE_BEFORE_PART).await;
        } else {
            core.bridge.push(&protocol::trouble(&error));
            sleep(PAUSE).await;
        }
    }

    /// So many outcomes in one call were too many. With fewer than usual nothing is claimed.
    fn tell_fewer(&self, outcomes: usize) {
        if outcomes > 0 {
            self.most_outcomes.set((outcomes / 2).clamp(1, self.most_outcomes.get()));
        }
    }

    /// The store did not take an outcome, alone: others go first.
    fn postpone(
        &self,
        core: &Core,
        batch: Batch,
        error: &Error,
        reduces: impl Fn(u32, usize) -> bool,
    ) {
        let mut state = self.state.borrow_mut();
        state.tokens += batch.tokens;
        for mut settlement in batch.settlements {
            // Who gave it up does not tell of it any more.
            let Some(hold) = state.held.get_mut(&settlement.id) else { continue };
            hold.setbacks += 1;
            // Of one that may be too large that is soon known.
            let large = settlement.outcome.size() >= LARGE && !hold.reduced;
            let most = if large { 1 } else { MOST_DOUBLINGS };
            let pause = PAUSE * 2u32.pow((hold.setbacks - 1).min(most));
            let mut due = Instant::now() + pause;
            if !hold.reduced
                && reduces(hold.setbacks, settlement.outcome.size())
                && let Some(outcome) = settlement.outcome.reduced(&error.to_string())
            {
                hold.reduced = true;
                hold.setbacks = 0;
                settlement.outcome = outcome;
                due = Instant::now();
            }
            settlement.told = true;
            state.postponed.push((due, settlement));
        }
        drop(state);
        if !core.closed.get() {
            core.bridge.push(&protocol::trouble(error));
        }
    }

    /// Outcomes that were put off are told again when it is time.
    pub(super) fn resume(&self) {
        let now = Instant::now();
        let mut state = self.state.borrow_mut();
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.postponed).into_iter().partition(|(due, _)| *due <= now);
        state.postponed = later;
        state.settlements.extend(due.into_iter().map(|(_, settlement)| settlement));
    }

    /// What a batch says is still to be said, and may have been heard.
    fn take_back(&self, batch: Batch) {
        let mut state = self.state.borrow_mut();
        state.tokens += batch.tokens;
        let told = batch.settlements.into_iter();
        state.settlements.splice(0..0, told.map(|one| Settlement { told: true, ..one }));
    }
}
