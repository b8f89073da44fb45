//! The contract between the queue and a store.
//!
//! A store keeps jobs and moves them between their states. It promises:
//!
//! - Every call is one atomic step: it takes effect whole or not at all, and calls of several
//!   processes appear one after the other.
//! - Time is the store's own: delays, ttls and leases never depend on a caller's clock.
//! - A transition compares before it sets: a job moves only from the state, and out of the hold,
//!   that the caller believes it to be in.
//! - A call that fails with `ERR_STORE_UNAVAILABLE` may be repeated. Repeating what had taken
//!   effect changes nothing.
//! - Within a type, jobs are claimed by priority (smaller first), then by id.
//!
//! The engine knows stores through this trait only; one suite tests all of them.

mod batch;
pub mod redis;
pub mod sqlite;
pub mod transfer;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

pub use self::batch::{
    AfterFailure, Batch, Claimant, Claimed, ClaimedJobs, Failure, Fence, Outcome, Served, Serving,
    Settled, Settlement, Verdict,
};
use super::job::{Added, JobRecord, NewJob};
use super::repair::{Order, Report};
use super::search::Words;
use super::state::State;
use crate::error::{Error, Result};

/// What a store tells the engine unasked.
#[derive(Debug)]
pub enum Signal {
    /// There may be jobs of this type. `tokens` wake-up tokens were used up for the message.
    Wake { job_type: String, tokens: u32 },
    /// A claim that stood by is over.
    Served(Served),
    /// An event, as Kue's JSON.
    Event(String),
    /// Jobs of this type were added, from one id to the other, and wait: instead of an `enqueue`
    /// event for each, where a store knows so much.
    Enqueued { first: u64, last: u64, job_type: String },
    /// Events flow (again); those sent before may have been missed.
    Listening,
    /// Events do not flow for now; `refused`: the store does not want them to.
    Deaf { refused: bool },
    /// Whether what is published here gets lost.
    Mute(bool),
    /// The store began a new life (a restart, a failover): it may not know what it was told last.
    Reborn,
    /// Something failed in the background; it is being tried again.
    Trouble(Error),
    /// The store works, but is set up in a way that endangers jobs.
    Warning { code: &'static str, message: String },
}

/// Where signals go.
pub type Signals = UnboundedSender<Signal>;

/// Told that jobs come to a worker that waits, as soon as that is likely: the signal follows when they
/// are read.
pub type JobsCome = Arc<dyn Fn() + Send + Sync>;

/// Something to write beside a job's way through the states.
#[derive(Debug, Clone)]
pub enum Note {
    /// Percent, and data as JSON.
    Progress {
        percent: i64,
        data: Option<String>,
    },
    Log(String),
    Field(String, String),
    /// The ttl of an active job starts anew.
    Ttl,
    /// A failure's text and the line to log, without a change of state.
    Error {
        error: String,
        summary: String,
    },
}

impl Note {
    /// The length of its text.
    pub fn bytes(&self) -> usize {
        match self {
            Note::Progress { data, .. } => data.as_ref().map_or(0, String::len),
            Note::Log(line) => line.len(),
            Note::Field(name, value) => name.len() + value.len(),
            Note::Ttl => 0,
            Note::Error { error, summary } => error.len() + summary.len(),
        }
    }
}

/// Who holds jobs here, and for how long without a sign of life.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Unlike any other in the fleet.
    pub name: String,
    /// Stored with a job, up to the slot's number (Kue's `workerId`).
    pub worker_id: String,
    pub lease_ms: u64,
    pub max_lost: u32,
}

/// A job of one's own that is held without being known.
#[derive(Debug, Clone)]
pub struct Held {
    pub id: String,
    pub fence: Fence,
    pub job_type: String,
    /// Attempts made before.
    pub attempts: u64,
}

/// What changes of a job that exists, its state excepted.
#[derive(Debug, Clone)]
pub struct Changes {
    pub priority: f64,
    pub delay_ms: Option<u64>,
    /// Further fields, as stored.
    pub fields: Vec<(String, String)>,
    /// What search is to find it by from now on; `None` leaves the index as it is.
    pub words: Option<Words>,
}

/// Which jobs to list, in order of their score.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    pub job_type: Option<String>,
    pub state: Option<State>,
    /// Positions; negative ones count from the end, as in Redis's ZRANGE.
    pub from: i64,
    pub to: i64,
}

/// Numbers of jobs, and the time spent on completed ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// In the order of [`State::ALL`].
    pub counts: [u64; 5],
    pub work_time_ms: u64,
}

/// When delayed jobs are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promoted {
    pub count: u64,
    /// Milliseconds until the next one is due, if there is one.
    pub next_in_ms: Option<u64>,
}

/// A job from another store, with the lines of its log and its words in the index.
#[derive(Debug, Clone)]
pub struct Imported {
    pub job: JobRecord,
    pub log: Vec<String>,
    pub words: Option<Words>,
}

/// A way to add jobs one by one from the thread that wants it: it gives them here, and reads the
/// answers from the socket itself.
pub trait DirectLine: Send + Sync {
    /// A descriptor of the socket, for the reader, who owns it from then on.
    fn descriptor(&self) -> Option<i32>;

    /// Send a job; `number` is told to [`Store::add`] where no answer comes. `false` where the line
    /// is broken; nothing may follow then.
    fn add(&self, number: u32, job: &NewJob) -> bool;

    /// The answer to this number has come, and nobody will ask for it: one more answer, a number,
    /// comes for that.
    fn spend(&self, number: u32) -> bool;

    /// End the line.
    fn end(&self);
}

