//! A connection to the file: opened, checked, brought to the current schema.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::address::{Address, Location};
use super::closing::InTurn;
use super::faults::{fault, is_busy};
use super::room::Room;
use super::tables::Tables;
use crate::error::{Error, Result};

/// `reku`, in SQLite's field for who owns a file.
const APPLICATION_ID: i32 = 0x7265_6b75;

/// One step per version of the schema: the first makes version 1 from nothing, each further one
/// changes the version before. Never edit a step that was released; add one.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema-2-search.sql"),
    include_str!("schema-3-states.sql"),
];

/// Statements kept ready; there are fewer different ones.
const STATEMENTS: usize = 96;

/// Pages in the log before it is written back (16 MB): a page that many groups of jobs change is
/// then written back once for all of them.
pub const CHECKPOINT_PAGES: u32 = 4000;

/// A log that a burst blew up is cut back to this.
const LOG_BYTES: u32 = 64 << 20;

const PAUSE_WHILE_BUSY: Duration = Duration::from_millis(5);

/// An open file.
pub struct Database {
    pub connection: InTurn,
    tables: Tables,
}

impl Database {
    /// Open the file, make it if it is not there, and bring its schema up to date.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` for a file that is something else or of a newer version;
    /// `ERR_STORE_UNAVAILABLE` for one that cannot be used, or not within `patience`.
    pub fn open(address: &Address, prefix: &str, patience: Duration) -> Result<Self> {
        if let Location::File(path) = &address.location {
            check_path(path, &address.name)?;
        }
        let deadline = Instant::now() + patience;
        loop {
            match Self::try_open(address, prefix) {
                Ok(opened) => return opened,
                Err(error) if is_busy(&error) && Instant::now() < deadline => {
                    std::thread::sleep(PAUSE_WHILE_BUSY);
                }
                Err(error) => {
                    let closed = error.sqlite_error_code() == Some(ErrorCode::CannotOpen);
                    let known = if closed { not_writable(address) } else { None };
                    return Err(known.unwrap_or_else(|| fault(&address.name, &error)));
                }
            }
        }
    }

    fn try_open(address: &Address, prefix: &str) -> rusqlite::Result<Result<Self>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = InTurn::new(match &address.location {
            Location::File(path) => Connection::open_with_flags(path, flags)?,
            Location::Memory => Connection::open_in_memory_with_flags(flags)?,
        });
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.busy_handler(Some(wait))?;
        // A statement is planned once. SQLite would look at what is bound (the number of jobs to
        // claim, say) and plan anew for each other value, at the cost of many rows.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // In this order: whoever makes the tables in between has signed the file with them.
        let objects: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let owner: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if owner != APPLICATION_ID && objects > 0 {
            return Ok(Err(refuse(format!(
                "store {} is a SQLite database of another program: give a file of its own",
                address.name
            ))));
        }
        if connection.is_readonly("main")? {
            return Ok(Err(Error::StoreUnavailable(format!(
                "store {} is read-only: this user may not write the file or its folder",
                address.name
            ))));
        }
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if let Err(error) = check_version(version, MIGRATIONS.len(), &address.name) {
            return Ok(Err(error));
        }
        // The journal's mode is kept in the file; the rest holds for this connection.
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(
            None,
            "synchronous",
            if address.full_sync { "full" } else { "normal" },
        )?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        Room::in_chunks(&connection)?;
        let tables = Tables::new(prefix);
        if let Err(error) = migrate(&mut connection, &tables, MIGRATIONS, &address.name)? {
            return Ok(Err(error));
        }
        Ok(Ok(Database { connection, tables }))
    }

    /// A prepared statement, over this queue's tables.
    pub fn prepare(&self, sql: &'static str) -> rusqlite::Result<CachedStatement<'_>> {
        match self.tables.translated(sql) {
            None => self.connection.prepare_cached(sql),
            Some(text) => self.connection.prepare_cached(&text),
        }
    }

    /// A statement whose text was made on the spot, over this queue's tables.
    pub fn translate(&self, sql: &str) -> String {
        self.tables.translate(sql)
    }
}

thread_local! {
    /// Whether this thread waits for others who have the file. SQLite asks a plain function.
    static WAITS: Cell<bool> = const { Cell::new(true) };
}

/// Do something that fails at once where another process has the file.
pub fn without_waiting<T>(work: impl FnOnce() -> T) -> T {
    WAITS.set(false);
    let done = work();
    WAITS.set(true);
    done
}

/// Called by SQLite while another process writes. Most groups take around a millisecond.
fn wait(count: i32) -> bool {
    if !WAITS.get() {
        return false;
    }
    std::thread::sleep(Duration::from_micros(50 * (1 + u64::from(count.unsigned_abs().min(9)))));
    count < 20
}

