//! Events on their way from the store to the JavaScript objects that wait for them.
//!
//! A busy queue publishes several events per job, in every process that listens. Only those that
//! somebody here wants cross to JavaScript: events of jobs created here, or all of them once the
//! queue itself has listeners.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::direct::{DirectLog, Step};

/// Events that may be of jobs that are being added. A call takes much longer only where JavaScript is
/// too busy to read the answer on the direct line: by then it has missed more than a few events.
const MOST_EARLY: usize = if cfg!(test) { 10 } else { 100_000 };
/// How long their texts may be together, also of those that are to be delivered in any case.
const MOST_EARLY_BYTES: usize = if cfg!(test) { 10_000 } else { 256 << 20 };

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
    /// Whether anybody listens to its job is not known yet.
    Keep(u64),
}

/// Who listens here.
#[derive(Default)]
pub struct Listeners {
    everything: bool,
    tracked: HashSet<u64>,
    /// Of what is added on the direct line, or in place.
    log: Arc<DirectLog>,
    /// The call of a job that is under way there.
    direct: Option<u64>,
    /// Calls under way that add jobs: an event of a job that nobody knows may be of one of those.
    adding: BTreeSet<u64>,
    /// The number of the last such call.
    last_call: u64,
    /// Events of jobs that nobody knows, the oldest first, each with the last call begun before it.
    early: VecDeque<(u64, Early)>,
    early_bytes: usize,
    /// More of them came than can be kept: the last call that was begun by then.
    gave_up: Option<u64>,
    /// Jobs that were just added, by the first of each batch.
    fresh: BTreeMap<u64, Fresh>,
}

/// An event of a job that may be one of those that are being added here.
enum Early {
    /// Whether it is to be delivered whosoever the job is.
    Event {
        id: u64,
        text: String,
        wanted: bool,
    },
    Enqueued {
        first: u64,
        last: u64,
        job_type: String,
    },
}

/// Jobs of one batch, with their events so far.
struct Fresh {
    last: u64,
    /// Those that wait, by the first and the last of them, and their type.
    enqueued: Vec<(u64, u64, String)>,
    events: Vec<(u64, String)>,
}

impl Listeners {
    /// `log` tells what is added on the direct line or in place.
    pub fn new(log: Arc<DirectLog>) -> Self {
        Listeners { log, ..Listeners::default() }
    }

    /// Take notice of what was added on the direct line or in place, before an event is judged that
    /// may be of such a job. Gives events of other jobs that were kept back.
    pub fn look_at_direct(&mut self) -> Vec<String> {
        let mut others = Vec::new();
        for step in self.log.take() {
            let before = self.direct.take();
            let stored = match step {
                Step::Begun => {
                    self.direct = Some(self.begin());
                    None
                }
                Step::Ended(stored) => stored,
            };
            let ids = stored.as_ref().map(|stored| (stored.first, stored.last));
            others.extend(before.into_iter().flat_map(|call| self.end(call, ids)));
            for (first, last, job_type) in stored.into_iter().flat_map(|stored| stored.enqueued) {
                others.extend(self.enqueued(first, last, &job_type));
            }
        }
        others
    }

    /// The call of the job that is under way on the direct line, as of [`Listeners::begin`], where it
    /// goes another way from here on.
    pub fn take_direct(&mut self) -> Option<u64> {
        self.direct.take()
    }

    /// Whether events were given up, as too many were kept, and the jobs that were being added then are
    /// known now.
    pub fn missed(&mut self) -> bool {
        let oldest = self.adding.first();
        self.gave_up.take_if(|at| oldest.is_none_or(|oldest| *oldest > *at)).is_some()
    }

    pub fn set_everything(&mut self, everything: bool) {
        self.everything = everything;
    }

    /// Whether anybody listens to a job.
    pub fn are_there(&self) -> bool {
        !self.tracked.is_empty()
    }

    /// The jobs to which somebody listens.
    pub fn all(&self) -> Vec<u64> {
        self.tracked.iter().copied().collect()
    }

