//! Reading jobs, ids and numbers.

use rusqlite::{OptionalExtension, Result, params};

use super::database::Database;
use super::row::{columns, key, record};
use super::step::{TypeNames, code};
use crate::queue::job::JobRecord;
use crate::queue::state::State;
use crate::queue::store::{Selection, Stats};

/// Parts that one statement can merge; SQLite's own limit is 500.
const MOST_PARTS: usize = 200;

/// Jobs by id, `None` for one that does not exist.
pub fn get(db: &Database, ids: &[String]) -> Result<Vec<Option<JobRecord>>> {
    let mut select = db.prepare(concat!(
        "SELECT id, (SELECT name FROM types WHERE types.id = jobs.type), ",
        columns!(),
        " FROM jobs WHERE id = ?1"
    ))?;
    ids.iter()
        .map(|id| match key(id) {
            None => Ok(None),
            Some(id) => select.query_row([id], record).optional(),
        })
        .collect()
}

/// One field, by Kue's name for it.
pub fn field(db: &Database, id: &str, name: &str) -> Result<Option<String>> {
    let job = get(db, &[id.to_owned()])?.pop().flatten();
    Ok(job.and_then(|job| job.get(name).map(str::to_owned)))
}

/// Ids in order of their score, as Kue's sorted sets have it: priority, but among all active jobs
/// the end of their ttl, and among all delayed ones the time when they are due.
pub fn list(db: &Database, types: &mut TypeNames, selection: &Selection) -> Result<Vec<String>> {
    let wanted = match &selection.job_type {
        None => None,
        Some(name) => match types.find(db, name)? {
            None => return Ok(Vec::new()),
            found => found,
        },
    };
    let parts = occupied(db, wanted, selection.state)?;
    let total = parts.iter().map(|(_, _, count)| count).sum();
    let Some((offset, limit)) = window(selection.from, selection.to, total) else {
        return Ok(Vec::new());
    };
    let order = match (wanted, selection.state) {
        (None, Some(State::Delayed)) => {
            "SELECT id FROM jobs WHERE state = 4 ORDER BY promote_at, id".to_owned()
        }
        (None, Some(State::Active)) => {
            "SELECT id FROM jobs WHERE state = 1 ORDER BY coalesce(deadline, -abs(priority)), id"
                .to_owned()
        }
        _ if parts.len() <= MOST_PARTS => merged(&parts),
        (_, state) => format!(
            "SELECT id FROM jobs WHERE {} ORDER BY priority, id",
            state.map_or_else(|| "1".to_owned(), |state| format!("state = {}", code(state)))
        ),
    };
    let sql = db.translate(&format!("{order} LIMIT {limit} OFFSET {offset}"));
    let mut select = db.connection.prepare(&sql)?;
    let ids = select.query_map([], |row| row.get::<_, i64>(0))?;
    ids.map(|id| Ok(id?.to_string())).collect()
}

/// The index holds the jobs of one type and state in order; SQLite merges such runs as it reads
/// them, where it would otherwise sort all jobs for each page.
fn merged(parts: &[(i64, i64, i64)]) -> String {
    let runs: Vec<String> = parts
        .iter()
        .map(|(job_type, state, _)| {
            format!("SELECT id, priority FROM jobs WHERE state = {state} AND type = {job_type}")
        })
        .collect();
    format!("{} ORDER BY 2, 1", runs.join(" UNION ALL "))
}

/// Types and states that have jobs, and how many.
fn occupied(
    db: &Database,
    job_type: Option<i64>,
    state: Option<State>,
) -> Result<Vec<(i64, i64, i64)>> {
    let mut select = db.prepare(
        "SELECT type, state, n FROM counts
         WHERE n > 0 AND (?1 IS NULL OR type = ?1) AND (?2 IS NULL OR state = ?2)",
    )?;
    let found = select.query_map(params![job_type, state.map(code)], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    found.collect()
}

/// Positions as in Redis's ZRANGE, as an offset and a limit.
fn window(from: i64, to: i64, total: i64) -> Option<(i64, i64)> {
    let place = |at: i64| if at < 0 { at.saturating_add(total) } else { at };
    let (from, to) = (place(from).max(0), place(to).min(total - 1));
    (from <= to).then(|| (from, to - from + 1))
}

pub fn count(
    db: &Database,
    types: &mut TypeNames,
    job_type: Option<&str>,
    state: State,
) -> Result<u64> {
    let wanted = match job_type {
        None => None,
        Some(name) => match types.find(db, name)? {
            None => return Ok(0),
            found => found,
        },
    };
    let parts = occupied(db, wanted, Some(state))?;
    Ok(parts.iter().map(|(_, _, count)| u64::try_from(*count).unwrap_or(0)).sum())
}

pub fn stats(db: &Database) -> Result<Stats> {
    let mut stats = Stats::default();
    for (_, state, count) in occupied(db, None, None)? {
        if let Some(sum) = usize::try_from(state).ok().and_then(|at| stats.counts.get_mut(at)) {
            *sum += u64::try_from(count).unwrap_or(0);
        }
    }
    let work_time: Option<i64> = db
        .prepare("SELECT value FROM counters WHERE name = 'work_time'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    stats.work_time_ms = u64::try_from(work_time.unwrap_or(0)).unwrap_or(0);
    Ok(stats)
}

pub fn types(db: &Database) -> Result<Vec<String>> {
    let mut select = db.prepare("SELECT name FROM types ORDER BY id")?;
    select.query_map([], |row| row.get(0))?.collect()
}

pub fn log(db: &Database, id: &str, from: u32) -> Result<Vec<String>> {
    let Some(id) = key(id) else { return Ok(Vec::new()) };
    let mut select =
        db.prepare("SELECT line FROM logs WHERE job = ?1 ORDER BY n LIMIT -1 OFFSET ?2")?;
    select.query_map(params![id, from], |row| row.get(0))?.collect()
}

pub fn setting(db: &Database, name: &str) -> Result<Option<String>> {
    db.prepare("SELECT value FROM settings WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
        .map(Option::flatten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_zrange() {
        assert_eq!(window(0, -1, 5), Some((0, 5)));
        assert_eq!(window(1, 2, 5), Some((1, 2)));
        assert_eq!(window(-2, -1, 5), Some((3, 2)));
        assert_eq!(window(-9, 1, 5), Some((0, 2)));
        assert_eq!(window(3, 99, 5), Some((3, 2)));
        assert_eq!(window(5, 9, 5), None);
        assert_eq!(window(0, -1, 0), None);
        assert_eq!(window(i64::MIN, i64::MAX, 2), Some((0, 2)));
    }
}
