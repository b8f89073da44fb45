//! Folding the log back into the file, beside the writing.
//!
//! A commit goes to the log; from time to time its pages must be copied into the file, so that the
//! log can begin anew. That means to wait for the disk, twice, and for as long as it takes to write
//! megabytes. So a thread with a connection of its own copies, while the writer goes on. What the
//! writer added meanwhile is left for the writer itself: only between two of its commits is there
//! an end that can be reached, and it is near by then.
//!
//! Which of the two copies a page changes nothing about what is safe: SQLite syncs the log before
//! it writes to the file, and the file before it gives up the log.

use std::cell::Cell;
use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags, Result};

use super::closing::InTurn;
use super::database::{CHECKPOINT_PAGES, Database};
use super::file::File;
use super::room::Room;

/// The log may grow to this (64 MB) while it is folded; then the writer waits.
const MOST_PAGES: u32 = 4 * CHECKPOINT_PAGES;

/// A log that a reader kept from beginning anew is folded again when it has grown by this.
const STEP_PAGES: u32 = CHECKPOINT_PAGES / 4;

/// Copies in a row: each has only that to do which was written during the one before.
const PASSES: usize = 2;

thread_local! {
    /// The log's length at this thread's last commit that nobody has looked at yet. SQLite tells it
    /// to a plain function.
    static LOG_PAGES: Cell<Option<u32>> = const { Cell::new(None) };
}

fn note_length(_: &Wal, pages: c_int) -> Result<()> {
    LOG_PAGES.set(Some(pages.unsigned_abs()));
    Ok(())
}

const IDLE: u8 = 0;
const ORDERED: u8 = 1;
const FOLDED: u8 = 2;

/// What the two threads share.
#[derive(Default)]
struct Shared {
    /// Held during a pass.
    pass: Mutex<()>,
    stage: AtomicU8,
    /// The writer is gone: the file may be somebody else's by now.
    ended: AtomicBool,
}

impl Shared {
    fn pass(&self) -> MutexGuard<'_, ()> {
        self.pass.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stage(&self) -> u8 {
        self.stage.load(Ordering::Acquire)
    }

    fn enter(&self, stage: u8) {
        self.stage.store(stage, Ordering::Release);
    }
}

/// The writer's side.
pub struct Fold {
    /// `None` in memory, where there is no log.
    file: Option<PathBuf>,
    shared: Arc<Shared>,
    /// To the thread, once it was needed.
    orders: Option<Sender<()>>,
    /// The log's length when last looked at, and from which on something is to be done.
    seen: u32,
    due: u32,
    /// The next commit may begin the log, or begin it anew, and wait for the disk to take that.
    begins: bool,
}

impl Fold {
    /// For the writer's connection, which no longer folds by itself.
    pub fn new(db: &Database, file: Option<PathBuf>) -> Self {
        db.connection.wal_hook(Some(note_length));
        let (shared, begins) = (Arc::default(), file.is_some());
        Fold { file, shared, orders: None, seen: 0, due: CHECKPOINT_PAGES, begins }
    }

    /// Whether the next commit will find nothing to do here, and not wait for the disk.
    pub fn rests(&self) -> bool {
        !self.begins && self.seen < self.due && self.shared.stage() == IDLE
    }

    /// Keep the thread from folding while this is held.
    pub fn still(&self) -> MutexGuard<'_, ()> {
        self.shared.pass()
    }

    /// Have the log folded where it is long. Called between two transactions, after a commit and by
    /// the thread that made it.
    pub fn look(&mut self, db: &Database, room: &mut Room) {
        let Some(pages) = LOG_PAGES.take() else { return };
        self.begins = false;
        if pages < self.seen {
            // It began anew.
            self.due = CHECKPOINT_PAGES;
        }
        self.seen = pages;
        match self.shared.stage() {
            FOLDED if pages < self.due => self.shared.enter(IDLE),
            _ if pages < self.due => {}
            IDLE if self.order() => {}
            // A pass may have cut the file between what a transaction took and its commit.
            ORDERED if pages < MOST_PAGES => drop(room.take_again(db)),
            _ => self.end(db, room),
        }
    }

    /// Answers whether there is a thread to do it.
    fn order(&mut self) -> bool {
        let Some(file) = &self.file else { return false };
        if self.orders.is_none() {
            self.orders = start(file.clone(), self.shared.clone());
        }
        self.shared.enter(ORDERED);
        self.orders.as_ref().is_some_and(|orders| orders.send(()).is_ok())
    }

    /// Fold what is left, so that the next transaction can begin the log anew. What cannot be
    /// folded now stays in the log, where it is as safe, until the next attempt.
    fn end(&mut self, db: &Database, room: &mut Room) {
        let _still = self.shared.pass();
        self.shared.enter(IDLE);
        self.due = self.seen.saturating_add(STEP_PAGES);
        // A pass that came to the end of the log cut the file to what was committed then, perhaps
        // just before a commit that needs more.
        if room.take_again(db).is_ok() {
            // With several writers none may find the end, unless it holds up the others.
            let how = if self.seen < MOST_PAGES { "PASSIVE" } else { "RESTART" };
            let _ = fold(&db.connection, how);
            self.begins = true;
        }
    }
}

impl Drop for Fold {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
    }
}

/// Start the thread; it ends with the sender.
fn start(file: PathBuf, shared: Arc<Shared>) -> Option<Sender<()>> {
    let (orders, waiting) = channel();
    let thread = thread::Builder::new().name("rekue-fold".to_owned());
    thread.spawn(move || serve(&file, &shared, &waiting)).ok().map(|_| orders)
}

fn serve(file: &Path, shared: &Shared, waiting: &Receiver<()>) {
    let mut connection = None;
    for () in waiting {
        for _ in 0..PASSES {
            let _still = shared.pass();
            if shared.ended.load(Ordering::Acquire) {
                return;
            }
            if connection.is_none() {
                connection = open(file).ok();
            }
            // What fails here the writer tries again, and whom it concerns hears of it then.
            let _ = connection
                .as_ref()
                .map(|connection| fold(connection, "PASSIVE").and_then(|()| sync(connection)));
        }
        shared.enter(FOLDED);
    }
}

fn open(file: &Path) -> Result<InTurn> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = InTurn::new(Connection::open_with_flags(file, flags)?);
    Room::in_chunks(&connection)?;
    // The log is opened by the first look at the file.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// Have the disk take what was copied. SQLite does so itself only where it came to the end of the
/// log, and that is to find little to wait for. Where it fails the disk is at fault: SQLite syncs again
/// before it gives up the log, as after any pass that did not come to the log's end.
fn sync(connection: &Connection) -> Result<()> {
    File::of(connection)?.map_or(Ok(()), |file| file.sync())
}

fn fold(connection: &Connection, how: &str) -> Result<()> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |_| Ok(()))
}