/// SQLite tells "cannot open" of many things; these two can be said better.
fn check_path(path: &Path, name: &str) -> Result<()> {
    let problem = if path.is_dir() {
        "is a folder, not a file".to_owned()
    } else {
        match path.parent() {
            Some(folder) if !folder.is_dir() => {
                "lies in a folder that does not exist, or that this user may not enter: make the folder first".to_owned()
            }
            _ => return Ok(()),
        }
    };
    Err(Error::StoreUnavailable(format!("store {name} {problem}")))
}

/// Where nothing can be written beside the file, SQLite says only that it cannot be opened. A file
/// is made there to find out, since the database itself must not be opened past SQLite.
fn not_writable(address: &Address) -> Option<Error> {
    let Location::File(path) = &address.location else { return None };
    let mut probe = path.as_os_str().to_owned();
    probe.push(".probe");
    let why = match OpenOptions::new().write(true).create_new(true).open(&probe) {
        Ok(_) => {
            // Nobody else has a use for it.
            let _ = std::fs::remove_file(&probe);
            return None;
        }
        Err(error) => match error.kind() {
            ErrorKind::ReadOnlyFilesystem => "it lies on a disk that is mounted read-only",
            ErrorKind::PermissionDenied => "this user may not write the file or its folder",
            _ => return None,
        },
    };
    Some(Error::StoreUnavailable(format!("store {} is read-only: {why}", address.name)))
}

fn refuse(message: String) -> Error {
    Error::InvalidArg { argument: "store".to_owned(), message }
}

fn check_version(version: i64, known: usize, name: &str) -> Result<()> {
    if version > known as i64 || version < 0 {
        return Err(refuse(format!(
            "store {name} was written by a newer rekue (schema {version}, this one knows {known}): \
             use that version; the file was left as it is"
        )));
    }
    Ok(())
}

/// Bring every queue of the file to the last version, and make the tables of this one.
fn migrate(
    connection: &mut Connection,
    tables: &Tables,
    steps: &[&str],
    name: &str,
) -> rusqlite::Result<Result<()>> {
    let exists = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    let own = tables.name("jobs");
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let made: i64 = connection.query_row(exists, [&own], |row| row.get(0))?;
    if version == steps.len() as i64 && made == 1 {
        return Ok(Ok(()));
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been quicker, with another version of rekue.
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if let Err(error) = check_version(version, steps.len(), name) {
        return Ok(Err(error));
    }
    let done = usize::try_from(version).unwrap_or(0);
    for prefix in prefixes(&transaction)? {
        let tables = Tables::new(&prefix);
        for step in steps.iter().skip(done) {
            transaction.execute_batch(&tables.translate(step))?;
        }
    }
    let made: i64 = transaction.query_row(exists, [&own], |row| row.get(0))?;
    if made == 0 {
        for step in steps {
            transaction.execute_batch(&tables.translate(step))?;
        }
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", steps.len() as i64)?;
    transaction.commit()?;
    Ok(Ok(()))
}

/// The prefixes that have tables in this file.
pub fn prefixes(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut tables = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name = 'jobs' OR name LIKE '%:jobs')",
    )?;
    let names = tables.query_map([], |row| row.get::<_, String>(0))?;
    names
        .map(|name| Ok(name?.strip_suffix(":jobs").map_or_else(|| "q".to_owned(), str::to_owned)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [&str; 2] =
        ["CREATE TABLE jobs (id INTEGER PRIMARY KEY)", "ALTER TABLE jobs ADD COLUMN hue"];

    fn columns(connection: &Connection, table: &str) -> usize {
        let sql = format!("SELECT * FROM \"{table}\"");
        connection.prepare(&sql).unwrap().column_count()
    }

    #[test]
    fn every_queue_of_a_file_migrates_forward() {
        let mut connection = Connection::open_in_memory().unwrap();
        for prefix in ["q", "other"] {
            migrate(&mut connection, &Tables::new(prefix), &STEPS[..1], "x").unwrap().unwrap();
        }
        assert_eq!(columns(&connection, "other:jobs"), 1);
        migrate(&mut connection, &Tables::new("q"), &STEPS, "x").unwrap().unwrap();
        assert_eq!((columns(&connection, "jobs"), columns(&connection, "other:jobs")), (2, 2));
        migrate(&mut connection, &Tables::new("third"), &STEPS, "x").unwrap().unwrap();
        assert_eq!(columns(&connection, "third:jobs"), 2);
    }

    #[test]
    fn a_newer_version_is_refused_and_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &Tables::new("q"), &STEPS, "x").unwrap().unwrap();
        let error = migrate(&mut connection, &Tables::new("p"), &STEPS[..1], "jobs.db")
            .unwrap()
            .unwrap_err();
        assert_eq!(error.code(), "ERR_INVALID_ARG");
        assert!(error.to_string().contains("schema 2, this one knows 1"), "{error}");
        assert_eq!(prefixes(&connection).unwrap(), ["q"]);
    }
}
