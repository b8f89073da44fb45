//! Any page of a large file of delimited text, at once.

pub mod column;
pub mod cursor;
pub mod dialect;
mod fields;
pub mod filter;
pub mod index;
mod interner;
pub mod live;
mod masks;
mod number;
mod numbers;
pub mod page;
pub mod query;
pub mod records;
mod render;
pub mod scan;
mod sidecar;
mod sort;
pub mod source;
pub mod state;
pub mod table;
mod texts;
pub mod view;
