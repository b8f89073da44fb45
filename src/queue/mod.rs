//! The queue: jobs, their states and the engine that moves them, over any store.

pub mod backoff;
pub mod calls;
pub mod caretaker;
pub mod direct;
pub mod engine;
pub mod events;
pub mod hold;
pub mod job;
pub mod lease;
pub mod prefetch;
pub mod promoter;
pub mod protocol;
pub mod repair;
pub mod search;
pub mod state;
pub mod store;
pub mod worker;
