//! W-TinyLFU (Einziger, Friedman, Manes, "TinyLFU: a highly efficient cache admission policy", ACM
//! ToS 2017) with a window that sizes itself (Einziger, Eytan, Friedman, Manes, "Adaptive software
//! cache management", Middleware 2018), as in Caffeine.
//!
//! Newcomers enter a small LRU *window*. What falls out of it is the *candidate* for the main part,
//! a segmented LRU of *probation* and *protected*: it stays if it was seen more often than the
//! entry that probation would give up, and goes otherwise. A hill climber compares the hit ratio of
//! each sample with the one before and lets the window grow or shrink: large for recency, small for
//! frequency.
//!
//! Unlike in Caffeine, how often a resident entry was seen is counted at its slot: that is exact,
//! and a hit need not find four counters of the sketch. The sketch remembers those that left, and
//! tells what a newcomer's count begins with. Both are halved after each sample.
//!
//! As in Caffeine, a hit does not cut protected to its part of the room. That is done when a victim
//! is needed, by then in the order of all hits.

use super::list::{Links, List, grow};
use super::policy::{Capacity, Eviction, Incoming, Policy, Slot};
use super::sketch::{MAX_COUNT, Sketch};
use super::weights::Weights;

/// Counts are halved, and the climber takes a step, after so many requests per entry of the cache;
/// the paper's and Caffeine's 10.
const SAMPLE_FACTOR: u64 = 10;
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
const SUSPICIOUS_COUNT: u8 = 6;
/// One in so many of them.
const SUSPICIOUS_MASK: u32 = 127;

/// The segments, as indexes into `segments`.
const WINDOW: u8 = 0;
const PROBATION: u8 = 1;
const PROTECTED: u8 = 2;
/// The place of a slot that is in no segment.
const NOWHERE: u8 = 3;

/// What is known of a slot, in one byte, because a hit looks at one at random: the segment in the
/// high half, how often the entry was seen in the low half.
#[derive(Clone, Copy)]
struct State(u8);

impl State {
    const FREE: State = State(NOWHERE << 4);

    fn place(self) -> u8 {
        self.0 >> 4
    }

    fn count(self) -> u8 {
        self.0 & MAX_COUNT
    }

    fn with_place(self, place: u8) -> State {
        State(place << 4 | self.count())
    }

    fn with_count(self, count: u8) -> State {
        State(self.place() << 4 | count)
    }
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
    states: Vec<State>,
    weights: Weights,
    segments: [Segment; 3],
    /// The weights that the window and protected may hold.
    limits: Limits,
    sketch: Sketch,
    /// Requests that raised a count since the counts were halved last.
    counted: u64,
    /// Requests until they are halved, and until the climber takes a step.
    sample: u64,
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
            states: Vec::new(),
            weights: Weights::new(capacity),
            segments: Default::default(),
            limits: Limits::new(entries, WINDOW_SHARE),
            sketch: Sketch::new(entries),
            counted: 0,
            sample: entries.max(1).saturating_mul(SAMPLE_FACTOR),
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

    /// Count a request for a slot whose entry was seen `count` times before it.
    #[inline]
    fn count(&mut self, slot: Slot, count: u8, hit: bool) {
        let room = u8::from(count < MAX_COUNT);
        let state = &mut self.states[slot as usize];
        *state = state.with_count(count + room);
        self.counted += u64::from(room);
        if self.counted >= self.sample {
            self.age();
        }
        self.climber.count(hit);
        if self.climber.requests >= self.sample {
            self.climb();
        }
    }

    #[cold]
    fn climb(&mut self) {
        self.climber.step();
        if let Capacity::Entries(room) = self.capacity {
            self.limits = Limits::new(room, self.climber.share);
        }
    }

    #[cold]
    fn age(&mut self) {
        for state in &mut self.states {
            *state = state.with_count(state.count() >> 1);
        }
        self.sketch.age();
        self.counted >>= 1;
    }

    /// Put a slot at the newest end of a segment.
    #[inline]
    fn enter(&mut self, slot: Slot, to: u8) {
        let state = &mut self.states[slot as usize];
        *state = state.with_place(to);
        let segment = &mut self.segments[usize::from(to)];
        segment.list.push(&mut self.links, slot);
        segment.weight += self.weights.get(slot);
    }

    /// Take a slot out of the segment that it is in.
    #[inline]
    fn leave(&mut self, slot: Slot, from: u8) {
        let segment = &mut self.segments[usize::from(from)];
        segment.list.remove(&mut self.links, slot);
        segment.weight -= self.weights.get(slot);
    }

    /// Let an entry go; what is known of it goes into the sketch.
    fn drop_entry(&mut self, slot: Slot) {
        let state = self.states[slot as usize];
        self.sketch.raise(self.hashes[slot as usize], state.count());
        self.leave(slot, state.place());
        self.states[slot as usize] = State::FREE;
    }

