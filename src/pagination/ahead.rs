//! Columns read before a query wants them.
//!
//! The first query that wants a column has to wait for all of the file to be read. So once a file
//! is open, a thread of low priority reads what fits, all columns in one pass. It gives way to
//! queries, keeps nothing that it would have to push something else out for, and whatever goes
//! wrong is left for the query that comes upon it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::column::{Column, Wanted};
use super::column_cache::ColumnCache;
use super::reading::Effort;
use super::table::Table;
use super::threads;

/// A smaller file is read in about a millisecond: not worth a thread, nor what it keeps.
pub const LEAST_BYTES: u64 = 2 * 1024 * 1024;

/// What a field takes in a column, about: a number of 32 bits. Codes of text are less, but their
/// values are more.
const BYTES_PER_FIELD: u64 = 4;

/// A column of more different texts is left to the query that wants it: it may take more memory
/// than the file, and sorting its values takes longer than all the rest.
const MOST_VALUES: usize = 1 << 16;

/// Threads that read ahead. They need nothing but time that nobody else wants, and each halves how
/// long a first query may come too early; more than some only fill the memory bus of a large machine.
const MOST_THREADS: usize = 4;

/// Data sets that are opened together are read one after the other.
static TURN: Mutex<()> = Mutex::new(());

/// A table being read ahead. Dropping it ends that, soon.
#[derive(Debug)]
pub struct Ahead {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ahead {
    /// Start to read the columns of `table`, if they are worth it and fit.
    pub fn start(table: &Arc<Table>, columns: &Arc<ColumnCache>) -> Option<Ahead> {
        let fields = u64::from(table.rows()) * table.columns().len() as u64;
        let room = columns.max_bytes() as u64 / 2;
        if table.bytes() < LEAST_BYTES || fields * BYTES_PER_FIELD > room {
            return None;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let (table, columns, stopped) = (table.clone(), columns.clone(), stop.clone());
        let thread = thread::Builder::new()
            .name("rekue-ahead".to_owned())
            .spawn(move || read(&table, &columns, &stopped))
            .ok()?;
        Some(Ahead { stop, thread: Some(thread) })
    }

    /// Wait until all is read that will be.
    pub fn finish(mut self) {
        if let Some(thread) = self.thread.take() {
            // What a defect has stopped is left to queries, like everything else.
            let _ = thread.join();
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn read(table: &Table, columns: &ColumnCache, stop: &AtomicBool) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    lower_priority();
    let go_on = || {
        columns.wait_for_queries();
        !stop.load(Ordering::Relaxed)
    };
    let wanted: Vec<Wanted> =
        (0..table.columns().len()).map(|column| Wanted { column, as_text: false }).collect();
    let threads = threads::count().min(MOST_THREADS);
    let effort = Effort { threads, go_on: &go_on, most_values: MOST_VALUES };
    // A file that changed, or that was closed: who asks for it will hear of it.
    let Ok(found) = Column::read_some(table, &wanted, &effort) else { return };
    for (wanted, column) in wanted.into_iter().zip(found) {
        if let Some(column) = column {
            columns.keep_if_it_fits(wanted, column);
        }
    }
}

/// Let every other thread go first, where the system has priorities of threads.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    {
        // A container may forbid it; then this thread is one like any other.
        let _ = rustix::process::nice(19);
    }
}
