//! Shared caches against a map, and against their budget.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use rekue::cache::policy::PolicyKind;
use rekue::cache::shared::{SharedCache, SharedOptions};

fn cache(policy: PolicyKind, max_bytes: u64, shards: usize) -> SharedCache {
    SharedCache::new(SharedOptions { max_bytes, policy, shards: Some(shards) })
}

fn get(cache: &SharedCache, key: &[u8]) -> Option<(u8, Vec<u8>)> {
    cache.get(key, |kind, value| (kind, value.to_vec()))
}

#[derive(Debug, Clone)]
enum Operation {
    Set(u16, usize),
    Get(u16),
    Delete(u16),
    Clear,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let key = 0..400u16;
    let size = prop_oneof![6 => 0..300usize, 2 => 300..3000usize, 1 => 3000..40_000usize];
    let operation = prop_oneof![
        400 => (key.clone(), size).prop_map(|(key, size)| Operation::Set(key, size)),
        400 => key.clone().prop_map(Operation::Get),
        40 => key.prop_map(Operation::Delete),
        1 => Just(Operation::Clear),
    ];
    prop::collection::vec(operation, 1..1500)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("CACHE_PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(24)
    ))]

    /// What is there is what was set last; what is gone was evicted; the budget holds throughout.
    #[test]
    fn never_lies_and_never_exceeds_its_budget(
        operations in operations(),
        policy in prop::sample::select(PolicyKind::ALL.to_vec()),
        budget in prop::sample::select(vec![100_000u64, 300_000, 2_000_000]),
    ) {
        let cache = cache(policy, budget, 1);
        let mut last: HashMap<u16, Vec<u8>> = HashMap::new();
        for (i, operation) in operations.into_iter().enumerate() {
            match operation {
                Operation::Set(key, size) => {
                    let value = vec![i as u8; size];
                    if cache.set(&key.to_be_bytes(), 1, &value, None) {
                        prop_assert_eq!(get(&cache, &key.to_be_bytes()), Some((1, value.clone())));
                        last.insert(key, value);
                    } else {
                        prop_assert!(!cache.has(&key.to_be_bytes()));
                        prop_assert!(size > 10_000, "{} bytes rejected", size);
                        last.remove(&key);
                    }
                }
                Operation::Get(key) => {
                    if let Some((_, value)) = get(&cache, &key.to_be_bytes()) {
                        prop_assert_eq!(Some(&value), last.get(&key));
                    }
                }
                Operation::Delete(key) => {
                    let there = cache.has(&key.to_be_bytes());
                    prop_assert_eq!(cache.delete(&key.to_be_bytes()), there);
                    last.remove(&key);
                }
                Operation::Clear => {
                    cache.clear();
                    last.clear();
                }
            }
            let stats = cache.stats();
            prop_assert!(stats.bytes <= budget, "{} of {budget} after {i}", stats.bytes);
            prop_assert!(stats.entries <= last.len() as u64);
        }
        let there = last.keys().filter(|key| cache.has(&key.to_be_bytes())).count() as u64;
        prop_assert_eq!(there, cache.stats().entries);
    }
}

#[test]
fn holds_entries_of_200_bytes_in_a_quarter_more_memory() {
    for policy in PolicyKind::ALL {
        // The full million where it counts most; a tenth tells as much of the others.
        let count: u64 = if *policy == PolicyKind::Lru { 1_000_000 } else { 100_000 };
        let cache = cache(*policy, count * 280, 16);
        for i in 0..count {
            assert!(cache.set(format!("key:{i:012}").as_bytes(), 0, &[i as u8; 184], None));
        }
        let stats = cache.stats();
        println!("{}: {} entries, {} bytes", policy.name(), stats.entries, stats.bytes);
        assert_eq!((stats.entries, stats.evictions), (count, 0), "{}", policy.name());
        // The frequency sketch of W-TinyLFU alone takes 8 to 16 bytes an entry.
        let limit = if *policy == PolicyKind::WTinyLfu { 265 } else { 250 };
        assert!(stats.bytes <= count * limit, "{}: {}", policy.name(), stats.bytes);
    }
}

#[test]
fn a_full_cache_keeps_most_of_its_budget_in_use() {
    for policy in PolicyKind::ALL {
        let cache = cache(*policy, 8 << 20, 2);
        for i in 0..200_000u64 {
            let value = vec![7; 50 + (i as usize * 31) % 200];
            cache.set(
                &(i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20).to_be_bytes(),
                0,
                &value,
                None,
            );
            if i % 3 == 0 {
                cache.get(
                    &((i / 2).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20).to_be_bytes(),
                    |_, _| (),
                );
            }
        }
        let stats = cache.stats();
        // 150 bytes of value on the average, 8 of key.
        let useful = stats.entries * 158;
        println!("{}: {} entries, {useful} of {} bytes", policy.name(), stats.entries, stats.bytes);
        assert!(useful as f64 > 0.6 * (8 << 20) as f64, "{}: {useful}", policy.name());
    }
}

