//! Least frequently used.
//!
//! An entry's count is 1 on insertion and grows by one with every hit and every update; it is
//! forgotten with the entry. The victim has the least count; among equals it is the one whose last
//! use is longest ago.
//!
//! The textbook keeps all entries in order, in a list per count (Shah, Mitra, Matani, "An O(1)
//! algorithm for implementing the LFU cache eviction scheme", 2010), so every hit changes some six
//! places of memory. But only the least of them is ever asked for. Here a hit writes the count and
//! the time of the use into one place, and there is order only where the victim comes from:
//!
//! - Entries of count 1 form a list in order of insertion. While there are any, the oldest goes.
//! - Of the others those used least are on a [`Shortlist`]. When that is empty, all entries are
//!   looked at to make a new one, which serves for about a tenth as many victims.

use super::list::{NIL, grow};
use super::policy::{Capacity, Eviction, Incoming, Policy, Slot};
use super::shortlist::{Rank, Shortlist};

/// What is known of a slot, in 96 bits because hits touch it at random; nothing of a free one.
///
/// Of an entry of count 1: its older and its newer neighbour, and 0. Of one that was used more often
/// its [`Rank`], lowest word first: a bit that is set, the count in 47 bits, the last use in 48. They
/// are enough for nine years of a million uses a second, and stay at the largest number after that.
#[derive(Clone, Copy, PartialEq)]
struct Entry([u32; 3]);

const LAST_BITS: u32 = 48;
const MAX_LAST: u64 = (1 << LAST_BITS) - 1;
const MAX_COUNT: u64 = (1 << 47) - 1;
const OFTEN: Rank = 1 << 95;

impl Entry {
    const FREE: Entry = Entry::once(NIL, NIL);

    const fn once(older: Slot, newer: Slot) -> Entry {
        Entry([older, newer, 0])
    }

    /// `count` is above 1.
    #[inline]
    fn often(count: u64, last: u64) -> Entry {
        let (count, last) = (count.min(MAX_COUNT), last.min(MAX_LAST));
        let rank = OFTEN | Rank::from(count) << LAST_BITS | Rank::from(last);
        Entry([rank as u32, (rank >> 32) as u32, (rank >> 64) as u32])
    }

    /// The neighbours of an entry of count 1.
    #[inline]
    fn links(self) -> Option<(Slot, Slot)> {
        let [older, newer, high] = self.0;
        (high == 0).then_some((older, newer))
    }

    /// By what entries of a count above 1 are compared.
    #[inline]
    fn rank(self) -> Option<Rank> {
        let [low, middle, high] = self.0.map(Rank::from);
        (high != 0).then_some(high << 64 | middle << 32 | low)
    }
}

/// See the module.
pub struct Lfu {
    entries: Vec<Entry>,
    /// The ends of the list of count 1.
    oldest: Slot,
    newest: Slot,
    shortlist: Shortlist,
    /// The number of hits and updates so far: the time, which no two uses share.
    now: u64,
}

impl Lfu {
    pub fn new(_: Capacity) -> Self {
        let (entries, shortlist) = (Vec::new(), Shortlist::default());
        Lfu { entries, oldest: NIL, newest: NIL, shortlist, now: 0 }
    }

    /// Put a slot at the newest end of the list of count 1.
    fn link(&mut self, slot: Slot) {
        let older = self.newest;
        self.entries[slot as usize] = Entry::once(older, NIL);
        self.join(older, slot);
        self.join(slot, NIL);
    }

    /// Take a slot out of the list of count 1, if it is in it.
    fn unlink(&mut self, slot: Slot) {
        if let Some((older, newer)) = self.entries[slot as usize].links() {
            self.join(older, newer);
        }
    }

    /// Make two slots neighbours in the list of count 1; NIL stands for either end of it.
    fn join(&mut self, older: Slot, newer: Slot) {
        match self.entries.get_mut(older as usize) {
            Some(entry) => entry.0[1] = newer,
            None => self.oldest = newer,
        }
        match self.entries.get_mut(newer as usize) {
            Some(entry) => entry.0[0] = older,
            None => self.newest = older,
        }
    }

    /// The first use since the insertion.
    #[cold]
    fn hit_first(&mut self, slot: Slot) {
        self.unlink(slot);
        let entry = Entry::often(2, self.now);
        self.entries[slot as usize] = entry;
        if let Some(rank) = entry.rank() {
            self.shortlist.propose(slot, rank);
        }
    }

    /// The entry used least, `spared` aside.
    fn victim(&mut self, spared: Slot) -> Option<Slot> {
        let entries = &self.entries;
        let once = match entries.get(self.oldest as usize).and_then(|entry| entry.links()) {
            Some((_, newer)) if self.oldest == spared => newer,
            _ => self.oldest,
        };
        if once != NIL {
            return Some(once);
        }
        let rank = |slot: Slot| if slot == spared { None } else { entries[slot as usize].rank() };
        let least = self.shortlist.take_least(rank).or_else(|| {
            let slots = 0..entries.len() as Slot;
            self.shortlist.refill(slots.filter_map(|slot| Some((slot, rank(slot)?))));
            self.shortlist.take_least(rank)
        });
        // The list took the spared one for gone.
        if let Some(rank) = entries.get(spared as usize).and_then(|entry| entry.rank()) {
            self.shortlist.propose(spared, rank);
        }
        least
    }
}

impl Policy for Lfu {
    fn insert(&mut self, slot: Slot, _: Incoming) {
        grow(&mut self.entries, slot, Entry::FREE);
        self.shortlist.reserve_for(self.entries.capacity());
        self.link(slot);
    }

    fn hit(&mut self, slot: Slot) {
        self.now += 1;
        let entry = &mut self.entries[slot as usize];
        match entry.rank() {
            Some(rank) => *entry = Entry::often(((rank ^ OFTEN) >> LAST_BITS) as u64 + 1, self.now),
            None => self.hit_first(slot),
        }
    }

    fn update(&mut self, slot: Slot, _: u64) {
        self.hit(slot);
    }

    fn remove(&mut self, slot: Slot) {
        self.unlink(slot);
        self.entries[slot as usize] = Entry::FREE;
    }

    fn evict_but(&mut self, spared: Slot) -> Option<Eviction> {
        let slot = self.victim(spared)?;
        self.remove(slot);
        Some(Eviction::of(slot))
    }

    fn clear(&mut self) {
        *self = Self::new(Capacity::Weights);
    }

    fn order(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        let mut next = self.oldest;
        while let Some((_, newer)) = self.entries.get(next as usize).and_then(|each| each.links()) {
            slots.push(next);
            next = newer;
        }
        let often =
            (0..).zip(&self.entries).filter_map(|(slot, entry)| Some((entry.rank()?, slot)));
        let mut often: Vec<(Rank, Slot)> = often.collect();
        often.sort_unstable();
        slots.extend(often.into_iter().map(|(_, slot)| slot));
        slots
    }

    fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.shortlist.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_counts_beyond_32_bits_before_the_last_use() {
        let rank = |count, last| Entry::often(count, last).rank();
        assert!(rank(1 << 33, 0) > rank((1 << 33) - 1, MAX_LAST));
        assert!(rank(2, 1 << 33) > rank(2, (1 << 33) - 1));
        assert_eq!(rank(u64::MAX, u64::MAX), rank(MAX_COUNT, MAX_LAST));
        assert!(Entry::often(2, 0).links().is_none() && Entry::FREE.rank().is_none());
    }
}
