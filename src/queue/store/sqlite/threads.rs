//! The threads that talk to SQLite: one writes, one reads.
//!
//! The writer takes everything that waits for it into one transaction: whoever comes while it
//! commits is in the next group, so groups grow with the load and nobody waits for one to fill.
//! Reads have a connection of their own, which in WAL mode never waits for the writer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::oneshot;

use super::database::Database;
use super::faults::{fault, is_busy};
use super::news::Teller;
use super::step::{Memory, News, Step, TypeNames};
use crate::error::{Error, Result};

/// Tasks in one transaction: what waits beyond that has its turn right after.
const MOST_TASKS: usize = 256;
const PAUSE_WHILE_BUSY: Duration = Duration::from_micros(200);

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
        if let Some(peek) = &self.peek {
            self.value = peek(db, types)?;
        }
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
        let mut serving = Serving { db, place, teller, memory: Memory::default() };
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

struct Serving {
    db: Database,
    place: Place,
    teller: Teller,
    memory: Memory,
}

impl Serving {
    fn serve(&mut self, mut group: Vec<Box<dyn Task>>) {
        if let [task] = group.as_mut_slice() {
            let done =
                catch_unwind(AssertUnwindSafe(|| task.peek(&self.db, &mut self.memory.types)));
            if let Ok(Ok(true)) = done {
                return settle(group, &Ok(()));
            }
        }
        match self.transact(&mut group) {
            Ok(news) => {
                settle(group, &Ok(()));
                self.teller.tell(news);
            }
            // One of them may be at fault: each by itself, so that only that one fails.
            Err(Fault::Work) if group.len() > 1 => {
                for task in group {
                    self.serve(vec![task]);
                }
            }
            Err(Fault::Work) => settle(group, &Err(broken())),
            Err(Fault::Store(error)) if group.len() > 1 && error.code() == "ERR_INTERNAL" => {
                for task in group {
                    self.serve(vec![task]);
                }
            }
            Err(Fault::Store(error)) => settle(group, &Err(error)),
        }
    }

    fn transact(&mut self, group: &mut [Box<dyn Task>]) -> std::result::Result<News, Fault> {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            begin(&self.db, self.place.patience)?;
            let listens = self.teller.listens();
            let me = self.teller.name().to_owned();
            let mut step = Step::new(&self.db, &mut self.memory, now_ms(), &me, listens)?;
            for task in group.iter_mut() {
                task.run(&mut step)?;
            }
            let news = step.finish()?;
            self.db.prepare("COMMIT")?.execute([])?;
            Ok(news)
        }));
        if let Ok(Ok(news)) = outcome {
            return Ok(news);
        }
        if !self.db.connection.is_autocommit() {
            // SQLite has often rolled back by itself then, and there is nobody to tell.
            let _ = self.db.connection.execute_batch("ROLLBACK");
        }
        // A type that was made in it is not there, and a job that was claimed in it is not held.
        self.memory.types.clear();
        self.memory.claims.clear();
        Err(match outcome {
            Ok(Err(error)) => Fault::Store(fault(&self.place.name, &error)),
            _ => Fault::Work,
        })
    }
}

enum Fault {
    Store(Error),
    /// A panic: a defect of ours.
    Work,
}

fn settle(group: Vec<Box<dyn Task>>, outcome: &Result<()>) {
    for task in group {
        task.settle(outcome.clone());
    }
}

fn begin(db: &Database, patience: Duration) -> rusqlite::Result<()> {
    let mut deadline = None;
    loop {
        match db.prepare("BEGIN IMMEDIATE")?.execute([]) {
            Ok(_) => return Ok(()),
            Err(error) if is_busy(&error) => {
                let now = Instant::now();
                if now >= *deadline.get_or_insert(now + patience) {
                    return Err(error);
                }
                thread::sleep(PAUSE_WHILE_BUSY);
            }
            Err(error) => return Err(error),
        }
    }
}

fn broken() -> Error {
    Error::Internal("a defect in rekue stopped this call".to_owned())
}

/// The store's clock: the machine's, which all processes of a file share.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
