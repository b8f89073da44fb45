//! S3-FIFO (Yang, Zhang, Qiu, Yue, Vigfusson, "FIFO queues are all you need for cache eviction",
//! SOSP 2023).
//!
//! Three queues: a small one, a tenth of the room, that newcomers enter; the main one; and a ghost
//! of keys that left from the small one, as many as the main one has room for. A hit adds 1 to a
//! count capped at 3. What leaves the small queue with a count of 2 or more goes to main, else its
//! key goes to the ghost; what leaves main with a count above 0 goes round again with one less. A
//! key that comes in while the ghost knows it enters main.
//!
//! As in the paper's listing, making room in the small queue goes on until a key went to the ghost,
//! even where main, full of what was kept, had to give up an entry on the way.

use super::list::{Links, List, grow};
use super::policy::{Capacity, Eviction, Incoming, Policy, Slot};
use super::weights::Weights;

/// The small queue's part of the room, as a divisor; the paper's 10 %.
const SMALL_PART: u64 = 10;
/// Hits are counted up to this.
const MAX_COUNT: u8 = 3;
/// The count with which an entry of the small queue is worth keeping.
const KEEP_COUNT: u8 = 2;

#[derive(Clone, Copy, PartialEq)]
enum Place {
    None,
    Small,
    Main,
    Ghost,
    /// Was a ghost and is about to come in.
    Recalled,
}

#[derive(Clone, Copy)]
struct State {
    place: Place,
    count: u8,
}

/// See the module.
pub struct S3Fifo {
    capacity: Capacity,
    links: Links,
    states: Vec<State>,
    weights: Weights,
    small: List,
    small_weight: u64,
    main: List,
    main_weight: u64,
    ghost: List,
    /// The small queue still owes a key to the ghost.
    unfinished: bool,
}

impl S3Fifo {
    pub fn new(capacity: Capacity) -> Self {
        S3Fifo {
            capacity,
            links: Links::default(),
            states: Vec::new(),
            weights: Weights::new(capacity),
            small: List::default(),
            small_weight: 0,
            main: List::default(),
            main_weight: 0,
            ghost: List::default(),
            unfinished: false,
        }
    }

    /// The weight that main may hold.
    fn main_limit(&self) -> u64 {
        let room = match self.capacity {
            Capacity::Entries(entries) => entries,
            Capacity::Weights => self.small_weight + self.main_weight,
        };
        room.saturating_sub((room / SMALL_PART).max(1))
    }

    /// The keys that the ghost may hold: as many as main has room for.
    fn ghost_limit(&self) -> u64 {
        match self.capacity {
            Capacity::Entries(_) => self.main_limit(),
            Capacity::Weights => {
                let resident = (self.small.len() + self.main.len()) as u64;
                resident - resident / SMALL_PART
            }
        }
    }

    fn push(&mut self, slot: Slot, place: Place) {
        self.states[slot as usize] = State { place, count: 0 };
        let weight = self.weights.get(slot);
        if place == Place::Small {
            self.small.push(&mut self.links, slot);
            self.small_weight += weight;
        } else {
            self.main.push(&mut self.links, slot);
            self.main_weight += weight;
        }
    }

    /// Take an entry or a ghost out of the queue that it is in.
    fn unlink(&mut self, slot: Slot) -> State {
        let free = State { place: Place::None, count: 0 };
        let state = std::mem::replace(&mut self.states[slot as usize], free);
        match state.place {
            Place::Small => {
                self.small.remove(&mut self.links, slot);
                self.small_weight -= self.weights.get(slot);
            }
            Place::Main => {
                self.main.remove(&mut self.links, slot);
                self.main_weight -= self.weights.get(slot);
            }
            Place::Ghost => self.ghost.remove(&mut self.links, slot),
            Place::None | Place::Recalled => {}
        }
        state
    }

    fn evict_from_main(&mut self, spared: Slot) -> Option<Eviction> {
        while let Some(slot) = self.first_but(self.main, spared) {
            let state = &mut self.states[slot as usize];
            if state.count == 0 {
                self.unlink(slot);
                return Some(Eviction::of(slot));
            }
            state.count -= 1;
            self.main.touch(&mut self.links, slot);
        }
        None
    }

    /// The oldest of a queue; the one behind it, where it is spared.
    fn first_but(&self, queue: List, spared: Slot) -> Option<Slot> {
        queue.iter(&self.links).find(|&slot| slot != spared)
    }

    /// Remember the key of an entry that left the small queue.
    fn haunt(&mut self, slot: Slot) -> Eviction {
        let limit = self.ghost_limit();
        if limit == 0 {
            return Eviction::of(slot);
        }
        let full = self.ghost.len() as u64 >= limit;
        let released = if full { self.ghost.oldest() } else { None };
        if let Some(released) = released {
            self.unlink(released);
        }
        self.states[slot as usize].place = Place::Ghost;
        self.ghost.push(&mut self.links, slot);
        Eviction { slot, ghost: true, released, more: false }
    }
}

impl Policy for S3Fifo {
    fn recall(&mut self, ghost: Slot) {
        self.unlink(ghost);
        self.states[ghost as usize].place = Place::Recalled;
    }

    fn insert(&mut self, slot: Slot, incoming: Incoming) {
        grow(&mut self.states, slot, State { place: Place::None, count: 0 });
        let known = self.unlink(slot).place == Place::Recalled;
        self.weights.set(slot, incoming.weight);
        self.push(slot, if known { Place::Main } else { Place::Small });
    }

    fn hit(&mut self, slot: Slot) {
        let state = &mut self.states[slot as usize];
        state.count = (state.count + 1).min(MAX_COUNT);
    }

    fn update(&mut self, slot: Slot, weight: u64) {
        let old = self.weights.get(slot);
        self.weights.set(slot, weight);
        let new = self.weights.get(slot);
        match self.states[slot as usize].place {
            Place::Small => self.small_weight = self.small_weight - old + new,
            Place::Main => self.main_weight = self.main_weight - old + new,
            Place::Ghost | Place::None | Place::Recalled => {}
        }
        self.hit(slot);
    }

    fn remove(&mut self, slot: Slot) {
        self.unlink(slot);
    }

    fn evict_but(&mut self, spared: Slot) -> Option<Eviction> {
        if !std::mem::take(&mut self.unfinished)
            && (self.small.is_empty() || self.main_weight > self.main_limit())
            && let Some(eviction) = self.evict_from_main(spared)
        {
            return Some(eviction);
        }
        while let Some(slot) = self.first_but(self.small, spared) {
            if self.unlink(slot).count < KEEP_COUNT {
                return Some(self.haunt(slot));
            }
            self.push(slot, Place::Main);
            if self.main_weight > self.main_limit() {
                self.unfinished = self.first_but(self.small, spared).is_some();
                let eviction = self.evict_from_main(spared)?;
                return Some(Eviction { more: self.unfinished, ..eviction });
            }
        }
        self.evict_from_main(spared)
    }

    fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    fn order(&self) -> Vec<Slot> {
        self.small.iter(&self.links).chain(self.main.iter(&self.links)).collect()
    }

    fn bytes(&self) -> usize {
        self.links.bytes() + self.states.capacity() * size_of::<State>() + self.weights.bytes()
    }
}
