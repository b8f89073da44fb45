//! Recording outcomes and claiming the next jobs, in one call.

use std::borrow::Cow;

use redis::{Cmd, Value};

use super::scripts::SCRIPTS;
use super::{RedisStore, sound_last};
use crate::error::{Error, Result};
use crate::queue::events::message;
use crate::queue::job::{Terms, write_field, write_id, write_string};
use crate::queue::store::{
    AfterFailure, Batch, Claimant, ClaimedJobs, Failure, Fence, Outcome, Settled, Settlement,
    Verdict,
};
use crate::redis::reply;

/// The fields of which the script tells the values, in its order. The others are known: the type was
/// asked for, the rest is what the claim has just set.
const FIELDS: [&str; 17] = [
    "priority",
    "ttl",
    "data",
    "created_at",
    "promote_at",
    "max_attempts",
    "delay",
    "backoff",
    "removeOnComplete",
    "started_at",
    "progress",
    "error",
    // Of jobs that were in hand before.
    "attempts",
    "progress_data",
    "failed_at",
    "result",
    "duration",
];

/// What the names of a job's fields add to its JSON, about.
const NAMES_BYTES: usize = 256;

impl RedisStore {
    /// Sent once: what was too much for the connection would be so again, and of a claim that got lost
    /// nobody knows.
    pub(super) async fn settle_batch(&self, batch: &Batch) -> Result<Settled> {
        let mut pipeline = redis::Pipeline::with_capacity(1);
        pipeline.add_command(self.settle_command(batch));
        match self.client.call_until_lost(&pipeline).await? {
            Some(values) => read_settled(sound_last(values)?, batch),
            None => Ok(Settled { lost: true, ..Settled::default() }),
        }
    }

    pub(super) fn settle_command(&self, batch: &Batch) -> Cmd {
        let mut type_json = String::new();
        write_string(&batch.job_type, &mut type_json);
        let mut command = self.script(&SCRIPTS.settle);
        command
            .arg(&batch.job_type)
            .arg(type_json)
            .arg(&self.holder.name)
            .arg(batch.fence.0)
            .arg(self.holder.lease_ms)
            .arg(format!("{}:{}:", self.holder.worker_id, batch.job_type))
            .arg(batch.tokens)
            .arg(self.listeners_elsewhere())
            .arg(batch.slots.len())
            .arg(&batch.slots);
        let alike = |one: &Settlement, next: &Settlement| head(one) == head(next);
        for settlements in batch.settlements.chunk_by(alike) {
            write_settlements(&mut command, settlements);
        }
        command
    }
}

/// What the script answers to a batch.
pub(super) fn read_settled(value: Value, batch: &Batch) -> Result<Settled> {
    let mut parts = reply::array(value)?.into_iter();
    let verdicts = read_verdicts(parts.next().unwrap_or(Value::Nil))?;
    let now = parts.next().map_or(Ok(None), reply::text)?.unwrap_or_default();
    let jobs = match parts.next() {
        Some(Value::BulkString(packed)) => read_claimed(&packed, batch, &now)?,
        _ => ClaimedJobs::default(),
    };
    Ok(Settled { verdicts, jobs, ..Settled::default() })
}

/// What outcomes have in common that are written together: their kind, the fence or none, the attempts.
fn head(settlement: &Settlement) -> (&'static str, Option<u64>, u64) {
    let kind = match &settlement.outcome {
        Outcome::Complete { remove: true, .. } => "x",
        Outcome::Complete { result: Some(_), .. } => "c",
        Outcome::Complete { result: None, .. } => "d",
        Outcome::Failed { next: AfterFailure::Final, .. } => "f",
        Outcome::Failed { next: AfterFailure::AtOnce, .. } => "i",
        Outcome::Failed { next: AfterFailure::Delayed(_), .. } => "w",
        Outcome::Released => "r",
    };
    let fence = match settlement.claimant {
        Claimant::Holder(Fence(fence)) => Some(fence),
        Claimant::AfterTtl(_) => None,
    };
    (kind, fence, settlement.attempts)
}

