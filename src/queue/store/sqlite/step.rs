//! What the operations of one transaction share: the time, ids, counts, and what is to be told
//! once it is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use rusqlite::{OptionalExtension, Result, params};

use super::database::Database;
use crate::queue::events::message;
use crate::queue::job::write_string;
use crate::queue::state::State;
use crate::queue::store::Signal;

/// How long an event waits for a listener in another process.
const EVENTS_KEPT_MS: i64 = 10_000;
/// Old events are looked for once in so many rows.
const EVENTS_TRIMMED_EVERY: i64 = 64;

/// The types of a file by name and by number. They are never removed, so they need not be asked
/// for twice.
#[derive(Default)]
pub struct TypeNames {
    ids: HashMap<String, i64>,
    names: HashMap<i64, Arc<str>>,
}

impl TypeNames {
    pub fn find(&mut self, db: &Database, name: &str) -> Result<Option<i64>> {
        if let Some(id) = self.ids.get(name) {
            return Ok(Some(*id));
        }
        let mut select = db.prepare("SELECT id FROM types WHERE name = ?1")?;
        let id = select.query_row([name], |row| row.get(0)).optional()?;
        if let Some(id) = id {
            self.learn(id, name);
        }
        Ok(id)
    }

    pub fn name(&mut self, db: &Database, id: i64) -> Result<Arc<str>> {
        if let Some(name) = self.names.get(&id) {
            return Ok(name.clone());
        }
        let mut select = db.prepare("SELECT name FROM types WHERE id = ?1")?;
        let name: String = select.query_row([id], |row| row.get(0))?;
        self.learn(id, &name);
        Ok(name.into())
    }

    fn learn(&mut self, id: i64, name: &str) {
        self.ids.insert(name.to_owned(), id);
        self.names.insert(id, name.into());
    }
}

/// Claims kept in memory; with more than these, some are read from the file again.
const MOST_CLAIMS: usize = 100_000;

/// When the jobs were started that this process claimed: so that an outcome needs no look at the
/// job before it is written. The file decides; this only says what it will turn out to hold.
#[derive(Default)]
pub struct Claims(HashMap<i64, (i64, i64)>);

impl Claims {
    pub fn remember(&mut self, id: i64, fence: i64, started_at: i64) {
        if self.0.len() >= MOST_CLAIMS {
            self.0.clear();
        }
        self.0.insert(id, (fence, started_at));
    }

    /// When the job was started under this fence, if it is remembered. Asked once.
    pub fn take(&mut self, id: i64, fence: i64) -> Option<i64> {
        self.0.remove(&id).filter(|(of, _)| *of == fence).map(|(_, started_at)| started_at)
    }
}

/// Holders whose lease seems to have run out, with its end and when that was seen first.
///
/// The end of a lease is written by one process and read by another. Where the machine's clock was
/// set in between, or the two have different clocks, it says nothing; that the holder writes
/// a new one from time to time does, however long this process counts by a clock that nobody sets.
#[derive(Default)]
pub struct Expired(HashMap<i64, (i64, Instant)>);

impl Expired {
    /// Of the holders that seem to be gone now, those that were so for `patience` without a change.
    pub fn confirmed(&mut self, seen: &[(i64, i64)], patience: Duration) -> Vec<i64> {
        let known = std::mem::take(&mut self.0);
        for (holder, expires) in seen {
            let since = known.get(holder).filter(|(end, _)| end == expires);
            let since = since.map_or_else(Instant::now, |(_, since)| *since);
            self.0.insert(*holder, (*expires, since));
        }
        let mut gone: Vec<i64> = self
            .0
            .iter()
            .filter(|(_, (_, since))| since.elapsed() >= patience)
            .map(|(holder, _)| *holder)
            .collect();
        gone.sort_unstable();
        gone
    }
}

/// What a writing thread keeps in memory from one transaction to the next.
#[derive(Default)]
pub struct Memory {
    pub types: TypeNames,
    pub claims: Claims,
    pub expired: Expired,
    /// This process among the workers of the file.
    worker: Option<i64>,
}

impl Memory {
    /// A transaction was rolled back: a type that was made in it is not there, and a job that was
    /// claimed in it is not held.
    pub fn forget(&mut self) {
        self.types = TypeNames::default();
        self.claims = Claims::default();
        self.worker = None;
    }
}

/// A process that wants to be told.
#[derive(Debug, Clone)]
pub struct Peer {
    pub name: String,
    pub bell: Option<String>,
    pub works: bool,
    pub listens: bool,
}

/// What is to be told after the commit.
#[derive(Default)]
pub struct News {
    /// Events for this process, in order.
    pub events: Vec<Signal>,
    /// Types of which jobs may wait now.
    pub waiting: BTreeSet<Arc<str>>,
    /// Whether events were written for others.
    pub events_outside: bool,
    pub peers: Vec<Peer>,
}

