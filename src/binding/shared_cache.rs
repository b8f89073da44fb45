//! `SharedCache` for JavaScript.
//!
//! Text and bytes only: lib/cache/shared.js turns other values into JSON text and says so in the
//! kind, a number that is stored with the value. Values pass through a *scratch* that both sides
//! see, so that no call makes a Buffer or converts a result.

use std::cell::{Ref, RefCell};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::{Buffer, Env, Function, Uint8Array};
use napi::sys;
use napi_derive::napi;

use super::NapiError;
use super::cache::{guarded, kind};
use super::raw::{self, Call};
use crate::cache::shared::{MAX_KEY, SharedCache, SharedOptions};
use crate::error::{Error, Result};

/// Words at the beginning of the scratch, each of 32 bits: what to do, and then what came of it;
/// the kind of the value; its length; and the ttl in ms, low and high.
const HEADER: usize = 20;
const GET: u32 = 0;
const HAS: u32 = 1;
const SET: u32 = 2;
const DELETE: u32 = 3;
/// What came of it: no such entry, or not stored.
const NO: u32 = 0;
const YES: u32 = 1;
/// The value is longer than the scratch: ask for it by `getBuffer`.
const TOO_LONG: u32 = 2;

/// One thread's hold on a shared cache.
#[napi]
pub struct SharedCacheHandle {
    inner: Rc<Held>,
}

struct Held {
    cache: RefCell<Option<Arc<SharedCache>>>,
    channel: RefCell<Channel>,
}

/// Through which values pass.
struct Channel {
    scratch: Uint8Array,
    key: Vec<u8>,
    value: Vec<u8>,
}

/// What all threads did to a shared cache; bytes are all that it holds.
#[napi(object)]
pub struct SharedCacheStats {
    pub hits: f64,
    pub misses: f64,
    pub sets: f64,
    pub evictions: f64,
    pub expirations: f64,
    pub rejected: f64,
    pub size: f64,
    pub bytes: f64,
    pub shards: u32,
}

#[napi]
impl SharedCacheHandle {
    /// The cache of that name in this process, made if there is none. `scratch` is private to the
    /// handle's owner.
    #[napi(factory)]
    pub fn open(
        name: String,
        policy: String,
        max_bytes: f64,
        shards: Option<u32>,
        scratch: Uint8Array,
    ) -> std::result::Result<Self, NapiError> {
        guarded(|| {
            let options = SharedOptions {
                max_bytes: max_bytes as u64,
                policy: kind(&policy)?,
                shards: shards.map(|shards| shards as usize),
            };
            let cache = RefCell::new(Some(SharedCache::open(&name, options)?));
            let channel = Channel { scratch, key: Vec::new(), value: Vec::new() };
            Ok(SharedCacheHandle { inner: Rc::new(Held { cache, channel: RefCell::new(channel) }) })
        })
    }

    /// A function of a key, and of a string or a Buffer to set, that does what the scratch says.
    #[napi(ts_return_type = "(key: string, value?: string | Buffer) => void")]
    pub fn operator<'env>(&self, env: &'env Env) -> napi::Result<Function<'env, (), ()>> {
        raw::function(env, c"operate", Rc::clone(&self.inner), operate_callback)
    }

    /// Read a value of any length as bytes; its kind goes into the scratch.
    #[napi]
    pub fn get_buffer(&self, key: String) -> std::result::Result<Option<Buffer>, NapiError> {
        guarded(|| {
            let found = self
                .inner
                .cache()?
                .get(checked(key.as_bytes())?, |kind, value| (kind, value.to_vec()));
            Ok(found.map(|(kind, value)| {
                let mut channel = self.inner.channel.borrow_mut();
                // SAFETY: the scratch is private to the handle's owner, who waits for this call.
                put_word(unsafe { channel.scratch.as_mut() }, 1, u32::from(kind));
                value.into()
            }))
        })
    }

    #[napi]
    pub fn clear(&self) -> std::result::Result<(), NapiError> {
        guarded(|| {
            self.inner.cache()?.clear();
            Ok(())
        })
    }

    #[napi]
    pub fn stats(&self) -> std::result::Result<SharedCacheStats, NapiError> {
        guarded(|| {
            let cache = self.inner.cache()?;
            let stats = cache.stats();
            Ok(SharedCacheStats {
                hits: stats.hits as f64,
                misses: stats.misses as f64,
                sets: stats.sets as f64,
                evictions: stats.evictions as f64,
                expirations: stats.expirations as f64,
                rejected: stats.rejected as f64,
                size: stats.entries as f64,
                bytes: stats.bytes as f64,
                shards: cache.options().shards.unwrap_or(1) as u32,
            })
        })
    }

    /// Let go of the cache. Its memory is freed when the last thread has.
    #[napi]
    pub fn close(&self) {
        self.inner.cache.take();
    }
}

