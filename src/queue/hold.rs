//! A job in hand: what its worker must know to judge how it ends.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::backoff::{Retry, retry};
use super::job::{JobRecord, Terms};
use super::store::{AfterFailure, Claimant, Failure, Fence, Outcome, Settlement};

/// A ttl is looked at this long after it should be over: clocks tick in milliseconds.
const TTL_SLACK: Duration = Duration::from_millis(2);

/// What a job fails with when its ttl is over (Kue's words).
const TTL_EXCEEDED: &str = "TTL exceeded";

/// A job that is with its processor.
pub struct Hold {
    pub fence: Fence,
    pub terms: Terms,
    pub ttl_over: Option<Instant>,
    /// Its outcome is on the way to the store.
    pub settling: bool,
    /// How often the store did not take its outcome, alone.
    pub setbacks: u32,
    /// It was too large for the store, which is told less.
    pub reduced: bool,
}

/// The jobs in hand, by id.
#[derive(Default)]
pub struct Holds {
    by_id: HashMap<String, Hold>,
    /// How many of them have no outcome yet.
    pub unsettled: usize,
}

impl Holds {
    pub fn insert(&mut self, id: String, hold: Hold) {
        let before = self.by_id.insert(id, hold);
        self.unsettled += usize::from(before.is_none_or(|before| before.settling));
    }

    pub fn get(&self, id: &str) -> Option<&Hold> {
        self.by_id.get(id)
    }

    pub fn get_mut(&mut self, id: &str) -> Option<&mut Hold> {
        self.by_id.get_mut(id)
    }

    /// Its outcome is known; `None` where the claim does not hold it.
    pub fn settle(&mut self, id: &str, fence: Fence) -> Option<&mut Hold> {
        let hold = self.by_id.get_mut(id).filter(|hold| hold.fence == fence)?;
        self.unsettled -= usize::from(!hold.settling);
        hold.settling = true;
        Some(hold)
    }

    pub fn remove(&mut self, id: &str) -> Option<Hold> {
        let hold = self.by_id.remove(id)?;
        self.unsettled -= usize::from(!hold.settling);
        Some(hold)
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Hold)> {
        self.by_id.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&String, &mut Hold)> {
        self.by_id.iter_mut()
    }

    pub fn values(&self) -> impl Iterator<Item = &Hold> {
        self.by_id.values()
    }
}

impl Hold {
    pub fn new(terms: Terms, fence: Fence) -> Self {
        Hold {
            fence,
            ttl_over: over_in(terms.ttl_ms),
            settling: false,
            setbacks: 0,
            reduced: false,
            terms,
        }
    }

    /// Its ttl starts anew.
    pub fn touch(&mut self) {
        self.ttl_over = over_in(self.terms.ttl_ms);
    }

    /// Attempts made once this one is over.
    pub fn attempts(&self) -> u64 {
        attempts_after(self.terms.attempts_made, self.terms.attempts_allowed)
    }
}

fn over_in(ttl_ms: Option<u64>) -> Option<Instant> {
    ttl_ms.map(|ms| Instant::now() + Duration::from_millis(ms) + TTL_SLACK)
}

fn attempts_after(made: u64, allowed: u64) -> u64 {
    if made < allowed { made + 1 } else { made }
}

/// What a job fails with when its ttl is over.
pub fn ttl_exceeded() -> Failure {
    let text = || TTL_EXCEEDED.to_owned();
    Failure { error: text(), summary: text(), message: text() }
}

/// The outcome of a failed attempt. `own_delay` is what a backoff function gave.
pub fn failed(hold: &Hold, failure: Failure, own_delay: Option<f64>) -> Outcome {
    let terms = &hold.terms;
    let next = if hold.attempts() >= terms.attempts_allowed {
        AfterFailure::Final
    } else if let Some(ms) = own_delay.filter(|ms| *ms >= 1.0) {
        AfterFailure::Delayed(ms as u64)
    } else {
        match retry(terms.backoff.as_deref(), terms.delay_ms, hold.attempts()) {
            Retry::AtOnce => AfterFailure::AtOnce,
            Retry::After(ms) => AfterFailure::Delayed(ms),
        }
    };
    Outcome::Failed { failure, next }
}

/// The settlement of a job whose ttl is over and whose worker nobody knows here.
pub fn overdue(job: &JobRecord) -> Settlement {
    let hold = Hold::new(job.terms(), Fence(0));
    Settlement {
        id: job.id.clone(),
        claimant: Claimant::AfterTtl(hold.fence),
        attempts: hold.attempts(),
        outcome: failed(&hold, ttl_exceeded(), None),
        told: false,
    }
}
