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
use super::file::{File, control};

/// The file grows by this much at a time.
const CHUNK_BYTES: c_int = 256 << 10;

/// Adding jobs leaves this much: outcomes need a little too, and are to have it when adding must
/// stop.
const RESERVE_BYTES: i64 = 256 << 10;

/// What is left of the log when the disk is full: enough for the outcomes of many jobs.
const LOG_FLOOR_BYTES: i64 = 512 << 10;

/// Whether the file grows by a call that writes over nothing, for which SQLite is compiled as
/// `.cargo/config.toml` says; on Windows it does so anyway. Elsewhere, and in file systems that have no
/// such call, a byte is written to the end of each new block.
const WRITES_OVER_NOTHING: bool = cfg!(any(windows, all(target_os = "linux", target_env = "gnu")));

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
        set_chunk(db, CHUNK_BYTES)
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
        if grow(&db.connection, pages * page + reserve)? {
            self.pages = self.pages.max(pages);
        }
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

/// Make the file as long as this, while nobody folds the log back: who does so writes to the file, and may
/// cut it. Where somebody is at it, the file grows only if that does no harm; else the next transaction sees
/// to it. Answers whether the file is long enough.
fn grow(db: &rusqlite::Connection, mut bytes: i64) -> Result<bool> {
    let Some(file) = File::of(db)? else { return Ok(true) };
    if file.length()? >= bytes {
        return Ok(true);
    }
    let unfolded = file.unfolded();
    if unfolded.is_none() && !WRITES_OVER_NOTHING {
        return Ok(false);
    }
    let mut grow = || control(db, ffi::SQLITE_FCNTL_SIZE_HINT, (&raw mut bytes).cast());
    if grow().is_err() {
        // Where there is no room for a whole chunk, there may be for what is needed.
        set_chunk(db, 1)?;
        let grown = grow();
        set_chunk(db, CHUNK_BYTES)?;
        grown.map_err(|_| full())?;
    }
    Ok(true)
}

fn set_chunk(db: &rusqlite::Connection, mut bytes: c_int) -> Result<()> {
    control(db, ffi::SQLITE_FCNTL_CHUNK_SIZE, (&raw mut bytes).cast())
}

