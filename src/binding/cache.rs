//! `rekue/cache` for JavaScript: the tracker behind a `Cache`, and the simulator.

use std::cell::RefCell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{Either, Env, FromNapiValue, Function, Uint32Array};
use napi::sys;
use napi_derive::napi;

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

    /// A function without arguments that catches up and puts a victim into the ring's header. It
    /// is made by hand because the call is paid by every insertion into a full cache: unpacking
    /// `this` and converting arguments would double its price.
    #[napi(ts_return_type = "() => void")]
    pub fn evictor<'env>(&self, env: &'env Env) -> napi::Result<Function<'env, (), ()>> {
        let mut function = ptr::null_mut();
        let data = Rc::into_raw(Rc::clone(&self.inner)).cast_mut().cast::<c_void>();
        // SAFETY: `data` is a strong reference that the finalizer gives back; the function cannot
        // be called after it. A failure on the way leaks one tracker and is reported.
        unsafe {
            let raw = env.raw();
            check(sys::napi_create_function(
                raw,
                c"evict".as_ptr(),
                5,
                Some(evict_callback),
                data,
                &mut function,
            ))?;
            check(sys::napi_add_finalizer(
                raw,
                function,
                data,
                Some(drop_tracked),
                ptr::null_mut(),
                ptr::null_mut(),
            ))?;
            Function::from_napi_value(raw, function)
        }
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

extern "C" fn evict_callback(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut data = ptr::null_mut();
    // SAFETY: `data` is what `evictor` gave to this function: a live `Rc<RefCell<Tracked>>`.
    let tracked = unsafe {
        let (none, nowhere) = (ptr::null_mut(), ptr::null_mut());
        sys::napi_get_cb_info(env, info, none, ptr::null_mut(), nowhere, &mut data);
        data.cast::<RefCell<Tracked>>().as_ref()
    };
    let done = guarded(|| {
        let mut tracked = tracked
            .and_then(|cell| cell.try_borrow_mut().ok())
            .ok_or_else(|| Error::Internal("the cache's tracker is not there".to_owned()))?;
        tracked.with_ring(Tracker::evict);
        Ok(())
    });
    if let Err(error) = done {
        // SAFETY: both strings live through the call, which copies them.
        unsafe {
            let text = |text: &str| std::ffi::CString::new(text).unwrap_or_default();
            let (code, reason) = (text(&error.status), text(&error.reason));
            sys::napi_throw_error(env, code.as_ptr(), reason.as_ptr());
        }
    }
    ptr::null_mut()
}

unsafe extern "C" fn drop_tracked(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: gives back the reference that `evictor` took; a finalizer runs once.
    drop(unsafe { Rc::from_raw(data.cast::<RefCell<Tracked>>()) });
}

fn check(status: sys::napi_status) -> napi::Result<()> {
    match status {
        sys::Status::napi_ok => Ok(()),
        status => Err(napi::Error::new(napi::Status::from(status), "cannot make a function")),
    }
}

/// Run work that must not take the user's process down: a panic becomes an error.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, NapiError> {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    outcome
        .unwrap_or_else(|_| Err(Error::Internal("the cache's native part failed".to_owned())))
        .map_err(to_napi)
}

fn contestant(name: &str) -> Result<Contestant> {
    if name == OPTIMUM { Ok(Contestant::Optimum) } else { kind(name).map(Contestant::Policy) }
}

fn kind(name: &str) -> Result<PolicyKind> {
    PolicyKind::from_name(name).ok_or_else(|| Error::InvalidArg {
        argument: "policy".to_owned(),
        message: format!("there is no policy {name:?}"),
    })
}
