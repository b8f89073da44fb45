//! A subscription that comes back by itself.

use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{sleep, timeout};

use super::connect::open_pubsub;
use super::finder::{Finder, Found};
use super::trouble::to_error;
use crate::error::{Error, Result};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What a subscriber hears.
pub enum Heard {
    /// The subscription stands (again): messages sent before it may have been missed.
    Subscribed,
    Message(Vec<u8>),
    /// The connection failed; it is being made anew.
    Lost(Error),
}

/// Subscribe to `channel` and hand everything heard to `heard`, until it answers `false`. A `mark`
/// is a channel by which others know the connection; where an ACL forbids it, there is none.
pub async fn subscribe(
    finder: Rc<Finder>,
    channel: String,
    mark: Option<String>,
    mut heard: impl FnMut(Heard) -> bool,
) {
    let channels = (channel.as_str(), mark.as_deref());
    let mut pause = FIRST_PAUSE;
    loop {
        let lost = match finder.find().await {
            Err(error) => Err(error),
            Ok(found) => listen(&finder, &found, channels, &mut heard, &mut pause)
                .await
                .map_err(|error| at(&found, error)),
        };
        let Err(error) = lost else { return };
        if !heard(Heard::Lost(error)) {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Say which connection it was: a queue has several, and hears of this one unasked.
fn at(found: &Found, error: Error) -> Error {
    match error {
        Error::StoreUnavailable(reason) => Error::StoreUnavailable(format!(
            "no events from Redis at {} for now: {reason}",
            found.server.info.addr()
        )),
        other => other,
    }
}

/// Listens until the connection fails (`Err`) or nobody wants to hear more (`Ok`).
async fn listen(
    finder: &Finder,
    found: &Found,
    (channel, mark): (&str, Option<&str>),
    heard: &mut impl FnMut(Heard) -> bool,
    pause: &mut Duration,
) -> Result<()> {
    let config = finder.config();
    let mut moves = finder.moves();
    let connected = async {
        let opened = open_pubsub(&found.server);
        let opened = timeout(config.connect_timeout, opened).await.map_err(late)?;
        opened.map_err(|error| to_error(&error))
    };
    let pubsub = connected.await.inspect_err(|_| finder.doubt(found.address.as_ref()))?;
    let (mut sink, mut messages) = pubsub.split();
    timeout(config.command_timeout, sink.subscribe(channel))
        .await
        .map_err(late)?
        .map_err(|error| to_error(&error))?;
    if let Some(mark) = mark {
        let _ = timeout(config.command_timeout, sink.subscribe(mark)).await.map_err(late)?;
    }
    *pause = FIRST_PAUSE;
    if !heard(Heard::Subscribed) {
        return Ok(());
    }
    loop {
        let message = tokio::select! {
            message = timeout(config.quiet(), messages.next()) => message,
            // Where it was before, a replica may go on that hears nothing of the new master.
            Ok(()) = moves.changed() => {
                if finder.has_left(found.address.as_ref()) {
                    let text = "another server took its place".to_owned();
                    return Err(Error::StoreUnavailable(text));
                }
                continue;
            }
        };
        match message {
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
                    .map_err(|error| to_error(&error))?;
            }
        }
    }
}

fn late(_: tokio::time::error::Elapsed) -> Error {
    Error::StoreUnavailable("no answer in time".to_owned())
}
