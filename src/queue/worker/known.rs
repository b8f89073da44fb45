//! What a worker knows of its claims, beside what the store says.

use std::collections::HashSet;

use super::Worker;
use crate::queue::engine::Core;
use crate::queue::protocol;
use crate::queue::store::{Claimant, Fence, Held};

/// What a worker knew of its claims at one moment.
pub struct Known {
    /// The first call under way, or the next one: what it claims is not known yet.
    since: Fence,
    /// The claim that stands by, which may be older than that.
    standing_by: Option<Fence>,
    /// What is held, and what is about to be told of.
    claims: HashSet<(String, Fence)>,
}

impl Worker {
    /// What this worker knows of its claims now.
    pub fn known(&self, core: &Core) -> Known {
        let state = self.state.borrow();
        let since = state.flying.front().copied().unwrap_or(core.coming_fence());
        let settling =
            state.settlements.iter().filter_map(|settlement| match settlement.claimant {
                Claimant::Holder(fence) => Some((settlement.id.clone(), fence)),
                Claimant::AfterTtl(_) => None,
            });
        let held = state.held.iter().map(|(id, hold)| (id.clone(), hold.fence));
        let claims = held.chain(settling).collect();
        Known { since, standing_by: state.standing_by, claims }
    }

    /// Give back jobs that this holder has by the store's word and that this worker does not know,
    /// neither now nor before it asked the store; put off those that get lost again and again.
    pub fn release_unknown(&self, core: &Core, held: &[Held], before: &Known) {
        let now = self.known(core);
        let mut state = self.state.borrow_mut();
        // What a claim that stands by may have taken meanwhile is about to be told.
        let is_over = |fence: Fence| {
            let coming = [before.standing_by, now.standing_by].contains(&Some(fence));
            fence.0 < before.since.0 && !coming
        };
        for held in held.iter().filter(|held| held.job_type == self.job_type) {
            let claim = (held.id.clone(), held.fence);
            if is_over(held.fence)
                && !before.claims.contains(&claim)
                && !now.claims.contains(&claim)
            {
                let (settlement, said) = state.unanswered.judge(held, core.settings.max_lost);
                state.settlements.push(settlement);
                said.iter().for_each(|error| core.bridge.push(&protocol::trouble(error)));
            }
        }
        state.unanswered.forget(is_over);
        drop(state);
        self.changed.notify_one();
    }
}
