//! First in, first out: the victim is the entry that was inserted first. Reading or setting it again
//! changes nothing, so it is the policy with the least bookkeeping (and Belady's anomaly: Belady,
//! Nelson, Shedler, "An anomaly in space-time characteristics of certain programs running in a
//! paging machine", CACM 1969).

use super::one_queue::{OneQueue, Rules};

/// See the module.
pub type Fifo = OneQueue<FifoRules>;

pub struct FifoRules;

impl Rules for FifoRules {
    const HIT_RENEWS: bool = false;
    const UPDATE_RENEWS: bool = false;
    const NEWEST_GOES: bool = false;
}
