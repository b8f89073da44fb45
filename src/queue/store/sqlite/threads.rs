//! The threads that talk to SQLite: one writes, one reads.
//!
//! The writer takes everything that waits for it into one transaction: whoever comes while it
//! commits is in the next group, so groups grow with the load and nobody waits for one to fill.
//! Reads have a connection of their own, which in WAL mode never waits for the writer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::oneshot;

use super::database::Database;
use super::news::Teller;
use super::serving::Serving;
use super::step::{Step, TypeNames};
use crate::error::{Error, Result};

/// Tasks in one transaction: what waits beyond that has its turn right after.
const MOST_TASKS: usize = 256;

/// Something to do in a transaction. It may be run again, after a transaction that failed.
pub trait Task: Send {
    /// Answer without writing, where there turns out to be nothing to write.
    fn peek(&mut self, db: &Database, types: &mut TypeNames) -> rusqlite::Result<bool>;
    fn run(&mut self, step: &mut Step) -> rusqlite::Result<()>;
    /// Give the answer, once the transaction is over.
    fn settle(self: Box<Self>, outcome: Result<()>);
}

type Peek<T> = Box<dyn Fn(&Database, &mut TypeNames) -> rusqlite::Result<Option<T>> + Send>;

/// A task made of closures.
struct Work<T, F> {
    work: F,
    peek: Option<Peek<T>>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T>>,
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

/// The way to the writer.
#[derive(Clone)]
pub struct Writer {
    tasks: Sender<Box<dyn Task>>,
}

/// A question to the reading thread.
pub type Question = Box<dyn FnOnce(&Database, &mut TypeNames) + Send>;

impl Writer {
    /// Hand over a task; the answer comes through the channel.
    pub fn write<T: Send + 'static>(
        &self,
        peek: Option<Peek<T>>,
        work: impl FnMut(&mut Step) -> rusqlite::Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T>> {
        let (reply, answer) = oneshot::channel();
        let task = Work { work, peek, value: None, reply };
        // Where the thread is gone, so is the reply's sender, which the asker notices.
        let _ = self.tasks.send(Box::new(task));
        answer
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
}

/// Start the writing thread.
///
/// # Errors
/// `ERR_INTERNAL` where the system gives no thread.
pub fn start_writer(db: Database, place: Place, teller: Teller) -> Result<Writer> {
    let (tasks, waiting) = channel::<Box<dyn Task>>();
    spawn("rekue-write", move || {
        let mut serving = Serving::new(db, place, teller);
        while let Some(group) = gather(&waiting) {
            serving.serve(group);
        }
    })?;
    Ok(Writer { tasks })
}

/// Start the reading thread.
///
/// # Errors
/// `ERR_INTERNAL` where the system gives no thread.
pub fn start_reader(db: Database) -> Result<Sender<Question>> {
    let (questions, waiting) = channel::<Question>();
    spawn("rekue-read", move || {
        let mut types = TypeNames::default();
        for question in waiting {
            // A defect costs its question the answer, not the others theirs.
            let _ = catch_unwind(AssertUnwindSafe(|| question(&db, &mut types)));
        }
    })?;
    Ok(questions)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
        .map_err(|error| Error::Internal(format!("no thread for the store: {}", error.kind())))
}

fn gather(waiting: &Receiver<Box<dyn Task>>) -> Option<Vec<Box<dyn Task>>> {
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
