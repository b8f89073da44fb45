//! The border to JavaScript: the only modules that know napi. They check, call and convert.

pub mod cache;
pub mod i18n;
pub mod i18n_tools;
pub mod pagination;
mod place;
pub mod queue;
mod raw;
pub mod redis;
pub mod shared_cache;
pub mod store;
pub mod tiered_cache;

use crate::error::Error;

/// Stands between the message and the details (JSON) of an error; `lib/errors.js` splits there.
const DETAILS_MARK: char = '\u{1}';

/// A napi error whose `code` is ours.
pub type NapiError = napi::Error<String>;

/// Carry an error over the border: `code`, message and, behind a mark, its details.
pub fn to_napi(error: Error) -> NapiError {
    // A name from outside may hold anything.
    let mut reason = error.to_string().replace(DETAILS_MARK, "\\u0001");
    if let Some(details) = error.details() {
        reason.push(DETAILS_MARK);
        reason.push_str(&details.to_string());
    }
    napi::Error::new(error.code().to_owned(), reason)
}