/// One transaction.
pub struct Step<'a> {
    pub db: &'a Database,
    pub types: &'a mut TypeNames,
    pub claims: &'a mut Claims,
    pub expired: &'a mut Expired,
    worker: &'a mut Option<i64>,
    /// By the machine's clock, in ms since 1970: the same for everything in the transaction.
    pub now: i64,
    /// This store's name among the peers, and whether its own process wants events.
    me: &'a str,
    listens: bool,
    others_listen: bool,
    news: News,
    /// The events of this transaction for others, a line each.
    lines: String,
    counts: BTreeMap<(i64, i64), i64>,
    last_id: Option<i64>,
    work_time: i64,
}

impl<'a> Step<'a> {
    pub fn new(
        db: &'a Database,
        memory: &'a mut Memory,
        now: i64,
        me: &'a str,
        listens: bool,
    ) -> Result<Self> {
        let mut step = Step {
            db,
            types: &mut memory.types,
            claims: &mut memory.claims,
            expired: &mut memory.expired,
            worker: &mut memory.worker,
            now,
            me,
            listens,
            others_listen: false,
            news: News::default(),
            lines: String::new(),
            counts: BTreeMap::new(),
            last_id: None,
            work_time: 0,
        };
        step.read_peers()?;
        Ok(step)
    }

    /// Whether this process knows by itself what happens in the transaction.
    pub fn quiet(&mut self, quiet: bool) {
        self.listens &= !quiet;
    }

    /// Look who listens; again after a change of one's own.
    pub fn read_peers(&mut self) -> Result<()> {
        let db = self.db;
        let mut select =
            db.prepare("SELECT name, bell, works, listens FROM peers WHERE name <> ?1")?;
        let peers = select.query_map([self.me], |row| {
            Ok(Peer {
                name: row.get(0)?,
                bell: row.get(1)?,
                works: row.get(2)?,
                listens: row.get(3)?,
            })
        })?;
        self.news.peers = peers.collect::<Result<_>>()?;
        self.others_listen = self.news.peers.iter().any(|peer| peer.listens);
        Ok(())
    }

    /// The number of a type, made if it is new.
    pub fn type_id(&mut self, name: &str) -> Result<i64> {
        if let Some(id) = self.types.find(self.db, name)? {
            return Ok(id);
        }
        self.db.prepare("INSERT INTO types (name) VALUES (?1)")?.execute([name])?;
        let id = self.db.connection.last_insert_rowid();
        self.types.learn(id, name);
        Ok(id)
    }

    /// The number of a process by Kue's name for it, made if it is new.
    pub fn worker_id(&mut self, name: &str) -> Result<i64> {
        if let Some(id) = *self.worker {
            return Ok(id);
        }
        let db = self.db;
        db.prepare("INSERT OR IGNORE INTO workers (name) VALUES (?1)")?.execute([name])?;
        let mut select = db.prepare("SELECT id FROM workers WHERE name = ?1")?;
        let id = select.query_row([name], |row| row.get(0))?;
        *self.worker = Some(id);
        Ok(id)
    }

    /// The next job's id, and so many in all: more than any before, also than those of removed
    /// jobs.
    pub fn next_ids(&mut self, count: usize) -> Result<i64> {
        let last = match self.last_id {
            Some(last) => last,
            None => {
                let mut select =
                    self.db.prepare("SELECT value FROM counters WHERE name = 'ids'")?;
                select.query_row([], |row| row.get(0)).optional()?.unwrap_or(0)
            }
        };
        self.last_id = Some(last.saturating_add(i64::try_from(count).unwrap_or(i64::MAX)));
        Ok(last + 1)
    }

    /// Whether jobs were added.
    pub fn adds(&self) -> bool {
        self.last_id.is_some()
    }

    /// Later jobs get ids above this one.
    pub fn skip_ids(&mut self, id: i64) -> Result<()> {
        let next = self.next_ids(0)?;
        self.last_id = Some(id.max(next - 1));
        Ok(())
    }

    /// A job of this type came into a state, left one, or both.
    pub fn count(&mut self, job_type: i64, from: Option<i64>, to: Option<i64>) {
        self.count_many(job_type, from, to, 1);
    }

    /// The same of several jobs.
    pub fn count_many(&mut self, job_type: i64, from: Option<i64>, to: Option<i64>, jobs: usize) {
        let jobs = i64::try_from(jobs).unwrap_or(i64::MAX);
        if let Some(from) = from {
            *self.counts.entry((job_type, from)).or_default() -= jobs;
        }
        if let Some(to) = to {
            *self.counts.entry((job_type, to)).or_default() += jobs;
        }
    }

    /// What [`Step::count`] was told so far, and the file does not know yet.
    pub fn uncounted(&self, job_type: i64, state: i64) -> i64 {
        self.counts.get(&(job_type, state)).copied().unwrap_or(0)
    }

