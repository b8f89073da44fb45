//! W-TinyLFU (Einziger, Friedman, Manes, "TinyLFU: a highly efficient cache admission policy", ACM
//! ToS 2017) with a window that sizes itself (Einziger, Eytan, Friedman, Manes, "Adaptive software
//! cache management", Middleware 2018), as in Caffeine.
//!
//! Newcomers enter a small LRU *window*. What falls out of it is the *candidate* for the main part,
//! a segmented LRU of *probation* and *protected*: it stays if the sketch has seen it more often
//! than the entry that probation would give up, and goes otherwise. A hill climber compares the hit
//! ratio of each sample with the one before and lets the window grow or shrink: large for recency,
//! small for frequency.

use super::list::{Links, List, grow};
use super::policy::{Capacity, Eviction, Incoming, Policy, Slot};
use super::sketch::Sketch;
use super::weights::Weights;

/// The window's part of the room at first, and at least.
const WINDOW_SHARE: f64 = 0.01;
/// The window's part at most.
const MAX_WINDOW_SHARE: f64 = 0.8;
/// The part of main that is protected.
const PROTECTED_SHARE: f64 = 0.8;
/// The climber's first step, as a part of the room.
const STEP: f64 = 0.0625;
/// A change of the hit ratio from which the climber begins anew with a full step.
const RESTART: f64 = 0.05;
/// What is left of a step after each sample.
const STEP_DECAY: f64 = 0.98;
/// A rejected candidate seen as often as this is let in now and then, lest keys made to collide
/// with a popular one lock everybody else out (as in Caffeine).
const SUSPICIOUS_COUNT: u64 = 6;
/// One in so many of them.
const SUSPICIOUS_MASK: u32 = 127;

#[derive(Clone, Copy, PartialEq)]
enum Place {
    None,
    Window,
    Probation,
    Protected,
}

#[derive(Clone, Copy)]
struct State {
    hash: u32,
    place: Place,
}

#[derive(Default)]
struct Segment {
    list: List,
    weight: u64,
}

/// See the module.
pub struct WTinyLfu {
    capacity: Capacity,
    links: Links,
    states: Vec<State>,
    weights: Weights,
    window: Segment,
    probation: Segment,
    protected: Segment,
    sketch: Sketch,
    climber: Climber,
    /// State of a generator that need not be good, only cheap and the same in every run.
    dice: u32,
}

impl WTinyLfu {
    pub fn new(capacity: Capacity) -> Self {
        let entries = match capacity {
            Capacity::Entries(entries) => entries,
            Capacity::Weights => 0,
        };
        WTinyLfu {
            capacity,
            links: Links::default(),
            states: Vec::new(),
            weights: Weights::new(capacity),
            window: Segment::default(),
            probation: Segment::default(),
            protected: Segment::default(),
            sketch: Sketch::new(entries),
            climber: Climber::new(),
            dice: 0x9E37_79B9,
        }
    }

    fn room(&self) -> u64 {
        match self.capacity {
            Capacity::Entries(entries) => entries,
            Capacity::Weights => self.window.weight + self.probation.weight + self.protected.weight,
        }
    }

    fn window_limit(&self) -> u64 {
        ((self.room() as f64 * self.climber.share) as u64).max(1)
    }

    fn protected_limit(&self) -> u64 {
        (self.room().saturating_sub(self.window_limit()) as f64 * PROTECTED_SHARE) as u64
    }

    fn segment(&mut self, place: Place) -> Option<&mut Segment> {
        match place {
            Place::None => None,
            Place::Window => Some(&mut self.window),
            Place::Probation => Some(&mut self.probation),
            Place::Protected => Some(&mut self.protected),
        }
    }

    /// Move a slot to the newest end of a segment, out of the one that it is in.
    fn move_to(&mut self, slot: Slot, to: Place) {
        let weight = self.weights.get(slot);
        let from = std::mem::replace(&mut self.states[slot as usize].place, to);
        let mut links = std::mem::take(&mut self.links);
        if let Some(segment) = self.segment(from) {
            segment.list.remove(&mut links, slot);
            segment.weight -= weight;
        }
        if let Some(segment) = self.segment(to) {
            segment.list.push(&mut links, slot);
            segment.weight += weight;
        }
        self.links = links;
    }

    /// Move what the window holds over `limit` to probation; the first one moved is the candidate.
    fn shrink_window(&mut self, limit: u64) -> Option<Slot> {
        let mut candidate = None;
        while self.window.weight > limit {
            let Some(slot) = self.window.list.oldest() else { break };
            self.move_to(slot, Place::Probation);
            candidate = candidate.or(Some(slot));
        }
        candidate
    }

