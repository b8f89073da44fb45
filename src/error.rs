//! The errors of the crate: one enum, each variant with a stable code.

use serde_json::{Value, json};

/// What can go wrong, as the user hears of it.
///
/// Messages name the thing, the value and the way out, and hold nothing of the system (no paths
/// beyond those the caller gave, no stack).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// An argument of the wrong type or shape.
    #[error("{message}")]
    InvalidArg { argument: String, message: String },
    /// No connection in time; nothing was half done.
    #[error("{0}")]
    StoreUnavailable(String),
    /// The store is there, and cannot take this call: what it holds in its place is of another kind.
    /// Asking again does not help; another call may be taken.
    #[error("{0}")]
    StoreRefused(String),
    /// A text that is too large for the store, or for JavaScript.
    #[error("{0}")]
    TooLarge(String),
    /// The store refuses writes for lack of memory or disk.
    #[error("{0}")]
    StoreFull(String),
    /// The text is Kue's.
    #[error("job \"{0}\" doesnt exist")]
    JobNotFound(String),
    /// An outcome for a job that was given to another worker.
    #[error("{0}")]
    LeaseLost(String),
    /// A page or page size that is none.
    #[error("{message}")]
    InvalidPage { argument: String, message: String },
    /// An index below 0 or past the last row.
    #[error("index must be from 0 to the last row, {last}, but it was {index}", last = last.map_or("of which there is none".into(), |last| last.to_string()))]
    IndexOutOfRange { index: String, last: Option<u64> },
    /// A cursor that this library did not make, or made for another query.
    #[error("{message}")]
    InvalidCursor { reason: &'static str, message: String },
    /// A cursor of an earlier version of the data.
    #[error("The cursor is of an earlier version of the data; start again without one")]
    StaleCursor,
    /// Delimited text that cannot be read. `line` counts from 1 (0 where no line is meant),
    /// `offset` in bytes from the start of the file.
    #[error("{message}")]
    Csv { problem: CsvProblem, line: u64, offset: u64, message: String },
    /// A locale without catalogs.
    #[error("{message}")]
    UnsupportedLocale { locale: String, message: String },
    /// A catalog of messages that cannot be read. Line and column count from 1.
    #[error("{file}:{line}:{column}: {message}")]
    Ftl { file: String, line: u32, column: u32, message: String },
    /// A call on a data set after its `close()`.
    #[error("The data set is closed")]
    DatasetClosed,
    /// A defect of this library: an answer that no store should give, or a panic.
    #[error("{0}")]
    Internal(String),
}

/// What is wrong with delimited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvProblem {
    Ragged,
    TooLong,
    Encoding,
    Quote,
    TooManyRows,
    Changed,
    Read,
}

impl CsvProblem {
    /// The `reason` of the JavaScript error.
    pub fn name(self) -> &'static str {
        match self {
            CsvProblem::Ragged => "ragged",
            CsvProblem::TooLong => "too-long",
            CsvProblem::Encoding => "encoding",
            CsvProblem::Quote => "quote",
            CsvProblem::TooManyRows => "too-many-rows",
            CsvProblem::Changed => "changed",
            CsvProblem::Read => "read",
        }
    }
}

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The stable code, as listed in `index.d.ts`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::InvalidArg { .. } => "ERR_INVALID_ARG",
            Error::StoreUnavailable(_) | Error::StoreRefused(_) | Error::TooLarge(_) => {
                "ERR_STORE_UNAVAILABLE"
            }
            Error::StoreFull(_) => "ERR_STORE_FULL",
            Error::JobNotFound(_) => "ERR_JOB_NOT_FOUND",
            Error::LeaseLost(_) => "ERR_LEASE_LOST",
            Error::InvalidPage { .. } => "ERR_INVALID_PAGE",
            Error::IndexOutOfRange { .. } => "ERR_INDEX_OUT_OF_RANGE",
            Error::InvalidCursor { .. } => "ERR_INVALID_CURSOR",
            Error::StaleCursor => "ERR_STALE_CURSOR",
            Error::Csv { .. } => "ERR_CSV",
            Error::UnsupportedLocale { .. } => "ERR_UNSUPPORTED_LOCALE",
            Error::Ftl { .. } => "ERR_FTL",
            Error::DatasetClosed => "ERR_DATASET_CLOSED",
            Error::Internal(_) => "ERR_INTERNAL",
        }
    }

    /// Properties that the JavaScript error carries beside `code` and `message`.
    pub fn details(&self) -> Option<Value> {
        match self {
            Error::InvalidArg { argument, .. } | Error::InvalidPage { argument, .. } => {
                Some(json!({ "argument": argument }))
            }
            Error::IndexOutOfRange { last, .. } => Some(json!({ "last": last })),
            Error::InvalidCursor { reason, .. } => Some(json!({ "reason": reason })),
            Error::Csv { problem, line, offset, .. } => {
                Some(json!({ "reason": problem.name(), "line": line, "offset": offset }))
            }
            Error::UnsupportedLocale { locale, .. } => Some(json!({ "locale": locale })),
            Error::Ftl { file, line, column, .. } => {
                Some(json!({ "file": file, "line": line, "column": column }))
            }
            _ => None,
        }
    }
}
