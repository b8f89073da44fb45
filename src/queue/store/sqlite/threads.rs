//! The threads that talk to SQLite: one writes, one reads.
//!
//! The writer takes everything that waits for it into one transaction: whoever comes while it
//! commits is in the next group, so groups grow with the load and nobody waits for one to fill.
//! Reads have a connection of their own, which in WAL mode never waits for the writer.
//!
//! What is small need not wait for either to wake up, see `desk.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::oneshot;

use super::database::Database;
use super::desk::Desk;
use super::news::Teller;
use super::serving::Serving;
use super::step::{Step, TypeNames};
use crate::error::{Error, Result};

/// Tasks in one transaction: what waits beyond that has its turn right after.
const MOST_TASKS: usize = 256;

/// A call about more than this takes long enough to be better done beside what else there is to do.
const FEW_JOBS: usize = 16;
const FEW_BYTES: usize = 16 << 10;

/// Something to do in a transaction. It may be run again, after a transaction that failed.
pub trait Task: Send {
    /// Answer without writing, where there turns out to be nothing to write.
    fn peek(&mut self, db: &Database, types: &mut TypeNames) -> rusqlite::Result<bool>;
    fn run(&mut self, step: &mut Step) -> rusqlite::Result<()>;
    /// Give the answer, once the transaction is over.
    fn settle(self: Box<Self>, outcome: Result<()>);
}

/// A task for the writing thread.
pub struct Handed {
    pub task: Box<dyn Task>,
    /// Until when it may wait for those who have the file.
    pub until: Instant,
}

impl Handed {
    pub fn new(task: Box<dyn Task>, patience: Duration) -> Self {
        Handed { task, until: Instant::now() + patience }
    }
}

type Peek<T> = Box<dyn Fn(&Database, &mut TypeNames) -> rusqlite::Result<Option<T>> + Send>;

/// A task made of closures.
pub struct Work<T, F> {
    work: F,
    peek: Option<Peek<T>>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send + 'static, F: FnMut(&mut Step) -> rusqlite::Result<T> + Send + 'static> Work<T, F> {
    /// The task, and where its answer comes.
    pub fn task(peek: Option<Peek<T>>, work: F) -> (Box<dyn Task>, oneshot::Receiver<Result<T>>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Work { work, peek, value: None, reply }), answer)
    }
}

impl<T: Send, F: FnMut(&mut Step) -> rusqlite::Result<T> + Send> Task for Work<T, F> {
    fn peek(&mut self, db: &Database, types: &mut TypeNames) -> rusqlite::Result<bool> {
        // What an earlier run found was rolled back with its transaction.
        self.value = match &self.peek {
            Some(peek) => peek(db, types)?,
            None => None,
        };
        Ok(self.value.is_some())
    }

    fn run(&mut self, step: &mut Step) -> rusqlite::Result<()> {
        self.value = Some((self.work)(step)?);
        Ok(())
    }

    fn settle(self: Box<Self>, outcome: Result<()>) {
        let Work { value, reply, .. } = *self;
        let answer = outcome.and_then(|()| value.ok_or_else(broken));
        // Who asked may be gone.
        let _ = reply.send(answer);
    }
}

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// No more than it takes to wake a thread up.
    Small,
    Any,
}

impl Size {
    /// Of a call about so many jobs, with so many bytes of data.
    pub fn of(jobs: usize, bytes: usize) -> Self {
        if jobs <= FEW_JOBS && bytes <= FEW_BYTES { Size::Small } else { Size::Any }
    }
}

/// The way to the writer.
#[derive(Clone)]
pub struct Writer {
    // Dropped first, so that it is the thread's hold with which the connection is closed.
    desk: Arc<Desk<Serving>>,
    tasks: Sender<Handed>,
    full_sync: bool,
    patience: Duration,
}

impl Writer {
    /// Have a task done, by this thread where that can be at once; the answer comes through the
    /// channel.
    pub fn write<T: Send + 'static>(
        &self,
        size: Size,
        peek: Option<Peek<T>>,
        work: impl FnMut(&mut Step) -> rusqlite::Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T>> {
        let (task, answer) = Work::task(peek, work);
        let left = match size {
            Size::Small => self.desk.serve(task),
            Size::Any => Some(task),
        };
        if let Some(task) = left {
            let handed = Handed::new(task, self.patience);
            // Where the thread is gone, so is the reply's sender, which the asker notices.
            self.desk.hand_over(|| self.tasks.send(handed).is_ok());
        }
        answer
    }

