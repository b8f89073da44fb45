//! The language between `lib/queue` and the engine: batches of JSON in both directions.
//!
//! JavaScript submits an array of [`Op`]; the engine answers through the bridge with messages,
//! each a JSON array that starts with one of the numbers of [`Reply`]. `lib/queue/wire.js` holds
//! the same numbers.

use std::fmt::{self, Formatter, Write};
use std::sync::Arc;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::job::{Added, NewJob, OwnTerms, Spec, write_string};
use super::search::Words;
use super::state::State;
use super::store::{Failure, Fence};
use crate::bridge::PIECE_BYTES;
use crate::error::Error;

/// Something that JavaScript wants done.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Op {
    Add {
        req: u32,
        /// Whether events of any of them may be wanted here.
        eventful: bool,
        /// It was given to the direct line before, which told no answer.
        sent: Option<Sent>,
        alike: Vec<Alike>,
    },
    Progress {
        id: String,
        percent: i64,
        data: Option<String>,
    },
    Log {
        id: String,
        line: String,
    },
    Field {
        id: String,
        name: String,
        value: String,
    },
    /// The time that a job may take starts anew.
    Ttl {
        id: String,
    },
    /// A failure's text and its first line, without a change of state.
    Error {
        id: String,
        error: String,
        summary: String,
    },
    /// A processor succeeded; `result` is JSON.
    Done {
        claim: Claim,
        result: Option<String>,
        #[serde(default)]
        terms: OwnTerms,
    },
    /// Processors succeeded, and there is nothing more to tell.
    Completed {
        #[serde(rename = "type")]
        job_type: String,
        claims: Completions,
    },
    /// A processor failed; `delay` is the pause that a backoff function of its own gave.
    Fail {
        claim: Claim,
        failure: Failure,
        delay: Option<f64>,
        #[serde(default)]
        terms: OwnTerms,
    },
    /// A claim whose job somebody moved by hand, so that no outcome of it is waited for any more.
    Forget(Claim),
    /// Slots that take jobs of this type.
    Work {
        #[serde(rename = "type")]
        job_type: String,
        slots: Vec<u32>,
    },
    /// Slots that take no more.
    Rest {
        #[serde(rename = "type")]
        job_type: String,
        slots: Vec<u32>,
    },
    Track(Vec<u64>),
    /// Nobody listens to these jobs any more.
    Untrack(Vec<u64>),
    /// Of the jobs of an answered `Add`, known by the first of them, these have listeners.
    Heard {
        first: u64,
        ids: Vec<u64>,
    },
    /// The answers to these numbers on the direct line have come, but it may not have got to know.
    Spent(Vec<u32>),
    /// Whether events of all jobs are wanted.
    Listen(bool),
    /// Look for stuck jobs every so many ms.
    WatchStuck(u64),
    Call {
        req: u32,
        call: Call,
    },
}

/// A job that was given to the direct line.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Sent {
    pub number: u32,
    /// How many ms ago.
    pub ago: u64,
}

/// Jobs to be added, one after the other, that differ in their data only.
#[derive(Debug, Deserialize)]
pub struct Alike {
    spec: Spec,
    data: Vec<Box<RawValue>>,
}

/// A single job, as JSON of `Op::Add`'s `alike`.
pub fn single_job(alike: &str) -> Option<NewJob> {
    let mut jobs = few_jobs(alike)?;
    jobs.pop().filter(|_| jobs.is_empty())
}

/// The jobs of an add that comes by itself; `None` where they cannot be read.
pub fn few_jobs(alike: &str) -> Option<Vec<NewJob>> {
    serde_json::from_str(alike).ok().map(new_jobs)
}

/// The jobs, one by one.
pub fn new_jobs(alike: Vec<Alike>) -> Vec<NewJob> {
    let mut jobs = Vec::with_capacity(alike.iter().map(|alike| alike.data.len()).sum());
    for Alike { spec, data } in alike {
        let spec = Arc::new(spec);
        jobs.extend(data.into_iter().map(|data| NewJob { spec: spec.clone(), data }));
    }
    jobs
}

/// Which claim an outcome is for.
#[derive(Debug, Deserialize)]
pub struct Claim {
    #[serde(rename = "type")]
    pub job_type: String,
    pub id: String,
    pub fence: u64,
    pub ran: Ran,
}

/// How many us a job was with its processor. `None` where its slot takes the next one only once it was
/// told here what became of this one.
pub type Ran = Option<f64>;

/// Claims of one type, `[id, fence, ran, …]`: most jobs end like this, and a claim of each in words
/// would be most of what is told.
#[derive(Debug)]
pub struct Completions(pub Vec<(u64, Fence, Ran)>);

