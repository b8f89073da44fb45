//! The five states of a job, named as Kue stores them.

use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Waiting for a worker.
    Inactive,
    /// Held by a worker.
    Active,
    Complete,
    Failed,
    /// Waiting for its time, then inactive.
    Delayed,
}

impl State {
    pub const ALL: [State; 5] =
        [State::Inactive, State::Active, State::Complete, State::Failed, State::Delayed];

    /// The name in the store and in the API.
    pub fn name(self) -> &'static str {
        match self {
            State::Inactive => "inactive",
            State::Active => "active",
            State::Complete => "complete",
            State::Failed => "failed",
            State::Delayed => "delayed",
        }
    }
}
