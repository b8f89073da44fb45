//! The Rust half of the JavaScript `Cache`: a policy that is told of operations in batches.
//!
//! JavaScript holds keys and values and writes what happens to its slots into a ring of 32-bit
//! words that both sides see. Only when a victim is needed, or the ring is full, is the native part
//! called, and it catches up before it decides: a hit crosses no border, and the victim is the same
//! as if it had.
//!
//! The ring begins with [`HEADER`] words. JavaScript puts the number of filled words behind the
//! header into word 0; [`Tracker::evict`] answers in the words from [`ANSWER`]. A record is one word,
//! `slot << OP_BITS | operation`, and what the operation needs besides; see [`Tracker::apply`].

use super::list::{NIL, grow};
use super::policy::{Capacity, Incoming, Policy, PolicyKind, Slot};

/// Words before the records.
pub const HEADER: usize = 8;
/// Where the answer begins: victim, flags, released ghost; slots are given as slot + 1, 0 is none.
pub const ANSWER: usize = 1;
/// Where JavaScript puts the slot + 1 of an entry that must not be the victim; 0 is none.
pub const SPARED: usize = 4;
/// Flag of an answer: the victim's key stays known as a ghost.
pub const GHOST: u32 = 1;
/// Flag of an answer: ask again, even if there is room now.
pub const MORE: u32 = 2;
/// The low bits of a record's first word.
pub const OP_BITS: u32 = 3;
const OP_MASK: u32 = (1 << OP_BITS) - 1;

/// A slot's entry was read.
pub const HIT: u32 = 0;
/// Its entry was set again; then its weight in two words, low and high, where weights count.
pub const UPDATE: u32 = 1;
/// A key took the slot; then its hash if the policy wants it, then its weight as above.
pub const INSERT: u32 = 2;
/// Its entry was deleted or has expired.
pub const REMOVE: u32 = 3;
/// The key of this ghost is about to come in.
pub const RECALL: u32 = 4;
/// What follows happens at this time, ms since the epoch in two words, low and high.
pub const TIME: u32 = 5;

/// What is told of an entry by `cache.entry(key)`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EntryInfo {
    /// ms since the epoch.
    pub inserted: f64,
    /// The last hit or set, in ms since the epoch.
    pub accessed: f64,
    /// Hits since the insertion.
    pub hits: u32,
}

/// What a hit changes of an entry: as small as can be, because hits touch it at random.
#[derive(Clone, Copy, Default)]
struct Use {
    /// ms since `Tracker::base`.
    accessed: u32,
    hits: u32,
}

/// See the module.
pub struct Tracker {
    policy: Box<dyn Policy>,
    hashed: bool,
    weighted: bool,
    /// Slot -> when its entry came in, ms since the epoch.
    inserted: Vec<f64>,
    uses: Vec<Use>,
    /// The time in ms since the epoch, as last told.
    now: u64,
    /// What `Use::accessed` is counted from.
    base: u64,
    hits: u64,
    /// Slots of a run of hits; kept to be filled again.
    run: Vec<Slot>,
}

impl Tracker {
    pub fn new(kind: PolicyKind, capacity: Capacity) -> Self {
        let policy = kind.build(capacity);
        Tracker {
            hashed: policy.wants_hash(),
            weighted: capacity == Capacity::Weights,
            policy,
            inserted: Vec::new(),
            uses: Vec::new(),
            now: 0,
            base: 0,
            hits: 0,
            run: Vec::new(),
        }
    }

    /// Whether insertions carry a hash.
    pub fn hashed(&self) -> bool {
        self.hashed
    }

    /// Hits so far.
    pub fn hits(&self) -> u64 {
        self.hits
    }

    /// What is known of an entry; zeros for a slot that was never used.
    pub fn entry(&self, slot: Slot) -> EntryInfo {
        let (Some(inserted), Some(entry)) =
            (self.inserted.get(slot as usize), self.uses.get(slot as usize))
        else {
            return EntryInfo::default();
        };
        let accessed = (self.base + u64::from(entry.accessed)) as f64;
        EntryInfo { inserted: *inserted, accessed: accessed.max(*inserted), hits: entry.hits }
    }

    /// Resident slots as [`Policy::order`] gives them.
    pub fn order(&self) -> Vec<Slot> {
        self.policy.order()
    }

    /// Memory held for the bookkeeping, in bytes.
    pub fn bytes(&self) -> usize {
        self.policy.bytes()
            + self.inserted.capacity() * size_of::<f64>()
            + self.uses.capacity() * size_of::<Use>()
    }

    /// Forget all entries; the count of hits stays.
    pub fn clear(&mut self) {
        self.policy.clear();
        self.inserted = Vec::new();
        self.uses = Vec::new();
    }

    /// Catch up with what the ring holds, and mark it as read.
    pub fn catch_up(&mut self, ring: &mut [u32]) {
        let Some((head, records)) = ring.split_at_mut_checked(HEADER) else { return };
        let filled = (head[0] as usize).min(records.len());
        head[0] = 0;
        self.apply(&records[..filled]);
    }