    /// Whether anybody listens to this one.
    pub fn listens(&self, id: u64) -> bool {
        self.tracked.contains(&id)
    }

    pub fn track(&mut self, id: u64) {
        self.tracked.insert(id);
    }

    pub fn untrack(&mut self, id: u64) {
        self.tracked.remove(&id);
    }

    /// Jobs are about to be added. Gives the number of the call.
    pub fn begin(&mut self) -> u64 {
        self.last_call += 1;
        self.adding.insert(self.last_call);
        self.last_call
    }

    /// A call that adds jobs was answered: those from one id to the other are new, and JavaScript
    /// has yet to say who of them is listened to. Gives events of other jobs that were kept back.
    pub fn end(&mut self, call: u64, ids: Option<(u64, u64)>) -> Vec<String> {
        self.adding.remove(&call);
        if let Some((first, last)) = ids {
            let mut fresh = Fresh { last, enqueued: Vec::new(), events: Vec::new() };
            let mut others = VecDeque::new();
            for (at, early) in self.early.drain(..) {
                match early {
                    Early::Event { id, text, .. } if (first..=last).contains(&id) => {
                        self.early_bytes -= text.len();
                        fresh.events.push((id, text));
                    }
                    Early::Enqueued { first: from, last: to, job_type }
                        if (first..=last).contains(&from) =>
                    {
                        fresh.enqueued.push((from, to, job_type));
                    }
                    early => others.push_back((at, early)),
                }
            }
            self.early = others;
            self.fresh.insert(first, fresh);
        }
        self.release()
    }

    /// Events that can be of none of the jobs that are still being added.
    fn release(&mut self) -> Vec<String> {
        let mut wanted = Vec::new();
        while let Some((at, _)) = self.early.front()
            && self.adding.first().is_none_or(|oldest| oldest > at)
        {
            match self.early.pop_front() {
                Some((_, Early::Event { text, wanted: is_wanted, .. })) => {
                    self.early_bytes -= text.len();
                    if is_wanted && is_message(&text) {
                        wanted.push(text);
                    }
                }
                Some((_, Early::Enqueued { first, last, job_type })) => {
                    wanted.extend(self.wanted_enqueues(first, last, &job_type));
                }
                None => {}
            }
        }
        wanted
    }

    /// Keep an event of a job that is new, or may be one.
    pub fn keep(&mut self, id: u64, text: String) {
        if let Some(fresh) = self.fresh_with(id) {
            fresh.events.push((id, text));
        } else {
            let wanted = self.everything;
            let too_many = self.early.len() >= MOST_EARLY && !wanted;
            if too_many || self.early_bytes + text.len() > MOST_EARLY_BYTES {
                self.gave_up = Some(self.last_call);
                return;
            }
            self.early_bytes += text.len();
            self.early.push_back((self.last_call, Early::Event { id, text, wanted }));
        }
    }

    /// Whether it may be one of those that are being added.
    fn may_be_ours(&mut self, id: u64) -> bool {
        self.fresh_with(id).is_some() || (!self.adding.is_empty() && !self.tracked.contains(&id))
    }

    fn fresh_with(&mut self, id: u64) -> Option<&mut Fresh> {
        let (_, fresh) = self.fresh.range_mut(..=id).next_back()?;
        (id <= fresh.last).then_some(fresh)
    }

    /// Of the jobs that were expected from `first` on, these have listeners. Gives the events that
    /// they are to hear.
    pub fn heard(&mut self, first: u64, ids: Vec<u64>) -> Vec<String> {
        let fresh = self.fresh.remove(&first);
        self.tracked.extend(ids);
        let Some(Fresh { enqueued, events, .. }) = fresh else { return Vec::new() };
        let mut wanted = Vec::new();
        for (first, last, job_type) in enqueued {
            wanted.extend(self.wanted_enqueues(first, last, &job_type));
        }
        let events = events.into_iter().filter(|(id, text)| self.wants(*id) && is_message(text));
        wanted.extend(events.map(|(_, event)| event));
        wanted
    }

