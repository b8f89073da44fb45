//! Recording outcomes and claiming the next jobs.

use rusqlite::{OptionalExtension, Result, params};

use super::database::Database;
use super::row::{key, number_of};
use super::runs::{self, Claim, Completed, Waiting};
use super::search;
use super::step::{Step, TypeNames, code, json_text};
use super::threads::Size;
use super::waiting;
use crate::queue::state::State;
use crate::queue::store::{
    AfterFailure, Batch, Claimant, ClaimedJobs, Failure, Holder, Outcome, Settled, Settlement,
    Verdict,
};

/// Deadlines below this are none: in Kue's scores these are priorities.
const EARLIEST_DEADLINE: i64 = 100_000;

/// Slots of a worker that has waited, for each job that it is likely to find.
const SLOTS_FOR_A_JOB: usize = 10;

/// What the file knows of a job that somebody reports on.
struct Standing {
    job_type: i64,
    started_at: Option<f64>,
}

/// Record outcomes, then claim.
pub fn settle(step: &mut Step, batch: &Batch, holder: &Holder) -> Result<Settled> {
    let verdicts = match batch.settlements.is_empty() {
        true => Vec::new(),
        false => record_outcomes(step, batch, holder)?,
    };
    let jobs = match batch.slots.is_empty() {
        true => ClaimedJobs::default(),
        false => claim(step, batch, holder)?,
    };
    Ok(Settled { verdicts, jobs, ..Settled::default() })
}

fn record_outcomes(step: &mut Step, batch: &Batch, holder: &Holder) -> Result<Vec<Verdict>> {
    let me = holder_id(step.db, &holder.name)?;
    let job_type = step.types.find(step.db, &batch.job_type)?;
    let mut verdicts = Vec::with_capacity(batch.settlements.len());
    let mut completed = 0;
    while let Some(settlement) = batch.settlements.get(verdicts.len()) {
        let mut usual = Vec::new();
        if me.is_some() && job_type.is_some() {
            let rest = batch.settlements.iter().enumerate().skip(verdicts.len());
            usual.extend(rest.map_while(|(at, settlement)| completion(step, at, settlement)));
        }
        let (Some(me), false) = (me, usual.is_empty()) else {
            verdicts.push(conclude(step, settlement, me)?);
            continue;
        };
        runs::complete(step, me, &mut usual)?;
        for job in usual {
            if !job.recorded {
                verdicts.push(conclude(step, &batch.settlements[job.at], Some(me))?);
                continue;
            }
            completed += 1;
            step.worked((step.now - job.started_at).max(0));
            step.tell(job.id, "complete", &[job.result.unwrap_or("null"), "null"]);
            verdicts.push(Verdict::Recorded);
        }
    }
    if let Some(job_type) = job_type {
        let (from, to) = (Some(code(State::Active)), Some(code(State::Complete)));
        step.count_many(job_type, from, to, completed);
    }
    Ok(verdicts)
}

/// A settlement as what nearly all are, where it is one: the job was claimed by this process,
/// completed, and is kept.
fn completion<'a>(step: &mut Step, at: usize, settlement: &'a Settlement) -> Option<Completed<'a>> {
    let (Claimant::Holder(fence), Outcome::Complete { result, remove: false }) =
        (settlement.claimant, &settlement.outcome)
    else {
        return None;
    };
    let (id, fence) = (key(&settlement.id)?, i64::try_from(fence.0).ok()?);
    let started_at = step.claims.take(id, fence)?;
    let attempts = i64::try_from(settlement.attempts).unwrap_or(i64::MAX);
    let (result, recorded) = (result.as_deref(), false);
    Some(Completed { at, id, fence, attempts, started_at, result, recorded })
}

/// The answer for a batch that has nothing to record and finds nothing to claim.
pub fn nothing_to_do(
    db: &Database,
    types: &mut TypeNames,
    batch: &Batch,
) -> Result<Option<Settled>> {
    let idle = batch.settlements.is_empty()
        && (batch.slots.is_empty() || !waiting(db, types, &batch.job_type)?);
    Ok(idle.then(Settled::default))
}