    /// Move the oldest of a segment to probation while it holds more than `limit`. Returns the
    /// first one moved.
    #[inline]
    fn shrink(&mut self, place: u8, limit: u64) -> Option<Slot> {
        let mut first = None;
        while self.segments[usize::from(place)].weight > limit {
            let Some(slot) = self.segments[usize::from(place)].list.oldest() else { break };
            self.leave(slot, place);
            self.enter(slot, PROBATION);
            first = first.or(Some(slot));
        }
        first
    }

    /// Whether a candidate may take the place of a victim.
    fn admit(&mut self, candidate: Slot, victim: Slot) -> bool {
        let [candidate, victim] =
            [candidate, victim].map(|slot| self.states[slot as usize].count());
        if candidate > victim {
            return true;
        }
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 17;
        self.dice ^= self.dice << 5;
        candidate >= SUSPICIOUS_COUNT && self.dice & SUSPICIOUS_MASK == 0
    }
}

impl Policy for WTinyLfu {
    fn insert(&mut self, slot: Slot, incoming: Incoming) {
        grow(&mut self.hashes, slot, 0);
        grow(&mut self.states, slot, State::FREE);
        self.hashes[slot as usize] = incoming.hash;
        self.weights.set(slot, incoming.weight);
        if self.capacity == Capacity::Weights {
            let resident = self.resident() + 1;
            self.sketch.reserve(resident);
            self.sample = self.sample.max(resident * SAMPLE_FACTOR);
        }
        self.count(slot, self.sketch.count(incoming.hash), false);
        self.enter(slot, WINDOW);
        self.measure();
        self.shrink(WINDOW, self.limits.window);
    }

    #[inline(always)]
    fn hit(&mut self, slot: Slot) {
        let state = self.states[slot as usize];
        self.count(slot, state.count(), true);
        if state.place() == PROBATION {
            self.leave(slot, PROBATION);
            self.enter(slot, PROTECTED);
        } else {
            let segment = &mut self.segments[usize::from(state.place())];
            segment.list.touch(&mut self.links, slot);
        }
    }

    fn hit_all(&mut self, slots: &[Slot]) {
        for (at, &slot) in slots.iter().enumerate() {
            self.links.prefetch(slots, at);
            self.hit(slot);
        }
    }

    fn update(&mut self, slot: Slot, weight: u64) {
        let old = self.weights.get(slot);
        self.weights.set(slot, weight);
        let place = self.states[slot as usize].place();
        let segment = &mut self.segments[usize::from(place)];
        segment.weight = segment.weight - old + self.weights.get(slot);
        self.hit(slot);
    }

    fn remove(&mut self, slot: Slot) {
        self.drop_entry(slot);
    }

    fn evict_but(&mut self, spared: Slot) -> Option<Eviction> {
        // The newcomer will want a place in the window; where weights count, its own is not known.
        let newcomer = u64::from(self.capacity != Capacity::Weights);
        self.measure();
        self.shrink(PROTECTED, self.limits.protected);
        let candidate = self.shrink(WINDOW, self.limits.window.saturating_sub(newcomer));
        let victim = [PROBATION, PROTECTED, WINDOW].into_iter().find_map(|place| {
            let list = self.segments[usize::from(place)].list;
            list.iter(&self.links).find(|&slot| slot != spared)
        })?;
        let loser = match candidate.filter(|&slot| slot != spared && slot != victim) {
            Some(candidate) if !self.admit(candidate, victim) => candidate,
            _ => victim,
        };
        self.drop_entry(loser);
        Some(Eviction::of(loser))
    }

    fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    fn order(&self) -> Vec<Slot> {
        [PROBATION, WINDOW, PROTECTED]
            .into_iter()
            .flat_map(|place| self.segments[usize::from(place)].list.iter(&self.links))
            .collect()
    }

    fn wants_hash(&self) -> bool {
        true
    }

    fn bytes(&self) -> usize {
        self.links.bytes()
            + self.hashes.capacity() * size_of::<u32>()
            + self.states.capacity()
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

    #[inline]
    fn count(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.requests += 1;
    }

    /// After a sample of requests take a step: on in the same direction where the hit ratio rose, back
    /// where it fell.
    fn step(&mut self) {
        let ratio = self.hits as f64 / self.requests as f64;
        let change = ratio - self.last_ratio;
        let step = if change >= 0.0 { self.step } else { -self.step };
        self.share = (self.share + step).clamp(WINDOW_SHARE, MAX_WINDOW_SHARE);
        self.step = if change.abs() >= RESTART { STEP.copysign(step) } else { step * STEP_DECAY };
        (self.hits, self.requests, self.last_ratio) = (0, 0, ratio);
    }
}