fn full() -> Error {
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None)
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::ffi::CStr;
    use std::mem::transmute;
    use std::sync::OnceLock;

    use rusqlite::Connection;

    use super::*;

    const NAME: &CStr = c"fallocate";
    type Fallocate = unsafe extern "C" fn(c_int, i64, i64) -> c_int;

    static SYSTEMS: OnceLock<Fallocate> = OnceLock::new();
    thread_local! {
        /// What this thread does in the midst of growing a file.
        static MEANWHILE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
        /// How much room the disk has, for this thread.
        static LEFT: Cell<i64> = const { Cell::new(i64::MAX) };
    }
    /// No space left on the device.
    const ENOSPC: c_int = 28;

    unsafe extern "C" fn fallocate(file: c_int, from: i64, bytes: i64) -> c_int {
        if let Some(act) = MEANWHILE.take() {
            act();
        }
        if bytes > LEFT.get() {
            return ENOSPC;
        }
        // SAFETY: the system's own call, with what it was called with.
        unsafe { SYSTEMS.get().unwrap()(file, from, bytes) }
    }

    /// Have SQLite call the function above.
    fn observe() {
        // SAFETY: the default VFS is there for good, the name is a C string, and the call has the
        // signature of `posix_fallocate`.
        unsafe {
            let vfs = ffi::sqlite3_vfs_find(std::ptr::null());
            let find = (*vfs).xGetSystemCall.unwrap();
            SYSTEMS.get_or_init(|| {
                let call = find(vfs, NAME.as_ptr()).expect("build with .cargo/config.toml");
                let call = transmute::<unsafe extern "C" fn(), Fallocate>(call);
                let ours = transmute::<Fallocate, unsafe extern "C" fn()>(fallocate);
                let set = (*vfs).xSetSystemCall.unwrap();
                assert_eq!(set(vfs, NAME.as_ptr(), Some(ours)), ffi::SQLITE_OK);
                call
            });
        }
    }

    struct Fixture {
        _folder: tempfile::TempDir,
        writer: Connection,
        folder: Connection,
    }

    /// Two connections of one file; the log has something to fold.
    fn fixture() -> Fixture {
        observe();
        let place = tempfile::tempdir().unwrap();
        let open = || {
            let connection = Connection::open(place.path().join("jobs.db")).unwrap();
            connection.pragma_update(None, "journal_mode", "wal").unwrap();
            connection.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
            Room::in_chunks(&connection).unwrap();
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).unwrap();
            connection
        };
        let (writer, folder) = (open(), open());
        writer.execute_batch("CREATE TABLE jobs (data); INSERT INTO jobs VALUES (1)").unwrap();
        writer.execute_batch("BEGIN IMMEDIATE; INSERT INTO jobs VALUES (2)").unwrap();
        Fixture { _folder: place, writer, folder }
    }

    /// Whether the log could be folded.
    fn folds(connection: &Connection) -> bool {
        connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(0))
            .is_ok_and(|busy| busy == 0)
    }

    fn length(connection: &Connection) -> i64 {
        File::of(connection).unwrap().unwrap().length().unwrap()
    }

    #[test]
    fn nobody_folds_the_log_back_while_the_file_grows() {
        let Fixture { writer, folder, _folder } = fixture();
        let (tell, told) = std::sync::mpsc::channel();
        MEANWHILE.set(Some(Box::new(move || tell.send((folds(&folder), folder)).unwrap())));
        let bytes = length(&writer) + 1;
        assert!(grow(&writer, bytes).unwrap());
        let (folded, folder) = told.try_recv().expect("the file grows by this call");
        assert!(!folded, "somebody folded in the midst of it");
        assert!(length(&writer) >= bytes);
        writer.execute_batch("COMMIT").unwrap();
        assert!(folds(&folder), "and may now");
    }

    #[test]
    fn a_file_grows_by_a_call_that_writes_over_nothing_while_somebody_folds() {
        let Fixture { writer, folder, _folder } = fixture();
        let file = File::of(&folder).unwrap().unwrap();
        let folding = file.unfolded().expect("nobody else is at it");
        assert!(File::of(&writer).unwrap().unwrap().unfolded().is_none());
        let bytes = length(&writer) + 1;
        assert!(grow(&writer, bytes).unwrap());
        assert!(length(&writer) >= bytes);
        drop(folding);
        writer.execute_batch("COMMIT").unwrap();
        assert!(folds(&folder));
    }

    #[test]
    fn a_file_that_is_long_enough_is_let_be() {
        let Fixture { writer, _folder, .. } = fixture();
        MEANWHILE.set(Some(Box::new(|| panic!("it grew"))));
        let bytes = length(&writer);
        assert!(grow(&writer, bytes).unwrap());
        MEANWHILE.take();
        assert_eq!(length(&writer), bytes);
    }

    #[test]
    fn where_there_is_no_room_for_a_chunk_there_may_be_for_what_is_needed() {
        let Fixture { writer, _folder, .. } = fixture();
        let before = length(&writer);
        LEFT.set(8192);
        assert!(grow(&writer, before + 8192).unwrap());
        assert_eq!(length(&writer), before + 8192);
        let error = grow(&writer, before + 3 * 8192).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DiskFull));
        LEFT.set(i64::MAX);
        // In chunks again.
        assert!(grow(&writer, before + 3 * 8192).unwrap());
        assert_eq!(length(&writer) % i64::from(CHUNK_BYTES), 0);
    }

    #[test]
    fn there_is_nothing_to_grow_in_memory() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(File::of(&connection).unwrap().is_none());
        assert!(grow(&connection, 1 << 20).unwrap());
    }
}
