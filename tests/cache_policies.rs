//! LRU and MRU against the `lru` crate as an oracle.
//!
//! The crate itself is not used for them: it finds entries by hashing, and a policy is addressed
//! by slot.

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
}
