//! Adding jobs.

use std::sync::{Arc, LazyLock};

use rusqlite::Result;
use rusqlite::types::Value;

use super::search;
use super::step::{Step, code};
use crate::queue::job::{Added, NewJob};
use crate::queue::state::State;

/// Rows that one statement writes: what it costs to run one is most of a single row's time.
const STRIDES: [usize; 3] = [50, 10, 1];

/// What rows share comes first, then each row's data; ids follow each other.
static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| STRIDES.map(insert));

/// Whole numbers below this are exact as JavaScript's.
const MOST_EXACT: u64 = 1 << 53;

/// The number of the first parameter that holds data.
const DATA: usize = 12;

/// What the column `room` begins with, see `schema-3-states.sql`.
const ROOM: &str = "x'000000000000000000000000'";

/// OR ROLLBACK: see `runs.rs`.
fn insert(rows: usize) -> String {
    let values: Vec<String> = (0..rows)
        .map(|row| {
            format!(
                "(?1 + {row}, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, {ROOM}, ?{})",
                DATA + row
            )
        })
        .collect();
    format!(
        "INSERT OR ROLLBACK INTO jobs (id, type, state, priority, created_at, updated_at, promote_at,
           max_attempts, delay, ttl, remove_on_complete, backoff, room, data)
         VALUES {}",
        values.join(", ")
    )
}

/// Write new jobs, in order.
pub fn add(step: &mut Step, jobs: &[NewJob]) -> Result<Vec<Added>> {
    let mut added = Vec::with_capacity(jobs.len());
    let created_at = u64::try_from(step.now).unwrap_or(0);
    for alike in jobs.chunk_by(|one, next| Arc::ptr_eq(&one.spec, &next.spec)) {
        let first = add_alike(step, alike)?;
        let ids = u64::try_from(first).unwrap_or(0)..;
        added.extend(ids.take(alike.len()).map(|id| Added { id, created_at }));
    }
    Ok(added)
}

/// Write jobs that share all but their data, at least one, and tell the first one's id.
fn add_alike(step: &mut Step, jobs: &[NewJob]) -> Result<i64> {
    let db = step.db;
    let spec = &jobs[0].spec;
    let first = step.next_ids(jobs.len())?;
    let job_type = step.type_id(&spec.job_type)?;
    let delay = spec.delay.filter(|ms| *ms > 0.0);
    let state = code(if delay.is_some() { State::Delayed } else { State::Inactive });
    let promote_at = step.now.saturating_add(delay.unwrap_or(0.0) as i64);
    let (mut id, mut rest) = (first, jobs);
    for (sql, stride) in INSERTS.iter().zip(STRIDES) {
        if rest.len() < stride {
            continue;
        }
        let mut insert = db.prepare(sql)?;
        insert.raw_bind_parameter(2, job_type)?;
        insert.raw_bind_parameter(3, state)?;
        insert.raw_bind_parameter(4, spec.priority)?;
        insert.raw_bind_parameter(5, step.now)?;
        insert.raw_bind_parameter(6, promote_at)?;
        insert.raw_bind_parameter(7, spec.attempts.map(number))?;
        insert.raw_bind_parameter(8, delay.map(number))?;
        insert.raw_bind_parameter(9, spec.ttl.map(number))?;
        insert.raw_bind_parameter(10, &spec.remove_on_complete)?;
        insert.raw_bind_parameter(11, &spec.backoff)?;
        while let Some((rows, others)) = rest.split_at_checked(stride) {
            insert.raw_bind_parameter(1, id)?;
            for (row, job) in rows.iter().enumerate() {
                insert.raw_bind_parameter(DATA + row, job.data.get())?;
            }
            insert.raw_execute()?;
            id += stride as i64;
            rest = others;
        }
    }
    if let Some(words) = &spec.words {
        for id in (first..).take(jobs.len()) {
            search::index(db, id, words)?;
        }
    }
    step.count_many(job_type, None, Some(state), jobs.len());
    if delay.is_none() {
        step.waits(job_type)?;
        step.tell_enqueued(first, jobs.len(), job_type)?;
    }
    Ok(first)
}

/// Whole numbers are kept as such, which is smaller; they read back as the same text.
fn number(value: f64) -> Value {
    let whole = value as i64;
    if whole as f64 == value && whole.unsigned_abs() < MOST_EXACT {
        Value::Integer(whole)
    } else {
        Value::Real(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_have_a_parameter_for_each_rows_data() {
        let last = |row, data| {
            format!("(?1 + {row}, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, {ROOM}, ?{data})")
        };
        assert!(insert(1).ends_with(&last(0, 12)));
        assert!(insert(10).ends_with(&last(9, 21)));
        assert_eq!(STRIDES.last(), Some(&1), "any number of rows can be written");
    }
}