/// How much there is to do.
pub fn size(batch: &Batch) -> Size {
    // Who has nothing to report has waited, and there are hardly ever as many jobs as slots.
    let claims = match batch.settlements.is_empty() {
        true => batch.slots.len() / SLOTS_FOR_A_JOB,
        false => batch.slots.len(),
    };
    let bytes = batch.settlements.iter().map(|settlement| match &settlement.outcome {
        Outcome::Complete { result, .. } => result.as_ref().map_or(0, String::len),
        Outcome::Failed { failure, .. } => failure.error.len() + failure.message.len(),
        Outcome::Released => 0,
    });
    Size::of(batch.settlements.len() + claims, bytes.sum())
}

/// Whether a job of this type waits.
pub fn waiting(db: &Database, types: &mut TypeNames, job_type: &str) -> Result<bool> {
    let Some(job_type) = types.find(db, job_type)? else { return Ok(false) };
    db.prepare("SELECT 1 FROM jobs WHERE state = 0 AND type = ?1 LIMIT 1")?.exists([job_type])
}

fn holder_id(db: &Database, name: &str) -> Result<Option<i64>> {
    db.prepare("SELECT id FROM holders WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Judge an outcome, and record it where it counts.
fn conclude(step: &mut Step, settlement: &Settlement, me: Option<i64>) -> Result<Verdict> {
    let Some(id) = key(&settlement.id) else { return Ok(Verdict::NotHeld) };
    let db = step.db;
    let mut select = db.prepare(
        "SELECT type, state, started_at, holder, fence, deadline FROM jobs WHERE id = ?1",
    )?;
    let now = step.now;
    let judged = select
        .query_row([id], |row| {
            let active = row.get::<_, i64>(1)? == code(State::Active);
            let verdict = match settlement.claimant {
                _ if !active => Verdict::NotHeld,
                Claimant::Holder(fence) => {
                    let held: (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
                    let mine = me.is_some() && held == (me, i64::try_from(fence.0).ok());
                    if mine { Verdict::Recorded } else { Verdict::NotHeld }
                }
                Claimant::AfterTtl(_) => match row.get::<_, Option<i64>>(5)? {
                    Some(at) if at >= EARLIEST_DEADLINE && at <= now => Verdict::Recorded,
                    Some(at) if at >= EARLIEST_DEADLINE => Verdict::NotYet,
                    _ => Verdict::NotHeld,
                },
            };
            let standing =
                Standing { job_type: row.get(0)?, started_at: number_of(row.get_ref(2)?) };
            Ok((verdict, standing))
        })
        .optional()?;
    let Some((verdict, standing)) = judged else { return Ok(Verdict::Gone) };
    if verdict == Verdict::Recorded {
        write_outcome(step, id, settlement, &standing)?;
        if !matches!(settlement.claimant, Claimant::AfterTtl(_)) {
            // A worker that reports is not lost. Hardly ever set, so hardly ever written.
            db.prepare("UPDATE jobs SET lost = NULL WHERE id = ?1 AND lost IS NOT NULL")?
                .execute([id])?;
        }
    }
    Ok(verdict)
}

fn write_outcome(
    step: &mut Step,
    id: i64,
    settlement: &Settlement,
    standing: &Standing,
) -> Result<()> {
    let (db, now, job_type) = (step.db, step.now, standing.job_type);
    let attempts = i64::try_from(settlement.attempts).unwrap_or(i64::MAX);
    let active = Some(code(State::Active));
    let next = match &settlement.outcome {
        Outcome::Complete { result, remove } => {
            let duration = (now - standing.started_at.map_or(now, |at| at as i64)).max(0);
            step.worked(duration);
            let event = result.as_deref().unwrap_or("null");
            if *remove {
                delete(db, id)?;
                step.count(job_type, active, None);
                step.tell(id, "complete", &[event, "null"]);
                step.tell_type(id, "remove", job_type)?;
                return Ok(());
            }
            db.prepare(
                "UPDATE jobs SET state = 2, duration = ?2, result = coalesce(?3, result),
                   progress = 100, attempts = ?4, updated_at = ?5,
                   holder = NULL, fence = NULL, deadline = NULL
                 WHERE id = ?1",
            )?
            .execute(params![id, duration, result, attempts, now])?;
            step.tell(id, "complete", &[event, "null"]);
            State::Complete
        }
        Outcome::Released => {
            db.prepare(
                "UPDATE jobs SET state = 0, updated_at = ?2,
                   holder = NULL, fence = NULL, deadline = NULL
                 WHERE id = ?1",
            )?
            .execute([id, now])?;
            State::Inactive
        }
        Outcome::Failed { failure: Failure { error, summary, message }, next } => {
            write_log(db, id, summary)?;
            let (state, delay) = match next {
                AfterFailure::Final => (State::Failed, None),
                AfterFailure::AtOnce => (State::Inactive, None),
                AfterFailure::Delayed(ms) => {
                    (State::Delayed, Some(i64::try_from(*ms).unwrap_or(i64::MAX)))
                }
            };
            db.prepare(
                "UPDATE jobs SET state = ?2, error = ?3, failed_at = ?4, attempts = ?5,
                   updated_at = ?4, delay = coalesce(?6, delay),
                   promote_at = coalesce(?7, promote_at),
                   holder = NULL, fence = NULL, deadline = NULL
                 WHERE id = ?1",
            )?
            .execute(params![
                id,
                code(state),
                error,
                now,
                attempts,
                delay,
                delay.map(|ms| now.saturating_add(ms)),
            ])?;
            if step.heard() {
                step.tell(id, "error", &[&json_text(error)]);
                if state == State::Inactive {
                    step.tell_type(id, "enqueue", job_type)?;
                }
                let reason = json_text(message);
                match next {
                    AfterFailure::Final => step.tell(id, "failed", &[&reason, "null"]),
                    _ => step.tell(id, "failed attempt", &[&reason, &attempts.to_string()]),
                }
            }
            state
        }
    };
    step.count(job_type, active, Some(code(next)));
    if next == State::Inactive {
        step.waits(job_type)?;
    }
    Ok(())
}

/// Remove a job's row, its log and its words in the index.
pub fn delete(db: &Database, id: i64) -> Result<()> {
    db.prepare("DELETE FROM jobs WHERE id = ?1")?.execute([id])?;
    db.prepare("DELETE FROM logs WHERE job = ?1")?.execute([id])?;
    search::unindex(db, id)
}

/// Add a line to a job's log.
pub fn write_log(db: &Database, id: i64, line: &str) -> Result<()> {
    db.prepare(
        "INSERT INTO logs
         SELECT ?1, coalesce((SELECT max(n) FROM logs WHERE job = ?1), 0) + 1, ?2",
    )?
    .execute(params![id, line])
    .map(drop)
}

fn claim(step: &mut Step, batch: &Batch, holder: &Holder) -> Result<ClaimedJobs> {
    let db = step.db;
    let Some(job_type) = step.types.find(db, &batch.job_type)? else {
        return Ok(ClaimedJobs::default());
    };
    let named = (job_type, batch.job_type.as_str());
    let (jobs, waiting) = waiting::read(db, named, &batch.slots, step.now)?;
    if waiting.is_empty() {
        return Ok(jobs);
    }
    let (now, holder, worker) =
        (step.now, lease(step, holder)?, step.worker_id(&holder.worker_id)?);
    let fence = i64::try_from(batch.fence.0).unwrap_or(i64::MAX);
    runs::claim(db, &Claim { now, worker, holder, fence }, &waiting)?;
    for Waiting { id, .. } in &waiting {
        step.tell_type(*id, "start", job_type)?;
        step.claims.remember(*id, fence, now);
    }
    let (from, to) = (Some(code(State::Inactive)), Some(code(State::Active)));
    step.count_many(job_type, from, to, waiting.len());
    Ok(jobs)
}

/// This holder's number, with a lease that has most of its time left.
fn lease(step: &Step, holder: &Holder) -> Result<i64> {
    let db = step.db;
    let duration = i64::try_from(holder.lease_ms).unwrap_or(i64::MAX);
    let expires = step.now.saturating_add(duration);
    let found: Option<(i64, i64)> = db
        .prepare("SELECT id, expires FROM holders WHERE name = ?1")?
        .query_row([&holder.name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        None => {
            db.prepare("INSERT INTO holders (name, expires) VALUES (?1, ?2)")?
                .execute(params![holder.name, expires])?;
            Ok(db.connection.last_insert_rowid())
        }
        Some((id, until)) => {
            // The renewal comes once in a third of the duration; between two a write is spared.
            if until < step.now.saturating_add(duration / 3 * 2) {
                db.prepare("UPDATE holders SET expires = ?2 WHERE id = ?1")?
                    .execute([id, expires])?;
            }
            Ok(id)
        }
    }
}
