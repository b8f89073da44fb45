//! A look at whether this user may publish.
//!
//! A new user of Redis 7 may use no channel unless told so (`&q:events`), and nobody misses it: jobs are
//! added and run. But their events are lost, so that has to be said.

use std::rc::Rc;

use redis::{Pipeline, Value};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::RedisStore;
use crate::queue::store::Signal;

/// The code of the warning.
pub const EVENTS_LOST: &str = "REKUE_EVENTS_LOST";

/// What would be published where a server takes the command but no transaction. It is of no job.
const NOTHING: &str = r#"{"id":0,"event":"rekue","args":["rekue"]}"#;

impl RedisStore {
    /// Look in the background, in each life of the server anew.
    pub(super) fn look_at_rights(&self, new_life: Rc<Notify>) -> JoinHandle<()> {
        let (client, signals) = (self.client.clone(), self.signals.clone());
        let channel = self.keys.key("events");
        tokio::task::spawn_local(async move {
            let question = question(&channel);
            // Until the client is closed, and this is stopped.
            while let Ok(reply) = client.call_until(&question, None).await {
                let way_out = reply.values.get(1).and_then(|answer| way_out(answer, &channel));
                // Nobody hears it where the queue is closed already.
                let _ = signals.send(Signal::Mute(way_out.is_some()));
                if let Some(way_out) = way_out {
                    let address = client.config().address();
                    let message = format!(
                        "Redis at {address} does not let this user publish to {channel}: events of \
                         jobs are lost, and whoever waits for one hears nothing. {way_out}"
                    );
                    let _ = signals.send(Signal::Warning { code: EVENTS_LOST, message });
                }
                while client.life() == reply.life {
                    new_life.notified().await;
                }
            }
        })
    }
}

/// A command is judged when it enters a transaction. A second one that is none spoils this, so that
/// nothing is published; giving it up would take one more right, without which the connection would stay
/// in it.
fn question(channel: &str) -> Pipeline {
    let mut question = Pipeline::with_capacity(4);
    question.cmd("MULTI");
    question.cmd("PUBLISH").arg(channel).arg(NOTHING);
    question.cmd("PUBLISH");
    question.cmd("EXEC");
    question
}

/// What is to be done about it, where the answer is that this user may not. Other errors are of the
/// transaction: a full server lets none begin.
fn way_out(answer: &Value, channel: &str) -> Option<String> {
    let Value::ServerError(error) = answer else { return None };
    match (error.code(), error.details().unwrap_or_default()) {
        ("NOPERM", details) if details.contains("channel") => {
            Some(format!("Grant it with ACL SETUSER … &{channel}"))
        }
        ("NOPERM", _) => Some(format!("Grant it with ACL SETUSER … +publish &{channel}")),
        ("ERR", details) if details.starts_with("unknown command") => {
            Some("It does not know PUBLISH: let the command have its name".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way_out_of(answer: &str) -> Option<String> {
        let answer = redis::parse_redis_value(format!("{answer}\r\n").as_bytes()).unwrap();
        way_out(&answer, "{q}:events")
    }

    #[test]
    fn tells_the_right_that_is_missing_in_the_words_of_each_server() {
        for answer in [
            "-NOPERM this user has no permissions to access one of the channels used as arguments",
            "-NOPERM No permissions to access a channel",
        ] {
            let way_out = way_out_of(answer);
            assert_eq!(way_out.as_deref(), Some("Grant it with ACL SETUSER … &{q}:events"));
        }
        for answer in [
            "-NOPERM this user has no permissions to run the 'publish' command",
            "-NOPERM User u has no permissions to run the 'publish' command",
        ] {
            let way_out = way_out_of(answer);
            assert_eq!(
                way_out.as_deref(),
                Some("Grant it with ACL SETUSER … +publish &{q}:events")
            );
        }
        let renamed = way_out_of("-ERR unknown command 'PUBLISH', with args beginning with: 'q'");
        assert!(renamed.unwrap().contains("does not know PUBLISH"));
    }

    #[test]
    fn who_may_publish_is_not_warned_whatever_becomes_of_the_transaction() {
        for answer in ["+QUEUED", ":0", "-OOM command not allowed when used memory > 'maxmemory'."]
        {
            assert_eq!(way_out_of(answer), None, "{answer}");
        }
    }
}