    fn wants(&self, id: u64) -> bool {
        self.everything || self.tracked.contains(&id)
    }

    /// Jobs were added and wait. Gives the events of those that are listened to; where that is not
    /// known yet, they come with what else these jobs are to hear.
    pub fn enqueued(&mut self, first: u64, last: u64, job_type: &str) -> Vec<String> {
        if let Some(fresh) = self.fresh_with(first) {
            fresh.enqueued.push((first, last, job_type.to_owned()));
            return Vec::new();
        }
        if !self.adding.is_empty() {
            let job_type = job_type.to_owned();
            self.early.push_back((self.last_call, Early::Enqueued { first, last, job_type }));
            return Vec::new();
        }
        self.wanted_enqueues(first, last, job_type)
    }

    fn wanted_enqueues(&self, first: u64, last: u64, job_type: &str) -> Vec<String> {
        if !self.everything && self.tracked.is_empty() {
            return Vec::new();
        }
        let mut json = String::new();
        super::job::write_string(job_type, &mut json);
        let wanted = (first..=last).filter(|id| self.wants(*id));
        wanted.map(|id| message(&id.to_string(), "enqueue", &[&json])).collect()
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

    /// Judge a message. A job that completed or failed is forgotten, as in Kue, and one that is gone. A
    /// message that is none of Kue's is dropped.
    pub fn judge(&mut self, message: &str) -> Fate {
        // Most messages are of no interest: the id alone, where it stands first as Kue and we write
        // it, spares reading them.
        if let Some(id) = leading_id(message) {
            if self.may_be_ours(id) {
                return Fate::Keep(id);
            }
            if !self.everything && !self.tracked.contains(&id) {
                return Fate::Drop;
            }
        }
        let Ok(message) = serde_json::from_str::<Message>(message) else { return Fate::Drop };
        let id = id_of(&message);
        if let Some(id) = id.filter(|id| self.may_be_ours(*id)) {
            return Fate::Keep(id);
        }
        let tracked = match (id, message.event.as_ref()) {
            (Some(id), "complete" | "failed" | "remove") => self.tracked.remove(&id),
            (Some(id), _) => self.tracked.contains(&id),
            (None, _) => false,
        };
        if tracked || self.everything { Fate::Deliver } else { Fate::Drop }
    }
}

/// The id, if the message begins with it.
fn leading_id(message: &str) -> Option<u64> {
    let rest = message.strip_prefix("{\"id\":")?;
    let (id, _) = rest.split_once(',')?;
    id.parse().ok()
}

/// What was kept by its id alone may turn out to be none of Kue's messages.
fn is_message(text: &str) -> bool {
    serde_json::from_str::<Message>(text).is_ok()
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
    use crate::queue::direct::Stored;

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
        assert_eq!(listeners.judge(&progress), Fate::Drop);
    }

    #[test]
    fn delivers_no_more_of_a_job_that_was_removed_or_is_not_tracked_any_more() {
        let mut listeners = Listeners::default();
        listeners.track(4);
        listeners.track(5);
        listeners.untrack(5);
        let progress = |id| message(id, "progress", &["50", "null"]);
        assert_eq!(listeners.judge(&progress("5")), Fate::Drop);
        assert_eq!(listeners.judge(&message("4", "remove", &["\"t\""])), Fate::Deliver);
        assert_eq!(listeners.judge(&progress("4")), Fate::Drop);
    }

    #[test]
    fn keeps_events_of_fresh_jobs_for_those_that_turn_out_to_have_listeners() {
        let mut listeners = Listeners::default();
        let call = listeners.begin();
        listeners.end(call, Some((4, 6)));
        let enqueue = |id: &str| message(id, "enqueue", &["\"t\""]);
        for id in [4, 6, 5] {
            assert_eq!(listeners.judge(&enqueue(&id.to_string())), Fate::Keep(id));
            listeners.keep(id, enqueue(&id.to_string()));
        }
        assert_eq!(listeners.judge(&enqueue("7")), Fate::Drop);
        let odd = r#"{"event":"enqueue","id":"5","args":["enqueue","t"]}"#;
        assert_eq!(listeners.judge(odd), Fate::Keep(5));
        assert_eq!(listeners.heard(4, vec![4, 5]), [enqueue("4"), enqueue("5")]);
        assert_eq!(listeners.judge(&enqueue("5")), Fate::Deliver);
        assert_eq!(listeners.judge(&enqueue("6")), Fate::Drop);
    }

