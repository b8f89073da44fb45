//! Adding jobs.

use rusqlite::{Result, params};

use super::search;
use super::step::{Step, code};
use crate::queue::job::{Added, NewJob};
use crate::queue::state::State;

/// Write new jobs, in order.
pub fn add(step: &mut Step, jobs: &[NewJob]) -> Result<Vec<Added>> {
    let db = step.db;
    let mut insert = db.prepare(
        "INSERT INTO jobs (id, type, state, priority, created_at, updated_at, promote_at,
           max_attempts, delay, ttl, remove_on_complete, backoff, data)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    let created_at = step.now;
    let mut added = Vec::with_capacity(jobs.len());
    for job in jobs {
        let id = step.next_id()?;
        let job_type = step.type_id(&job.job_type)?;
        let delay = job.delay.filter(|ms| *ms > 0.0);
        let state = code(if delay.is_some() { State::Delayed } else { State::Inactive });
        insert.execute(params![
            id,
            job_type,
            state,
            job.priority,
            created_at,
            created_at.saturating_add(delay.unwrap_or(0.0) as i64),
            job.attempts,
            delay,
            job.ttl,
            job.remove_on_complete,
            job.backoff,
            job.data.get(),
        ])?;
        if let Some(words) = &job.words {
            search::index(db, id, words)?;
        }
        step.count(job_type, None, Some(state));
        if delay.is_none() {
            step.waits(job_type)?;
            step.tell_type(id, "enqueue", job_type)?;
        }
        added.push(Added {
            id: u64::try_from(id).unwrap_or(0),
            created_at: u64::try_from(created_at).unwrap_or(0),
        });
    }
    Ok(added)
}