impl<'de> Deserialize<'de> for Completions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Flat;

        impl<'de> Visitor<'de> for Flat {
            type Value = Completions;

            fn expecting(&self, to: &mut Formatter) -> fmt::Result {
                to.write_str("ids, fences and times in turn")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Completions, A::Error> {
                let mut claims = Vec::new();
                while let Some(id) = list.next_element()? {
                    let missing = |_| A::Error::invalid_length(3 * claims.len() + 1, &self);
                    let fence = list.next_element()?.ok_or(()).map_err(missing)?;
                    let ran = list.next_element()?.ok_or(()).map_err(missing)?;
                    claims.push((id, Fence(fence), ran));
                }
                Ok(Completions(claims))
            }
        }

        deserializer.deserialize_seq(Flat)
    }
}

/// A question or a change, one answer each.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Call {
    Get(Vec<String>),
    /// The jobs of a range, in order of their score.
    Range {
        #[serde(rename = "type")]
        job_type: Option<String>,
        state: Option<State>,
        from: i64,
        to: i64,
    },
    /// The ids of a range.
    Ids {
        #[serde(rename = "type", default)]
        job_type: Option<String>,
        state: State,
    },
    Count {
        #[serde(rename = "type", default)]
        job_type: Option<String>,
        state: State,
    },
    Stats,
    Types,
    /// The lines of a job's log, from one of them on, counted from 0.
    LogOf {
        id: String,
        from: u32,
    },
    FieldOf {
        id: String,
        name: String,
    },
    SetField {
        id: String,
        name: String,
        value: String,
    },
    Setting(String),
    /// The ids of the jobs that have every word of a query.
    Search(Words),
    /// Some of the jobs that have every word of a query, in the order of their ids, and how many
    /// there are in all.
    Find {
        words: Words,
        newest: bool,
        from: usize,
        to: usize,
    },
    Update {
        id: String,
        priority: f64,
        delay: Option<u64>,
        fields: Vec<(String, String)>,
        #[serde(rename = "search")]
        words: Option<Words>,
    },
    SetState {
        id: String,
        state: State,
    },
    Remove(String),
    /// Look over the whole store; `wait` in ms.
    Repair {
        mend: bool,
        wait: u64,
    },
    /// Open a line for jobs that are added one by one; answers whether there is one now.
    Direct,
    /// Settles once everything submitted so far is done, or after so many ms.
    Flush(f64),
    /// As `Flush`, then ends everything.
    Close(f64),
}

/// The kinds of messages to JavaScript.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub enum Reply {
    /// `[0, req, value]`
    Value = 0,
    /// `[1, req, code, message, details]`
    Error = 1,
    /// `[2, type, [offer, fence, job, …]]`
    Jobs = 2,
    /// `[3, message]`
    Event = 3,
    /// `[4, type, id, fence, reason]`: the job was taken from its processor ("ttl", "lease").
    Taken = 4,
    /// `[5]`: events flow again, some may have been missed. `[5, 1]`: they do not, some may have been.
    /// `[5, 1, [id, …]]`: these jobs went without one.
    Listening = 5,
    /// `[6, code, message]`: trouble in the background.
    Trouble = 6,
    /// `[7, code, message]`: the engine broke down; nothing more will come.
    Broken = 7,
    /// `[8, code, message]`: something about the store that its owner should change.
    Warning = 8,
    /// `[9]`: nothing but a question whether anybody is there: who takes it has answered.
    Probe = 9,
    /// `[10]`, the last one: more waits, and comes when it is asked for.
    More = 10,
}

pub fn value(req: u32, json: &str) -> String {
    format!("[{},{req},{json}]", Reply::Value as u8)
}

/// Jobs were added: `[first id, created at]`, for their ids follow each other.
pub fn added(req: u32, added: &[Added]) -> String {
    match added.first() {
        Some(Added { id, created_at }) => value(req, &format!("[{id},{created_at}]")),
        None => value(req, "null"),
    }
}

pub fn error(req: u32, error: &Error) -> String {
    let details = error.details().map_or_else(|| "null".to_owned(), |details| details.to_string());
    format!("[{},{req},{},{details}]", Reply::Error as u8, code_and_message(error))
}

pub fn trouble(error: &Error) -> String {
    format!("[{},{}]", Reply::Trouble as u8, code_and_message(error))
}

pub fn broken(error: &Error) -> String {
    format!("[{},{}]", Reply::Broken as u8, code_and_message(error))
}

pub fn warning(code: &str, message: &str) -> String {
    let mut text = format!("[{},\"{code}\",", Reply::Warning as u8);
    write_string(message, &mut text);
    text.push(']');
    text
}

pub fn probe() -> String {
    format!("[{}]", Reply::Probe as u8)
}

pub fn more() -> String {
    format!("[{}]", Reply::More as u8)
}

pub fn event(message: &str) -> String {
    format!("[{},{message}]", Reply::Event as u8)
}

pub fn listening() -> String {
    format!("[{}]", Reply::Listening as u8)
}

pub fn look_again() -> String {
    format!("[{},1]", Reply::Listening as u8)
}

pub fn look_at(ids: &[u64]) -> String {
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    format!("[{},1,[{}]]", Reply::Listening as u8, ids.join(","))
}

