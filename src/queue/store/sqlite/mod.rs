//! Jobs in one SQLite file, which several processes of a machine may share.
//!
//! A call becomes a task for the writing thread, which commits in groups, or a question to the
//! reading thread (see `threads.rs`). The I/O thread does by itself what is small and need not wait
//! (see `desk.rs`), and the thread that makes jobs adds them so (`adds.rs`).

mod add;
mod address;
mod adds;
mod backup;
mod bell;
mod closing;
mod database;
mod desk;
mod faults;
mod file;
mod fold;
mod import;
mod moves;
mod news;
mod notes;
mod peers;
mod presence;
mod read;
mod repair;
mod room;
mod row;
mod runs;
mod search;
mod serving;
mod settle;
mod step;
mod tables;
mod threads;
mod waiting;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

pub use address::Address;
pub use backup::backup;

use self::address::Location;
use self::adds::{AddHere, Adds};
use self::bell::Bell;
use self::database::Database;
use self::desk::Traffic;
use self::faults::fault;
use self::news::{Teller, Wishes};
use self::step::{Step, TypeNames};
use self::threads::{Place, Reader, Size, Writer, now_ms};
use super::{
    Batch, Changes, Held, Holder, Imported, InPlace, Note, Promoted, Selection, Settled, Signal,
    Signals, Stats, Store,
};
use crate::error::{Error, Result};
use crate::queue::job::{Added, JobRecord, NewJob};
use crate::queue::repair::{Order, Report};
use crate::queue::search::Words;
use crate::queue::state::State;

/// How long a ttl must be over before somebody else than the job's worker acts on it.
const TTL_GRACE_MS: i64 = 1000;
/// Time limits of a store.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For opening the file.
    pub connect: Duration,
    /// For one call, while others have the file.
    pub command: Duration,
}

/// A store in one file, or in memory.
pub struct SqliteStore {
    inner: Rc<Inner>,
}

struct Inner {
    /// As the user gave it.
    name: Arc<str>,
    file: Option<PathBuf>,
    holder: Holder,
    signals: Signals,
    writer: RefCell<Option<Writer>>,
    /// `None` in memory, where there is one connection only.
    reader: RefCell<Option<Reader>>,
    /// Writes that are not answered yet.
    writing: Cell<usize>,
    traffic: Traffic,
    wishes: Arc<Wishes>,
    works: Cell<bool>,
    listens: Cell<bool>,
    /// The last event of others that was read.
    last_event: Cell<i64>,
    /// This process's bell, once it is needed.
    bell: RefCell<Option<Rc<Bell>>>,
    attended: Cell<bool>,
    events: UnboundedSender<Vec<Signal>>,
    adds: Adds,
    /// Types of which the last outcomes and claims ended in an error.
    doubtful: RefCell<BTreeSet<String>>,
    closed: Cell<bool>,
    closing: Notify,
}

impl SqliteStore {
    /// Open the file, or make it.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` for a file that is something else or of a newer rekue;
    /// `ERR_STORE_UNAVAILABLE` for one that cannot be used.
    pub async fn open(
        address: Address,
        prefix: String,
        holder: Holder,
        signals: Signals,
        patience: Patience,
    ) -> Result<Self> {
        let name: Arc<str> = address.name.as_str().into();
        let file = match &address.location {
            Location::File(path) => Some(path.clone()),
            Location::Memory => None,
        };
        let (has_file, full_sync) = (file.is_some(), address.full_sync);
        let (database, reading) = aside(move || {
            let database = Database::open(&address, &prefix, patience.connect)?;
            let reading = has_file
                .then(|| Database::open(&address, &prefix, patience.connect))
                .transpose()?;
            Ok((database, reading))
        })
        .await?;
        let wishes = Arc::new(Wishes::default());
        let (gone, heard_gone) = unbounded_channel();
        let (events, heard_events) = unbounded_channel();
        let folder = file.as_deref().and_then(Path::parent);
        let me: Arc<str> = holder.name.as_str().into();
        let teller = Teller::new(me, wishes.clone(), signals.clone(), events.clone(), folder, gone);
        let (name_, file_, patience) = (name.clone(), file.clone(), patience.command);
        let place = Place { name: name_, file: file_, patience, full_sync };
        let writer = threads::start_writer(database, place, teller)?;
        let reader = reading.map(threads::start_reader).transpose()?;
        let inner = Rc::new(Inner {
            name,
            file,
            holder,
            signals,
            writer: RefCell::new(Some(writer)),
            reader: RefCell::new(reader),
            writing: Cell::new(0),
            traffic: Traffic::default(),
            wishes,
            works: Cell::new(false),
            listens: Cell::new(false),
            last_event: Cell::new(0),
            bell: RefCell::default(),
            attended: Cell::new(false),
            events,
            adds: Adds::default(),
            doubtful: RefCell::default(),
            closed: Cell::new(false),
            closing: Notify::new(),
        });
        tokio::task::spawn_local(inner.clone().pass_events_on(heard_events));
        tokio::task::spawn_local(inner.clone().bury_the_dead(heard_gone));
        Ok(SqliteStore { inner })
    }
}