    /// Catch up, choose a victim, and write the answer into the ring's header.
    pub fn evict(&mut self, ring: &mut [u32]) {
        self.catch_up(ring);
        let Some(spared) = ring.get_mut(SPARED) else { return };
        let spared = std::mem::take(spared).checked_sub(1).unwrap_or(NIL);
        let Some(answer) = ring.get_mut(ANSWER..ANSWER + 3) else { return };
        answer.fill(0);
        if let Some(eviction) = self.policy.evict_but(spared) {
            answer[0] = eviction.slot + 1;
            answer[1] = u32::from(eviction.ghost) * GHOST + u32::from(eviction.more) * MORE;
            answer[2] = eviction.released.map_or(0, |slot| slot + 1);
        }
    }

    fn apply(&mut self, records: &[u32]) {
        let mut at = 0;
        while let Some(&word) = records.get(at) {
            let slot = word >> OP_BITS;
            let operation = word & OP_MASK;
            if operation == HIT {
                at += self.apply_hits(&records[at..]);
                continue;
            }
            let mut words = records[at + 1..].iter().copied();
            match operation {
                UPDATE => {
                    let weight = self.weight(&mut words);
                    self.uses[slot as usize].accessed = self.since_base();
                    self.policy.update(slot, weight);
                }
                INSERT => {
                    let hash = if self.hashed { words.next().unwrap_or(0) } else { 0 };
                    let weight = self.weight(&mut words);
                    grow(&mut self.inserted, slot, 0.0);
                    grow(&mut self.uses, slot, Use::default());
                    self.inserted[slot as usize] = self.now as f64;
                    self.uses[slot as usize] = Use { accessed: self.since_base(), hits: 0 };
                    self.policy.insert(slot, Incoming { hash, weight });
                }
                REMOVE => self.policy.remove(slot),
                RECALL => self.policy.recall(slot),
                _ => {
                    let now = two_words(&mut words);
                    self.set_time(now);
                }
            }
            at = records.len() - words.len();
        }
    }

    /// Apply the hits that `records` begins with. Returns how many they are.
    fn apply_hits(&mut self, records: &[u32]) -> usize {
        let hits = records.iter().take_while(|&word| word & OP_MASK == HIT);
        self.run.clear();
        self.run.extend(hits.map(|word| word >> OP_BITS));
        let accessed = self.since_base();
        for &slot in &self.run {
            let entry = &mut self.uses[slot as usize];
            *entry = Use { accessed, hits: entry.hits.saturating_add(1) };
        }
        self.policy.hit_all(&self.run);
        self.hits += self.run.len() as u64;
        self.run.len()
    }

    fn since_base(&self) -> u32 {
        (self.now - self.base) as u32
    }

    /// Every 49 days the count of ms since the base begins anew; what was not used since is then
    /// known only to be older. A clock that is set back shows no earlier time than it did.
    fn set_time(&mut self, now: u64) {
        self.now = self.now.max(now);
        if self.base == 0 {
            self.base = self.now;
        }
        if self.now - self.base > u64::from(u32::MAX) {
            self.base = self.now;
            self.uses.iter_mut().for_each(|entry| entry.accessed = 0);
        }
    }

    fn weight(&self, words: &mut impl Iterator<Item = u32>) -> u64 {
        if self.weighted { two_words(words) } else { 1 }
    }
}

fn two_words(words: &mut impl Iterator<Item = u32>) -> u64 {
    let low = u64::from(words.next().unwrap_or(0));
    low | u64::from(words.next().unwrap_or(0)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(records: &[u32]) -> Vec<u32> {
        let mut ring = vec![0; HEADER];
        ring[0] = records.len() as u32;
        ring.extend(records);
        ring
    }

    #[test]
    fn hits_in_the_ring_count_before_the_victim_is_chosen() {
        let mut tracker = Tracker::new(PolicyKind::Lru, Capacity::Entries(2));
        let at = |slot: u32, op: u32| slot << OP_BITS | op;
        let mut ring =
            ring(&[TIME, 1000, 0, at(0, INSERT), at(1, INSERT), TIME, 2000, 0, at(0, HIT)]);
        tracker.evict(&mut ring);
        assert_eq!(ring[..4], [0, 2, 0, 0]);
        let entry = EntryInfo { inserted: 1000.0, accessed: 2000.0, hits: 1 };
        assert_eq!((tracker.entry(0), tracker.hits()), (entry, 1));
    }

    #[test]
    fn the_spared_one_is_no_victim_this_time() {
        for &kind in PolicyKind::ALL {
            let mut tracker = Tracker::new(kind, Capacity::Weights);
            let mut records = Vec::new();
            for slot in 0..3 {
                records.push(slot << OP_BITS | INSERT);
                records.extend(tracker.hashed().then_some(slot));
                records.extend([1, 0]);
            }
            for spared in [0, 2] {
                let mut ring = ring(&records);
                for left in [2, 1, 0] {
                    ring[SPARED] = spared + 1;
                    tracker.evict(&mut ring);
                    let victim = ring[ANSWER];
                    assert_ne!(victim, spared + 1, "{kind:?}");
                    assert_eq!((victim == 0, ring[SPARED]), (left == 0, 0), "{kind:?}");
                }
                assert_eq!(tracker.order(), [spared], "{kind:?}");
                tracker.evict(&mut ring);
                assert_eq!(ring[ANSWER], spared + 1, "{kind:?}");
                tracker.clear();
            }
        }
    }

    #[test]
    fn nothing_to_evict_is_said_so() {
        let mut tracker = Tracker::new(PolicyKind::Sieve, Capacity::Entries(2));
        let mut ring = ring(&[]);
        tracker.evict(&mut ring);
        assert_eq!(ring[..4], [0; 4]);
    }
}
