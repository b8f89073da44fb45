//! The jobs that JavaScript may start, and those of them that go back because nobody does.

use tokio::time::Instant;

use super::State;
use crate::queue::engine::Core;
use crate::queue::store::{Fence, Settlement};

/// A job that JavaScript may start.
pub(super) struct Offered {
    pub(super) id: String,
    pub(super) fence: Fence,
    pub(super) number: u64,
    pub(super) since: Instant,
}

impl State {
    /// How many offers there are beyond the free slots, and since when the oldest of these stands.
    pub(super) fn surplus(&mut self, core: &Core) -> Option<(usize, Instant)> {
        // They are taken in their order.
        while self.offered.front().is_some_and(|offer| !core.bridge.offers.is_open(offer.number)) {
            self.offered.pop_front();
        }
        let started = self.held.unsettled.saturating_sub(self.offered.len());
        let free = self.slots.len().saturating_sub(started);
        Some((self.offered.len().checked_sub(free)?, self.offered.get(free)?.since))
    }

    /// A job is not to start any more; `false` where it has, or is not among those offered.
    pub(super) fn call_back(&mut self, core: &Core, id: &str) -> bool {
        let Some(at) = self.offered.iter().position(|offer| offer.id == id) else { return false };
        let offer = self.offered.remove(at);
        offer.is_some_and(|offer| core.bridge.offers.end(offer.number))
    }

    /// Where no slot takes jobs any more, those that were not started go back.
    pub(super) fn return_unwanted(&mut self, core: &Core) {
        if self.slots.is_empty() {
            self.return_offers(core, self.offered.len());
        }
    }

    /// Where a job waits longer than was guessed, all beyond the free slots go back: somebody else
    /// may have time for them.
    pub(super) fn return_stale(&mut self, core: &Core) {
        let patience = self.prefetch.patience();
        if let Some((count, since)) = self.surplus(core)
            && since.elapsed() >= patience
        {
            self.prefetch.disappoint();
            self.return_offers(core, count);
        }
    }

    /// Call back the latest offers.
    fn return_offers(&mut self, core: &Core, count: usize) {
        let keep = self.offered.len() - count;
        for offer in self.offered.split_off(keep) {
            if !core.bridge.offers.end(offer.number) {
                continue;
            }
            let Some(hold) = self.held.settle(&offer.id, offer.fence) else { continue };
            let attempts = hold.terms.attempts_made;
            self.settlements.push(Settlement::release(offer.id, offer.fence, attempts));
        }
    }
}