    pub fn worked(&mut self, ms: i64) {
        self.work_time = self.work_time.saturating_add(ms);
    }

    /// Jobs of this type may wait now.
    pub fn waits(&mut self, job_type: i64) -> Result<()> {
        let name = self.types.name(self.db, job_type)?;
        self.news.waiting.insert(name);
        Ok(())
    }

    /// Whether anybody wants events at all; where nobody does, they need not be composed.
    pub fn heard(&self) -> bool {
        self.listens || self.others_listen
    }

    /// Tell of an event; `args` are JSON texts that follow its name.
    pub fn tell(&mut self, id: i64, event: &str, args: &[&str]) {
        if self.heard() {
            self.tell_text(message(&id.to_string(), event, args));
        }
    }

    /// As [`Step::tell`], with the job's type as the argument.
    pub fn tell_type(&mut self, id: i64, event: &str, job_type: i64) -> Result<()> {
        if self.heard() {
            let name = self.types.name(self.db, job_type)?;
            let json = json_text(&name);
            match event {
                "start" => self.tell(id, event, &[&json, "null"]),
                _ => self.tell(id, event, &[&json]),
            }
        }
        Ok(())
    }

    pub fn tell_text(&mut self, message: String) {
        self.tell_others(&message);
        if self.listens {
            self.news.events.push(Signal::Event(message));
        }
    }

    fn tell_others(&mut self, message: &str) {
        if self.others_listen {
            // JSON has no line breaks of its own.
            self.lines.push_str(message);
            self.lines.push('\n');
        }
    }

    /// Jobs were added, from this id on, and wait.
    pub fn tell_enqueued(&mut self, first: i64, jobs: usize, job_type: i64) -> Result<()> {
        if !self.heard() {
            return Ok(());
        }
        let job_type = self.types.name(self.db, job_type)?;
        if self.others_listen {
            let json = json_text(&job_type);
            for id in (first..).take(jobs) {
                self.tell_others(&message(&id.to_string(), "enqueue", &[&json]));
            }
        }
        if self.listens {
            let first = u64::try_from(first).unwrap_or(0);
            let last = first + (jobs as u64).saturating_sub(1);
            let job_type = job_type.to_string();
            self.news.events.push(Signal::Enqueued { first, last, job_type });
        }
        Ok(())
    }

    /// Write what was gathered, as the last thing before the commit.
    pub fn finish(mut self) -> Result<News> {
        let db = self.db;
        if let Some(last) = self.last_id {
            db.prepare("INSERT OR REPLACE INTO counters VALUES ('ids', ?1)")?.execute([last])?;
        }
        if self.work_time > 0 {
            db.prepare(
                "INSERT INTO counters VALUES ('work_time', ?1)
                 ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            )?
            .execute([self.work_time])?;
        }
        for ((job_type, state), change) in self.counts {
            if change != 0 {
                db.prepare(
                    "INSERT INTO counts VALUES (?1, ?2, ?3)
                     ON CONFLICT (type, state) DO UPDATE SET n = n + excluded.n",
                )?
                .execute([job_type, state, change])?;
            }
        }
        if !self.lines.is_empty() {
            self.lines.pop();
            db.prepare("INSERT INTO events (at, author, messages) VALUES (?1, ?2, ?3)")?
                .execute(params![self.now, self.me, self.lines])?;
            if db.connection.last_insert_rowid() % EVENTS_TRIMMED_EVERY == 0 {
                db.prepare("DELETE FROM events WHERE at < ?1")?
                    .execute([self.now - EVENTS_KEPT_MS])?;
            }
            self.news.events_outside = true;
        }
        Ok(self.news)
    }
}

/// A state's number in the file.
pub fn code(state: State) -> i64 {
    match state {
        State::Inactive => 0,
        State::Active => 1,
        State::Complete => 2,
        State::Failed => 3,
        State::Delayed => 4,
    }
}

/// The state's name for a number in the file.
pub fn state_name(code: i64) -> &'static str {
    usize::try_from(code)
        .ok()
        .and_then(|code| State::ALL.get(code))
        .map_or("", |state| state.name())
}

pub fn json_text(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    write_string(text, &mut json);
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    #[test]
    fn a_lease_that_is_renewed_meanwhile_is_not_over() {
        let mut expired = Expired::default();
        assert!(expired.confirmed(&[(1, 100), (2, 100)], PATIENCE).is_empty());
        std::thread::sleep(PATIENCE);
        assert_eq!(expired.confirmed(&[(1, 100), (2, 130)], PATIENCE), [1]);
    }

    #[test]
    fn a_lease_that_was_not_over_in_between_counts_anew() {
        let mut expired = Expired::default();
        expired.confirmed(&[(1, 100)], PATIENCE);
        std::thread::sleep(PATIENCE);
        expired.confirmed(&[], PATIENCE);
        assert!(expired.confirmed(&[(1, 100)], PATIENCE).is_empty());
    }
}
