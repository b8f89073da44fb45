//! Most recently used: the victim is the entry whose last use, a hit or a set, is the latest (Chou and
//! DeWitt, "An evaluation of buffer management strategies for relational database systems", VLDB
//! 1985). Best where what was just used will not be used again for long, as in a cyclic scan.

use super::list::{Links, List};
use super::policy::{Capacity, Eviction, Incoming, Policy, Slot};

/// See the module.
#[derive(Default)]
pub struct Mru {
    links: Links,
    queue: List,
}

impl Mru {
    pub fn new(_: Capacity) -> Self {
        Self::default()
    }
}

impl Policy for Mru {
    fn insert(&mut self, slot: Slot, _: Incoming) {
        self.queue.push(&mut self.links, slot);
    }

    fn hit(&mut self, slot: Slot) {
        self.queue.touch(&mut self.links, slot);
    }

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

    fn bytes(&self) -> usize {
        self.links.bytes()
    }
}
