//! Moves that no outcome causes: by hand, by the clock, by the loss of a worker.

use std::time::Duration;

use rusqlite::{OptionalExtension, Result, params};

use super::database::Database;
use super::row::{columns, deadline, key, number_of, record};
use super::settle::{delete, write_log};
use super::step::{Step, TypeNames, code, json_text};
use crate::queue::job::JobRecord;
use crate::queue::state::State;
use crate::queue::store::{Held, Holder, Promoted};

/// Expired holders whose jobs are given back in one step.
const MOST_HOLDERS: i64 = 100;
/// How long a lease that is over must stay as it is, as a part of a lease: a holder that lives renews
/// it twice in that time.
const OBSERVED: f64 = 0.6;
/// Deadlines below this are none: in Kue's scores these are priorities.
const EARLIEST_DEADLINE: i64 = 100_000;

/// Put a job into a state by hand; `false` where there is no such job.
pub fn set_state(step: &mut Step, id: &str, state: State) -> Result<bool> {
    let Some(id) = key(id) else { return Ok(false) };
    let (db, now) = (step.db, step.now);
    let found: Option<(i64, i64, Option<f64>)> = db
        .prepare("SELECT type, state, ttl FROM jobs WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, number_of(row.get_ref(2)?))))
        .optional()?;
    let Some((job_type, old, ttl)) = found else { return Ok(false) };
    let over = if state == State::Active { deadline(now, ttl) } else { None };
    // Only a job that stays active keeps its holder: another worker's claim must not be mistaken
    // for that of one that lost the job.
    db.prepare(
        "UPDATE jobs SET state = ?2, updated_at = ?3, deadline = ?4,
           holder = CASE WHEN ?2 = 1 THEN holder END, fence = CASE WHEN ?2 = 1 THEN fence END,
           progress = CASE WHEN ?2 = 2 THEN 100 ELSE progress END,
           failed_at = CASE WHEN ?2 = 3 THEN ?3 ELSE failed_at END,
           promote_at = CASE WHEN ?2 = 4 THEN coalesce(promote_at, ?3) ELSE promote_at END
         WHERE id = ?1",
    )?
    .execute(params![id, code(state), now, over])?;
    step.count(job_type, Some(old), Some(code(state)));
    if state == State::Inactive {
        step.waits(job_type)?;
        step.tell_type(id, "enqueue", job_type)?;
    }
    Ok(true)
}

/// Remove a job in whatever state it is; `false` where there is no such job.
pub fn remove(step: &mut Step, id: &str) -> Result<bool> {
    let Some(id) = key(id) else { return Ok(false) };
    let found: Option<(i64, i64)> = step
        .db
        .prepare("SELECT type, state FROM jobs WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((job_type, state)) = found else { return Ok(false) };
    delete(step.db, id)?;
    step.count(job_type, Some(state), None);
    step.tell_type(id, "remove", job_type)?;
    Ok(true)
}

/// When the next delayed job is due.
fn next_due(db: &Database) -> Result<Option<i64>> {
    db.prepare("SELECT promote_at FROM jobs WHERE state = 4 ORDER BY promote_at LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()
}

fn promoted(count: u64, due: Option<i64>, now: i64) -> Promoted {
    let next_in_ms = due.map(|due| u64::try_from(due - now).unwrap_or(0));
    Promoted { count, next_in_ms }
}

/// The answer where no delayed job is due.
pub fn nothing_due(db: &Database, now: i64) -> Result<Option<Promoted>> {
    let due = next_due(db)?;
    Ok(due.is_none_or(|due| due > now).then(|| promoted(0, due, now)))
}

/// Make the delayed jobs that are due inactive.
pub fn promote(step: &mut Step, limit: u32) -> Result<Promoted> {
    let (db, now) = (step.db, step.now);
    let mut select = db.prepare(
        "SELECT id, type FROM jobs WHERE state = 4 AND promote_at <= ?1
         ORDER BY promote_at, id LIMIT ?2",
    )?;
    let due = select.query_map([now, i64::from(limit)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let due: Vec<(i64, i64)> = due.collect::<Result<_>>()?;
    for (id, job_type) in &due {
        make_inactive(step, *id, *job_type, State::Delayed)?;
        step.tell(*id, "promotion", &[]);
        step.tell_type(*id, "enqueue", *job_type)?;
    }
    Ok(promoted(due.len() as u64, next_due(db)?, now))
}

pub fn make_inactive(step: &mut Step, id: i64, job_type: i64, from: State) -> Result<()> {
    step.db
        .prepare(
            "UPDATE jobs SET state = 0, updated_at = ?2, holder = NULL, fence = NULL,
               deadline = NULL
             WHERE id = ?1",
        )?
        .execute([id, step.now])?;
    step.count(job_type, Some(code(from)), Some(code(State::Inactive)));
    step.waits(job_type)
}

/// Active jobs whose ttl has been over for `grace_ms`.
pub fn overdue(db: &Database, now: i64, grace_ms: i64, limit: u32) -> Result<Vec<JobRecord>> {
    let mut select = db.prepare(concat!(
        "SELECT id, (SELECT name FROM types WHERE types.id = jobs.type), ",
        columns!(),
        " FROM jobs WHERE state = 1 AND deadline BETWEEN ?1 AND ?2 ORDER BY deadline, id LIMIT ?3"
    ))?;
    let found = select.query_map([EARLIEST_DEADLINE, now - grace_ms, i64::from(limit)], record)?;
    found.collect()
}

/// Renew this holder's lease, and give the jobs of holders whose lease ran out to others. Answers
/// whether a lease was there, and how many jobs went back.
pub fn renew(step: &mut Step, holder: &Holder) -> Result<(bool, u64)> {
    let (db, now) = (step.db, step.now);
    let mine: Option<i64> = db
        .prepare("SELECT id FROM holders WHERE name = ?1")?
        .query_row([&holder.name], |row| row.get(0))
        .optional()?;
    let mut renewed = false;
    if let Some(mine) = mine {
        renewed = db
            .prepare("SELECT 1 FROM jobs WHERE state = 1 AND holder = ?1 LIMIT 1")?
            .exists([mine])?;
        if renewed {
            let duration = i64::try_from(holder.lease_ms).unwrap_or(i64::MAX);
            db.prepare("UPDATE holders SET expires = ?2 WHERE id = ?1")?
                .execute([mine, now.saturating_add(duration)])?;
        } else {
            // Nothing is held: the lease comes back with the next claim.
            db.prepare("DELETE FROM holders WHERE id = ?1")?.execute([mine])?;
        }
    }
    let mut select =
        db.prepare("SELECT id, expires FROM holders WHERE expires <= ?1 ORDER BY id LIMIT ?2")?;
    let expired = select.query_map([now, MOST_HOLDERS], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let expired: Vec<(i64, i64)> = expired.collect::<Result<_>>()?;
    let patience = Duration::from_millis(holder.lease_ms).mul_f64(OBSERVED);
    let mut back = 0;
    for lost in step.expired.confirmed(&expired, patience) {
        back += reclaim(step, lost, holder.max_lost)?;
    }
    Ok((renewed, back))
}

/// The answer where there is no lease to renew and none that ran out.
pub fn nothing_held(db: &Database, name: &str, now: i64) -> Result<Option<(bool, u64)>> {
    let found = db
        .prepare("SELECT 1 FROM holders WHERE name = ?1 OR expires <= ?2 LIMIT 1")?
        .exists(params![name, now])?;
    Ok((!found).then_some((false, 0)))
}

fn reclaim(step: &mut Step, holder: i64, max_lost: u32) -> Result<u64> {
    let (db, now) = (step.db, step.now);
    let mut select =
        db.prepare("SELECT id, type, lost FROM jobs WHERE state = 1 AND holder = ?1")?;
    let jobs = select.query_map([holder], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<i64>>(2)?.unwrap_or(0) + 1))
    })?;
    let jobs: Vec<(i64, i64, i64)> = jobs.collect::<Result<_>>()?;
    let mut back = 0;
    for (id, job_type, lost) in jobs {
        if lost <= i64::from(max_lost) {
            db.prepare("UPDATE jobs SET lost = ?2 WHERE id = ?1")?.execute([id, lost])?;
            make_inactive(step, id, job_type, State::Active)?;
            step.tell_type(id, "enqueue", job_type)?;
            back += 1;
            continue;
        }
        let reason = format!("the worker was lost {lost} times");
        db.prepare(
            "UPDATE jobs SET state = 3, error = ?2, failed_at = ?3, updated_at = ?3, lost = NULL,
               holder = NULL, fence = NULL, deadline = NULL
             WHERE id = ?1",
        )?
        .execute(params![id, reason, now])?;
        write_log(db, id, &reason)?;
        step.count(job_type, Some(code(State::Active)), Some(code(State::Failed)));
        let json = json_text(&reason);
        step.tell(id, "error", &[&json]);
        step.tell(id, "failed", &[&json, "null"]);
    }
    db.prepare("DELETE FROM holders WHERE id = ?1")?.execute([holder])?;
    Ok(back)
}

/// What is held under a holder's name.
pub fn held(db: &Database, types: &mut TypeNames, name: &str) -> Result<Vec<Held>> {
    let mut select = db.prepare(
        "SELECT id, fence, type, attempts FROM jobs
         WHERE state = 1 AND holder = (SELECT id FROM holders WHERE name = ?1)",
    )?;
    let mut rows = select.query([name])?;
    let mut held = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let fence: i64 = row.get(1)?;
        held.push(Held {
            id: id.to_string(),
            fence: crate::queue::store::Fence(u64::try_from(fence).unwrap_or(0)),
            job_type: types.name(db, row.get(2)?)?.to_string(),
            attempts: row
                .get::<_, Option<i64>>(3)?
                .and_then(|n| u64::try_from(n).ok())
                .unwrap_or(0),
        });
    }
    Ok(held)
}
