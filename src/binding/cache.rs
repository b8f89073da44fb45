//! `rekue/cache` for JavaScript: the tracker behind a `Cache`, and the simulator.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use napi::bindgen_prelude::{Either, Env, Function, Uint32Array};
use napi::sys;
use napi_derive::napi;

use super::raw::{self, Call};
use super::{NapiError, to_napi};
use crate::cache::policy::{Capacity, PolicyKind};
use crate::cache::simulate::{Contestant, Trace};
use crate::cache::tracker::Tracker;
use crate::error::{Error, Result};

/// The name under which the simulator knows Belady's MIN.
const OPTIMUM: &str = "optimum";

/// The names of the policies, in the order in which they are documented.
#[napi]
pub fn cache_policies() -> Vec<String> {
    PolicyKind::ALL.iter().map(|kind| kind.name().to_owned()).collect()
}

/// Replay a trace. Returns the hits of every policy at every size: the sizes of the first policy,
/// then those of the second. `policies` may hold 'optimum' too.
#[napi]
pub fn cache_simulate(
    trace: Either<Uint32Array, Vec<String>>,
    policies: Vec<String>,
    sizes: Vec<u32>,
) -> std::result::Result<Vec<f64>, NapiError> {
    guarded(|| {
        let contestants: Vec<Contestant> =
            policies.iter().map(|name| contestant(name)).collect::<Result<_>>()?;
        let trace = match &trace {
            Either::A(keys) => Trace::of_numbers(keys),
            Either::B(keys) => Trace::of_strings(keys.iter().map(String::as_str)),
        };
        let runs = contestants.iter().flat_map(|&who| sizes.iter().map(move |&size| (who, size)));
        Ok(runs.map(|(who, size)| trace.hits(who, u64::from(size)) as f64).collect())
    })
}

/// The policy of a `Cache`, told of operations through a ring; see src/cache/tracker.rs.
#[napi]
pub struct CacheTracker {
    inner: Rc<RefCell<Tracked>>,
}

struct Tracked {
    tracker: Tracker,
    ring: Uint32Array,
}

impl Tracked {
    /// Run `work` on the tracker and the ring.
    fn with_ring<T>(&mut self, work: impl FnOnce(&mut Tracker, &mut [u32]) -> T) -> T {
        // SAFETY: the ring is private to one `Cache`, whose JavaScript runs on this thread and does
        // not run while this call does; nothing else holds a slice of it.
        work(&mut self.tracker, unsafe { self.ring.as_mut() })
    }
}

/// What the tracker knows of an entry; times in ms since the epoch.
#[napi(object)]
pub struct CacheEntryInfo {
    pub inserted: f64,
    pub accessed: f64,
    pub hits: u32,
}

#[napi]
impl CacheTracker {
    /// `max`: the number of entries; none where weights bound the cache.
    #[napi(constructor)]
    pub fn new(
        policy: String,
        max: Option<u32>,
        ring: Uint32Array,
    ) -> std::result::Result<Self, NapiError> {
        let kind = kind(&policy).map_err(to_napi)?;
        let capacity = max.map_or(Capacity::Weights, |max| Capacity::Entries(u64::from(max)));
        let tracked = Tracked { tracker: Tracker::new(kind, capacity), ring };
        Ok(CacheTracker { inner: Rc::new(RefCell::new(tracked)) })
    }

    /// Whether insertions have to carry a hash of the key.
    #[napi(getter)]
    pub fn hashed(&self) -> bool {
        self.inner.borrow().tracker.hashed()
    }

    /// Read what the ring holds. Returns all hits so far.
    #[napi]
    pub fn catch_up(&self) -> std::result::Result<f64, NapiError> {
        self.caught_up(|tracker| tracker.hits() as f64)
    }

    /// What is known of the entry in a slot.
    #[napi]
    pub fn entry(&self, slot: u32) -> std::result::Result<CacheEntryInfo, NapiError> {
        self.caught_up(|tracker| {
            let info = tracker.entry(slot);
            CacheEntryInfo { inserted: info.inserted, accessed: info.accessed, hits: info.hits }
        })
    }

    /// The resident slots, the oldest or least wanted first.
    #[napi]
    pub fn order(&self) -> std::result::Result<Uint32Array, NapiError> {
        self.caught_up(|tracker| tracker.order().into())
    }

    /// The memory that the bookkeeping takes on this side, in bytes.
    #[napi]
    pub fn bytes(&self) -> std::result::Result<f64, NapiError> {
        self.caught_up(|tracker| tracker.bytes() as f64)
    }

    /// Forget all entries.
    #[napi]
    pub fn clear(&self) -> std::result::Result<(), NapiError> {
        self.caught_up(Tracker::clear)
    }

    /// A function without arguments that catches up and puts a victim into the ring's header:
    /// every insertion into a full cache calls it.
    #[napi(ts_return_type = "() => void")]
    pub fn evictor<'env>(&self, env: &'env Env) -> napi::Result<Function<'env, (), ()>> {
        raw::function(env, c"evict", Rc::clone(&self.inner), evict_callback)
    }

    fn caught_up<T>(
        &self,
        work: impl FnOnce(&mut Tracker) -> T,
    ) -> std::result::Result<T, NapiError> {
        guarded(|| {
            Ok(self.inner.borrow_mut().with_ring(|tracker, ring| {
                tracker.catch_up(ring);
                work(tracker)
            }))
        })
    }
}

unsafe extern "C" fn evict_callback(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let work = |call: Call<RefCell<Tracked>, 0>| {
        guarded(|| {
            call.data.borrow_mut().with_ring(Tracker::evict);
            Ok(())
        })
    };
    // SAFETY: `evictor` gives this callback data of this type.
    unsafe { raw::run(env, info, work) }
}

/// Run work that must not take the user's process down: a panic becomes an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, NapiError> {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    outcome
        .unwrap_or_else(|_| Err(Error::Internal("the cache's native part failed".to_owned())))
        .map_err(to_napi)
}

fn contestant(name: &str) -> Result<Contestant> {
    if name == OPTIMUM { Ok(Contestant::Optimum) } else { kind(name).map(Contestant::Policy) }
}

pub(super) fn kind(name: &str) -> Result<PolicyKind> {
    PolicyKind::from_name(name).ok_or_else(|| Error::InvalidArg {
        argument: "policy".to_owned(),
        message: format!("there is no policy {name:?}"),
    })
}
