//! Caches: replacement policies, and what is built on them.
//!
//! [`policy`] says what a policy is and lists them, one file each. [`simulate`] replays traces.
//! [`tracker`] serves the `Cache` of lib/cache, whose keys and values live in JavaScript.

pub mod hash;
mod list;
mod one_queue;
mod optimum;
pub mod policy;
mod prefetch;
pub mod shared;
mod shortlist;
pub mod simulate;
mod sketch;
pub mod tiered;
pub mod tracker;
mod weights;

mod fifo;
mod lfu;
mod lifo;
mod lru;
mod mru;
mod s3fifo;
mod sieve;
mod wtinylfu;
