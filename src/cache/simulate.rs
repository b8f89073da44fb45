//! What a policy would make of a trace: each request reads its key and sets it on a miss.

use std::collections::HashMap;

use super::hash;
use super::optimum::optimal_hits;
use super::policy::{Capacity, Incoming, PolicyKind, Slot};

/// A trace whose keys are numbered in the order in which they first come.
pub struct Trace {
    requests: Vec<Slot>,
    /// Number of a key -> its hash.
    hashes: Vec<u32>,
}

/// Who decides in a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contestant {
    Policy(PolicyKind),
    /// Belady's MIN, which knows the future: the bound for all others.
    Optimum,
}

impl Trace {
    pub fn of_numbers(keys: &[u32]) -> Self {
        Self::new(keys.iter().copied(), |&key| hash::of_u32(key))
    }

    pub fn of_strings<S: AsRef<str> + Eq + std::hash::Hash>(
        keys: impl IntoIterator<Item = S>,
    ) -> Self {
        Self::new(keys, |key| hash::of_str(key.as_ref()))
    }

    fn new<K: Eq + std::hash::Hash>(
        keys: impl IntoIterator<Item = K>,
        hash_of: impl Fn(&K) -> u32,
    ) -> Self {
        let mut numbers = HashMap::new();
        let mut trace = Trace { requests: Vec::new(), hashes: Vec::new() };
        for key in keys {
            let hash = hash_of(&key);
            let number = *numbers.entry(key).or_insert_with(|| {
                trace.hashes.push(hash);
                (trace.hashes.len() - 1) as Slot
            });
            trace.requests.push(number);
        }
        trace
    }

    /// How many requests there are.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// The hits in a cache of `size` entries.
    pub fn hits(&self, contestant: Contestant, size: u64) -> u64 {
        match contestant {
            Contestant::Optimum => optimal_hits(&self.requests, self.hashes.len(), size),
            Contestant::Policy(kind) => self.replay(kind, size),
        }
    }

    /// The keys' numbers serve as slots: there is room for every key, so that none is given away.
    fn replay(&self, kind: PolicyKind, size: u64) -> u64 {
        let mut policy = kind.build(Capacity::Entries(size));
        let mut keys = vec![Known::No; self.hashes.len()];
        let (mut count, mut hits) = (0, 0);
        for &slot in &self.requests {
            match keys[slot as usize] {
                Known::Resident => {
                    hits += 1;
                    policy.hit(slot);
                    continue;
                }
                Known::Ghost => policy.recall(slot),
                Known::No => {}
            }
            let mut more = count >= size;
            while more {
                let Some(eviction) = policy.evict() else { break };
                let left = if eviction.ghost { Known::Ghost } else { Known::No };
                keys[eviction.slot as usize] = left;
                if let Some(released) = eviction.released {
                    keys[released as usize] = Known::No;
                }
                count -= 1;
                more = eviction.more || count >= size;
            }
            policy.insert(slot, Incoming { hash: self.hashes[slot as usize], weight: 1 });
            keys[slot as usize] = Known::Resident;
            count += 1;
        }
        hits
    }
}

/// What the cache of a replay knows of a key.
#[derive(Clone, Copy)]
enum Known {
    No,
    Resident,
    Ghost,
}
