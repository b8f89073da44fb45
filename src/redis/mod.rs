//! The connection to Redis: finding it, connecting, reconnecting, batching. No word of queues in
//! here.

mod address;
pub mod client;
mod cluster;
pub mod config;
mod connect;
mod direct;
mod distrust;
mod finder;
mod greeting;
mod link;
mod predecessor;
pub mod pubsub;
pub mod reply;
pub mod resp;
mod sentinel;
pub mod session;
pub mod stream;
mod survey;
pub mod tls;
pub mod trouble;
mod turns;

pub use address::Address;
pub use client::Client;
pub use config::Config;
pub use connect::{Dedicated, Herald};
pub use direct::Direct;
pub use finder::Finder;
pub use predecessor::Identity;

/// Runs what a test awaits.
#[cfg(test)]
fn on_a_runtime(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}
