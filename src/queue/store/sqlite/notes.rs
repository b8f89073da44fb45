//! What is written beside a job's way through the states.

use rusqlite::{OptionalExtension, Result, params};
use serde_json::Value;

use super::row::{deadline, free_column, further_fields, key, number_of};
use super::search;
use super::settle::write_log;
use super::step::{Step, json_text};
use crate::queue::store::{Changes, Note};

/// Write notes on jobs that exist, in order; on others, nothing.
pub fn annotate(step: &mut Step, notes: &[(String, Note)]) -> Result<()> {
    for (id, note) in notes {
        let Some(id) = key(id) else { continue };
        let exists = step.db.prepare("SELECT 1 FROM jobs WHERE id = ?1")?.exists([id])?;
        if exists {
            write_note(step, id, note)?;
        }
    }
    Ok(())
}

fn write_note(step: &mut Step, id: i64, note: &Note) -> Result<()> {
    let (db, now) = (step.db, step.now);
    match note {
        Note::Progress { percent, data } => {
            let data = data.as_deref();
            db.prepare(
                "UPDATE jobs SET progress = ?2, progress_data = coalesce(?3, progress_data),
                   updated_at = ?4
                 WHERE id = ?1",
            )?
            .execute(params![
                id,
                percent,
                data.filter(|json| !json.is_empty()),
                now
            ])?;
            restart_ttl(step, id)?;
            step.tell(id, "progress", &[&percent.to_string(), data.unwrap_or("null")]);
        }
        Note::Log(line) => {
            write_log(db, id, line)?;
            touch(step, id)?;
        }
        Note::Error { error, summary } => {
            db.prepare("UPDATE jobs SET error = ?2, updated_at = ?3 WHERE id = ?1")?
                .execute(params![id, error, now])?;
            write_log(db, id, summary)?;
            step.tell(id, "error", &[&json_text(error)]);
        }
        Note::Ttl => restart_ttl(step, id)?,
        Note::Field(name, value) => write_field(step, id, name, value)?,
    }
    Ok(())
}

fn touch(step: &Step, id: i64) -> Result<()> {
    step.db.prepare("UPDATE jobs SET updated_at = ?2 WHERE id = ?1")?.execute([id, step.now])?;
    Ok(())
}

/// The ttl of an active job counts from now.
fn restart_ttl(step: &Step, id: i64) -> Result<()> {
    let ttl = step
        .db
        .prepare("SELECT ttl FROM jobs WHERE id = ?1 AND state = 1")?
        .query_row([id], |row| Ok(number_of(row.get_ref(0)?)))
        .optional()?;
    if let Some(over) = deadline(step.now, ttl.flatten()) {
        step.db.prepare("UPDATE jobs SET deadline = ?2 WHERE id = ?1")?.execute([id, over])?;
    }
    Ok(())
}

fn write_field(step: &Step, id: i64, name: &str, value: &str) -> Result<()> {
    let db = step.db;
    if let Some(update) = free_column(name) {
        return db.prepare(update)?.execute(params![id, value]).map(drop);
    }
    let extra: Option<String> =
        db.prepare("SELECT extra FROM jobs WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
    let mut fields = further_fields(extra.as_deref().unwrap_or("{}"));
    fields.insert(name.to_owned(), Value::from(value));
    db.prepare("UPDATE jobs SET extra = ?2 WHERE id = ?1")?
        .execute(params![id, Value::Object(fields).to_string()])
        .map(drop)
}

/// Change data, priority and options of a job and leave its state alone.
pub fn update(step: &mut Step, id: &str, changes: &Changes) -> Result<bool> {
    let Some(id) = key(id) else { return Ok(false) };
    let (db, now) = (step.db, step.now);
    let stored = db
        .prepare("SELECT created_at, failed_at FROM jobs WHERE id = ?1")?
        .query_row([id], |row| Ok((number_of(row.get_ref(0)?), number_of(row.get_ref(1)?))))
        .optional()?;
    let Some((created_at, failed_at)) = stored else { return Ok(false) };
    let delay = changes.delay_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
    // As in Kue, a delay counts from the last failure, else from the creation.
    let from = failed_at.or(created_at).map_or(now, |at| at as i64);
    db.prepare(
        "UPDATE jobs SET updated_at = ?2, priority = ?3, delay = coalesce(?4, delay),
           promote_at = coalesce(?5, promote_at)
         WHERE id = ?1",
    )?
    .execute(params![
        id,
        now,
        changes.priority,
        delay,
        delay.map(|ms| from.saturating_add(ms))
    ])?;
    if let Some(words) = &changes.words {
        search::unindex(db, id)?;
        search::index(db, id, words)?;
    }
    for (name, value) in &changes.fields {
        write_field(step, id, name, value)?;
    }
    let ttl = db
        .prepare("SELECT ttl FROM jobs WHERE id = ?1 AND state = 1")?
        .query_row([id], |row| Ok(number_of(row.get_ref(0)?)))
        .optional()?;
    if let Some(ttl) = ttl {
        db.prepare("UPDATE jobs SET deadline = ?2 WHERE id = ?1")?
            .execute(params![id, deadline(now, ttl)])?;
    }
    Ok(true)
}
