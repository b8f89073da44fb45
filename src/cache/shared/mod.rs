//! A cache of bytes for all threads of the process, in shards of their own locks.

mod log;
mod shard;
mod table;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use super::policy::PolicyKind;
use crate::error::{Error, Result};
pub use log::MAX_KEY;
use shard::{HashedKey, Shard};
pub use shard::{NewValue, ShardStats};

/// As many shards as this by default: threads seldom meet in one, and uneven ones cost little.
const SHARDS: usize = 16;
/// With less than this a shard would be mostly bookkeeping.
const MIN_SHARD_BYTES: u64 = 1 << 20;
/// The most that a shard can address is twice this.
const MAX_SHARD_BYTES: u64 = 1 << 32;
/// The least budget of all.
pub const MIN_BYTES: u64 = 64 << 10;

/// How a shared cache is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedOptions {
    /// The budget of all shards together, in bytes.
    pub max_bytes: u64,
    pub policy: PolicyKind,
    /// None: as many as the budget makes sensible.
    pub shards: Option<usize>,
}

/// A shard on cache lines of its own, in pairs as processors fetch them: a thread that locks one
/// shall not slow down those that are at its neighbours.
#[repr(align(128))]
struct Place(Mutex<Shard>);

/// See the module.
pub struct SharedCache {
    options: SharedOptions,
    shards: Vec<Place>,
    hasher: RandomState,
    started: Instant,
}

/// The open caches by name. A cache lives as long as somebody holds it.
static OPEN: Mutex<Option<HashMap<String, Weak<SharedCache>>>> = Mutex::new(None);

impl SharedCache {
    /// The cache of that name, made if there is none. Whoever opens it later has to ask for the
    /// same.
    pub fn open(name: &str, options: SharedOptions) -> Result<Arc<SharedCache>> {
        let needed = options.max_bytes.div_ceil(MAX_SHARD_BYTES);
        if options.shards.is_some_and(|shards| (shards as u64) < needed) {
            let message = format!("{} bytes need at least {needed} shards", options.max_bytes);
            return Err(Error::InvalidArg { argument: "shards".to_owned(), message });
        }
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.get_or_insert_default();
        if let Some(cache) = open.get(name).and_then(Weak::upgrade) {
            let shards = options.shards.unwrap_or(cache.shards.len());
            let same = SharedOptions { shards: cache.options.shards, ..options } == cache.options;
            if same && shards == cache.shards.len() {
                return Ok(cache);
            }
            return Err(Error::InvalidArg {
                argument: "name".to_owned(),
                message: format!(
                    "the shared cache {name:?} is already open with maxBytes {}, policy {} and {} shards: \
                     open it with the same, or choose another name",
                    cache.options.max_bytes,
                    cache.options.policy.name(),
                    cache.shards.len()
                ),
            });
        }
        open.retain(|_, cache| cache.strong_count() > 0);
        let cache = Arc::new(SharedCache::new(options));
        open.insert(name.to_owned(), Arc::downgrade(&cache));
        Ok(cache)
    }

    /// A cache without a name.
    pub fn new(options: SharedOptions) -> Self {
        let sensible = (options.max_bytes / MIN_SHARD_BYTES).clamp(1, SHARDS as u64);
        let sensible = sensible.max(options.max_bytes.div_ceil(MAX_SHARD_BYTES)) as usize;
        let count = options.shards.unwrap_or(sensible).max(1);
        let budget = (options.max_bytes / count as u64) as usize;
        let shards =
            (0..count).map(|_| Place(Mutex::new(Shard::new(options.policy, budget)))).collect();
        SharedCache { options, shards, hasher: RandomState::new(), started: Instant::now() }
    }

    /// Read an entry and pass its kind and value to `read`.
    pub fn get<T>(&self, key: &[u8], read: impl FnOnce(u8, &[u8]) -> T) -> Option<T> {
        self.with(key, |shard, key| shard.get(key, || self.now(), read))
    }

    pub fn has(&self, key: &[u8]) -> bool {
        self.with(key, |shard, key| shard.has(key, || self.now()))
    }

    /// Store a value; `ttl_ms` from now, None: for ever. Returns whether it was stored.
    pub fn set(&self, key: &[u8], kind: u8, value: &[u8], ttl_ms: Option<u64>) -> bool {
        let now = self.now();
        let deadline = ttl_ms.map(|ttl| now.saturating_add(ttl));
        self.with(key, |shard, key| shard.set(key, NewValue { kind, bytes: value, deadline }, now))
    }

    pub fn delete(&self, key: &[u8]) -> bool {
        self.with(key, |shard, key| shard.delete(key))
    }

    pub fn clear(&self) {
        self.shards.iter().for_each(|shard| lock(shard).clear());
    }

    /// What all shards have seen.
    pub fn stats(&self) -> ShardStats {
        let mut all = ShardStats::default();
        for shard in &self.shards {
            let stats = lock(shard).stats();
            all.hits += stats.hits;
            all.misses += stats.misses;
            all.sets += stats.sets;
            all.evictions += stats.evictions;
            all.expirations += stats.expirations;
            all.rejected += stats.rejected;
            all.entries += stats.entries;
            all.bytes += stats.bytes;
        }
        all
    }

    pub fn options(&self) -> SharedOptions {
        SharedOptions { shards: Some(self.shards.len()), ..self.options }
    }

    fn now(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn with<T>(&self, key: &[u8], work: impl FnOnce(&mut Shard, HashedKey) -> T) -> T {
        let hash = self.hasher.hash_one(key);
        // The high bits choose the shard, the low ones the place in it.
        let shard = ((hash >> 32) * self.shards.len() as u64) >> 32;
        work(&mut lock(&self.shards[shard as usize]), HashedKey { bytes: key, hash: hash as u32 })
    }
}

/// Lock a shard. One in which a call has panicked may be half changed, so it begins anew: a cache
/// may forget, but not lie.
fn lock(Place(shard): &Place) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(|poisoned| {
        let mut guard = poisoned.into_inner();
        guard.clear();
        shard.clear_poison();
        guard
    })
}
