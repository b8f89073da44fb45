//! Recording outcomes and claiming the next jobs, in one call.

use redis::Value;

use super::scripts::SCRIPTS;
use super::{RedisStore, read, sound};
use crate::error::Result;
use crate::queue::events::message;
use crate::queue::job::{JobRecord, write_string};
use crate::queue::store::{
    AfterFailure, Batch, Claimant, Claimed, Failure, Fence, Outcome, Settled, Settlement, Verdict,
};
use crate::redis::reply;

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
        let verdicts = reply::array(parts.next().unwrap_or(Value::Nil))?;
        let jobs = reply::array(parts.next().unwrap_or(Value::Nil))?;
        Ok(Settled {
            verdicts: verdicts.into_iter().map(read_verdict).collect::<Result<_>>()?,
            jobs: jobs.into_iter().map(read_claimed).collect::<Result<_>>()?,
            repeated: reply.repeated,
        })
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
        Outcome::Complete { result, remove } => {
            let event = message(id, "complete", &[result.as_deref().unwrap_or("null"), "null"]);
            let flag = |set: bool| if set { "1" } else { "0" };
            command.arg("c").arg(settlement.attempts).arg(result.as_deref().unwrap_or(""));
            command.arg(flag(result.is_some())).arg(flag(*remove)).arg(event).arg("");
        }
        Outcome::Failed { failure: Failure { error, summary, message: reason }, next } => {
            let (mut error_json, mut reason_json) = (String::new(), String::new());
            write_string(error, &mut error_json);
            write_string(reason, &mut reason_json);
            let (kind, delay, event, detail) = match next {
                AfterFailure::Final => ("f", 0, "failed", "null".to_owned()),
                AfterFailure::AtOnce => ("i", 0, "failed attempt", settlement.attempts.to_string()),
                AfterFailure::Delayed(ms) => {
                    ("d", *ms, "failed attempt", settlement.attempts.to_string())
                }
            };
            command.arg(kind).arg(settlement.attempts).arg(error);
            command.arg(summary).arg(delay);
            command.arg(message(id, "error", &[&error_json]));
            command.arg(message(id, event, &[&reason_json, &detail]));
        }
        Outcome::Released => {
            command.arg("r").arg(settlement.attempts).arg(["", "", "", "", ""].as_slice());
        }
    }
}

fn read_verdict(value: Value) -> Result<Verdict> {
    Ok(match reply::integer(value)? {
        1 => Verdict::Recorded,
        2 => Verdict::NotYet,
        _ => Verdict::NotHeld,
    })
}

fn read_claimed(value: Value) -> Result<Claimed> {
    let mut parts = reply::array(value)?.into_iter();
    let id = parts.next().map_or(Ok(None), reply::text)?.unwrap_or_default();
    let slot = parts.next().map_or(Ok(0), reply::integer)?;
    let fields = read::pairs(parts)?;
    Ok(Claimed { slot: u32::try_from(slot).unwrap_or(0), job: JobRecord { id, fields } })
}
