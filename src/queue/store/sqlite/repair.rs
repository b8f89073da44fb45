//! Repair of a file. Every change is one transaction, so a process that dies leaves nothing by half;
//! what is looked for here is what another program wrote, or a copy that was put together by hand.

use rusqlite::{Result, params};

use super::moves::make_inactive;
use super::step::Step;
use crate::queue::repair::Report;
use crate::queue::state::State;

/// Look over the whole file, and mend it.
///
/// # Errors
/// Those of SQLite, also where it finds the file itself damaged.
pub fn repair(step: &mut Step, mend: bool) -> Result<Report> {
    let mut report = Report::default();
    check_file(step)?;
    orphans(step, mend, &mut report)?;
    leases(step, mend, &mut report)?;
    counts(step, mend, &mut report)?;
    Ok(report)
}

fn check_file(step: &Step) -> Result<()> {
    let verdict: String =
        step.db.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
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
    let mut select = db.prepare(
        "SELECT type, state, sum(jobs_there) - sum(jobs_counted) AS difference FROM (
           SELECT type, state, count(*) AS jobs_there, 0 AS jobs_counted FROM jobs
           GROUP BY type, state
           UNION ALL SELECT type, state, 0, n FROM counts)
         GROUP BY type, state HAVING difference <> 0",
    )?;
    let wrong = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for (job_type, state, difference) in wrong.collect::<Result<Vec<(i64, i64, i64)>>>()? {
        // What this transaction changed is counted at its end.
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
