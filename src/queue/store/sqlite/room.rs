//! Room on the disk, taken before it is needed.
//!
//! A commit writes to the log; the file itself grows only when the log is written back. On a full
//! disk that would be a trap: the log cannot grow because of its own length, and cannot be written
//! back for want of the room that its pages need in the file. So the file is made as long as a
//! transaction needs it before that is committed. Then the log can always be written back, and its
//! own room used again: what needs no new page goes on while the disk is full.

use std::ffi::c_int;

use rusqlite::{Error, Result, ffi};

use super::database::Database;

/// The file grows by this much at a time.
const CHUNK_BYTES: c_int = 256 << 10;

/// Adding jobs leaves this much: outcomes need a little too, and are to have it when adding must
/// stop.
const RESERVE_BYTES: i64 = 256 << 10;

/// What is left of the log when the disk is full: enough for the outcomes of many jobs.
const LOG_FLOOR_BYTES: i64 = 512 << 10;

// Others write to the file meanwhile: whoever folds the log back. So it must grow by a call that writes
// over nothing, for which SQLite is compiled as `.cargo/config.toml` says.

/// Knows how long the file is.
#[derive(Default)]
pub struct Room {
    /// Pages that the file has room for, as far as is known. Writing the log back cuts what was
    /// reserved, so this counts only for those who reserve nothing.
    pages: i64,
    /// In bytes, once it is known: it never changes, and SQLite would plan the question anew each time.
    page: Option<i64>,
}

impl Room {
    /// Have the connection's file grow in chunks.
    pub fn in_chunks(db: &rusqlite::Connection) -> Result<()> {
        let mut bytes = CHUNK_BYTES;
        control(db, ffi::SQLITE_FCNTL_CHUNK_SIZE, (&raw mut bytes).cast())
    }

    /// Make the file as long as this transaction needs it, or, where it adds jobs, longer.
    ///
    /// # Errors
    /// `SQLITE_FULL` where the disk has no room.
    pub fn take(&mut self, db: &Database, adds: bool) -> Result<()> {
        let pages = number(db, "PRAGMA page_count")?;
        if pages <= self.pages && !adds {
            return Ok(());
        }
        let reserve = if adds { RESERVE_BYTES } else { 0 };
        let page = match self.page {
            Some(page) => page,
            None => *self.page.insert(number(db, "PRAGMA page_size")?),
        };
        let mut bytes = pages * page + reserve;
        control(&db.connection, ffi::SQLITE_FCNTL_SIZE_HINT, (&raw mut bytes).cast())
            .map_err(|_| full())?;
        self.pages = self.pages.max(pages);
        Ok(())
    }

    /// The disk is full: write the log back, and give what it does not need to the file. Answers
    /// whether that is worth another attempt.
    pub fn make(&mut self, db: &Database) -> bool {
        self.take_again(db).is_ok() && shorten_log(db).unwrap_or(false)
    }

    /// Make the file as long as what is committed needs it, whoever cut it meanwhile.
    ///
    /// # Errors
    /// `SQLITE_FULL` where the disk has no room.
    pub fn take_again(&mut self, db: &Database) -> Result<()> {
        self.pages = 0;
        self.take(db, false)
    }
}

/// The log is written from its beginning again once all of it is in the file, and cut by the first
/// commit there: so one is made that changes next to nothing. (What changes nothing at all is not
/// written.)
fn shorten_log(db: &Database) -> Result<bool> {
    db.connection.pragma_update(None, "journal_size_limit", LOG_FLOOR_BYTES)?;
    if number(db, "PRAGMA wal_checkpoint(RESTART)")? != 0 {
        return Ok(false);
    }
    db.prepare(
        "INSERT INTO counters VALUES ('log_cuts', 1)
         ON CONFLICT (name) DO UPDATE SET value = value + 1",
    )?
    .execute([])?;
    Ok(true)
}

fn number(db: &Database, pragma: &'static str) -> Result<i64> {
    db.prepare(pragma)?.query_row([], |row| row.get(0))
}

/// SQLite's own way to its file: the file must not be opened a second time, since closing that
/// would give up the locks that SQLite has on it.
pub fn control(db: &rusqlite::Connection, what: c_int, value: *mut std::ffi::c_void) -> Result<()> {
    // SAFETY: the connection is open and this thread's; the name is a C string, and both controls
    // used here take a pointer to a number of the size that their callers give.
    let code = unsafe { ffi::sqlite3_file_control(db.handle(), c"main".as_ptr(), what, value) };
    match code {
        // In memory there is no file to ask.
        ffi::SQLITE_OK | ffi::SQLITE_NOTFOUND => Ok(()),
        code => Err(Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}

fn full() -> Error {
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None)
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn the_file_grows_by_a_call_that_writes_over_nothing() {
        // SAFETY: the default VFS is there for good, and the name is a C string.
        let call = unsafe {
            let vfs = ffi::sqlite3_vfs_find(std::ptr::null());
            (*vfs).xGetSystemCall.map(|find| find(vfs, c"fallocate".as_ptr()))
        };
        assert!(call.flatten().is_some(), "build with the flags of .cargo/config.toml");
    }
}
