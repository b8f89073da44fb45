//! Writing jobs that come from another store.

use rusqlite::{Result, params};
use serde_json::{Map, Value};

use super::row::{free_column, key};
use super::search;
use super::settle::write_log;
use super::step::{Step, code};
use crate::queue::job::JobRecord;
use crate::queue::state::State;
use crate::queue::store::Imported;

/// Write jobs as they are, under their ids. One whose id is no number has no place here.
pub fn import(step: &mut Step, jobs: &[Imported], work_time_ms: u64) -> Result<()> {
    step.worked(i64::try_from(work_time_ms).unwrap_or(i64::MAX));
    for Imported { job, log, words } in jobs {
        let Some(id) = key(&job.id) else { continue };
        write(step, id, job)?;
        if let Some(words) = words {
            search::index(step.db, id, words)?;
        }
        for line in log {
            write_log(step.db, id, line)?;
        }
        step.skip_ids(id)?;
    }
    Ok(())
}

fn write(step: &mut Step, id: i64, job: &JobRecord) -> Result<()> {
    let db = step.db;
    let job_type = step.type_id(job.get("type").unwrap_or_default())?;
    let named = job.get("state").unwrap_or_default();
    let state = State::ALL.into_iter().find(|state| state.name() == named);
    let state = code(state.unwrap_or(State::Inactive));
    let promote_at = job.number("promote_at").map(|at| at as i64);
    db.prepare(
        "INSERT INTO jobs (id, type, state, priority, promote_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        id,
        job_type,
        state,
        job.number("priority").unwrap_or(0.0),
        promote_at
    ])?;
    let mut extra = Map::new();
    for (name, value) in &job.fields {
        match free_column(name) {
            Some(update) => {
                // Numbers are kept as such, which is smaller; they read back as the same text.
                let number = value.parse::<i64>().ok().filter(|n| n.to_string() == *value);
                match number {
                    Some(number) => db.prepare(update)?.execute([id, number])?,
                    None => db.prepare(update)?.execute(params![id, value])?,
                };
            }
            None if ["type", "state", "priority", "promote_at"].contains(&name.as_ref()) => {}
            None => drop(extra.insert(name.clone().into_owned(), Value::from(value.as_str()))),
        }
    }
    if !extra.is_empty() {
        db.prepare("UPDATE jobs SET extra = ?2 WHERE id = ?1")?
            .execute(params![id, Value::Object(extra).to_string()])?;
    }
    step.count(job_type, None, Some(state));
    if state == code(State::Inactive) {
        step.waits(job_type)?;
    }
    Ok(())
}
