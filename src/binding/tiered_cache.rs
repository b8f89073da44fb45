//! The second level of `TieredCache` for JavaScript: requests go in, messages come out in batches.

use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Env, Status};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{NapiError, to_napi};
use crate::bridge::Bridge;
use crate::cache::tiered::{Request, Work, serve};
use crate::error::Error;
use crate::redis::Config;
use crate::runtime::Runtime;

/// A connection to the Redis of a tiered cache.
#[napi]
pub struct TieredStore {
    bridge: Arc<Bridge>,
    requests: Option<UnboundedSender<Request>>,
    /// Keeps the I/O thread alive.
    _runtime: Runtime,
}

#[napi]
impl TieredStore {
    /// Open a store; every call is over after `timeout` ms. `ring` is called on the JavaScript
    /// thread when `drain` has something to give. It keeps no process alive.
    #[napi(factory, catch_unwind)]
    pub fn open(
        env: Env,
        url: String,
        prefix: String,
        timeout: u32,
        #[napi(ts_arg_type = "() => void")] ring: ThreadsafeFunction<
            (),
            (),
            (),
            Status,
            false,
            true,
        >,
    ) -> std::result::Result<Self, NapiError> {
        let limit = Duration::from_millis(u64::from(timeout));
        let config = Config::new("redis", &url, limit, limit)
            .and_then(|config| config.check_prefix("prefix", &prefix))
            .map_err(to_napi)?;
        let runtime = Runtime::hold().map_err(to_napi)?;
        let bridge = Arc::new(Bridge::new(Box::new(move || {
            ring.call((), ThreadsafeFunctionCallMode::NonBlocking);
        })));
        // When a worker thread ends, Node takes the doorbell's function away under us.
        env.add_env_cleanup_hook(bridge.clone(), |bridge| bridge.shut()).map_err(|error| {
            to_napi(Error::Internal(format!("no cleanup hook: {}", error.reason)))
        })?;
        let (requests, received) = unbounded_channel();
        let serving = bridge.clone();
        runtime.spawn(move || async move {
            serve(config, &prefix, limit, serving, received).await;
        });
        Ok(TieredStore { bridge, requests: Some(requests), _runtime: runtime })
    }

    /// Read an entry, or ask for the right to load it.
    #[napi(catch_unwind)]
    pub fn claim(
        &self,
        id: u32,
        key: String,
        token: String,
        lock_ms: u32,
        keep_ms: f64,
        worthless: bool,
    ) -> bool {
        self.send(id, key, Work::Claim { token, lock_ms, keep_ms, worthless })
    }

    /// End a load; an empty text stores nothing.
    #[napi(catch_unwind)]
    pub fn settle(&self, id: u32, key: String, token: String, text: String, keep_ms: f64) -> bool {
        self.send(id, key, Work::Settle { token, text, keep_ms })
    }

    /// Delete an entry in Redis and in every process.
    #[napi(catch_unwind)]
    pub fn invalidate(&self, id: u32, key: String) -> bool {
        self.send(id, key, Work::Invalidate)
    }

    /// Take the messages that wait, a JSON array as text.
    #[napi(catch_unwind)]
    pub fn drain(&self) -> Option<String> {
        self.bridge.take()
    }

    /// End the connection once the calls under way are over; nothing more is heard.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.requests = None;
        self.bridge.shut();
    }

    /// Returns false once closed.
    fn send(&self, id: u32, key: String, work: Work) -> bool {
        let request = Request { id, key, work };
        self.requests.as_ref().is_some_and(|requests| requests.send(request).is_ok())
    }
}