impl Held {
    /// Borrowed and not cloned: all threads would write to the one count of owners at every call.
    fn cache(&self) -> Result<Ref<'_, SharedCache>> {
        let open = Ref::filter_map(self.cache.borrow(), |cache| cache.as_deref());
        open.map_err(|_| Error::InvalidArg {
            argument: "this".to_owned(),
            message: "this SharedCache was closed: open it again".to_owned(),
        })
    }
}

unsafe extern "C" fn operate_callback(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let work = |call: Call<Held, 2>| {
        guarded(|| {
            let cache = call.data.cache()?;
            let channel = &mut *call.data.channel.borrow_mut();
            // SAFETY: arguments of this call; the scratch is private to the owner of the handle,
            // who waits for this call on this thread.
            let (is_key, scratch) = unsafe {
                (
                    raw::read_string(call.env, call.args[0], &mut channel.key),
                    channel.scratch.as_mut(),
                )
            };
            if !is_key {
                return Err(invalid("key", "key must be a string".to_owned()));
            }
            let key = checked(&channel.key)?;
            let Some((header, body)) = scratch.split_at_mut_checked(HEADER) else {
                return Err(Error::Internal("the scratch has no room for its header".to_owned()));
            };
            let outcome = match word(header, 0) {
                GET => get(&cache, key, header, body),
                HAS => u32::from(cache.has(key)),
                DELETE => u32::from(cache.delete(key)),
                SET => {
                    let (kind, ttl) = (word(header, 1) as u8, u64::from(word(header, 3)));
                    let ttl = ttl | u64::from(word(header, 4)) << 32;
                    // SAFETY: an argument of this call.
                    let value = unsafe { bytes_of(call.env, call.args[1], &mut channel.value) };
                    let value = value.ok_or_else(|| {
                        invalid("value", "value must be a string or a Buffer".to_owned())
                    })?;
                    u32::from(cache.set(key, kind, value, (ttl > 0).then_some(ttl)))
                }
                other => return Err(Error::Internal(format!("there is no operation {other}"))),
            };
            put_word(header, 0, outcome);
            Ok(())
        })
    };
    // SAFETY: `operator` gives this callback data of this type.
    unsafe { raw::run(env, info, work) }
}

/// Copy a value into the scratch under the shard's lock; JavaScript makes of it what it was.
fn get(cache: &SharedCache, key: &[u8], header: &mut [u8], body: &mut [u8]) -> u32 {
    let found = cache.get(key, |kind, value| {
        put_word(header, 1, u32::from(kind));
        put_word(header, 2, value.len() as u32);
        let place = body.get_mut(..value.len())?;
        place.copy_from_slice(value);
        Some(())
    });
    match found {
        None => NO,
        Some(None) => TOO_LONG,
        Some(Some(())) => YES,
    }
}

/// The bytes of a string, by way of `text`, or of a Buffer.
///
/// # Safety
/// `value` must be of `env` and alive while the bytes are used.
unsafe fn bytes_of(
    env: sys::napi_env,
    value: sys::napi_value,
    text: &mut Vec<u8>,
) -> Option<&[u8]> {
    // SAFETY: as above; a buffer's memory stays where it is while no JavaScript runs.
    unsafe {
        if raw::read_string(env, value, text) {
            return Some(text);
        }
        let (mut data, mut len) = (ptr::null_mut(), 0);
        let status = sys::napi_get_buffer_info(env, value, &mut data, &mut len);
        if status != sys::Status::napi_ok {
            return None;
        }
        if len == 0 {
            return Some(&[]);
        }
        Some(std::slice::from_raw_parts(data.cast::<u8>(), len))
    }
}

fn word(header: &[u8], at: usize) -> u32 {
    let bytes = header.get(at * 4..at * 4 + 4).and_then(|bytes| bytes.try_into().ok());
    u32::from_ne_bytes(bytes.unwrap_or_default())
}

fn put_word(header: &mut [u8], at: usize, word: u32) {
    if let Some(bytes) = header.get_mut(at * 4..at * 4 + 4) {
        bytes.copy_from_slice(&word.to_ne_bytes());
    }
}

fn checked(key: &[u8]) -> Result<&[u8]> {
    if key.len() <= MAX_KEY {
        return Ok(key);
    }
    let message = format!("key must be at most {MAX_KEY} bytes of UTF-8, but it has {}", key.len());
    Err(invalid("key", message))
}

fn invalid(argument: &str, message: String) -> Error {
    Error::InvalidArg { argument: argument.to_owned(), message }
}

/// The least `maxBytes`.
#[napi]
pub fn shared_cache_min_bytes() -> f64 {
    crate::cache::shared::MIN_BYTES as f64
}
