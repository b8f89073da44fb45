//! rekue: the Rust part of the Node.js addon.

pub mod binding;
pub mod bridge;
pub mod cache;
pub mod error;
pub mod pagination;
pub mod queue;
pub mod redis;
pub mod runtime;