pub fn taken(job_type: &str, id: &str, fence: u64, reason: &str) -> String {
    let mut text = format!("[{},", Reply::Taken as u8);
    write_string(job_type, &mut text);
    text.push(',');
    write_string(id, &mut text);
    text.push_str(&format!(",{fence},\"{reason}\"]"));
    text
}

/// Jobs of a type, each with the number of its offer and the fence of its claim. `tell` gets the
/// messages, one unless they are large: what stands together is read as a whole.
pub fn jobs<'a>(
    job_type: &str,
    Fence(fence): Fence,
    json_bytes: usize,
    jobs: impl Iterator<Item = (u64, &'a str)>,
    mut tell: impl FnMut(&str),
) {
    let mut text = String::with_capacity(64 + job_type.len() + json_bytes.min(PIECE_BYTES));
    text.push_str(&format!("[{},", Reply::Jobs as u8));
    write_string(job_type, &mut text);
    text.push_str(",[");
    let start = text.len();
    for (offer, json) in jobs {
        if text.len() > start {
            if text.len() + json.len() > PIECE_BYTES {
                text.push_str("]]");
                tell(&text);
                text.truncate(start);
            } else {
                text.push(',');
            }
        }
        // Writing to a text cannot fail.
        let _ = write!(text, "{offer},{fence},");
        text.push_str(json);
    }
    if text.len() > start {
        text.push_str("]]");
        tell(&text);
    }
}

fn code_and_message(error: &Error) -> String {
    let mut text = format!("\"{}\",", error.code());
    write_string(&error.to_string(), &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_batch_of_ops_in_order() {
        let text = r#"[
            {"add":{"req":1,"eventful":true,"alike":[{"spec":{"type":"a","priority":0,"attempts":1},"data":[{"x": 1},[]]}]}},
            {"done":{"claim":{"type":"a","id":"4","fence":2,"ran":250},"result":"0"}},
            {"fail":{"claim":{"type":"a","id":"4","fence":2,"ran":3},"failure":{"error":"e","summary":"","message":"e"},"delay":null}},
            {"call":{"req":2,"call":{"range":{"type":null,"state":"failed","from":0,"to":-1}}}},
            {"call":{"req":3,"call":"stats"}}
        ]"#;
        let mut ops: Vec<Op> = serde_json::from_str(text).unwrap();
        assert_eq!(ops.len(), 5);
        let jobs = match ops.remove(0) {
            Op::Add { alike, .. } => new_jobs(alike),
            other => panic!("{other:?}"),
        };
        let texts: Vec<_> = jobs.iter().map(|job| (&*job.job_type, job.data.get())).collect();
        assert_eq!(texts, [("a", r#"{"x": 1}"#), ("a", "[]")]);
        assert!(
            matches!(&ops[0], Op::Done { claim, .. } if claim.id == "4" && claim.ran == Some(250.0))
        );
        assert!(matches!(&ops[3], Op::Call { call: Call::Stats, .. }));
    }

    #[test]
    fn jobs_that_are_done_come_as_one_list() {
        let read = |claims: &str| {
            let text = format!(r#"{{"completed":{{"type":"a","claims":[{claims}]}}}}"#);
            serde_json::from_str::<Op>(&text).map(|op| match op {
                Op::Completed { job_type, claims: Completions(claims) } => (job_type, claims),
                other => panic!("{other:?}"),
            })
        };
        let claims = vec![(4, Fence(2), Some(250.0)), (9007199254740991, Fence(2), None)];
        let read_claims = read("4,2,250,9007199254740991,2,null").unwrap();
        assert_eq!(read_claims, ("a".to_owned(), claims));
        for wrong in ["4", "4,2", "4,2,250,5", "-4,2,250", "\"4\",2,250", "4,null,250"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn errors_carry_code_message_and_details() {
        let refused =
            Error::InvalidArg { argument: "x".to_owned(), message: "x is \"bad\"".to_owned() };
        assert_eq!(
            error(5, &refused),
            r#"[1,5,"ERR_INVALID_ARG","x is \"bad\"",{"argument":"x"}]"#
        );
    }

    fn jobs_told(jobs: &[(u64, &str)]) -> Vec<String> {
        let mut told = Vec::new();
        super::jobs("t", Fence(7), 0, jobs.iter().copied(), |text| told.push(text.to_owned()));
        told
    }

    #[test]
    fn jobs_that_are_large_are_told_in_several_messages() {
        assert_eq!(jobs_told(&[(1, "{}"), (2, "{}")]), [r#"[2,"t",[1,7,{},2,7,{}]]"#]);
        let large = format!("\"{}\"", "x".repeat(PIECE_BYTES));
        assert_eq!(
            jobs_told(&[(1, "{}"), (2, &large), (3, "{}"), (4, "{}")]),
            [
                r#"[2,"t",[1,7,{}]]"#.to_owned(),
                format!(r#"[2,"t",[2,7,{large}]]"#),
                r#"[2,"t",[3,7,{},4,7,{}]]"#.to_owned()
            ]
        );
        assert!(jobs_told(&[]).is_empty());
    }
}