/// Do something that blocks on a thread of its own.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (reply, answer) = oneshot::channel();
    std::thread::Builder::new()
        .name("rekue-open".to_owned())
        .spawn(move || drop(reply.send(work())))
        .map_err(|error| Error::Internal(format!("no thread for the store: {}", error.kind())))?;
    answer.await.unwrap_or_else(|_| Err(Error::Internal("the store did not open".to_owned())))
}

/// Counts a write until it is answered, or nobody waits for it any more.
struct Writing<'a>(&'a Cell<usize>);

impl<'a> Writing<'a> {
    fn begin(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Writing(count)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Inner {
    async fn write<T: Send + 'static>(
        &self,
        size: Size,
        work: impl FnMut(&mut Step) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_unless(size, None::<fn(&Database, &mut TypeNames) -> _>, work).await
    }

    /// As `write`, where a look may tell that there is nothing to write.
    async fn write_unless<T: Send + 'static>(
        &self,
        size: Size,
        peek: Option<
            impl Fn(&Database, &mut TypeNames) -> rusqlite::Result<Option<T>> + Send + 'static,
        >,
        work: impl FnMut(&mut Step) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(writer) = self.writer.borrow().clone() else { return Err(closed()) };
        let _counted = Writing::begin(&self.writing);
        let alone = self.traffic.comes(std::time::Instant::now());
        let size = if alone { size } else { Size::Any };
        let peek = peek.map(|peek| Box::new(peek) as Box<_>);
        let answer = writer.write(size, peek, work);
        self.traffic.passed(std::time::Instant::now());
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Ask the reading thread, after what was written before.
    async fn read<T: Send + 'static>(
        &self,
        size: Size,
        question: impl Fn(&Database, &mut TypeNames) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        if self.file.is_none() {
            return self.write(size, move |step| question(step.db, step.types)).await;
        }
        let Some(reader) = self.reader.borrow().clone() else { return Err(closed()) };
        if self.writing.get() > 0 {
            self.write(Size::Any, |_| Ok(())).await?;
        } else if size == Size::Small
            && let Some(found) = reader.at_once(&question)
        {
            return found?.map_err(|error| fault(&self.name, &error));
        }
        let (reply, answer) = oneshot::channel();
        let name = self.name.clone();
        let asked = reader.ask(Box::new(move |db, types| {
            let found = question(db, types).map_err(|error| fault(&name, &error));
            // Who asked may be gone.
            let _ = reply.send(found);
        }));
        if !asked {
            return Err(closed());
        }
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
}

fn closed() -> Error {
    Error::StoreUnavailable("the queue is closed".to_owned())
}

#[async_trait(?Send)]
impl Store for SqliteStore {
    async fn add(
        &self,
        jobs: &[NewJob],
        // It has no direct line.
        _sent: Option<u32>,
        // SQLite's own limit for a busy file ends the wait.
        _deadline: Instant,
    ) -> Result<Vec<Added>> {
        let jobs = jobs.to_vec();
        let _adding = self.inner.adds.begin();
        let size = Size::of(jobs.len(), jobs.iter().map(|job| job.data.get().len()).sum());
        self.inner.write(size, move |step| add::add(step, &jobs)).await
    }

    fn in_place(&self) -> Option<Arc<dyn InPlace>> {
        let desk = self.inner.writer.borrow().as_ref()?.desk()?;
        Some(Arc::new(AddHere::new(desk)))
    }

    async fn settle(&self, batch: &Batch) -> Result<Settled> {
        let size = settle::size(batch);
        let batch = Arc::new(batch.clone());
        let (peeked, holder) = (batch.clone(), self.inner.holder.clone());
        let peek =
            move |db: &Database, types: &mut TypeNames| settle::nothing_to_do(db, types, &peeked);
        let job_type = batch.job_type.clone();
        let work = move |step: &mut Step| settle::settle(step, &batch, &holder);
        let settled = self.inner.write_unless(size, Some(peek), work).await;
        let mut doubtful = self.inner.doubtful.borrow_mut();
        match settled {
            // The engine then looks for jobs that are held without its knowing.
            Ok(mut settled) => {
                settled.repeated = doubtful.remove(&job_type);
                Ok(settled)
            }
            Err(error) => {
                doubtful.insert(job_type);
                Err(error)
            }
        }
    }

    async fn annotate(&self, notes: &[(String, Note)]) -> Result<()> {
        let notes = notes.to_vec();
        let size = Size::of(notes.len(), notes.iter().map(|(_, note)| note.bytes()).sum());
        self.inner.write(size, move |step| notes::annotate(step, &notes)).await
    }

    async fn promote(&self, limit: u32) -> Result<Promoted> {
        let peek = |db: &Database, _: &mut TypeNames| moves::nothing_due(db, now_ms());
        self.inner
            .write_unless(Size::Any, Some(peek), move |step| moves::promote(step, limit))
            .await
    }

    async fn overdue(&self, limit: u32) -> Result<Vec<JobRecord>> {
        self.inner
            .read(Size::Any, move |db, _| moves::overdue(db, now_ms(), TTL_GRACE_MS, limit))
            .await
    }

