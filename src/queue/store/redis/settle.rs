//! Recording outcomes and claiming the next jobs, in one call.

use std::borrow::Cow;

use redis::Value;

use super::scripts::SCRIPTS;
use super::{RedisStore, sound};
use crate::error::{Error, Result};
use crate::queue::events::message;
use crate::queue::job::{JobRecord, write_string};
use crate::queue::store::{
    AfterFailure, Batch, Claimant, Claimed, Failure, Fence, Outcome, Settled, Settlement, Verdict,
};
use crate::redis::reply;

/// The fields that a job has when it is claimed, the most frequent ones.
const FIELDS: [&str; 12] = [
    "max_attempts",
    "type",
    "created_at",
    "promote_at",
    "updated_at",
    "priority",
    "data",
    "state",
    "attempts",
    "started_at",
    "workerId",
    "delay",
];

impl RedisStore {
    pub(super) async fn settle_batch(&self, batch: &Batch) -> Result<Settled> {
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
        for settlement in &batch.settlements {
            write_settlement(&mut command, settlement);
        }
        let mut pipeline = redis::Pipeline::with_capacity(1);
        pipeline.add_command(command);
        let reply = self.client.call_until(&pipeline, None).await?;
        let mut values = sound(reply.values)?;
        let mut parts = reply::array(values.pop().unwrap_or(Value::Nil))?.into_iter();
        let verdicts = read_verdicts(parts.next().unwrap_or(Value::Nil))?;
        let jobs = match parts.next() {
            Some(Value::BulkString(packed)) => read_claimed(&packed, &batch.slots)?,
            _ => Vec::new(),
        };
        Ok(Settled { verdicts, jobs, repeated: reply.repeated })
    }
}

fn write_settlement(command: &mut redis::Cmd, settlement: &Settlement) {
    let id = &settlement.id;
    command.arg(id);
    match settlement.claimant {
        Claimant::Holder(Fence(fence)) => command.arg(fence),
        Claimant::AfterTtl => command.arg("ttl"),
    };
    match &settlement.outcome {
        Outcome::Complete { result, remove: true } => {
            command.arg("x").arg(settlement.attempts).arg(result.as_deref().unwrap_or("null"));
        }
        Outcome::Complete { result: Some(result), .. } => {
            command.arg("c").arg(settlement.attempts).arg(result);
        }
        Outcome::Complete { result: None, .. } => {
            command.arg("d").arg(settlement.attempts);
        }
        Outcome::Failed { failure: Failure { error, summary, message: reason }, next } => {
            let (mut error_json, mut reason_json) = (String::new(), String::new());
            write_string(error, &mut error_json);
            write_string(reason, &mut reason_json);
            let (kind, delay, event, detail) = match next {
                AfterFailure::Final => ("f", 0, "failed", "null".to_owned()),
                AfterFailure::AtOnce => ("i", 0, "failed attempt", settlement.attempts.to_string()),
                AfterFailure::Delayed(ms) => {
                    ("w", *ms, "failed attempt", settlement.attempts.to_string())
                }
            };
            command.arg(kind).arg(settlement.attempts).arg(error);
            command.arg(summary).arg(delay);
            command.arg(message(id, "error", &[&error_json]));
            command.arg(message(id, event, &[&reason_json, &detail]));
        }
        Outcome::Released => {
            command.arg("r").arg(settlement.attempts);
        }
    }
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

/// Jobs as the script packs them: id, fields, id, fields, … for the slots in their order.
fn read_claimed(packed: &[u8], slots: &[u32]) -> Result<Vec<Claimed>> {
    let mut rest = packed;
    let count = array_len(&mut rest)? / 2;
    let slots = slots.iter().copied().chain(std::iter::repeat(0));
    let read = |slot| {
        let id = text(&mut rest)?;
        let values = array_len(&mut rest)?;
        let mut fields = Vec::with_capacity(values / 2);
        for _ in 0..values / 2 {
            fields.push((name(&mut rest)?, text(&mut rest)?));
        }
        Ok(Claimed { slot, job: JobRecord { id, fields } })
    };
    slots.take(count).map(read).collect()
}

fn array_len(rest: &mut &[u8]) -> Result<usize> {
    rmp::decode::read_array_len(rest).map(|len| len as usize).map_err(|_| unreadable())
}

fn bytes<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8]> {
    let len = rmp::decode::read_str_len(rest).map_err(|_| unreadable())? as usize;
    let (bytes, after) = rest.split_at_checked(len).ok_or_else(unreadable)?;
    *rest = after;
    Ok(bytes)
}

/// Bytes that are no UTF-8 are replaced: a poisoned field must not stop a worker.
fn text(rest: &mut &[u8]) -> Result<String> {
    Ok(String::from_utf8_lossy(bytes(rest)?).into_owned())
}

/// A field's name: those of Kue need no memory of their own.
fn name(rest: &mut &[u8]) -> Result<Cow<'static, str>> {
    let bytes = bytes(rest)?;
    Ok(match FIELDS.iter().find(|field| field.as_bytes() == bytes) {
        Some(field) => Cow::Borrowed(field),
        None => Cow::Owned(String::from_utf8_lossy(bytes).into_owned()),
    })
}

fn unreadable() -> Error {
    Error::Internal("claimed jobs could not be read".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claimed_jobs_are_read_with_fields_of_any_size() {
        let long = "x".repeat(70_000);
        let mut packed = vec![0x92, 0xa1, b'7', 0x96];
        for value in ["type", "mail", "data", &long, "own", "x"] {
            rmp::encode::write_str(&mut packed, value).unwrap();
        }
        let jobs = read_claimed(&packed, &[12, 13]).unwrap();
        assert_eq!((jobs.len(), jobs[0].slot, jobs[0].job.id.as_str()), (1, 12, "7"));
        assert_eq!(jobs[0].job.get("type"), Some("mail"));
        assert_eq!(jobs[0].job.get("data"), Some(long.as_str()));
        assert_eq!(jobs[0].job.get("own"), Some("x"));
    }

    #[test]
    fn a_torn_reply_is_an_error() {
        let error = read_claimed(&[0x92, 0xa1, b'7', 0x92, 0xa5, b'1'], &[1]).unwrap_err();
        assert_eq!(error.code(), "ERR_INTERNAL");
    }
}
