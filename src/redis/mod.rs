//! The connection to Redis: connecting, reconnecting, batching. No word of queues in here.

pub mod client;
pub mod config;
mod predecessor;
pub mod pubsub;
pub mod reply;
pub mod resp;
pub mod session;
pub mod stream;
pub mod tls;

pub use client::Client;
pub use config::Config;
