//! The border of `rekue/redis`: commands go out as bytes that JavaScript made, replies of a moment
//! come back as one text. One object is one connection; `lib/redis` makes the next.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};

use futures_util::FutureExt;
use napi::CleanupEnvHook;
use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use serde::Deserialize;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{NapiError, to_napi};
use crate::bridge::Bridge;
use crate::error::Error;
use crate::redis::resp::Shape;
use crate::redis::session::{self, Order};
use crate::redis::stream::Target;
use crate::runtime::Runtime;

/// Options as `lib/redis/socket.js` made them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    #[serde(flatten)]
    target: Target,
    bytes: bool,
    string_numbers: bool,
}

/// One connection to Redis.
#[napi]
pub struct NativeRedis {
    bridge: Arc<Bridge>,
    orders: Cell<Option<UnboundedSender<Order>>>,
    abort: Arc<Notify>,
    hook: Cell<Option<CleanupEnvHook<Weak<Bridge>>>>,
    string_numbers: bool,
    /// Keeps the I/O thread alive.
    _runtime: Runtime,
}

#[napi]
impl NativeRedis {
    /// Start connecting. `options` is JSON; `ring` is called on the JavaScript thread when `drain`
    /// has something to give. It is held weakly: whether the process waits is decided there.
    #[napi(factory, catch_unwind)]
    pub fn connect(
        env: Env,
        options: String,
        #[napi(ts_arg_type = "() => void")] ring: ThreadsafeFunction<
            (),
            (),
            (),
            Status,
            false,
            true,
        >,
    ) -> std::result::Result<Self, NapiError> {
        let Options { target, bytes, string_numbers } =
            serde_json::from_str(&options).map_err(|error| {
                to_napi(Error::InvalidArg {
                    argument: "options".to_owned(),
                    message: format!("options cannot be read: {error}"),
                })
            })?;
        let runtime = Runtime::hold().map_err(to_napi)?;
        let bridge = Arc::new(Bridge::new(Box::new(move || {
            ring.call((), ThreadsafeFunctionCallMode::NonBlocking);
        })));
        // When a worker thread ends, Node takes the doorbell's function away under us.
        let hook = env
            .add_env_cleanup_hook(Arc::downgrade(&bridge), |bridge| {
                if let Some(bridge) = bridge.upgrade() {
                    bridge.shut();
                }
            })
            .map_err(|error| {
                to_napi(Error::Internal(format!("no cleanup hook: {}", error.reason)))
            })?;
        let (orders, received) = unbounded_channel();
        let abort = Arc::new(Notify::new());
        let (serving, aborted) = (bridge.clone(), abort.clone());
        runtime.spawn(move || async move {
            let shape = Shape { bytes, string_numbers };
            let session = session::run(target, shape, received, aborted, serving.clone());
            if AssertUnwindSafe(session).catch_unwind().await.is_err() {
                serving.push(&session::broken());
            }
        });
        Ok(NativeRedis {
            bridge,
            orders: Cell::new(Some(orders)),
            abort,
            hook: Cell::new(Some(hook)),
            string_numbers,
            _runtime: runtime,
        })
    }

    /// Send commands, encoded as Redis reads them.
    #[napi(catch_unwind)]
    pub fn write(&self, commands: String) {
        self.order(Order::Write(commands.into_bytes()));
    }

    /// As `write`, for commands that hold bytes.
    #[napi(catch_unwind)]
    pub fn write_bytes(&self, commands: Buffer) {
        self.order(Order::Write(commands.to_vec()));
    }

    /// From here on replies hold bytes, one per character, instead of text.
    #[napi(catch_unwind)]
    pub fn want_bytes(&self) {
        self.order(Order::Shape(Shape { bytes: true, string_numbers: self.string_numbers }));
    }

    /// Close once everything given is written.
    #[napi(catch_unwind)]
    pub fn end(&self) {
        self.orders.take();
    }

    /// Close now.
    #[napi(catch_unwind)]
    pub fn destroy(&self) {
        self.orders.take();
        self.abort.notify_one();
    }

    /// Take the messages that wait, a JSON array as text.
    #[napi(catch_unwind)]
    pub fn drain(&self) -> Option<String> {
        self.bridge.take()
    }

    /// Drop the doorbell: nothing more is heard.
    #[napi(catch_unwind)]
    pub fn shut(&self, env: Env) {
        self.destroy();
        self.bridge.shut();
        if let Some(hook) = self.hook.take() {
            // It holds nothing alive, so that a failure here is of no consequence.
            let _ = env.remove_env_cleanup_hook(hook);
        }
    }

    fn order(&self, order: Order) {
        let orders = self.orders.take();
        if let Some(sender) = &orders {
            // After the connection's end nobody reads any more; its end is told by a message.
            let _ = sender.send(order);
        }
        self.orders.set(orders);
    }
}