    #[test]
    fn a_range_of_added_jobs_is_told_to_those_who_listen() {
        let mut listeners = Listeners::default();
        let call = listeners.begin();
        listeners.end(call, Some((4, 6)));
        assert_eq!(listeners.enqueued(4, 6, "t"), [""; 0]);
        listeners.keep(5, message("5", "start", &["\"t\"", "null"]));
        let heard = listeners.heard(4, vec![5]);
        assert_eq!(heard[0], message("5", "enqueue", &["\"t\""]));
        assert!(heard.len() == 2 && heard[1].contains("start"), "{heard:?}");
        assert_eq!(listeners.enqueued(7, 8, "t"), [""; 0], "nobody asked for these");
        listeners.set_everything(true);
        assert_eq!(listeners.enqueued(7, 8, "a\"b").len(), 2);
    }

    #[test]
    fn keeps_events_that_overtake_the_answer_to_the_call_that_adds_their_jobs() {
        let mut listeners = Listeners::default();
        let start = |id: u64| message(&id.to_string(), "start", &["\"t\"", "null"]);
        let (one, two) = (listeners.begin(), listeners.begin());
        for id in [7, 4, 30] {
            assert_eq!(listeners.judge(&start(id)), Fate::Keep(id));
            listeners.keep(id, start(id));
        }
        assert_eq!(listeners.enqueued(4, 5, "t"), [""; 0]);
        assert_eq!(listeners.end(two, Some((7, 9))), [""; 0]);
        assert_eq!(listeners.heard(7, vec![7]), [start(7)]);
        assert_eq!(listeners.end(one, Some((4, 5))), [""; 0]);
        assert_eq!(listeners.heard(4, vec![4]), [message("4", "enqueue", &["\"t\""]), start(4)]);
        assert_eq!(listeners.judge(&start(30)), Fate::Drop, "nothing is being added any more");
    }

    #[test]
    fn events_of_a_job_on_the_direct_line_are_kept_from_the_moment_it_is_given_there() {
        let log = Arc::new(DirectLog::default());
        let mut listeners = Listeners::new(log.clone());
        let event = |id: u64, name: &str| message(&id.to_string(), name, &["\"t\""]);
        assert_eq!(listeners.judge(&event(4, "enqueue")), Fate::Drop);
        log.note(Step::Begun);
        assert_eq!(listeners.look_at_direct(), [""; 0]);
        for id in [5, 4] {
            assert_eq!(listeners.judge(&event(id, "enqueue")), Fate::Keep(id));
            listeners.keep(id, event(id, "enqueue"));
        }
        // That it has a listener is known before JavaScript has said so of all that are new.
        log.note(stored(4, &[]));
        listeners.track(4);
        assert_eq!(listeners.look_at_direct(), [""; 0]);
        assert_eq!(listeners.judge(&event(4, "start")), Fate::Keep(4));
        listeners.keep(4, event(4, "start"));
        assert_eq!(listeners.judge(&event(5, "start")), Fate::Drop, "nothing is under way");
        assert_eq!(listeners.heard(4, vec![4]), [event(4, "enqueue"), event(4, "start")]);
        assert_eq!(listeners.judge(&event(4, "complete")), Fate::Deliver);
    }

    fn stored(id: u64, types: &[&str]) -> Step {
        let enqueued = types.iter().map(|name| (id, id, (*name).to_owned())).collect();
        Step::Ended(Some(Stored { first: id, last: id, enqueued }))
    }

