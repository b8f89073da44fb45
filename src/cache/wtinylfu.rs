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

/// The segment that an entry is in; the numbers are its index in `segments`.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Window = 0,
    Probation = 1,
    Protected = 2,
    None = 3,
}

#[derive(Default)]
struct Segment {
    list: List,
    weight: u64,
}

#[derive(Clone, Copy)]
struct Limits {
    window: u64,
    protected: u64,
}

impl Limits {
    fn new(room: u64, window_share: f64) -> Self {
        let window = ((room as f64 * window_share) as u64).max(1);
        let protected = (room.saturating_sub(window) as f64 * PROTECTED_SHARE) as u64;
        Limits { window, protected }
    }
}

/// See the module.
pub struct WTinyLfu {
    capacity: Capacity,
    links: Links,
    hashes: Vec<u32>,
    places: Vec<Place>,
    weights: Weights,
    segments: [Segment; 3],
    /// The weights that the window and protected may hold.
    limits: Limits,
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
            hashes: Vec::new(),
            places: Vec::new(),
            weights: Weights::new(capacity),
            segments: Default::default(),
            limits: Limits::new(entries, WINDOW_SHARE),
            sketch: Sketch::new(entries),
            climber: Climber::new(),
            dice: 0x9E37_79B9,
        }
    }

    /// The number of resident entries.
    fn resident(&self) -> u64 {
        self.segments.iter().map(|segment| segment.list.len() as u64).sum()
    }

    /// Where weights count, the room is what is resident, and the limits go with it.
    fn measure(&mut self) {
        if self.capacity == Capacity::Weights {
            let room = self.segments.iter().map(|segment| segment.weight).sum();
            self.limits = Limits::new(room, self.climber.share);
        }
    }

    /// Count a request, for the sketch and for the climber.
    fn count(&mut self, hash: u32, hit: bool) {
        self.sketch.add(hash);
        if self.climber.count(hit, self.sketch.sample())
            && let Capacity::Entries(room) = self.capacity
        {
            self.limits = Limits::new(room, self.climber.share);
        }
    }

    /// Move a slot to the newest end of a segment, out of the one that it is in.
    fn move_to(&mut self, slot: Slot, to: Place) {
        let weight = self.weights.get(slot);
        let from = std::mem::replace(&mut self.places[slot as usize], to);
        if let Some(segment) = self.segments.get_mut(from as usize) {
            segment.list.remove(&mut self.links, slot);
            segment.weight -= weight;
        }
        if let Some(segment) = self.segments.get_mut(to as usize) {
            segment.list.push(&mut self.links, slot);
            segment.weight += weight;
        }
    }

    /// Move the oldest of a segment to probation while it holds more than `limit`. Returns the
    /// first one moved.
    fn shrink(&mut self, place: Place, limit: u64) -> Option<Slot> {
        let mut first = None;
        while self.segments[place as usize].weight > limit {
            let Some(slot) = self.segments[place as usize].list.oldest() else { break };
            self.move_to(slot, Place::Probation);
            first = first.or(Some(slot));
        }
        first
    }

    /// Whether a candidate may take the place of a victim.
    fn admit(&mut self, candidate: Slot, victim: Slot) -> bool {
        let [candidate, victim] =
            [candidate, victim].map(|slot| self.sketch.count(self.hashes[slot as usize]));
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
        grow(&mut self.hashes, slot, 0);
        grow(&mut self.places, slot, Place::None);
        self.hashes[slot as usize] = incoming.hash;
        self.weights.set(slot, incoming.weight);
        if self.capacity == Capacity::Weights {
            self.sketch.reserve(self.resident() + 1);
        }
        self.count(incoming.hash, false);
        self.move_to(slot, Place::Window);
        self.measure();
        self.shrink(Place::Window, self.limits.window);
    }

    fn hit(&mut self, slot: Slot) {
        self.count(self.hashes[slot as usize], true);
        match self.places[slot as usize] {
            Place::None => {}
            place @ (Place::Window | Place::Protected) => {
                self.segments[place as usize].list.touch(&mut self.links, slot);
            }
            Place::Probation => {
                self.move_to(slot, Place::Protected);
                self.measure();
                self.shrink(Place::Protected, self.limits.protected);
            }
        }
    }

    fn update(&mut self, slot: Slot, weight: u64) {
        let (old, place) = (self.weights.get(slot), self.places[slot as usize]);
        self.weights.set(slot, weight);
        let new = self.weights.get(slot);
        if let Some(segment) = self.segments.get_mut(place as usize) {
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
        self.measure();
        let candidate = self.shrink(Place::Window, self.limits.window.saturating_sub(newcomer));
        let victim = [Place::Probation, Place::Protected, Place::Window]
            .into_iter()
            .find_map(|place| self.segments[place as usize].list.oldest())?;
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
        [Place::Probation, Place::Window, Place::Protected]
            .into_iter()
            .flat_map(|place| self.segments[place as usize].list.iter(&self.links))
            .collect()
    }

    fn wants_hash(&self) -> bool {
        true
    }

    fn bytes(&self) -> usize {
        self.links.bytes()
            + self.hashes.capacity() * size_of::<u32>()
            + self.places.capacity()
            + self.weights.bytes()
            + self.sketch.bytes()
    }

    fn growth(&self) -> usize {
        self.bytes() / 8 + 1024 + self.sketch.growth_for(self.resident() + 1)
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
    /// ratio rose, back where it fell. Returns whether a step was taken.
    fn count(&mut self, hit: bool, sample: u64) -> bool {
        self.hits += u64::from(hit);
        self.requests += 1;
        if self.requests < sample {
            return false;
        }
        let ratio = self.hits as f64 / self.requests as f64;
        let change = ratio - self.last_ratio;
        let step = if change >= 0.0 { self.step } else { -self.step };
        self.share = (self.share + step).clamp(WINDOW_SHARE, MAX_WINDOW_SHARE);
        self.step = if change.abs() >= RESTART { STEP.copysign(step) } else { step * STEP_DECAY };
        (self.hits, self.requests, self.last_ratio) = (0, 0, ratio);
        true
    }
}
