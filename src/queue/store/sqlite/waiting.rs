//! Reading the jobs that wait longest, straight into the JSON that JavaScript gets.
//!
//! Nearly all of them are as they were added, without options of their own: of these only seven
//! columns are looked at, and what they have in common with the one before is not written anew.

use std::fmt::Write;

use rusqlite::types::ValueRef;
use rusqlite::{Result, Row, params};

use super::database::Database;
use super::row::{columns, record, text_of};
use super::runs::Waiting;
use crate::queue::job::{Terms, write_field};
use crate::queue::store::ClaimedJobs;

/// Room for one job's JSON, as a first guess.
const JSON_BYTES: usize = 256;

/// The columns of a usual job that most share with their neighbours, and their fields.
const SHARED: [(usize, &str); 5] =
    [(2, "priority"), (3, "max_attempts"), (4, "created_at"), (5, "promote_at"), (6, "updated_at")];

/// Up to as many waiting jobs as there are slots, the first first: what the worker gets, and what is
/// to be changed in their rows.
pub fn read(
    db: &Database,
    (job_type, name): (i64, &str),
    slots: &[u32],
    now: i64,
) -> Result<(ClaimedJobs, Vec<Waiting>)> {
    let mut select = db.prepare(
        "SELECT id, data, priority, max_attempts, created_at, promote_at, updated_at,
           coalesce(attempts, delay, ttl, remove_on_complete, backoff, started_at, failed_at,
             duration, progress, progress_data, result, error, worker, worker_id, extra) IS NULL
         FROM jobs WHERE state = 0 AND type = ?1 ORDER BY priority, id LIMIT ?2",
    )?;
    let mut whole =
        db.prepare(concat!("SELECT id, ?2, ", columns!(), " FROM jobs WHERE id = ?1"))?;
    let mut usual = Usual::new(name);
    let mut jobs = ClaimedJobs::default();
    let mut waiting = Vec::new();
    let most = i64::try_from(slots.len()).unwrap_or(i64::MAX);
    let mut rows = select.query(params![job_type, most])?;
    for slot in slots.iter().copied() {
        let Some(row) = rows.next()? else { break };
        let id = row.get(0)?;
        if waiting.is_empty() {
            jobs = ClaimedJobs::with_capacity(slots.len(), JSON_BYTES);
            waiting.reserve(slots.len());
        }
        let mut deadline = None;
        jobs.push_written(slot, |text| {
            let terms = match row.get(7)? && usual.knows(row)? {
                true => usual.write(row, id, text)?,
                false => {
                    let job = whole.query_row(params![id, name], record)?;
                    job.write_json(text);
                    job.terms()
                }
            };
            deadline =
                terms.ttl_ms.map(|ms| now.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)));
            Ok::<_, rusqlite::Error>((id.to_string(), terms))
        })?;
        waiting.push(Waiting { id, slot, deadline });
    }
    Ok((jobs, waiting))
}

/// Writes usual jobs.
struct Usual {
    /// The fields before the data.
    head: String,
    /// What stands in the columns of [`SHARED`], and the fields made of it.
    shared: [(bool, u64); SHARED.len()],
    tail: String,
    terms: Terms,
}

impl Usual {
    fn new(name: &str) -> Self {
        let mut head = String::new();
        write_field("type", name, &mut head);
        write_field("state", "inactive", &mut head);
        Usual {
            head,
            shared: [(false, 0); SHARED.len()],
            tail: String::new(),
            terms: Terms::default(),
        }
    }

    /// Learn the columns that it may share; `false` where one holds no number, which the store
    /// always writes into them.
    fn knows(&mut self, row: &Row) -> Result<bool> {
        let mut shared = [(false, 0); SHARED.len()];
        for ((column, _), bits) in SHARED.iter().zip(&mut shared) {
            *bits = match row.get_ref(*column)? {
                ValueRef::Integer(number) => (true, number.cast_unsigned()),
                ValueRef::Real(number) => (false, number.to_bits()),
                _ => return Ok(false),
            };
        }
        if shared != self.shared || self.tail.is_empty() {
            self.shared = shared;
            self.tail.clear();
            self.terms = Terms::default();
            for (column, field) in SHARED {
                let text = text_of(row.get_ref(column)?).unwrap_or_default();
                write_field(field, &text, &mut self.tail);
                self.terms.read(field, &text);
            }
            self.tail.push('}');
        }
        Ok(true)
    }

    fn write(&self, row: &Row, id: i64, text: &mut String) -> Result<Terms> {
        // Writing to a text cannot fail.
        let _ = write!(text, "{{\"id\":{id}{}", self.head);
        match row.get_ref(1)? {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => match std::str::from_utf8(bytes) {
                Ok(data) => write_field("data", data, text),
                Err(_) => write_field("data", &String::from_utf8_lossy(bytes), text),
            },
            other => {
                if let Some(data) = text_of(other) {
                    write_field("data", &data, text);
                }
            }
        }
        text.push_str(&self.tail);
        Ok(self.terms.clone())
    }
}
