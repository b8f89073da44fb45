//! Belady's MIN (L. A. Belady, "A study of replacement algorithms for a virtual-storage computer",
//! IBM Systems Journal 1966): the victim is the entry whose next use is farthest away. It needs the
//! whole trace beforehand, so it is a yardstick for the policies and not one of them.

use std::collections::BinaryHeap;

use super::policy::Slot;

/// The most hits that a cache of `size` entries, which takes in every key, can have on a trace of
/// `keys` different keys.
pub fn optimal_hits(requests: &[Slot], keys: usize, size: u64) -> u64 {
    let never = requests.len();
    let mut next_use = vec![never; requests.len()];
    let mut seen = vec![never; keys];
    for (at, &key) in requests.iter().enumerate().rev() {
        next_use[at] = std::mem::replace(&mut seen[key as usize], at);
    }

    // Key -> its next use, while it is resident. The heap may hold outdated uses of a key beside
    // the one that counts.
    let mut due: Vec<Option<usize>> = vec![None; keys];
    let mut heap: BinaryHeap<(usize, Slot)> = BinaryHeap::new();
    let (mut count, mut hits) = (0, 0);
    for (&key, &next) in requests.iter().zip(&next_use) {
        if due[key as usize].is_some() {
            hits += 1;
        } else {
            while count >= size {
                let Some((use_at, victim)) = heap.pop() else { break };
                if due[victim as usize] == Some(use_at) {
                    due[victim as usize] = None;
                    count -= 1;
                }
            }
            count += 1;
        }
        due[key as usize] = Some(next);
        heap.push((next, key));
    }
    hits
}
