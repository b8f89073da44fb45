//! A subscription that comes back by itself.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{sleep, timeout};

use super::Config;
use crate::error::{Error, Result};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Silence after which the connection is asked whether it still lives.
const QUIET: Duration = Duration::from_secs(15);

/// What a subscriber hears.
pub enum Heard {
    /// The subscription stands (again): messages sent before it may have been missed.
    Subscribed,
    Message(Vec<u8>),
    /// The connection failed; it is being made anew.
    Lost(Error),
}

/// Subscribe to `channel` and hand everything heard to `heard`, until it answers `false`.
pub async fn subscribe(config: Config, channel: String, mut heard: impl FnMut(Heard) -> bool) {
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match listen(&config, &channel, &mut heard, &mut pause).await {
            Ok(()) => return,
            Err(error) => at(&config, error),
        };
        if !heard(Heard::Lost(error)) {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Say which connection it was: a queue has several, and hears of this one unasked.
fn at(config: &Config, error: Error) -> Error {
    match error {
        Error::StoreUnavailable(reason) => Error::StoreUnavailable(format!(
            "no events from Redis at {} for now: {reason}",
            config.address()
        )),
        other => other,
    }
}

/// Listens until the connection fails (`Err`) or nobody wants to hear more (`Ok`).
async fn listen(
    config: &Config,
    channel: &str,
    heard: &mut impl FnMut(Heard) -> bool,
    pause: &mut Duration,
) -> Result<()> {
    let failed = |error: redis::RedisError| super::client::to_error(&error);
    let late = |_| Error::StoreUnavailable("no answer in time".to_owned());
    let client = config.open()?;
    let pubsub = timeout(config.connect_timeout, client.get_async_pubsub())
        .await
        .map_err(late)?
        .map_err(failed)?;
    let (mut sink, mut messages) = pubsub.split();
    timeout(config.command_timeout, sink.subscribe(channel))
        .await
        .map_err(late)?
        .map_err(failed)?;
    *pause = FIRST_PAUSE;
    if !heard(Heard::Subscribed) {
        return Ok(());
    }
    loop {
        match timeout(QUIET, messages.next()).await {
            Ok(Some(message)) => {
                if !heard(Heard::Message(message.get_payload_bytes().to_vec())) {
                    return Ok(());
                }
            }
            Ok(None) => return Err(Error::StoreUnavailable("connection lost".to_owned())),
            // A half-open socket is as quiet as an idle one; only a reply tells them apart.
            Err(_) => {
                timeout(config.command_timeout, sink.ping::<redis::Value>())
                    .await
                    .map_err(late)?
                    .map_err(failed)?;
            }
        }
    }
}
