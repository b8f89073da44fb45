//! Least recently used: the victim is the entry whose last use, a hit or a set, is longest ago
//! (Mattson et al., "Evaluation techniques for storage hierarchies", IBM Systems Journal 1970).

use super::one_queue::{OneQueue, Rules};

/// See the module.
pub type Lru = OneQueue<LruRules>;

pub struct LruRules;

impl Rules for LruRules {
    const HIT_RENEWS: bool = true;
    const UPDATE_RENEWS: bool = true;
    const NEWEST_GOES: bool = false;
}