/// Outcomes of one head.
fn write_settlements(command: &mut Cmd, settlements: &[Settlement]) {
    let (kind, fence, attempts) = head(&settlements[0]);
    command.arg(kind);
    match fence {
        Some(fence) => command.arg(fence),
        None => command.arg("ttl"),
    };
    command.arg(attempts).arg(settlements.len());
    for Settlement { id, outcome, .. } in settlements {
        command.arg(id);
        match outcome {
            Outcome::Complete { result, remove: true } => {
                command.arg(result.as_deref().unwrap_or("null"));
            }
            Outcome::Complete { result: Some(result), .. } => {
                command.arg(result);
            }
            Outcome::Complete { result: None, .. } | Outcome::Released => {}
            Outcome::Failed { failure, next } => {
                write_failure(command, id, failure, *next, attempts);
            }
        }
    }
}

fn write_failure(
    command: &mut Cmd,
    id: &str,
    failure: &Failure,
    next: AfterFailure,
    attempts: u64,
) {
    let Failure { error, summary, message: reason } = failure;
    let (mut error_json, mut reason_json) = (String::new(), String::new());
    write_string(error, &mut error_json);
    write_string(reason, &mut reason_json);
    let (event, detail) = match next {
        AfterFailure::Final => ("failed", "null".to_owned()),
        AfterFailure::AtOnce | AfterFailure::Delayed(_) => ("failed attempt", attempts.to_string()),
    };
    let delay = if let AfterFailure::Delayed(ms) = next { ms } else { 0 };
    command.arg(error).arg(summary).arg(delay);
    command.arg(message(id, "error", &[&error_json]));
    command.arg(message(id, event, &[&reason_json, &detail]));
}

/// A digit for each.
fn read_verdicts(value: Value) -> Result<Vec<Verdict>> {
    let digits = reply::text(value)?.unwrap_or_default();
    let verdict = |digit| match digit {
        b'1' => Verdict::Recorded,
        b'2' => Verdict::NotYet,
        b'3' => Verdict::Gone,
        _ => Verdict::NotHeld,
    };
    Ok(digits.bytes().map(verdict).collect())
}

/// Jobs as the script packs them: id, values, id, values, … for the slots in their order.
fn read_claimed(packed: &[u8], batch: &Batch, now: &str) -> Result<ClaimedJobs> {
    let mut rest = packed;
    let count = array_len(&mut rest)? / 2;
    let mut jobs = ClaimedJobs::with_capacity(count, NAMES_BYTES + packed.len() / count.max(1));
    let slots = batch.slots.iter().copied().chain(std::iter::repeat(0));
    for slot in slots.take(count) {
        jobs.push_written(slot, |json| read_job(&mut rest, batch, now, json))?;
    }
    Ok(jobs)
}

fn read_job(
    rest: &mut &[u8],
    batch: &Batch,
    now: &str,
    json: &mut String,
) -> Result<(String, Terms)> {
    let id = text(rest)?.into_owned();
    let mut terms = Terms::default();
    json.push_str("{\"id\":");
    write_id(&id, json);
    for (name, value) in [("type", &*batch.job_type), ("state", "active"), ("updated_at", now)] {
        write_field(name, value, json);
    }
    for at in 0..array_len(rest)? {
        if let Some(value) = maybe_text(rest)? {
            let name = FIELDS.get(at).ok_or_else(unreadable)?;
            terms.read(name, &value);
            write_field(name, &value, json);
        }
    }
    json.push('}');
    Ok((id, terms))
}

fn array_len(rest: &mut &[u8]) -> Result<usize> {
    rmp::decode::read_array_len(rest).map(|len| len as usize).map_err(|_| unreadable())
}

fn text<'a>(rest: &mut &'a [u8]) -> Result<Cow<'a, str>> {
    maybe_text(rest)?.ok_or_else(unreadable)
}

/// A text, or what stands for none.
fn maybe_text<'a>(rest: &mut &'a [u8]) -> Result<Option<Cow<'a, str>>> {
    if let Some(after) = rest.strip_prefix(&[rmp::Marker::False.to_u8()]) {
        *rest = after;
        return Ok(None);
    }
    let len = rmp::decode::read_str_len(rest).map_err(|_| unreadable())? as usize;
    let (bytes, after) = rest.split_at_checked(len).ok_or_else(unreadable)?;
    *rest = after;
    // Bytes that are no UTF-8 are replaced: a poisoned field must not stop a worker.
    Ok(Some(String::from_utf8_lossy(bytes)))
}

