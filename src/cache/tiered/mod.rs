//! The second level of a `TieredCache`: entries in Redis, and the right to load them.
//!
//! JavaScript holds the first level and the loaders; here are the calls to Redis, each one script
//! under a time limit, and the subscription through which processes hear of invalidations.

use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::{Cmd, Pipeline, Value};
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::bridge::Bridge;
use crate::error::{Error, Result};
use crate::redis::pubsub::{Heard, subscribe};
use crate::redis::{Client, Config, reply};

/// The layout of keys and entries. A new one does not read what an old one wrote.
const LAYOUT: &str = "v1";

/// A script's text, and the hash by which Redis knows it.
struct Script {
    text: &'static str,
    hash: String,
}

impl Script {
    fn new(text: &'static str) -> Self {
        Script { text, hash: redis::Script::new(text).get_hash().to_owned() }
    }
}

static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/claim.lua")));
static SETTLE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/settle.lua")));
static INVALIDATE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/invalidate.lua")));

/// What JavaScript asks for; answered by a message with the same `id`.
pub struct Request {
    pub id: u32,
    /// The key, as lib/cache/tiered.js writes it.
    pub key: String,
    pub work: Work,
}

pub enum Work {
    /// Read, or ask for the right to load. `worthless`: what is there could not be read.
    Claim { token: String, lock_ms: u32, keep_ms: f64, worthless: bool },
    /// End a load; an empty text stores nothing.
    Settle { token: String, text: String, keep_ms: f64 },
    /// Delete in Redis and in every process.
    Invalidate,
}

/// Serve requests until there are no more, and pass on what is heard of other processes.
///
/// Messages: `[id, …]` answers a request, `[id, null, message]` says that it failed; `[0, key]` is
/// an invalidation, and `[0]` says that invalidations may have been missed up to now.
pub async fn serve(
    config: Config,
    prefix: &str,
    timeout: Duration,
    bridge: Arc<Bridge>,
    mut requests: UnboundedReceiver<Request>,
) {
    let mut prelude = Pipeline::new();
    for script in [&*CLAIM, &*SETTLE, &*INVALIDATE] {
        prelude.cmd("SCRIPT").arg("LOAD").arg(script.text);
    }
    let keys = Rc::new(Keys::new(prefix, config.is_cluster()));
    let client = Client::new(config.for_key(&keys.channel), prelude, |_| {});
    let (finder, channel) = (client.finder().clone(), keys.channel.clone());
    let listener = bridge.clone();
    let listening = tokio::task::spawn_local(subscribe(finder, channel, None, move |heard| {
        match heard {
            Heard::Subscribed => listener.push("[0]"),
            Heard::Message(key) => {
                listener.push(&json!([0, String::from_utf8_lossy(&key)]).to_string())
            }
            Heard::Lost(_) => {}
        }
        true
    }));
    while let Some(request) = requests.recv().await {
        let (client, bridge, keys) = (client.clone(), bridge.clone(), keys.clone());
        tokio::task::spawn_local(async move {
            let id = request.id;
            let message = match answer(&client, &keys, request, timeout).await {
                Ok(values) => values,
                Err(error) => json!([id, null, error.to_string()]).to_string(),
            };
            bridge.push(&message);
        });
    }
    listening.abort();
    client.close();
}

/// The names of keys.
struct Keys {
    /// What all of them begin with.
    base: String,
    /// Where invalidations are told.
    channel: String,
}

impl Keys {
    /// On a cluster all entries are in the slot of the prefix, for a client talks to one node.
    fn new(prefix: &str, cluster: bool) -> Self {
        let prefix = if cluster { format!("{{{prefix}}}") } else { prefix.to_owned() };
        let base = format!("{prefix}:{LAYOUT}");
        Keys { channel: format!("{base}:invalidate"), base }
    }

    fn entry(&self, key: &str) -> String {
        format!("{}:{{{key}}}:entry", self.base)
    }

    fn lock(&self, key: &str) -> String {
        format!("{}:{{{key}}}:lock", self.base)
    }
}

async fn answer(
    client: &Client,
    keys: &Keys,
    request: Request,
    timeout: Duration,
) -> Result<String> {
    let Request { id, key, work } = request;
    let command = command(keys, &key, &work);
    let mut pipeline = Pipeline::new();
    pipeline.add_command(command);
    let reply = client.call_until(&pipeline, Some(Instant::now() + timeout)).await?;
    let value = reply.values.into_iter().next().unwrap_or(Value::Nil);
    if let Work::Claim { .. } = work {
        let [state, text, left] = <[Value; 3]>::try_from(reply::array(value)?)
            .map_err(|_| Error::Internal("Redis answered a claim in another shape".to_owned()))?;
        let (state, text) = (reply::text(state)?, reply::text(text)?);
        return Ok(json!([id, state, text, reply::integer(left)?]).to_string());
    }
    Ok(json!([id, reply::integer(value)?]).to_string())
}

fn command(keys: &Keys, key: &str, work: &Work) -> Cmd {
    let script = match work {
        Work::Claim { .. } => &CLAIM,
        Work::Settle { .. } => &SETTLE,
        Work::Invalidate => &INVALIDATE,
    };
    let mut command = redis::cmd("EVALSHA");
    command.arg(&script.hash).arg(2).arg(keys.entry(key)).arg(keys.lock(key));
    match work {
        Work::Claim { token, lock_ms, keep_ms, worthless } => {
            command.arg(token).arg(lock_ms).arg(keep_ms.ceil() as u64).arg(u8::from(*worthless));
        }
        Work::Settle { token, text, keep_ms } => {
            command.arg(token).arg(text).arg(keep_ms.ceil() as u64);
        }
        Work::Invalidate => {
            command.arg(&keys.channel).arg(key);
        }
    }
    command
}
