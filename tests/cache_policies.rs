//! LRU and MRU against the `lru` crate as an oracle, LFU against what its definition says.
//!
//! The crate itself is not used for them: it finds entries by hashing, and a policy is addressed
//! by slot.

use std::collections::BTreeMap;

use lru::LruCache;
use proptest::prelude::*;
use rekue::cache::policy::{Capacity, Incoming, PolicyKind};

#[derive(Debug, Clone, Copy)]
enum Operation {
    Use(u32),
    Delete(u32),
}

proptest! {
    #[test]
    fn lru_and_mru_evict_what_the_crate_evicts(
        operations in prop::collection::vec(
            prop_oneof![9 => (0..40u32).prop_map(Operation::Use), 1 => (0..40u32).prop_map(Operation::Delete)],
            1..2000,
        ),
        capacity in 1..30usize,
        most_recent in any::<bool>(),
    ) {
        let kind = if most_recent { PolicyKind::Mru } else { PolicyKind::Lru };
        let mut policy = kind.build(Capacity::Entries(capacity as u64));
        let mut oracle: LruCache<u32, ()> = LruCache::unbounded();
        for operation in operations {
            match operation {
                Operation::Use(slot) if oracle.get(&slot).is_some() => policy.hit(slot),
                Operation::Use(slot) => {
                    if oracle.len() == capacity {
                        let expected = if most_recent { oracle.pop_mru() } else { oracle.pop_lru() };
                        prop_assert_eq!(policy.evict().map(|eviction| eviction.slot), expected.map(|each| each.0));
                    }
                    oracle.put(slot, ());
                    policy.insert(slot, Incoming { hash: 0, weight: 1 });
                }
                Operation::Delete(slot) => {
                    if oracle.pop(&slot).is_some() {
                        policy.remove(slot);
                    }
                }
            }
            let order: Vec<u32> = oracle.iter().rev().map(|(&slot, ())| slot).collect();
            prop_assert_eq!(policy.order(), order);
        }
    }

    #[test]
    fn lfu_evicts_the_least_used_and_of_those_the_least_recently_used(
        operations in prop::collection::vec(
            prop_oneof![
                12 => (0..900u32, any::<bool>()).prop_map(|(slot, squared)| {
                    Operation::Use(if squared { slot * slot / 900 } else { slot })
                }),
                1 => (0..900u32).prop_map(Operation::Delete),
            ],
            1..6000,
        ),
        capacity in 1..800usize,
        // Newcomers that are read at once leave none of count 1.
        read_at_once in any::<bool>(),
    ) {
        let mut policy = PolicyKind::Lfu.build(Capacity::Entries(capacity as u64));
        // Slot -> count and time of the last use.
        let mut naive: BTreeMap<u32, (u64, usize)> = BTreeMap::new();
        for (now, operation) in operations.into_iter().enumerate() {
            match operation {
                Operation::Use(slot) if naive.contains_key(&slot) => {
                    naive.entry(slot).and_modify(|entry| *entry = (entry.0 + 1, now));
                    if now % 2 == 0 { policy.hit(slot) } else { policy.update(slot, 1) }
                }
                Operation::Use(slot) => {
                    if naive.len() == capacity {
                        let expected = naive.iter().min_by_key(|each| each.1).map(|each| *each.0);
                        prop_assert_eq!(policy.evict().map(|eviction| eviction.slot), expected);
                        expected.map(|slot| naive.remove(&slot));
                    }
                    policy.insert(slot, Incoming { hash: 0, weight: 1 });
                    naive.insert(slot, (1, now));
                    if read_at_once {
                        policy.hit(slot);
                        naive.insert(slot, (2, now));
                    }
                }
                Operation::Delete(slot) => {
                    if naive.remove(&slot).is_some() {
                        policy.remove(slot);
                    }
                }
            }
        }
        let mut order: Vec<u32> = naive.keys().copied().collect();
        order.sort_by_key(|slot| naive[slot]);
        prop_assert_eq!(policy.order(), order);
    }
}
