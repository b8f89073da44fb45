//! rekue: the Rust part of the Node.js addon.
//!
//! Who knows whom: `binding` (the only part that knows napi) calls `queue`, `pagination`,
//! `cache` and `i18n`, which know nothing of each other; `queue` and `cache` reach a server through `redis`,
//! which has no word of queues; `error` is known to all. Nothing reaches back up.
//!
//! A queue lives on the I/O thread (`runtime`): `queue::engine` takes what JavaScript submits, moves
//! jobs through a `queue::store`, and answers through the `bridge`, one string for a batch.
//! `docs/architecture.md` follows a job on its way.

pub mod binding;
pub mod bridge;
pub mod cache;
pub mod error;
pub mod i18n;
pub mod offers;
pub mod pagination;
pub mod queue;
pub mod redis;
pub mod runtime;
