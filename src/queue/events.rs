//! Events on their way from the store to the JavaScript objects that wait for them.
//!
//! A busy queue publishes several events per job, in every process that listens. Only those that
//! somebody here wants cross to JavaScript: events of jobs created here, or all of them once the
//! queue itself has listeners.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::value::RawValue;

/// A message of Kue's event channel.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    event: std::borrow::Cow<'a, str>,
}

/// What to do with a message.
#[derive(Debug, PartialEq)]
pub enum Fate {
    Deliver,
    Drop,
    /// Its job is being added: it comes after the answer to that.
    Keep(u64),
}

/// Who listens here.
#[derive(Default)]
pub struct Listeners {
    everything: bool,
    tracked: HashSet<u64>,
    /// Jobs that are being added, with their events so far.
    expected: HashMap<u64, Vec<String>>,
}

impl Listeners {
    pub fn set_everything(&mut self, everything: bool) {
        self.everything = everything;
    }

    pub fn track(&mut self, id: u64) {
        self.tracked.insert(id);
    }

    pub fn untrack(&mut self, id: u64) {
        self.tracked.remove(&id);
    }

    /// A job is being added: JavaScript does not know its id yet.
    pub fn await_id(&mut self, id: u64) {
        self.expected.insert(id, Vec::new());
    }

    /// Keep an event of an expected job.
    pub fn keep(&mut self, id: u64, event: String) {
        self.expected.entry(id).or_default().push(event);
    }

    /// The job was added, or could not be; gives its events so far.
    pub fn met(&mut self, id: u64) -> Vec<String> {
        self.expected.remove(&id).unwrap_or_default()
    }

    pub fn any(&self) -> bool {
        self.everything || !self.tracked.is_empty()
    }

    /// The job that a foreign process asks its worker to give up, because its ttl is over.
    pub fn ttl_exceeded(&self, message: &str) -> Option<u64> {
        // Nearly every message is another one: a look at the text spares reading it.
        if !message.contains("\"ttl exceeded\"") {
            return None;
        }
        let message = serde_json::from_str::<Message>(message).ok()?;
        (message.event == "ttl exceeded").then(|| id_of(&message)).flatten()
    }

    /// Judge a message. A job that completed or failed is forgotten, as in Kue. A message that is
    /// none of Kue's is dropped.
    pub fn judge(&mut self, message: &str) -> Fate {
        let Ok(message) = serde_json::from_str::<Message>(message) else { return Fate::Drop };
        let id = id_of(&message);
        if let Some(id) = id.filter(|id| self.expected.contains_key(id)) {
            return Fate::Keep(id);
        }
        let tracked = match (id, message.event.as_ref()) {
            (Some(id), "complete" | "failed") => self.tracked.remove(&id),
            (Some(id), _) => self.tracked.contains(&id),
            (None, _) => false,
        };
        if tracked || self.everything { Fate::Deliver } else { Fate::Drop }
    }
}

fn id_of(message: &Message) -> Option<u64> {
    message.id.get().trim_matches('"').parse().ok()
}

/// Compose a message; `args` are JSON texts that follow the event's name.
pub fn message(id: &str, event: &str, args: &[&str]) -> String {
    let mut text = String::with_capacity(64);
    text.push_str("{\"id\":");
    super::job::write_id(id, &mut text);
    text.push_str(",\"event\":\"");
    text.push_str(event);
    text.push_str("\",\"args\":[\"");
    text.push_str(event);
    text.push('"');
    for arg in args {
        text.push(',');
        text.push_str(arg);
    }
    text.push_str("]}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delivers_what_is_tracked_until_the_job_is_over() {
        let mut listeners = Listeners::default();
        listeners.track(4);
        let progress = message("4", "progress", &["50", "null"]);
        let complete = message("4", "complete", &["null", "null"]);
        assert_eq!(progress, r#"{"id":4,"event":"progress","args":["progress",50,null]}"#);
        assert_eq!(listeners.judge(&progress), Fate::Deliver);
        assert_eq!(listeners.judge(&complete), Fate::Deliver);
        assert_eq!(listeners.judge(&complete), Fate::Drop);
        assert!(!listeners.any());
    }

    #[test]
    fn keeps_events_of_a_job_that_is_being_added() {
        let mut listeners = Listeners::default();
        listeners.await_id(4);
        let enqueue = message("4", "enqueue", &["\"t\""]);
        assert_eq!(listeners.judge(&enqueue), Fate::Keep(4));
        listeners.keep(4, enqueue.clone());
        listeners.track(4);
        assert_eq!(listeners.met(4), std::slice::from_ref(&enqueue));
        assert_eq!(listeners.judge(&enqueue), Fate::Deliver);
    }

    #[test]
    fn delivers_everything_on_request_but_nothing_malformed() {
        let mut listeners = Listeners::default();
        listeners.set_everything(true);
        assert_eq!(listeners.judge(&message("9", "start", &["\"t\""])), Fate::Deliver);
        for bad in
            ["", "null", "[]", "{\"id\":1}", "{\"id\":1,\"event\":2}", "{\"id\":1,\"event\":\"a\""]
        {
            assert_eq!(listeners.judge(bad), Fate::Drop, "{bad}");
        }
    }

    #[test]
    fn an_old_process_that_sees_a_ttl_run_out_is_heard() {
        let listeners = Listeners::default();
        assert_eq!(listeners.ttl_exceeded(&message("12", "ttl exceeded", &[])), Some(12));
        assert_eq!(listeners.ttl_exceeded(&message("12", "progress", &["\"ttl exceeded\""])), None);
    }
}
