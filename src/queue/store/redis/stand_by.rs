//! A claim that the server has already, and makes once a wait is over.

use redis::{Cmd, Value};

use super::settle::read_settled;
use super::sound_last;
use crate::error::Error;
use crate::queue::store::{Batch, Served, Serving, Signal, Signals};

/// A claim that is made once there may be a job. Whatever becomes of it is told, once.
pub struct StandBy {
    /// Until that is told.
    claim: Option<Batch>,
    pub command: Cmd,
    pub sent: bool,
    signals: Signals,
}

impl StandBy {
    pub fn new(claim: Batch, command: Cmd, signals: Signals) -> Self {
        StandBy { claim: Some(claim), command, sent: false, signals }
    }

    pub fn job_type(&self) -> &str {
        self.claim.as_ref().map_or("", |claim| &claim.job_type)
    }

    /// Whether it is what is to stand by while these types are waited for.
    pub fn suits(&self, types: &[String]) -> bool {
        matches!(types, [only] if only == self.job_type())
    }

    /// The server answered, and `tokens` ended the wait.
    pub fn answered(mut self, answer: Option<Value>, tokens: u32) {
        let Some(claim) = &self.claim else { return };
        let settled = answer
            .ok_or_else(|| Error::Internal("Redis did not answer a claim".to_owned()))
            .and_then(|value| read_settled(sound_last(vec![value])?, claim));
        // A call will tell what the matter is, if it lasts.
        self.end(settled.map_or(Serving::Refused { tokens }, Serving::Made));
    }

    fn end(&mut self, outcome: Serving) {
        if let Some(claim) = self.claim.take() {
            let _ = self.signals.send(Signal::Served(Served { claim, outcome }));
        }
    }
}

impl Drop for StandBy {
    fn drop(&mut self) {
        self.end(if self.sent { Serving::Lost } else { Serving::Unsent });
    }
}
