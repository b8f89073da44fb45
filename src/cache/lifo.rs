//! Last in, first out: the victim is the entry that was set most recently, by insertion or update.
//! Reading changes nothing. It keeps the oldest entries, which suits a loop longer than the cache.

use super::list::{Links, List};
use super::policy::{Capacity, Eviction, Incoming, Policy, Slot};

/// See the module.
#[derive(Default)]
pub struct Lifo {
    links: Links,
    queue: List,
}

impl Lifo {
    pub fn new(_: Capacity) -> Self {
        Self::default()
    }
}

impl Policy for Lifo {
    fn insert(&mut self, slot: Slot, _: Incoming) {
        self.queue.push(&mut self.links, slot);
    }

    fn hit(&mut self, _: Slot) {}

    fn update(&mut self, slot: Slot, _: u64) {
        self.queue.touch(&mut self.links, slot);
    }

    fn remove(&mut self, slot: Slot) {
        self.queue.remove(&mut self.links, slot);
    }

    fn evict(&mut self) -> Option<Eviction> {
        self.queue.pop_newest(&mut self.links).map(Eviction::of)
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
