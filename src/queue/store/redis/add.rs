//! Adding jobs.
//!
//! One round trip for a batch of any size: a script gives ids and writes everything. It leaves a
//! note of what it did, which goes once the answer is there: where the answer is lost, the call is
//! sent again, and the note tells what became of the first sending.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, Pipeline, Value};
use tokio::time::Instant;

use super::direct_adds::DirectAdds;
use super::keys::Keys;
use super::{RedisStore, sound, sound_last};
use crate::error::{Error, Result};
use crate::queue::job::{Added, NewJob, Spec, number_text, write_string};
use crate::queue::search::Words;
use crate::queue::store::{DirectLine, Signal};
use crate::redis::client::Once;
use crate::redis::reply;

/// How long one question for replicas holds the connection that all calls share.
const REPLICATION: Duration = Duration::from_millis(100);

/// What the script tells of the jobs that it stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stored {
    first: u64,
    created_at: u64,
    /// Whether their events were published.
    published: bool,
}

impl RedisStore {
    pub(super) async fn add_jobs(
        &self,
        jobs: &[NewJob],
        sent: Option<u32>,
        deadline: Instant,
    ) -> Result<Vec<Added>> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let noting = self.notes.begin();
        let note = match sent {
            None => self.adding.note(noting.number),
            Some(number) => DirectAdds::note(&self.adding, number),
        };
        let mut line = sent.and_then(|_| self.direct.take()).inspect(|line| line.end());
        let removal = self.notes.removal();
        let mut call = self.add_call(jobs, &note, line.as_deref(), removal.as_ref());
        let turn = self.client.turn();
        loop {
            // Sent again where the answer is lost. What was sent before takes no effect any more:
            // its connection was ended.
            let (values, life) = match &line {
                Some(ended) => {
                    let Some(life) = self.client.life_with(ended.identity()) else {
                        // With its server; another one may know a stranger by its name.
                        line = None;
                        call = self.add_call(jobs, &note, None, removal.as_ref());
                        continue;
                    };
                    match self.client.call_once(&call, deadline, life, turn).await? {
                        Once::Answered(values) => (values, life),
                        Once::Lost | Once::Over => continue,
                    }
                }
                None => {
                    let reply = self.client.call_in_turn(&call, Some(deadline), turn).await?;
                    (reply.values, reply.life)
                }
            };
            // Somebody took the right to end connections away: what is late is to find the note.
            let may_come_late = line.is_some() && is_forbidden(values.first());
            // What became of the other commands is no matter of this call.
            let stored = read(sound_last(values)?)?;
            if self.is_replicated(life, deadline).await? {
                // First: what the server tells of these jobs must not come before it.
                self.tell(jobs, &stored);
                if !may_come_late {
                    noting.spend(note).await;
                }
                let (ids, created_at) = (stored.first.., stored.created_at);
                return Ok(ids.take(jobs.len()).map(|id| Added { id, created_at }).collect());
            }
        }
    }

    /// Everything that an add sends, in one: it is overtaken by nothing that is asked after it.
    fn add_call(
        &self,
        jobs: &[NewJob],
        note: &str,
        line: Option<&DirectAdds>,
        removal: Option<&Cmd>,
    ) -> Pipeline {
        let mut call = Pipeline::with_capacity(3);
        if let Some(line) = line {
            call.add_command(line.kill());
        }
        if let Some(removal) = removal {
            call.add_command(removal.clone());
        }
        call.add_command(self.adding.command(jobs, note));
        call
    }

    /// Where nobody else listens, no events were published: this process tells its own listeners.
    fn tell(&self, jobs: &[NewJob], stored: &Stored) {
        if stored.published || !self.listening.get() {
            return;
        }
        let mut first = stored.first;
        for alike in jobs.chunk_by(|one, next| Arc::ptr_eq(&one.spec, &next.spec)) {
            let next = first + alike.len() as u64;
            if delay(&alike[0].spec).is_none() {
                let job_type = alike[0].job_type.clone();
                let _ = self.signals.send(Signal::Enqueued { first, last: next - 1, job_type });
            }
            first = next;
        }
    }

    /// Wait until as many replicas as were asked for have everything that was written. `false`
    /// where the server's life ended before that.
    async fn is_replicated(&self, life: u64, deadline: Instant) -> Result<bool> {
        let wanted = self.client.config().replicas;
        if wanted == 0 {
            return Ok(true);
        }
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // Redis looks at such limits ten times a second only.
            let patience = (left / 4).min(REPLICATION);
            let mut pipeline = redis::pipe();
            // WAIT counts from the last write of its own connection, which may be a new one: this
            // writes and changes nothing.
            pipeline.cmd("INCRBY").arg(self.keys.key("ids")).arg(0);
            // At least one: none would mean for ever.
            pipeline.cmd("WAIT").arg(wanted).arg(patience.as_millis().max(1) as u64);
            let have =
                match self.client.call_once(&pipeline, deadline, life, self.client.turn()).await? {
                    Once::Answered(values) => reply::integer(sound_last(sound(values)?)?)?,
                    Once::Lost => continue,
                    Once::Over => return Ok(false),
                };
            if have >= i64::from(wanted) {
                return Ok(true);
            }
            if patience < REPLICATION {
                return Err(Error::StoreUnavailable(format!(
                    "stored, but only {have} of the replicas={wanted} that the URL asks for have it"
                )));
            }
        }
    }
}