    /// What it works with, without keeping it alive; `None` where nobody else does anything there.
    pub fn desk(&self) -> Option<Weak<Desk<Serving>>> {
        (!self.full_sync).then(|| Arc::downgrade(&self.desk))
    }
}

impl Desk<Serving> {
    /// Do a task on this thread; it is given back where that would mean to wait.
    pub fn serve(&self, task: Box<dyn Task>) -> Option<Box<dyn Task>> {
        match self.vacant() {
            Some(mut serving) => serving.serve_at_once(task),
            None => Some(task),
        }
    }
}

/// A question to the reading thread.
pub type Question = Box<dyn FnOnce(&Database, &mut TypeNames) + Send>;

/// What the reading thread works with.
struct Reading {
    db: Database,
    types: TypeNames,
}

/// The way to the reader.
#[derive(Clone)]
pub struct Reader {
    // Dropped first, as in [`Writer`].
    desk: Arc<Desk<Reading>>,
    questions: Sender<Question>,
}

impl Reader {
    /// Answer a question on this thread; `None` where the reader is at work.
    pub fn at_once<T>(
        &self,
        question: impl FnOnce(&Database, &mut TypeNames) -> T,
    ) -> Option<Result<T>> {
        let mut reading = self.desk.vacant()?;
        let Reading { db, types } = &mut *reading;
        Some(catch_unwind(AssertUnwindSafe(|| question(db, types))).map_err(|_| broken()))
    }

    /// Hand over a question; `false` where the reader is gone.
    pub fn ask(&self, question: Question) -> bool {
        self.desk.hand_over(|| self.questions.send(question).is_ok())
    }
}

/// What a thread needs to know of its store.
#[derive(Clone)]
pub struct Place {
    /// The store as the user named it.
    pub name: Arc<str>,
    /// `None` in memory.
    pub file: Option<PathBuf>,
    /// How long another process may keep the file from us.
    pub patience: Duration,
    /// Whether a commit waits for the disk.
    pub full_sync: bool,
}

/// Start the writing thread.
///
/// # Errors
/// `ERR_INTERNAL` where the system gives no thread.
pub fn start_writer(db: Database, place: Place, teller: Teller) -> Result<Writer> {
    let (tasks, waiting) = channel::<Handed>();
    let Place { full_sync, patience, .. } = place;
    let desk = Arc::new(Desk::new(Serving::new(db, place, teller)));
    let shared = desk.clone();
    spawn("rekue-write", move || {
        while let Some(group) = gather(&waiting) {
            shared.take(group.len()).serve(group);
        }
    })?;
    Ok(Writer { desk, tasks, full_sync, patience })
}

/// Start the reading thread.
///
/// # Errors
/// `ERR_INTERNAL` where the system gives no thread.
pub fn start_reader(db: Database) -> Result<Reader> {
    let (questions, waiting) = channel::<Question>();
    let desk = Arc::new(Desk::new(Reading { db, types: TypeNames::default() }));
    let shared = desk.clone();
    spawn("rekue-read", move || {
        for question in waiting {
            let mut reading = shared.take(1);
            let Reading { db, types } = &mut *reading;
            // A defect costs its question the answer, not the others theirs.
            let _ = catch_unwind(AssertUnwindSafe(|| question(db, types)));
        }
    })?;
    Ok(Reader { desk, questions })
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
        .map_err(|error| Error::Internal(format!("no thread for the store: {}", error.kind())))
}

fn gather(waiting: &Receiver<Handed>) -> Option<Vec<Handed>> {
    let mut group = vec![waiting.recv().ok()?];
    while group.len() < MOST_TASKS
        && let Ok(task) = waiting.try_recv()
    {
        group.push(task);
    }
    Some(group)
}

pub fn broken() -> Error {
    Error::Internal("a defect in rekue stopped this call".to_owned())
}

/// The store's clock: the machine's, which all processes of a file share.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
