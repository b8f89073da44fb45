//! Hash -> slot, for one shard: open addressing with linear probing.
//!
//! Not hashbrown, for the budget's sake: its table doubles, and under churn it may double only to
//! get rid of tombstones. This one deletes by shifting back, grows by a quarter, and says
//! beforehand what growing costs. A tag of a byte per place keeps a search within a cache line or
//! two: only where it matches is the slot's hash looked at.

use super::super::policy::Slot;

/// The tag of an empty place.
const EMPTY: u8 = 0;
/// Of so many places ...
const PLACES: usize = 16;
/// ... so many are filled at most.
const FILLED: usize = 14;
/// It grows by one part in so many.
const GROWTH: usize = 5;
/// The least table.
const MIN_PLACES: usize = 16;

#[derive(Default)]
pub struct Table {
    slots: Vec<Slot>,
    tags: Vec<u8>,
    filled: usize,
}

impl Table {
    pub fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>() + self.tags.capacity()
    }

    /// The bytes that one more entry will have the table grow by.
    pub fn growth(&self) -> usize {
        if self.has_room() { 0 } else { self.next_len() * (size_of::<Slot>() + 1) }
    }

    /// The first slot that `is_it` accepts, of those that may have this hash: one in 256 of the others
    /// may be among them.
    pub fn find(&self, hash: u32, is_it: impl Fn(Slot) -> bool) -> Option<Slot> {
        self.probe(hash).map(|at| self.slots[at]).find(|&slot| is_it(slot))
    }

    /// Add a slot, whose hash is in `hashes` already.
    pub fn insert(&mut self, hashes: &[u32], slot: Slot) {
        if !self.has_room() {
            let len = self.next_len();
            let slots = std::mem::replace(&mut self.slots, exactly(len, 0));
            let tags = std::mem::replace(&mut self.tags, exactly(len, EMPTY));
            for (slot, tag) in slots.into_iter().zip(tags) {
                if tag != EMPTY {
                    self.put(hashes[slot as usize], slot);
                }
            }
        }
        self.put(hashes[slot as usize], slot);
        self.filled += 1;
    }

    /// Remove a slot; those behind it move up, so that no search ends at the hole.
    pub fn remove(&mut self, hashes: &[u32], slot: Slot) {
        let Some(mut hole) = self.probe(hashes[slot as usize]).find(|&at| self.slots[at] == slot)
        else {
            return;
        };
        let len = self.slots.len();
        let mut at = self.after(hole);
        while self.tags[at] != EMPTY {
            let home = self.home(hashes[self.slots[at] as usize]);
            // It may move where the hole lies between its home and where it is now.
            if (at + len - home) % len >= (at + len - hole) % len {
                (self.slots[hole], self.tags[hole]) = (self.slots[at], self.tags[at]);
                hole = at;
            }
            at = self.after(at);
        }
        self.tags[hole] = EMPTY;
        self.filled -= 1;
    }

    fn has_room(&self) -> bool {
        (self.filled + 1) * PLACES <= self.slots.len() * FILLED
    }

    fn next_len(&self) -> usize {
        (self.slots.len() + self.slots.len() / GROWTH).max(MIN_PLACES)
    }

    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.slots.len() as u64) >> 32) as usize
    }

    fn after(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() { 0 } else { at + 1 }
    }

    fn put(&mut self, hash: u32, slot: Slot) {
        let mut at = self.home(hash);
        while self.tags[at] != EMPTY {
            at = self.after(at);
        }
        (self.slots[at], self.tags[at]) = (slot, tag(hash));
    }

    /// The places with the hash's tag, from its home to the next empty place.
    fn probe(&self, hash: u32) -> impl Iterator<Item = usize> + '_ {
        let (len, tag) = (self.slots.len(), tag(hash));
        let home = self.home(hash);
        (home..len)
            .chain(0..home)
            .take_while(|&at| self.tags[at] != EMPTY)
            .filter(move |&at| self.tags[at] == tag)
    }
}

/// Of the hash's low bits, for the high ones choose the place; never EMPTY.
fn tag(hash: u32) -> u8 {
    (hash as u8).max(1)
}

fn exactly<T: Clone>(len: usize, item: T) -> Vec<T> {
    let mut items = Vec::new();
    items.reserve_exact(len);
    items.resize(len, item);
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_in_it_through_growth_and_removals() {
        // Few different hashes, so that runs are long and wrap around.
        let hashes: Vec<u32> = (0..2000u32).map(|i| (i % 37).wrapping_mul(0x0700_0001)).collect();
        let mut table = Table::default();
        for slot in 0..2000 {
            table.insert(&hashes, slot);
        }
        for slot in (0..2000).filter(|slot| slot % 3 != 0) {
            table.remove(&hashes, slot);
        }
        for slot in 0..2000 {
            let found = table.find(hashes[slot as usize], |each| each == slot);
            assert_eq!(found, (slot % 3 == 0).then_some(slot));
        }
        assert_eq!(table.find(255, |_| true), None, "no hash in it ends like this one");
    }
}