/// How the script is called that adds jobs.
#[derive(Clone)]
pub(super) struct AddCall {
    /// What all calls begin with.
    head: Cmd,
    notes: String,
    /// How long a note is kept, in ms.
    kept: String,
}

impl AddCall {
    /// `head` is the call of the script so far, `holder` a name that no other store bears, and
    /// `command_timeout` how long a call may take.
    pub fn new(head: Cmd, keys: &Keys, holder: &str, command_timeout: Duration) -> Self {
        AddCall {
            head,
            notes: keys.key(&format!("rekue:added:{holder}:")),
            // Nobody asks for it after the deadline of the call.
            kept: (2 * command_timeout.as_millis()).max(1000).to_string(),
        }
    }

    /// The note of a call; no other one, of any process, has this name.
    pub fn note(&self, number: impl Display) -> String {
        format!("{}{number}", self.notes)
    }

    /// How long a note is kept, in ms.
    pub fn kept(&self) -> &str {
        &self.kept
    }

    pub fn command(&self, jobs: &[NewJob], note: &str) -> Cmd {
        let mut command = self.head.clone();
        command.arg(note).arg(&self.kept);
        for alike in jobs.chunk_by(|one, next| Arc::ptr_eq(&one.spec, &next.spec)) {
            write_spec(&mut command, alike.len(), &alike[0].spec);
            for job in alike {
                command.arg(job.data.get());
            }
        }
        command
    }
}

fn write_spec(command: &mut Cmd, count: usize, spec: &Spec) {
    let number = |value: Option<f64>| value.map(number_text).unwrap_or_default();
    let mut type_json = String::with_capacity(spec.job_type.len() + 2);
    write_string(&spec.job_type, &mut type_json);
    command.arg(count).arg(&spec.job_type).arg(type_json).arg(number_text(spec.priority));
    command.arg(number(spec.attempts)).arg(number(delay(spec))).arg(number(spec.ttl));
    command.arg(spec.remove_on_complete.as_deref().unwrap_or(""));
    command.arg(spec.backoff.as_deref().unwrap_or(""));
    match &spec.words {
        None => drop(command.arg(0)),
        Some(Words(words)) => {
            command.arg(words.len());
            for (word, count) in words {
                command.arg(word).arg(*count);
            }
        }
    }
}

/// In ms, of a job that does not wait for its turn at once.
fn delay(spec: &Spec) -> Option<f64> {
    spec.delay.filter(|ms| *ms > 0.0)
}

fn is_forbidden(reply: Option<&Value>) -> bool {
    matches!(reply, Some(Value::ServerError(error)) if error.code() == "NOPERM")
}

/// What the script answers, or a note tells: the same numbers as a text.
fn read(value: Value) -> Result<Stored> {
    let numbers = match value {
        Value::Array(values) => {
            values.into_iter().map(reply::integer).collect::<Result<Vec<i64>>>()?
        }
        note => {
            let note = reply::text(note)?.unwrap_or_default();
            note.split(':').map(|number| number.parse().unwrap_or(-1)).collect()
        }
    };
    let [first, created_at, published] = numbers[..] else { return Err(unreadable()) };
    let positive = |number| u64::try_from(number).map_err(|_| unreadable());
    Ok(Stored {
        first: positive(first)?,
        created_at: positive(created_at)?,
        published: published == 1,
    })
}

fn unreadable() -> Error {
    Error::Internal("what became of added jobs could not be read".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_and_a_note_tell_the_same() {
        let answer = Value::Array([7, 1_764_343_434_123, 1].map(Value::Int).to_vec());
        let note = Value::BulkString(b"7:1764343434123:1".to_vec());
        let stored = Stored { first: 7, created_at: 1_764_343_434_123, published: true };
        assert_eq!(read(answer).unwrap(), stored);
        assert_eq!(read(note).unwrap(), stored);
    }

    #[test]
    fn something_else_in_its_place_is_an_error() {
        for text in ["", "7", "7:x:1", "-1:5:0"] {
            let error = read(Value::BulkString(text.into())).unwrap_err();
            assert_eq!(error.code(), "ERR_INTERNAL", "{text}");
        }
    }
}
