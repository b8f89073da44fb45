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
    /// The store refuses writes for lack of memory or disk.
    #[error("{0}")]
    StoreFull(String),
    /// The text is Kue's.
    #[error("job \"{0}\" doesnt exist")]
    JobNotFound(String),
    /// An outcome for a job that was given to another worker.
    #[error("{0}")]
    LeaseLost(String),
    /// A defect of this library: an answer that no store should give, or a panic.
    #[error("{0}")]
    Internal(String),
}

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The stable code, as listed in `index.d.ts`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::InvalidArg { .. } => "ERR_INVALID_ARG",
            Error::StoreUnavailable(_) => "ERR_STORE_UNAVAILABLE",
            Error::StoreFull(_) => "ERR_STORE_FULL",
            Error::JobNotFound(_) => "ERR_JOB_NOT_FOUND",
            Error::LeaseLost(_) => "ERR_LEASE_LOST",
            Error::Internal(_) => "ERR_INTERNAL",
        }
    }

    /// Properties that the JavaScript error carries beside `code` and `message`.
    pub fn details(&self) -> Option<Value> {
        match self {
            Error::InvalidArg { argument, .. } => Some(json!({ "argument": argument })),
            _ => None,
        }
    }
}
