//! The policies that need no more than one queue: what renews an entry, and which end goes.

use std::marker::PhantomData;

use super::list::{Links, List};
use super::policy::{Capacity, Eviction, Incoming, Policy, Slot};

/// What tells one such policy from another.
pub trait Rules: Send {
    /// A hit moves the entry to the newest end.
    const HIT_RENEWS: bool;
    /// So does an update.
    const UPDATE_RENEWS: bool;
    /// The victim is the newest entry, not the oldest.
    const NEWEST_GOES: bool;
}

/// See the module.
pub struct OneQueue<R> {
    links: Links,
    queue: List,
    rules: PhantomData<R>,
}

impl<R: Rules> OneQueue<R> {
    pub fn new(_: Capacity) -> Self {
        OneQueue { links: Links::default(), queue: List::default(), rules: PhantomData }
    }
}

impl<R: Rules> Policy for OneQueue<R> {
    fn insert(&mut self, slot: Slot, _: Incoming) {
        self.queue.push(&mut self.links, slot);
    }

    fn hit(&mut self, slot: Slot) {
        if R::HIT_RENEWS {
            self.queue.touch(&mut self.links, slot);
        }
    }

    fn hit_all(&mut self, slots: &[Slot]) {
        if R::HIT_RENEWS {
            for (at, &slot) in slots.iter().enumerate() {
                self.links.prefetch(slots, at);
                self.queue.touch(&mut self.links, slot);
            }
        }
    }

    fn update(&mut self, slot: Slot, _: u64) {
        if R::UPDATE_RENEWS {
            self.queue.touch(&mut self.links, slot);
        }
    }

    fn remove(&mut self, slot: Slot) {
        self.queue.remove(&mut self.links, slot);
    }

    fn evict_but(&mut self, spared: Slot) -> Option<Eviction> {
        let first = if R::NEWEST_GOES { self.queue.newest() } else { self.queue.oldest() }?;
        let victim = if first != spared {
            first
        } else if R::NEWEST_GOES {
            self.links.next_older(first)?
        } else {
            self.links.next_newer(first)?
        };
        self.queue.remove(&mut self.links, victim);
        Some(Eviction::of(victim))
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
