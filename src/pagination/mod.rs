//! Any page of a large file of delimited text, at once.

pub mod cursor;
pub mod dialect;
pub mod index;
pub mod live;
mod masks;
pub mod records;
pub mod scan;
mod sidecar;
pub mod source;
pub mod table;