    #[test]
    fn of_a_job_that_was_added_in_place_no_other_event_tells_that_it_waits() {
        let log = Arc::new(DirectLog::default());
        let mut listeners = Listeners::new(log.clone());
        let event = |id: u64, name: &str| message(&id.to_string(), name, &["\"t\""]);
        let expected = [event(4, "enqueue"), event(4, "start")];
        for step in [Step::Begun, stored(4, &["t"]), Step::Begun, stored(5, &["t"]), Step::Begun] {
            log.note(step);
        }
        log.note(Step::Ended(None));
        assert_eq!(listeners.look_at_direct(), [""; 0]);
        assert_eq!(listeners.judge(&event(4, "start")), Fate::Keep(4));
        listeners.keep(4, event(4, "start"));
        assert_eq!(listeners.heard(4, vec![4]), expected);
        assert_eq!(listeners.heard(5, vec![]), [""; 0]);
        assert_eq!(listeners.judge(&event(6, "start")), Fate::Drop, "nothing is under way");
    }

    #[test]
    fn a_job_that_is_tracked_hears_all_while_another_is_on_the_direct_line() {
        let log = Arc::new(DirectLog::default());
        let mut listeners = Listeners::new(log.clone());
        let event = |name: &str| message("5", name, &["null"]);
        log.note(Step::Begun);
        listeners.look_at_direct();
        assert_eq!(listeners.judge(&event("start")), Fate::Keep(5));
        listeners.keep(5, event("start"));
        listeners.track(5);
        assert_eq!(listeners.judge(&event("complete")), Fate::Deliver);
        assert_eq!(listeners.take_direct(), Some(1));
        assert_eq!(listeners.take_direct(), None);
        assert_eq!(listeners.end(1, Some((6, 6))), [""; 0]);
    }

    #[test]
    fn what_is_kept_has_a_bound_and_who_waits_learns_of_it() {
        let mut listeners = Listeners::default();
        let call = listeners.begin();
        let start = |id: u64| message(&id.to_string(), "start", &["null"]);
        for id in 0..=MOST_EARLY as u64 {
            assert!(!listeners.missed());
            listeners.keep(id, start(id));
        }
        assert_eq!(listeners.early.len(), MOST_EARLY);
        assert!(!listeners.missed(), "not before it is known whose they were");
        assert_eq!(listeners.end(call, Some((0, 0))), [""; 0]);
        assert!(listeners.missed());
        assert!(!listeners.missed());
        assert_eq!(listeners.heard(0, vec![0]), [start(0)]);
    }

    #[test]
    fn what_is_kept_for_those_who_want_everything_has_a_bound_too() {
        let mut listeners = Listeners::default();
        listeners.set_everything(true);
        let long = "x".repeat(MOST_EARLY_BYTES / 4);
        for _ in 0..2 {
            let call = listeners.begin();
            for id in 0..10 {
                let event = message(&id.to_string(), "complete", &[&format!("\"{long}\"")]);
                assert_eq!(listeners.judge(&event), Fate::Keep(id));
                listeners.keep(id, event);
            }
            assert_eq!(listeners.end(call, Some((2, 3))).len(), 2);
            assert!(listeners.missed());
            assert_eq!(listeners.early_bytes, 0);
            listeners.heard(2, vec![]);
        }
    }

    #[test]
    fn hands_on_what_it_kept_of_other_jobs_to_those_who_want_everything() {
        let mut listeners = Listeners::default();
        listeners.set_everything(true);
        let start = |id: u64| message(&id.to_string(), "start", &["\"t\"", "null"]);
        let one = listeners.begin();
        listeners.keep(30, start(30));
        let two = listeners.begin();
        listeners.keep(31, start(31));
        assert_eq!(listeners.end(one, None), [start(30)]);
        assert_eq!(listeners.end(two, None), [start(31)]);
        let three = listeners.begin();
        listeners.keep(32, "{\"id\":32,oops".to_owned());
        assert_eq!(listeners.end(three, None), [""; 0], "what is no message stays here");
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
