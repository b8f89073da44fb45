//! Repair of a file. Every change is one transaction, so a process that dies leaves nothing by half;
//! what is looked for here is what another program wrote, or a copy that was put together by hand.

use rusqlite::{Result, params};

use super::database::Database;
use super::moves::make_inactive;
use super::step::Step;
use crate::queue::repair::Report;
use crate::queue::state::State;

/// Look over the tables, and mend them.
pub fn repair(step: &mut Step, mend: bool) -> Result<Report> {
    let mut report = Report::default();
    orphans(step, mend, &mut report)?;
    // Before the leases, which count what they move.
    counts(step, mend, &mut report)?;
    leases(step, mend, &mut report)?;
    Ok(report)
}

/// Have SQLite look over the file itself. That takes a while with a large one.
///
/// # Errors
/// That it is damaged.
pub fn check_file(db: &Database) -> Result<()> {
    let verdict: String = db.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(code, Some(verdict)))
}

/// Logs of jobs that are not there.
fn orphans(step: &Step, mend: bool, report: &mut Report) -> Result<()> {
    let db = step.db;
    let mut select =
        db.prepare("SELECT DISTINCT job FROM logs WHERE job NOT IN (SELECT id FROM jobs)")?;
    let jobs = select.query_map([], |row| row.get(0))?;
    for job in jobs.collect::<Result<Vec<i64>>>()? {
        report.note_job("orphan", &job.to_string());
        if mend {
            db.prepare("DELETE FROM logs WHERE job = ?1")?.execute([job])?;
        }
    }
    Ok(())
}

/// Jobs whose holder has no lease: nobody would ever take them back.
fn leases(step: &mut Step, mend: bool, report: &mut Report) -> Result<()> {
    let mut select = step.db.prepare(
        "SELECT id, type FROM jobs
         WHERE state = 1 AND holder IS NOT NULL AND holder NOT IN (SELECT id FROM holders)",
    )?;
    let jobs = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (id, job_type) in jobs.collect::<Result<Vec<(i64, i64)>>>()? {
        report.note_job("lease", &id.to_string());
        if mend {
            make_inactive(step, id, job_type, State::Active)?;
        }
    }
    Ok(())
}

/// The numbers that are kept, against the jobs that there are.
fn counts(step: &mut Step, mend: bool, report: &mut Report) -> Result<()> {
    let db = step.db;
    // State by state, each by its index.
    let mut select = db.prepare(
        "SELECT type, state, sum(there) - sum(counted) FROM (
           SELECT type, 0 AS state, count(*) AS there, 0 AS counted FROM jobs
             WHERE state = 0 GROUP BY type
           UNION ALL SELECT type, 1, count(*), 0 FROM jobs WHERE state = 1 GROUP BY type
           UNION ALL SELECT type, 2, count(*), 0 FROM jobs WHERE state = 2 GROUP BY type
           UNION ALL SELECT type, 3, count(*), 0 FROM jobs WHERE state = 3 GROUP BY type
           UNION ALL SELECT type, 4, count(*), 0 FROM jobs WHERE state = 4 GROUP BY type
           UNION ALL SELECT type, state, 0, n FROM counts)
         GROUP BY type, state",
    )?;
    let numbers = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for (job_type, state, difference) in numbers.collect::<Result<Vec<(i64, i64, i64)>>>()? {
        // What others changed in this transaction is counted at its end.
        let difference = difference - step.uncounted(job_type, state);
        if difference == 0 {
            continue;
        }
        report.note("counts", difference.unsigned_abs());
        if mend {
            db.prepare(
                "INSERT INTO counts VALUES (?1, ?2, ?3)
                 ON CONFLICT (type, state) DO UPDATE SET n = n + excluded.n",
            )?
            .execute(params![job_type, state, difference])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use serde_json::value::RawValue;

    use super::*;
    use crate::queue::job::NewJob;
    use crate::queue::store::sqlite::add::add;
    use crate::queue::store::sqlite::address::Address;
    use crate::queue::store::sqlite::step::Memory;

    fn open() -> Database {
        let address = Address::parse("sqlite::memory:").unwrap();
        Database::open(&address, "q", Duration::from_secs(1)).unwrap()
    }

    fn transact<T>(db: &Database, work: impl FnOnce(&mut Step) -> Result<T>) -> T {
        let mut memory = Memory::default();
        let mut step = Step::new(db, &mut memory, 1000, "me", false).unwrap();
        let value = work(&mut step).unwrap();
        step.finish().unwrap();
        value
    }

    fn with_jobs() -> Database {
        let db = open();
        let jobs = ["a", "b"].map(|job_type| {
            let spec = format!(r#"{{"type":"{job_type}","priority":0}}"#);
            NewJob {
                spec: Arc::new(serde_json::from_str(&spec).unwrap()),
                data: RawValue::from_string("{}".to_owned()).unwrap(),
            }
        });
        transact(&db, |step| add(step, &jobs));
        db
    }

    #[test]
    fn a_whole_file_has_nothing_to_mend() {
        let db = with_jobs();
        assert_eq!(transact(&db, |step| repair(step, true)), Report::default());
        assert!(check_file(&db).is_ok());
    }

    #[test]
    fn damage_is_told_and_mended_once() {
        let db = with_jobs();
        db.connection
            .execute_batch(
                "INSERT INTO logs VALUES (7, 1, 'of nobody');
                 UPDATE jobs SET state = 1, holder = 5, fence = 1 WHERE id = 2;
                 UPDATE counts SET n = n + 3 WHERE type = 1;",
            )
            .unwrap();
        let found = transact(&db, |step| repair(step, false));
        assert_eq!(found.jobs, ["7", "2"]);
        let count = |kind: &str| found.found.get(kind).copied();
        assert_eq!((count("orphan"), count("lease"), count("counts")), (Some(1), Some(1), Some(5)));
        assert_eq!(transact(&db, |step| repair(step, true)).jobs, found.jobs);
        assert_eq!(transact(&db, |step| repair(step, true)), Report::default());
        let waiting: i64 = db
            .connection
            .query_row("SELECT count(*) FROM jobs WHERE state = 0", [], |row| row.get(0))
            .unwrap();
        assert_eq!(waiting, 2);
    }
}