    async fn announce(&self, message: &str) -> Result<()> {
        let message = message.to_owned();
        self.inner
            .write(Size::Any, move |step| {
                step.tell_text(message.clone());
                Ok(())
            })
            .await
    }

    async fn renew(&self) -> Result<(bool, u64)> {
        let (holder, name) = (self.inner.holder.clone(), self.inner.holder.name.clone());
        let peek = move |db: &Database, _: &mut TypeNames| moves::nothing_held(db, &name, now_ms());
        self.inner
            .write_unless(Size::Any, Some(peek), move |step| moves::renew(step, &holder))
            .await
    }

    async fn held(&self) -> Result<Vec<Held>> {
        let name = self.inner.holder.name.clone();
        self.inner.read(Size::Any, move |db, types| moves::held(db, types, &name)).await
    }

    async fn get(&self, ids: &[String]) -> Result<Vec<Option<JobRecord>>> {
        let ids = ids.to_vec();
        let size = Size::of(ids.len(), 0);
        self.inner.read(size, move |db, _| read::get(db, &ids)).await
    }

    async fn list(&self, selection: &Selection) -> Result<Vec<String>> {
        let selection = selection.clone();
        self.inner.read(Size::Any, move |db, types| read::list(db, types, &selection)).await
    }

    async fn count(&self, job_type: Option<&str>, state: State) -> Result<u64> {
        let job_type = job_type.map(str::to_owned);
        self.inner
            .read(Size::Small, move |db, types| read::count(db, types, job_type.as_deref(), state))
            .await
    }

    async fn stats(&self) -> Result<Stats> {
        self.inner.read(Size::Small, |db, _| read::stats(db)).await
    }

    async fn types(&self) -> Result<Vec<String>> {
        self.inner.read(Size::Any, |db, _| read::types(db)).await
    }

    async fn log(&self, id: &str, from: u32) -> Result<Vec<String>> {
        let id = id.to_owned();
        self.inner.read(Size::Any, move |db, _| read::log(db, &id, from)).await
    }

    async fn field(&self, id: &str, name: &str) -> Result<Option<String>> {
        let (id, name) = (id.to_owned(), name.to_owned());
        self.inner.read(Size::Small, move |db, _| read::field(db, &id, &name)).await
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        let name = name.to_owned();
        self.inner.read(Size::Any, move |db, _| read::setting(db, &name)).await
    }

    async fn search(&self, words: &Words) -> Result<Vec<String>> {
        let words = words.clone();
        self.inner.read(Size::Any, move |db, _| search::search(db, &words)).await
    }

    async fn words(&self, ids: &[String]) -> Result<Vec<Option<Words>>> {
        let ids = ids.to_vec();
        self.inner.read(Size::Any, move |db, _| search::words_of(db, &ids)).await
    }

    async fn update(&self, id: &str, changes: &Changes) -> Result<bool> {
        let (id, changes) = (id.to_owned(), changes.clone());
        self.inner.write(Size::Any, move |step| notes::update(step, &id, &changes)).await
    }

    async fn set_state(&self, id: &str, state: State) -> Result<bool> {
        let id = id.to_owned();
        self.inner.write(Size::Small, move |step| moves::set_state(step, &id, state)).await
    }

    async fn remove(&self, id: &str) -> Result<bool> {
        let id = id.to_owned();
        self.inner.write(Size::Small, move |step| moves::remove(step, &id)).await
    }

    async fn import(&self, jobs: &[Imported], work_time_ms: u64) -> Result<()> {
        let jobs = jobs.to_vec();
        self.inner.write(Size::Any, move |step| import::import(step, &jobs, work_time_ms)).await
    }

    async fn repair(&self, order: &Order) -> Result<Report> {
        // Nothing here keeps jobs from being run, so a short look has nothing to look for.
        if !order.thorough {
            return Ok(Report::default());
        }
        self.inner.read(Size::Any, |db, _| repair::check_file(db)).await?;
        let mend = order.mend;
        self.inner.write(Size::Any, move |step| repair::repair(step, mend)).await
    }

    fn watch(&self, job_types: Vec<String>, _: Option<Batch>) {
        let new = self.inner.wishes.watch(job_types);
        if !new.is_empty() {
            tokio::task::spawn_local(self.inner.clone().begin_to_watch(new));
        }
    }

    fn listen(&self) {
        if !self.inner.listens.replace(true) {
            self.inner.wishes.listen();
            tokio::task::spawn_local(self.inner.clone().begin_to_listen());
        }
    }

    /// The file was opened with the store.
    fn connect(&self) {}

    fn close(&self) {
        let inner = &self.inner;
        if inner.closed.replace(true) {
            return;
        }
        inner.wishes.watch(Vec::new());
        inner.closing.notify_waiters();
        inner.reader.take();
        // What was handed over is still written; with the last hold the thread ends.
        if let Some(writer) = inner.writer.take()
            && inner.attended.get()
        {
            let me = vec![inner.holder.name.clone()];
            drop(writer.write(Size::Any, None, move |step| peers::dismiss(step, &me)));
        }
        inner.bell.take();
    }
}
