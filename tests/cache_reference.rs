//! The policies against the numbers of the reference: computed before any of this was written.

use rekue::cache::policy::PolicyKind;
use rekue::cache::simulate::{Contestant, Trace};

/// 100,000 keys: the least of three successive numbers of a linear congruential generator.
fn generated_trace() -> Vec<u32> {
    let mut x: u32 = 1;
    let mut draw = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 8) % 1000
    };
    (0..100_000).map(|_| [draw(), draw(), draw()].into_iter().min().unwrap_or(0)).collect()
}

fn hits(trace: &Trace, name: &str, size: u64) -> u64 {
    let contestant = match PolicyKind::from_name(name) {
        Some(kind) => Contestant::Policy(kind),
        None => Contestant::Optimum,
    };
    trace.hits(contestant, size)
}

#[test]
fn the_generator_is_the_one_of_the_reference() {
    let keys = generated_trace();
    assert_eq!(keys[..10], [65, 489, 295, 323, 137, 60, 173, 550, 222, 90]);
    assert_eq!(keys.iter().sum::<u32>(), 24_938_518);
}

#[test]
fn hits_on_the_generated_trace() {
    let trace = Trace::of_numbers(&generated_trace());
    let policies = ["fifo", "lifo", "lru", "mru", "lfu", "sieve", "s3fifo", "optimum"];
    let table = [
        (50, [8921, 8739, 8965, 5583, 10562, 11256, 11033, 36711]),
        (100, [17259, 17814, 17571, 10973, 20156, 22095, 21246, 50927]),
        (200, [33409, 34847, 34625, 22053, 39694, 42404, 39301, 68345]),
        (500, [72293, 77201, 77571, 54286, 83048, 84614, 82003, 92145]),
    ];
    for (size, expected) in table {
        assert_eq!(policies.map(|name| hits(&trace, name, size)), expected, "{size} places");
    }
}

#[test]
fn misses_on_the_string_of_belady() {
    let trace = Trace::of_numbers(&[1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]);
    let policies = ["fifo", "lru", "lfu", "lifo", "mru"];
    for (size, expected) in [(3, [9, 10, 10, 8, 7]), (4, [10, 8, 8, 7, 6])] {
        assert_eq!(policies.map(|name| 12 - hits(&trace, name, size)), expected, "{size} places");
    }
}

#[test]
fn loops_longer_than_the_cache() {
    let (keys, size, passes) = (120, 100, 7);
    let trace = Trace::of_numbers(&(0..passes * keys).map(|i| i % keys).collect::<Vec<_>>());
    assert_eq!(hits(&trace, "fifo", size), 0);
    assert_eq!(hits(&trace, "lru", size), 0);
    assert_eq!(hits(&trace, "lifo", size), u64::from(passes - 1) * (size - 1));
}

#[test]
fn what_lru_hits_it_hits_in_a_larger_cache_too() {
    let trace = Trace::of_numbers(&generated_trace()[..20_000]);
    let counts: Vec<u64> = (1..60).map(|size| hits(&trace, "lru", size)).collect();
    assert!(counts.is_sorted(), "{counts:?}");
}

#[test]
fn wtinylfu_beats_lru_wherever_the_best_policy_does() {
    let trace = Trace::of_numbers(&generated_trace());
    for size in [50, 100, 200, 500] {
        let (ours, lru) = (hits(&trace, "wtinylfu", size), hits(&trace, "lru", size));
        println!("{size}: {ours} against {lru}");
        assert!(ours > lru, "{size}: {ours} against {lru}");
    }
}

#[test]
fn string_keys_are_keys_like_others() {
    let numbers = generated_trace();
    let strings = Trace::of_strings(numbers.iter().map(u32::to_string));
    let trace = Trace::of_numbers(&numbers);
    for name in ["lru", "sieve", "s3fifo"] {
        assert_eq!(hits(&strings, name, 100), hits(&trace, name, 100));
    }
}
