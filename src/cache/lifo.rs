//! Last in, first out: the victim is the entry that was set most recently, by insertion or update.
//! Reading changes nothing. It keeps the oldest entries, which suits a loop longer than the cache.

use super::one_queue::{OneQueue, Rules};

/// See the module.
pub type Lifo = OneQueue<LifoRules>;

pub struct LifoRules;

impl Rules for LifoRules {
    const HIT_RENEWS: bool = false;
    const UPDATE_RENEWS: bool = true;
    const NEWEST_GOES: bool = true;
}
