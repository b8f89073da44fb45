//! What SQLite refuses, in the user's words.

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_WRITE};

use crate::error::Error;

/// The error for a failure of the store called `name`.
pub fn fault(name: &str, error: &rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return Error::Internal(format!("store {name}: {error}"));
    };
    match failure.code {
        ErrorCode::DiskFull => full(name, "the disk is full"),
        // A quota or a limit on file sizes shows as a failed write.
        ErrorCode::SystemIoFailure
            if [SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_WRITE].contains(&failure.extended_code) =>
        {
            full(name, "its file cannot grow")
        }
        ErrorCode::NotADatabase => Error::InvalidArg {
            argument: "store".to_owned(),
            message: format!("store {name} is a file that is no SQLite database"),
        },
        ErrorCode::TooBig => Error::TooLarge(format!(
            "store {name} takes no text as large as this: keep it elsewhere and store where it is"
        )),
        ErrorCode::ReadOnly => Error::StoreUnavailable(format!(
            "store {name} is read-only: this user may not write the file or its folder"
        )),
        ErrorCode::CannotOpen => Error::StoreUnavailable(format!(
            "store {name} cannot be opened: its folder is missing, or this user may not use it"
        )),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::StoreUnavailable(format!(
            "store {name} is locked by another program that does not let go of it"
        )),
        ErrorCode::DatabaseCorrupt => Error::StoreUnavailable(format!(
            "store {name} is damaged: restore it from a copy (rekue store backup makes them)"
        )),
        ErrorCode::SystemIoFailure => {
            Error::StoreUnavailable(format!("store {name} cannot be read or written: {error}"))
        }
        _ => Error::Internal(format!("store {name}: {error}")),
    }
}

fn full(name: &str, why: &str) -> Error {
    Error::StoreFull(format!(
        "store {name} refuses writes, {why}: make room or remove jobs; nothing was lost"
    ))
}

/// Whether somebody else has the file just now.
pub fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
