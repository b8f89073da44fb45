//! rekue: the Rust part of the Node.js addon.

pub mod binding;
pub mod error;