fn unreadable() -> Error {
    Error::Internal("claimed jobs could not be read".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let (job_type, slots) = ("mail".to_owned(), vec![12, 13]);
        Batch { job_type, settlements: Vec::new(), slots, fence: Fence(1), tokens: 0 }
    }

    #[test]
    fn outcomes_that_are_alike_are_written_together_in_their_order() {
        let outcome = |result: Option<&str>| Outcome::Complete {
            result: result.map(str::to_owned),
            remove: false,
        };
        let settlement = |id: &str, fence, attempts, outcome| Settlement {
            id: id.to_owned(),
            claimant: Claimant::Holder(Fence(fence)),
            attempts,
            outcome,
            told: false,
        };
        let failure =
            Failure { error: "e".to_owned(), summary: "s".to_owned(), message: "m".to_owned() };
        let ttl = Settlement {
            claimant: Claimant::AfterTtl(Fence(2)),
            ..settlement("8", 2, 1, Outcome::Failed { failure, next: AfterFailure::Delayed(7) })
        };
        let mut command = Cmd::new();
        for alike in [
            settlement("1", 2, 1, outcome(None)),
            settlement("3", 2, 1, outcome(None)),
            settlement("2", 2, 2, outcome(None)),
            settlement("4", 3, 2, outcome(None)),
            settlement("5", 3, 2, outcome(Some("5"))),
            settlement("6", 3, 2, outcome(Some("[]"))),
            settlement("7", 3, 2, Outcome::Released),
            ttl,
        ]
        .chunk_by(|one, next| head(one) == head(next))
        {
            write_settlements(&mut command, alike);
        }
        let written: Vec<_> = command
            .args_iter()
            .map(|arg| match arg {
                redis::Arg::Simple(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                _ => unreachable!(),
            })
            .collect();
        let failed = [
            r#"{"id":8,"event":"error","args":["error","e"]}"#,
            r#"{"id":8,"event":"failed attempt","args":["failed attempt","m",1]}"#,
        ];
        let expected =
            "d 2 1 2 1 3|d 2 2 1 2|d 3 2 1 4|c 3 2 2 5 5 6 []|r 3 2 1 7|w ttl 1 1 8 e s 7";
        let expected: Vec<_> = expected.split([' ', '|']).chain(failed).collect();
        assert_eq!(written, expected);
    }

    #[test]
    fn claimed_jobs_are_read_with_fields_of_any_size() {
        let long = "x".repeat(70_000);
        let mut packed = vec![0x92, 0xa1, b'7', 0x93];
        rmp::encode::write_str(&mut packed, "-5").unwrap();
        rmp::encode::write_bool(&mut packed, false).unwrap();
        rmp::encode::write_str(&mut packed, &long).unwrap();
        let jobs = read_claimed(&packed, &batch(), "17").unwrap();
        let (job, json) = jobs.iter().next().unwrap();
        assert_eq!((jobs.len(), job.slot, job.id.as_str()), (1, 12, "7"));
        let known = r#""type":"mail","state":"active","updated_at":"17","priority":"-5""#;
        assert_eq!(json, format!(r#"{{"id":7,{known},"badData":"{long}"}}"#));
    }

    #[test]
    fn the_scripts_tell_the_fields_that_are_read() {
        let one = include_str!("scripts/claim-one.lua");
        let (_, many) = include_str!("scripts/settle.lua").split_once("'ZRANGE'").unwrap();
        let asked = |script: &str, by: &str| -> Vec<String> {
            let (_, names) = script.split_once(&format!("{by}('HMGET', key, ")).unwrap();
            let (names, _) = names.split_once(')').unwrap();
            names.split(',').map(|name| name.trim().trim_matches('\'').to_owned()).collect()
        };
        let new = asked(many, "try");
        assert_eq!(asked(one, "try"), new);
        assert_eq!([new, asked(many, "call")].concat(), FIELDS);
    }

    #[test]
    fn a_torn_reply_is_an_error() {
        for packed in [&[0x92, 0xa1, b'7', 0x92, 0xa5, b'1'][..], &[0x92, 0xc2, 0x90], &[0x92]] {
            let error = read_claimed(packed, &batch(), "17").unwrap_err();
            assert_eq!(error.code(), "ERR_INTERNAL");
        }
    }
}