#[test]
fn the_shard_follows_its_policy() {
    // Equal entries in one shard: only the order of eviction tells policies apart.
    let survivors = |policy| {
        let cache = cache(policy, 200_000, 1);
        for i in 0..300u32 {
            cache.set(&i.to_be_bytes(), 0, &[0; 250], None);
            cache.get(&0u32.to_be_bytes(), |_, _| ());
        }
        let before = cache.stats();
        assert_eq!(before.evictions, 0);
        for i in 300..1300u32 {
            cache.set(&i.to_be_bytes(), 0, &[0; 250], None);
        }
        assert!(cache.stats().evictions > 300);
        [0u32, 1, 1299].map(|i| cache.has(&i.to_be_bytes()))
    };
    assert_eq!(survivors(PolicyKind::Fifo), [false, false, true]);
    assert_eq!(survivors(PolicyKind::Lru), [false, false, true]);
    assert_eq!(survivors(PolicyKind::Lfu), [true, false, true]);
    assert_eq!(survivors(PolicyKind::Lifo), [true, true, true]);
    assert_eq!(survivors(PolicyKind::S3Fifo), [true, false, true]);
}

#[test]
fn entries_expire_and_make_room() {
    let cache = cache(PolicyKind::Lru, 200_000, 1);
    assert!(cache.set(b"a", 0, b"short", Some(0)));
    assert!(cache.set(b"b", 3, b"long", Some(60_000)));
    assert_eq!(get(&cache, b"a"), None);
    assert_eq!(get(&cache, b"b"), Some((3, b"long".to_vec())));
    let stats = cache.stats();
    assert_eq!((stats.expirations, stats.entries, stats.hits, stats.misses), (1, 1, 1, 1));
    for i in 0..3000u32 {
        cache.set(&i.to_be_bytes(), 0, &[0; 100], Some(u64::from(i % 2) * 60_000));
        // Holes, so that segments are compacted.
        if i % 3 == 0 && i > 10 {
            cache.delete(&(i - 10).to_be_bytes());
        }
    }
    assert!(cache.stats().expirations > 100);
}

#[test]
fn a_value_over_the_budget_is_counted_and_evicts_nothing() {
    let cache = cache(PolicyKind::Lru, 200_000, 1);
    cache.set(b"a", 0, b"kept", None);
    cache.set(b"b", 0, b"outdated", None);
    assert!(!cache.set(b"b", 0, &vec![0; 200_000], None));
    assert!(!cache.set(&[7; 70_000], 0, b"", None));
    assert_eq!((cache.has(b"a"), cache.has(b"b")), (true, false));
    let stats = cache.stats();
    assert_eq!((stats.rejected, stats.evictions), (2, 0));
}

#[test]
fn threads_share_it_without_harm() {
    let cache = Arc::new(cache(PolicyKind::S3Fifo, 4 << 20, 8));
    let threads: Vec<_> = (0..4u32)
        .map(|thread| {
            let cache = Arc::clone(&cache);
            std::thread::spawn(move || {
                for i in 0..60_000u32 {
                    let key = (i.wrapping_mul(thread + 1) % 20_000).to_be_bytes();
                    cache.set(&key, 0, &key.repeat(20 + i as usize % 9), None);
                    if let Some((_, value)) = get(&cache, &key) {
                        assert!(value.chunks(4).all(|chunk| chunk == key));
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no thread panics");
    }
    assert!(cache.stats().bytes <= 4 << 20);
}

#[test]
fn a_name_is_one_cache_for_all_who_ask_for_the_same() {
    let options = SharedOptions { max_bytes: 1 << 20, policy: PolicyKind::Lru, shards: None };
    let one = SharedCache::open("sessions", options).expect("opens");
    let two = SharedCache::open("sessions", options).expect("opens again");
    one.set(b"k", 0, b"v", None);
    assert!(two.has(b"k"));
    assert!(
        SharedCache::open("sessions", SharedOptions { max_bytes: 2 << 20, ..options }).is_err()
    );
    assert!(!SharedCache::open("other", options).expect("opens").has(b"k"));
    drop((one, two));
    assert!(!SharedCache::open("sessions", options).expect("opens anew").has(b"k"));
}

#[test]
fn has_as_many_shards_as_its_budget_takes_to_address() {
    let options = SharedOptions { max_bytes: 100 << 30, policy: PolicyKind::Lru, shards: None };
    assert_eq!(SharedCache::new(options).options().shards, Some(25));
    let few = SharedOptions { shards: Some(24), ..options };
    assert!(SharedCache::open("too few shards", few).is_err());
}
