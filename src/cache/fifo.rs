//! First in, first out: the victim is the entry that was inserted first. Reading or setting it again
//! changes nothing, so it is the policy with the least bookkeeping (and Belady's anomaly: Belady,
//! Nelson, Shedler, "An anomaly in space-time characteristics of certain programs running in a
//! paging machine", CACM 1969).

use super::list::{Links, List};
use super::policy::{Capacity, Eviction, Incoming, Policy, Slot};

/// See the module.
#[derive(Default)]
pub struct Fifo {
    links: Links,
    queue: List,
}

impl Fifo {
    pub fn new(_: Capacity) -> Self {
        Self::default()
    }
}

impl Policy for Fifo {
    fn insert(&mut self, slot: Slot, _: Incoming) {
        self.queue.push(&mut self.links, slot);
    }

    fn hit(&mut self, _: Slot) {}

    fn update(&mut self, _: Slot, _: u64) {}

    fn remove(&mut self, slot: Slot) {
        self.queue.remove(&mut self.links, slot);
    }

    fn evict(&mut self) -> Option<Eviction> {
        self.queue.pop_oldest(&mut self.links).map(Eviction::of)
    }

    fn clear(&mut self) {
        self.links.clear();
        self.queue = List::default();
    }

    fn order(&self) -> Vec<Slot> {
        self.queue.iter(&self.links).collect()
    }

    fn wants_hits(&self) -> bool {
        false
    }

    fn bytes(&self) -> usize {
        self.links.bytes()
    }
}
