//! A job's row and its fields as Kue names them.

use rusqlite::types::ValueRef;
use rusqlite::{Result, Row};
use serde_json::{Map, Value};

use super::step::state_name;
use crate::queue::job::{JobRecord, number_text};

/// Columns by the names of Kue's fields, in the order of [`COLUMNS`].
const FIELDS: [&str; 21] = [
    "type",
    "state",
    "data",
    "priority",
    "max_attempts",
    "created_at",
    "promote_at",
    "updated_at",
    "attempts",
    "delay",
    "ttl",
    "removeOnComplete",
    "backoff",
    "started_at",
    "failed_at",
    "duration",
    "progress",
    "progress_data",
    "result",
    "error",
    "workerId",
];

/// Which column a field has that a program may write as it likes; the others decide where a job
/// stands and are not written past the operations that move it.
pub fn free_column(field: &str) -> Option<&'static str> {
    Some(match field {
        "data" => "UPDATE jobs SET data = ?2 WHERE id = ?1",
        "max_attempts" => "UPDATE jobs SET max_attempts = ?2 WHERE id = ?1",
        "created_at" => "UPDATE jobs SET created_at = ?2 WHERE id = ?1",
        "updated_at" => "UPDATE jobs SET updated_at = ?2 WHERE id = ?1",
        "attempts" => "UPDATE jobs SET attempts = ?2 WHERE id = ?1",
        "delay" => "UPDATE jobs SET delay = ?2 WHERE id = ?1",
        "ttl" => "UPDATE jobs SET ttl = ?2 WHERE id = ?1",
        "removeOnComplete" => "UPDATE jobs SET remove_on_complete = ?2 WHERE id = ?1",
        "backoff" => "UPDATE jobs SET backoff = ?2 WHERE id = ?1",
        "started_at" => "UPDATE jobs SET started_at = ?2 WHERE id = ?1",
        "failed_at" => "UPDATE jobs SET failed_at = ?2 WHERE id = ?1",
        "duration" => "UPDATE jobs SET duration = ?2 WHERE id = ?1",
        "progress" => "UPDATE jobs SET progress = ?2 WHERE id = ?1",
        "progress_data" => "UPDATE jobs SET progress_data = ?2 WHERE id = ?1",
        "result" => "UPDATE jobs SET result = ?2 WHERE id = ?1",
        "error" => "UPDATE jobs SET error = ?2 WHERE id = ?1",
        "workerId" => "UPDATE jobs SET worker_id = ?2, worker = NULL, slot = NULL WHERE id = ?1",
        _ => return None,
    })
}

/// What [`record`] reads, behind the id and the name of the type: `concat!`ed into statements.
macro_rules! columns {
    () => {
        "state, data, priority, max_attempts, created_at, promote_at, updated_at, attempts, \
         delay, ttl, remove_on_complete, backoff, started_at, failed_at, duration, progress, \
         progress_data, result, error, \
         CASE WHEN worker IS NULL THEN worker_id \
         ELSE (SELECT name FROM workers WHERE workers.id = jobs.worker) || ':' \
           || (SELECT name FROM types WHERE types.id = jobs.type) || ':' || slot END, \
         extra"
    };
}
pub(super) use columns;

/// A job from a row of id, type's name and [`columns!`].
pub fn record(row: &Row) -> Result<JobRecord> {
    let id: i64 = row.get(0)?;
    let mut fields = Vec::with_capacity(12);
    for (index, field) in FIELDS.iter().enumerate() {
        let value = row.get_ref(index + 1)?;
        let text = match (*field, value) {
            ("state", ValueRef::Integer(code)) => Some(state_name(code).to_owned()),
            _ => text_of(value),
        };
        if let Some(text) = text {
            fields.push(((*field).into(), text));
        }
    }
    if let Some(extra) = text_of(row.get_ref(FIELDS.len() + 1)?) {
        for (name, value) in further_fields(&extra) {
            let Value::String(value) = value else { continue };
            match fields.iter_mut().find(|(field, _)| *field == name) {
                Some((_, stored)) => *stored = value,
                None => fields.push((name.into(), value)),
            }
        }
    }
    Ok(JobRecord { id: id.to_string(), fields })
}

/// The fields of the column `extra`.
pub fn further_fields(extra: &str) -> Map<String, Value> {
    serde_json::from_str(extra).unwrap_or_default()
}

/// What a column holds, as text.
pub fn text_of(value: ValueRef) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number_text(number)),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

/// What a column holds, as a number; text that is one counts.
pub fn number_of(value: ValueRef) -> Option<f64> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number as f64),
        ValueRef::Real(number) => Some(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            std::str::from_utf8(bytes).ok()?.trim().parse().ok()
        }
    }
}

/// A job's id as the file has it; a text that is none of ours is nobody's.
pub fn key(id: &str) -> Option<i64> {
    id.parse().ok().filter(|number: &i64| *number > 0 && number.to_string() == id)
}

/// When a job that becomes active now exceeds its ttl.
pub fn deadline(now: i64, ttl: Option<f64>) -> Option<i64> {
    ttl.filter(|ttl| *ttl > 0.0).map(|ttl| now.saturating_add(ttl as i64))
}
