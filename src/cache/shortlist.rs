//! The least of many entries whose rank only rises, without keeping all of them in order.
//!
//! A candidate is an entry as it was when it came onto the list; it may have risen since. So the
//! least candidate is looked at again when its turn comes: one that has not risen is the least of
//! all, one that has goes back to where it belongs by now. What is not on the list ranks at or above
//! a *bound*, and what has risen above that is dropped from it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::policy::Slot;

/// What entries are compared by, in 96 bits.
pub type Rank = u128;

/// Above all ranks.
const NO_BOUND: Rank = 1 << 96;
/// There is room for one in so many slots: a new list costs a look at all of them, and that has to
/// serve for many victims.
const PART: usize = 8;
/// And for so many more, for the same reason where there are few slots.
const LEAST: usize = 16;

/// A rank, and the slot that had it in the low 32 bits.
type Candidate = u128;

fn candidate(slot: Slot, rank: Rank) -> Candidate {
    rank << 32 | Candidate::from(slot)
}

/// See the module.
#[derive(Default)]
pub struct Shortlist {
    /// For every entry below the bound a candidate that does not rank above it. Its memory is taken
    /// by `reserve_for` alone, so that it is known beforehand.
    heap: BinaryHeap<Reverse<Candidate>>,
    room: usize,
    bound: Rank,
}

impl Shortlist {
    /// Make room for as many as so many slots call for.
    pub fn reserve_for(&mut self, slots: usize) {
        let room = slots / PART + LEAST;
        if room > self.room {
            self.heap.reserve_exact(room - self.heap.len());
            self.room = room;
        }
    }

    /// An entry below the bound has to be on the list.
    pub fn propose(&mut self, slot: Slot, rank: Rank) {
        if rank < self.bound && self.heap.len() >= self.room {
            let mut candidates = std::mem::take(&mut self.heap).into_vec();
            self.drop_upper_half(&mut candidates);
            self.heap = candidates.into();
        }
        if rank < self.bound {
            self.heap.push(Reverse(candidate(slot, rank)));
        }
    }

    /// Take the least of all entries off the list; `rank_of` tells what an entry ranks now, None
    /// where it is gone. None where all that there are rank above the bound.
    pub fn take_least(&mut self, rank_of: impl Fn(Slot) -> Option<Rank>) -> Option<Slot> {
        while let Some(Reverse(least)) = self.heap.pop() {
            let slot = least as Slot;
            match rank_of(slot) {
                Some(now) if now == least >> 32 => return Some(slot),
                Some(now) => self.propose(slot, now),
                None => {}
            }
        }
        None
    }

    /// Begin anew with the least of these, which are all.
    pub fn refill(&mut self, entries: impl Iterator<Item = (Slot, Rank)>) {
        let mut candidates = std::mem::take(&mut self.heap).into_vec();
        candidates.clear();
        self.bound = NO_BOUND;
        for (slot, rank) in entries {
            if rank < self.bound && candidates.len() >= self.room {
                self.drop_upper_half(&mut candidates);
            }
            if rank < self.bound {
                candidates.push(Reverse(candidate(slot, rank)));
            }
        }
        self.heap = candidates.into();
    }

    pub fn bytes(&self) -> usize {
        self.heap.capacity() * size_of::<Candidate>()
    }

    fn drop_upper_half(&mut self, candidates: &mut Vec<Reverse<Candidate>>) {
        let half = candidates.len() / 2;
        let (_, middle, _) = candidates.select_nth_unstable_by_key(half, |each| each.0);
        self.bound = middle.0 >> 32;
        candidates.truncate(half);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random, the same in every run.
    fn random() -> impl FnMut(u64) -> u64 {
        let mut state = 1_u64;
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        }
    }

    #[test]
    fn takes_the_least_whatever_has_risen_or_gone_meanwhile() {
        let mut random = random();
        let rank = |count: u64, now: u64| Rank::from(count) << 48 | Rank::from(now);
        let mut ranks: Vec<Option<Rank>> = (0..500).map(|at| Some(rank(random(5), at))).collect();
        let mut list = Shortlist::default();
        list.reserve_for(ranks.len());
        for now in 500..20_000 {
            let at = random(500) as usize;
            match (random(4), ranks[at]) {
                (0, Some(_)) => ranks[at] = None,
                (0 | 1, None) => {
                    let new = rank(random(4), now);
                    ranks[at] = Some(new);
                    list.propose(at as Slot, new);
                }
                (2, Some(old)) => ranks[at] = Some(rank((old >> 48) as u64 + 1, now)),
                (3, _) => {
                    let least = ranks.iter().filter_map(|rank| *rank).min();
                    let rank_of = |slot: Slot| ranks[slot as usize];
                    let slot = list.take_least(rank_of).or_else(|| {
                        let all = (0..).zip(&ranks);
                        list.refill(all.filter_map(|(slot, rank)| Some((slot, (*rank)?))));
                        list.take_least(rank_of)
                    });
                    assert_eq!(slot.and_then(rank_of), least);
                    if let Some(slot) = slot {
                        ranks[slot as usize] = None;
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn takes_no_memory_but_what_was_reserved() {
        let mut list = Shortlist::default();
        list.reserve_for(1000);
        let bytes = list.bytes();
        list.refill((0..1000).map(|slot| (slot, Rank::from(1000 - slot) << 48)));
        for slot in 0..10_000 {
            list.propose(slot, Rank::from(slot));
        }
        assert_eq!((list.bytes(), list.heap.len() <= list.room), (bytes, true));
    }
}
