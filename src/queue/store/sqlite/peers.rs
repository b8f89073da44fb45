//! Who among the processes of a file wants to be told of changes, and what they missed.

use rusqlite::{OptionalExtension, Result, params};

use super::database::Database;
use super::step::Step;

/// Announce what this process wants; answers the last event that it will not get.
pub fn enroll(
    step: &mut Step,
    name: &str,
    bell: Option<&str>,
    works: bool,
    listens: bool,
) -> Result<i64> {
    let db = step.db;
    db.prepare("INSERT OR REPLACE INTO peers VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![name, bell, works, listens, step.now])?;
    last_event(db)
}

/// Forget processes that are gone.
pub fn dismiss(step: &mut Step, names: &[String]) -> Result<()> {
    for name in names {
        step.db.prepare("DELETE FROM peers WHERE name = ?1")?.execute([name])?;
    }
    // Nobody will read these any more, where nobody listens.
    let db = step.db;
    if !db.prepare("SELECT 1 FROM peers WHERE listens LIMIT 1")?.exists([])? {
        db.prepare("DELETE FROM events")?.execute([])?;
    }
    Ok(())
}

/// A process without a bell cannot be found dead; it says that it lives.
pub fn sign_of_life(step: &mut Step, name: &str, expires: i64) -> Result<()> {
    let db = step.db;
    db.prepare("UPDATE peers SET seen_at = ?2 WHERE name = ?1")?
        .execute(params![name, step.now])?;
    db.prepare("DELETE FROM peers WHERE bell IS NULL AND seen_at < ?1")?.execute([expires])?;
    Ok(())
}

/// The bells of all others.
pub fn bells(db: &Database, name: &str) -> Result<Vec<(String, String)>> {
    let mut select =
        db.prepare("SELECT name, bell FROM peers WHERE bell IS NOT NULL AND name <> ?1")?;
    select.query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn last_event(db: &Database) -> Result<i64> {
    db.prepare("SELECT max(seq) FROM events")?
        .query_row([], |row| row.get::<_, Option<i64>>(0))
        .map(|last| last.unwrap_or(0))
}

/// Events that came in from others.
#[derive(Default)]
pub struct Arrived {
    pub messages: Vec<String>,
    /// The last one seen, one's own included.
    pub last: i64,
    /// Some were removed before they were read.
    pub missed: bool,
}

/// Read what came after `last`.
pub fn arrived(db: &Database, name: &str, last: i64) -> Result<Arrived> {
    let mut select = db.prepare(
        "SELECT seq, CASE WHEN author <> ?2 THEN messages END FROM events
         WHERE seq > ?1 ORDER BY seq",
    )?;
    let mut arrived = Arrived { last, ..Arrived::default() };
    let mut rows = select.query(params![last, name])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        // Before the first one there may have been others, of which nobody was to know.
        arrived.missed |= arrived.last > 0 && seq > arrived.last + 1;
        arrived.last = seq;
        if let Some(lines) = row.get_ref(1)?.as_str_or_null().ok().flatten() {
            arrived.messages.extend(lines.split('\n').map(str::to_owned));
        }
    }
    Ok(arrived)
}

/// SQLite's own counter of changes by other connections.
pub fn change_counter(db: &Database) -> Result<i64> {
    db.prepare("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
        .optional()
        .map(|version| version.unwrap_or(0))
}
