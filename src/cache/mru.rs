//! Most recently used: the victim is the entry whose last use, a hit or a set, is the latest (Chou and
//! DeWitt, "An evaluation of buffer management strategies for relational database systems", VLDB
//! 1985). Best where what was just used will not be used again for long, as in a cyclic scan.

use super::one_queue::{OneQueue, Rules};

/// See the module.
pub type Mru = OneQueue<MruRules>;

pub struct MruRules;

impl Rules for MruRules {
    const HIT_RENEWS: bool = true;
    const UPDATE_RENEWS: bool = true;
    const NEWEST_GOES: bool = true;
}
