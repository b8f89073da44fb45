//! A copy of a file that is in use.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::address::{Address, Location};
use super::database::{Database, prefixes};
use super::faults::fault;
use super::tables::Tables;
use crate::error::{Error, Result};

/// Copy the store's file as it is at one moment, while others read and write it.
///
/// All pages go in one step of SQLite's backup: in WAL mode that reads from one snapshot and holds
/// nobody up, where a copy in several steps would begin anew with each write.
///
/// # Errors
/// `ERR_INVALID_ARG` for a store in memory, and where there is something at `copy` already.
pub fn backup(address: &Address, copy: &Path, patience: Duration) -> Result<()> {
    let refuse = |argument: &str, message: String| Error::InvalidArg {
        argument: argument.to_owned(),
        message,
    };
    let Location::File(file) = &address.location else {
        return Err(refuse("file", "a store in memory has no file to copy".to_owned()));
    };
    if !file.is_file() {
        return Err(refuse("file", format!("store {} does not exist", address.name)));
    }
    let shown = copy.display();
    if copy.exists() {
        return Err(refuse("copy", format!("{shown} exists already: give another name")));
    }
    let database = Database::open(address, "q", patience)?;
    // Under its name only once it is whole.
    let mut partial = copy.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let done = write(&database, partial).map_err(|error| fault(&format!("{shown}"), &error));
    let done = done.and_then(|()| {
        std::fs::rename(partial, copy).map_err(|error| {
            Error::StoreUnavailable(format!("{shown} cannot be written: {}", error.kind()))
        })
    });
    if done.is_err() {
        // Best effort: what failed is told below.
        let _ = std::fs::remove_file(partial);
    }
    done
}

fn write(database: &Database, partial: &Path) -> rusqlite::Result<()> {
    let mut copy = Connection::open(partial)?;
    Backup::new(&database.connection, &mut copy)?.step(-1)?;
    // A file of its own: nobody is to be told of its changes, and there is no log beside it.
    copy.pragma_update(None, "journal_mode", "delete")?;
    for prefix in prefixes(&copy)? {
        let clear = Tables::new(&prefix).translate("DELETE FROM peers; DELETE FROM events;");
        copy.execute_batch(&clear)?;
    }
    copy.close().map_err(|(_, error)| error)
}
