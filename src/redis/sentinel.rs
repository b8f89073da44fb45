//! Redis Sentinel: which server is the master of a name, and hearing when another one becomes it.

use std::rc::Rc;

use redis::{Pipeline, Value};
use tokio::task::JoinHandle;

use super::address::Address;
use super::config::Site;
use super::finder::Finder;
use super::pubsub::{Heard, subscribe};
use super::trouble::REFUSES;
use super::{Config, reply};

/// The channel on which sentinels tell of a new master: `NAME OLD-HOST PORT NEW-HOST PORT`.
const SWITCHES: &str = "+switch-master";

/// What every sentinel is asked.
pub fn question(master: &str) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(2);
    pipeline.cmd("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(master);
    pipeline.cmd("SENTINEL").arg("MASTER").arg(master);
    pipeline
}

/// What a sentinel said.
pub struct Word {
    /// `None` where it knows no master of the name.
    pub master: Option<Address>,
    /// Of the failover that made it master: the greatest is the latest.
    epoch: i64,
}

impl Word {
    /// Read an answer.
    ///
    /// # Errors
    /// What is wrong with it, as a text.
    pub fn read(mut answer: Vec<Value>, asked: &Address) -> Result<Word, String> {
        let details = answer.pop().unwrap_or(Value::Nil);
        let address = match answer.pop().unwrap_or(Value::Nil) {
            Value::ServerError(error) if matches!(error.code(), "NOAUTH" | "NOPERM") => {
                return Err(format!("{asked} {REFUSES} ({})", error.code()));
            }
            Value::ServerError(_) => return Err(format!("{asked} is no sentinel")),
            other => reply::array(other).map_err(|error| format!("{asked}: {error}"))?,
        };
        let mut parts = address.into_iter();
        let host = parts.next().map_or(Ok(None), reply::text).unwrap_or_default();
        let port = parts.next().map_or(Ok(0), reply::integer).unwrap_or_default();
        let master = host.zip(u16::try_from(port).ok()).map(|(host, port)| Address { host, port });
        Ok(Word { master, epoch: epoch(details) })
    }
}

/// The epoch in what `SENTINEL MASTER` tells, 0 where it does not.
fn epoch(details: Value) -> i64 {
    let mut fields = reply::array(details).unwrap_or_default().into_iter();
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        if matches!(reply::text(name), Ok(Some(name)) if name == "config-epoch") {
            return reply::integer(value).unwrap_or_default();
        }
    }
    0
}

/// The master by the sentinel that heard of the latest failover; of equals the first.
pub fn choose(words: Vec<Word>) -> Option<Address> {
    let known = words.into_iter().filter(|word| word.master.is_some());
    known.reduce(|best, word| if word.epoch > best.epoch { word } else { best })?.master
}

/// Listen to all sentinels, where there are any, and tell the finder of every new master. Aborting
/// the tasks ends it.
pub fn watch(finder: &Rc<Finder>) -> Vec<JoinHandle<()>> {
    let Site::Sentinels { sentinels, master, login, template } = &finder.config().site else {
        return Vec::new();
    };
    let watch_one = |address: &Address| {
        let config = Config {
            site: Site::Server(template.logged_in(login.clone()).at(address)),
            ..finder.config().clone()
        };
        let (finder, master) = (finder.clone(), master.clone());
        let heard = move |heard| {
            if let Heard::Message(message) = heard
                && let Some(address) = switched(&message, &master)
            {
                finder.redirect(address);
            }
            true
        };
        tokio::task::spawn_local(subscribe(Finder::new(config), SWITCHES.to_owned(), None, heard))
    };
    sentinels.iter().map(watch_one).collect()
}

/// The new master in a message, where it is about this name.
fn switched(message: &[u8], master: &str) -> Option<Address> {
    // A name may hold spaces, addresses do not.
    let message = std::str::from_utf8(message).ok()?.strip_prefix(master)?.strip_prefix(' ')?;
    let [_, _, host, port] = message.split(' ').collect::<Vec<_>>().try_into().ok()?;
    Some(Address { host: host.to_owned(), port: port.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str) -> Address {
        Address { host: host.to_owned(), port: 7 }
    }

    fn word(host: &str, epoch: &str) -> Word {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let address = Value::Array(vec![text(host), text("7")]);
        let details = [text("name"), text("m"), text("config-epoch"), text(epoch)];
        Word::read(vec![address, Value::Array(details.to_vec())], &at("asked")).unwrap()
    }

    #[test]
    fn the_latest_failover_decides() {
        assert_eq!(choose(vec![word("a", "1"), word("b", "10"), word("c", "2")]), Some(at("b")));
        assert_eq!(choose(vec![word("a", "1"), word("b", "1")]), Some(at("a")));
        let unknown = Word::read(vec![Value::Nil, Value::Nil], &at("asked")).unwrap();
        assert!(unknown.master.is_none());
        assert_eq!(choose(vec![unknown, word("a", "0")]), Some(at("a")));
        assert_eq!(choose(Vec::new()), None);
    }

    #[test]
    fn a_switch_of_another_name_is_not_ours() {
        let message = |text: &str, master| switched(text.as_bytes(), master);
        assert_eq!(message("main a 6 b 7", "main"), Some(at("b")));
        assert_eq!(message("my main a 6 b 7", "my main"), Some(at("b")));
        assert_eq!(message("main2 a 6 b 7", "main"), None);
        assert_eq!(message("main a 6 b", "main"), None);
    }
}
