//! Jobs that change alike and whose rows are neighbours: one statement for all of them.
//!
//! To begin and to end a statement is most of what a change of one row costs, and jobs are mostly
//! claimed and completed in the order in which they were added.
//!
//! Those statements say OR ROLLBACK, which is what happens to a transaction that fails anyhow: else
//! SQLite keeps a copy of each page that they change, to be able to undo one of them alone.

use rusqlite::{Result, Statement, params};

use super::database::Database;
use super::step::Step;

/// So few are changed one by one: a range is looked at before it is changed.
const LEAST_TOGETHER: usize = 3;

/// A job that was claimed by this process, completed, and stays: the way of nearly all jobs.
pub struct Completed<'a> {
    /// Its place among the settlements.
    pub at: usize,
    pub id: i64,
    pub fence: i64,
    pub attempts: i64,
    pub started_at: i64,
    /// JSON.
    pub result: Option<&'a str>,
    /// Whether the file turned out to hold the claim, and has the outcome.
    pub recorded: bool,
}

impl Completed<'_> {
    fn precedes(&self, next: &Self) -> bool {
        let alike = |job: &Self| (job.fence, job.attempts, job.started_at);
        next.id == self.id + 1
            && alike(self) == alike(next)
            && self.result.is_none()
            && next.result.is_none()
    }
}

/// Record completions, where the claim `(me, fence)` still holds.
pub fn complete(step: &mut Step, me: i64, jobs: &mut [Completed]) -> Result<()> {
    jobs.sort_by_key(|job| (job.fence, job.id));
    let db = step.db;
    let mut one = db.prepare(
        "UPDATE jobs SET state = 2, duration = ?2, result = coalesce(?3, result), progress = 100,
           attempts = ?4, updated_at = ?5, holder = NULL, fence = NULL, deadline = NULL, lost = NULL
         WHERE id = ?1 AND state = 1 AND holder = ?6 AND fence = ?7",
    )?;
    // The plus keeps the planner from the index of states: there are fewer rows in the range.
    let mut held = db.prepare(
        "SELECT count(*) FROM jobs
         WHERE id BETWEEN ?1 AND ?2 AND +state = 1 AND holder = ?3 AND fence = ?4",
    )?;
    let mut range = db.prepare(
        "UPDATE OR ROLLBACK jobs SET state = 2, duration = ?3, progress = 100, attempts = ?4, updated_at = ?5,
           holder = NULL, fence = NULL, deadline = NULL, lost = NULL
         WHERE id BETWEEN ?1 AND ?2",
    )?;
    for run in jobs.chunk_by_mut(Completed::precedes) {
        let ([first, ..], [.., last]) = (&*run, &*run) else { continue };
        let duration = (step.now - first.started_at).max(0);
        if run.len() >= LEAST_TOGETHER {
            let sound = held.query_row(params![first.id, last.id, me, first.fence], |row| {
                Ok(usize::try_from(row.get::<_, i64>(0)?).is_ok_and(|count| count == run.len()))
            })?;
            if sound {
                range.execute(params![first.id, last.id, duration, first.attempts, step.now])?;
                run.iter_mut().for_each(|job| job.recorded = true);
                continue;
            }
        }
        for job in run {
            job.recorded = complete_one(&mut one, job, duration, step.now, me)?;
        }
    }
    jobs.sort_by_key(|job| job.at);
    Ok(())
}

fn complete_one(
    statement: &mut Statement,
    job: &Completed,
    duration: i64,
    now: i64,
    me: i64,
) -> Result<bool> {
    let Completed { id, fence, attempts, result, .. } = job;
    Ok(statement.execute(params![id, duration, result, attempts, now, me, fence])? > 0)
}

/// A waiting job that is being claimed.
pub struct Waiting {
    pub id: i64,
    pub slot: u32,
    /// When its ttl is over.
    pub deadline: Option<i64>,
}

/// What the jobs of one claim share.
pub struct Claim {
    pub now: i64,
    /// Who claims them: the process by Kue's name, and the holder of the lease.
    pub worker: i64,
    pub holder: i64,
    pub fence: i64,
}

/// Make waiting jobs active.
pub fn claim(db: &Database, claim: &Claim, jobs: &[Waiting]) -> Result<()> {
    let Claim { now, worker, holder, fence } = claim;
    let mut one = db.prepare(
        "UPDATE jobs SET state = 1, started_at = ?2, updated_at = ?2, worker = ?3, slot = ?4,
           deadline = ?5, holder = ?6, fence = ?7, room = NULL
         WHERE id = ?1",
    )?;
    let mut range = db.prepare(
        "UPDATE OR ROLLBACK jobs SET state = 1, started_at = ?2, updated_at = ?2, worker = ?3,
           slot = ?4 + id - ?1, deadline = ?5, holder = ?6, fence = ?7, room = NULL
         WHERE id BETWEEN ?1 AND ?8",
    )?;
    let neighbours = |job: &Waiting, next: &Waiting| {
        next.id == job.id + 1 && next.slot == job.slot + 1 && next.deadline == job.deadline
    };
    for run in jobs.chunk_by(neighbours) {
        if run.len() >= LEAST_TOGETHER
            && let ([Waiting { id, slot, deadline }, ..], [.., last]) = (run, run)
        {
            range.execute(params![id, now, worker, slot, deadline, holder, fence, last.id])?;
            continue;
        }
        for Waiting { id, slot, deadline } in run {
            one.execute(params![id, now, worker, slot, deadline, holder, fence])?;
        }
    }
    Ok(())
}
