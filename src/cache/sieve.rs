//! SIEVE (Zhang, Yang, Yue, Vigfusson, Rashmi, "SIEVE is simpler than LRU: an efficient turn-key
//! eviction algorithm for web caches", NSDI 2024).
//!
//! One queue in order of insertion and a bit per entry that a hit sets. A hand moves from the
//! oldest towards the newest entry, clears the bits that it meets, and evicts the first entry
//! without one. Unlike in CLOCK, survivors stay where they are, and so does the hand.

use super::list::{Links, List, NIL, grow};
use super::policy::{Capacity, Eviction, Incoming, Policy, Slot};

/// See the module.
pub struct Sieve {
    links: Links,
    queue: List,
    visited: Vec<bool>,
    /// The entry to look at next; NIL: the oldest.
    hand: Slot,
}

impl Sieve {
    pub fn new(_: Capacity) -> Self {
        Sieve { links: Links::default(), queue: List::default(), visited: Vec::new(), hand: NIL }
    }

    /// Take an entry out; a hand that stood on it moves on to the next newer one.
    fn unlink(&mut self, slot: Slot) {
        if self.hand == slot {
            self.hand = self.links.next_newer(slot).unwrap_or(NIL);
        }
        self.queue.remove(&mut self.links, slot);
    }
}

impl Policy for Sieve {
    fn insert(&mut self, slot: Slot, _: Incoming) {
        self.queue.push(&mut self.links, slot);
        grow(&mut self.visited, slot, false);
        self.visited[slot as usize] = false;
    }

    fn hit(&mut self, slot: Slot) {
        self.visited[slot as usize] = true;
    }

    fn update(&mut self, slot: Slot, _: u64) {
        self.hit(slot);
    }

    fn remove(&mut self, slot: Slot) {
        self.unlink(slot);
    }

    fn evict_but(&mut self, spared: Slot) -> Option<Eviction> {
        if self.queue.len() == 1 && self.queue.oldest() == Some(spared) {
            return None;
        }
        let mut slot = if self.hand == NIL { self.queue.oldest()? } else { self.hand };
        while slot == spared || std::mem::take(&mut self.visited[slot as usize]) {
            slot = match self.links.next_newer(slot) {
                Some(newer) => newer,
                None => self.queue.oldest()?,
            };
        }
        self.hand = slot;
        self.unlink(slot);
        Some(Eviction::of(slot))
    }

    fn clear(&mut self) {
        *self = Self::new(Capacity::Weights);
    }

    /// From the hand on, those without the bit before those with it.
    fn order(&self) -> Vec<Slot> {
        let slots: Vec<Slot> = self.queue.iter(&self.links).collect();
        let start = slots.iter().position(|&slot| slot == self.hand).unwrap_or(0);
        let round = slots[start..].iter().chain(&slots[..start]).copied();
        let (spared, doomed): (Vec<_>, Vec<_>) =
            round.partition(|&slot| self.visited[slot as usize]);
        doomed.into_iter().chain(spared).collect()
    }

    fn bytes(&self) -> usize {
        self.links.bytes() + self.visited.capacity()
    }
}