/// A way to add a few jobs on the thread that wants it, in the time that it takes to call another.
pub trait InPlace: Send + Sync {
    /// As [`Store::add`]; `None` where that would mean to wait, or did not succeed: then nothing was
    /// added, and the other way remains. `quietly` where this process need not be told by an event.
    fn add(&self, jobs: &[NewJob], quietly: bool) -> Option<Vec<Added>>;
}

/// A store of jobs. See the module for what it promises.
#[async_trait(?Send)]
pub trait Store {
    /// Add jobs, all or none. Their ids follow each other, and all are of one time. Their events may
    /// be heard before the answer. After `deadline` the answer is `ERR_STORE_UNAVAILABLE`. `sent`
    /// is the number under which the same was given to a [`DirectLine`] that told no answer.
    async fn add(
        &self,
        jobs: &[NewJob],
        sent: Option<u32>,
        deadline: Instant,
    ) -> Result<Vec<Added>>;

    /// Open a line for adding single jobs; `None` where there is no better way than
    /// [`add`](Store::add).
    async fn direct(&self) -> Result<Option<Arc<dyn DirectLine>>> {
        Ok(None)
    }

    /// The way to add jobs in place, where there is one.
    fn in_place(&self) -> Option<Arc<dyn InPlace>> {
        None
    }

    /// Nobody will ask for these numbers, as in [`DirectLine::spend`]: the line broke before that.
    fn spent(&self, _numbers: &[u32]) {}

    /// Record outcomes, then claim jobs. Waits as long as it takes: an outcome is not given up.
    async fn settle(&self, batch: &Batch) -> Result<Settled>;

    /// Write notes on jobs that exist, in order; on others, nothing.
    async fn annotate(&self, notes: &[(String, Note)]) -> Result<()>;

    /// Make delayed jobs that are due inactive, `limit` at the most.
    async fn promote(&self, limit: u32) -> Result<Promoted>;

    /// Active jobs whose ttl is over and that nobody with a lease holds, `limit` at the most.
    async fn overdue(&self, limit: u32) -> Result<Vec<JobRecord>>;

    /// Say that an overdue job is being looked for, so that an old worker may give it up itself.
    async fn announce(&self, message: &str) -> Result<()>;

    /// Renew the lease on everything held here, and give the jobs of holders whose lease ran out
    /// to others. Answers whether a lease was there, and how many jobs went back.
    async fn renew(&self) -> Result<(bool, u64)>;

    /// What is held under this holder's name.
    async fn held(&self) -> Result<Vec<Held>>;

    /// Jobs by id, `None` for one that does not exist.
    async fn get(&self, ids: &[String]) -> Result<Vec<Option<JobRecord>>>;

    /// Ids in order of their score.
    async fn list(&self, selection: &Selection) -> Result<Vec<String>>;

    async fn count(&self, job_type: Option<&str>, state: State) -> Result<u64>;

    /// Those of these jobs that are not there. None, where jobs go by nothing but what this trait has.
    async fn missing(&self, _ids: &[u64]) -> Result<Vec<u64>> {
        Ok(Vec::new())
    }

    async fn stats(&self) -> Result<Stats>;

    async fn types(&self) -> Result<Vec<String>>;

    /// The lines of a log from one of them on, counted from 0.
    async fn log(&self, id: &str, from: u32) -> Result<Vec<String>>;

    async fn field(&self, id: &str, name: &str) -> Result<Option<String>>;

    /// A setting of the queue, as Kue keeps them.
    async fn setting(&self, name: &str) -> Result<Option<String>>;

    /// The ids of the jobs that have every one of these words: first those that have them most
    /// often, among equals the newest. Without words, none. A job is in the index from its `add`
    /// or `update` on, where these said so, until it is removed, by whomever.
    async fn search(&self, words: &Words) -> Result<Vec<String>>;

    /// The words by which search finds each of these jobs.
    async fn words(&self, ids: &[String]) -> Result<Vec<Option<Words>>>;

    /// `false` where there is no such job.
    async fn update(&self, id: &str, changes: &Changes) -> Result<bool>;

    /// Put a job into a state by hand; `false` where there is no such job.
    async fn set_state(&self, id: &str, state: State) -> Result<bool>;

    /// `false` where there is no such job.
    async fn remove(&self, id: &str) -> Result<bool>;

    /// Write jobs of another store as they are, under their ids, where no job has them; later jobs
    /// get higher ones. None of them is active. `work_time_ms` is added to the sum.
    async fn import(&self, jobs: &[Imported], work_time_ms: u64) -> Result<()>;

    /// Look for what processes left behind that died in the midst of several steps, and mend it. A
    /// healthy job, and one that a worker without a lease holds, stay as they are.
    async fn repair(&self, order: &Order) -> Result<Report>;

    /// From now on, [`Signal::Wake`] tells of jobs of these types, and of no other.
    ///
    /// `stand_by` is a claim of the only type among them, for a store that
    /// [`serves`](Store::serves): it is made as soon as there may be a job, or where the types
    /// change. [`Signal::Served`] tells of its end, once, in the place of a wake-up; with it the
    /// type is not watched any more, unless the claim never left.
    fn watch(&self, job_types: Vec<String>, stand_by: Option<Batch>);

    /// Whether this store can claim by itself: worth it where a claim is a journey.
    fn serves(&self) -> bool {
        false
    }

    /// Watch no more, for good: what had begun has ended, or is given up soon.
    async fn stop_watching(&self) {}

    /// From now on, [`Signal::Event`] tells what happens to jobs. Cannot be taken back.
    fn listen(&self);

    /// Connect ahead of the first call.
    fn connect(&self);

    /// End connections and everything that runs in the background.
    fn close(&self);
}