    /// Whether a candidate may take the place of a victim.
    fn admit(&mut self, candidate: Slot, victim: Slot) -> bool {
        let [candidate, victim] =
            [candidate, victim].map(|slot| self.sketch.count(self.states[slot as usize].hash));
        if candidate > victim {
            return true;
        }
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 17;
        self.dice ^= self.dice << 5;
        candidate >= SUSPICIOUS_COUNT && self.dice & SUSPICIOUS_MASK == 0
    }

    fn drop_entry(&mut self, slot: Slot) -> Eviction {
        self.move_to(slot, Place::None);
        Eviction::of(slot)
    }
}

impl Policy for WTinyLfu {
    fn insert(&mut self, slot: Slot, incoming: Incoming) {
        let empty = State { hash: 0, place: Place::None };
        grow(&mut self.states, slot, empty);
        self.states[slot as usize] = State { hash: incoming.hash, ..empty };
        self.weights.set(slot, incoming.weight);
        if self.capacity == Capacity::Weights {
            let lists = [&self.window, &self.probation, &self.protected];
            let entries = lists.iter().map(|segment| segment.list.len() as u64).sum::<u64>() + 1;
            self.sketch.reserve(entries);
        }
        self.sketch.add(incoming.hash);
        self.climber.count(false, self.sketch.sample());
        self.move_to(slot, Place::Window);
        self.shrink_window(self.window_limit());
    }

    fn hit(&mut self, slot: Slot) {
        let State { hash, place } = self.states[slot as usize];
        self.sketch.add(hash);
        self.climber.count(true, self.sketch.sample());
        match place {
            Place::None => {}
            Place::Window => self.window.list.touch(&mut self.links, slot),
            Place::Protected => self.protected.list.touch(&mut self.links, slot),
            Place::Probation => {
                self.move_to(slot, Place::Protected);
                let limit = self.protected_limit();
                while self.protected.weight > limit {
                    let Some(slot) = self.protected.list.oldest() else { break };
                    self.move_to(slot, Place::Probation);
                }
            }
        }
    }

    fn update(&mut self, slot: Slot, weight: u64) {
        let (old, place) = (self.weights.get(slot), self.states[slot as usize].place);
        self.weights.set(slot, weight);
        let new = self.weights.get(slot);
        if let Some(segment) = self.segment(place) {
            segment.weight = segment.weight - old + new;
        }
        self.hit(slot);
    }

    fn remove(&mut self, slot: Slot) {
        self.move_to(slot, Place::None);
    }

    fn evict(&mut self) -> Option<Eviction> {
        // The newcomer will want a place in the window; where weights count, its own is not known.
        let newcomer = u64::from(self.capacity != Capacity::Weights);
        let limit = self.window_limit().saturating_sub(newcomer);
        let candidate = self.shrink_window(limit);
        let lists = [&self.probation.list, &self.protected.list, &self.window.list];
        let victim = lists.iter().find_map(|list| list.oldest())?;
        match candidate {
            Some(candidate) if candidate != victim && !self.admit(candidate, victim) => {
                Some(self.drop_entry(candidate))
            }
            _ => Some(self.drop_entry(victim)),
        }
    }

    fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    fn order(&self) -> Vec<Slot> {
        let segments = [&self.probation, &self.window, &self.protected];
        segments.iter().flat_map(|segment| segment.list.iter(&self.links)).collect()
    }

    fn wants_hash(&self) -> bool {
        true
    }

    fn bytes(&self) -> usize {
        self.links.bytes()
            + self.states.capacity() * size_of::<State>()
            + self.weights.bytes()
            + self.sketch.bytes()
    }
}

/// Finds the window's share of the room.
struct Climber {
    share: f64,
    step: f64,
    hits: u64,
    requests: u64,
    last_ratio: f64,
}

impl Climber {
    fn new() -> Self {
        Climber { share: WINDOW_SHARE, step: -STEP, hits: 0, requests: 0, last_ratio: 0.0 }
    }

    /// Count a request; after a sample of them take a step: on in the same direction where the hit
    /// ratio rose, back where it fell.
    fn count(&mut self, hit: bool, sample: u64) {
        self.hits += u64::from(hit);
        self.requests += 1;
        if self.requests < sample {
            return;
        }
        let ratio = self.hits as f64 / self.requests as f64;
        let change = ratio - self.last_ratio;
        let step = if change >= 0.0 { self.step } else { -self.step };
        self.share = (self.share + step).clamp(WINDOW_SHARE, MAX_WINDOW_SHARE);
        self.step = if change.abs() >= RESTART { STEP.copysign(step) } else { step * STEP_DECAY };
        (self.hits, self.requests, self.last_ratio) = (0, 0, ratio);
    }
}
