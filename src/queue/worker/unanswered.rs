//! Jobs whose claims cannot be answered: they are too large for the connection, or for the time that
//! a call has.
//!
//! Such a claim gets lost and its job goes back, where it is the first one again: the next claim would
//! get lost too, and nothing of its type ever run. So a job whose claims, of it alone, get lost again
//! and again is put off, that others may run, or another worker get it over a better connection; and
//! in the end it fails, as one does that loses its workers.

use std::collections::HashMap;
use std::time::Duration;

use crate::error::Error;
use crate::queue::store::{AfterFailure, Claimant, Failure, Fence, Held, Outcome, Settlement};

/// Claims of a job that get lost one after the other before it is put off: a connection may also break
/// by chance.
const LEAST_LOSSES: u32 = 3;
/// For how long it is put off; it doubles each time.
const PAUSE: Duration = Duration::from_secs(5);
const MOST_DOUBLINGS: u32 = 6;
/// Others may have run a job since, of which nobody here hears.
const MOST_REMEMBERED: usize = 1000;

/// What a worker knows of claims that were not answered.
#[derive(Default)]
pub(super) struct Unanswered {
    /// Claims of one job each, until it is known of which, if any.
    claims: Vec<Fence>,
    /// How often that befell a job since it was claimed here the last time.
    losses: HashMap<String, u32>,
}

impl Unanswered {
    /// The answer to a claim of one job got lost.
    pub fn add(&mut self, claim: Fence) {
        self.claims.push(claim);
    }

    /// A job was claimed, and that was answered.
    pub fn clear(&mut self, id: &str) {
        if !self.losses.is_empty() {
            self.losses.remove(id);
        }
    }

    /// What the store held for these claims was looked at.
    pub fn forget(&mut self, are_over: impl Fn(Fence) -> bool) {
        self.claims.retain(|claim| !are_over(*claim));
    }

    /// What becomes of a job that is held unknown to anybody here, and what is to be said of it.
    pub fn judge(&mut self, held: &Held, max_lost: u32) -> (Settlement, Option<Error>) {
        let Held { id, fence, attempts, .. } = held;
        let back = || Settlement::release(id.clone(), *fence, *attempts);
        let Some(at) = self.claims.iter().position(|claim| claim == fence) else {
            return (back(), None);
        };
        self.claims.swap_remove(at);
        if self.losses.len() >= MOST_REMEMBERED {
            self.losses.clear();
        }
        let losses = self.losses.entry(id.clone()).or_default();
        *losses += 1;
        let Some(put_off) = losses.checked_sub(LEAST_LOSSES) else { return (back(), None) };
        let message = format!(
            "the answer to its claim was lost {losses} times: the job may be too large for the \
             connection (client-output-buffer-limit), or for the time that a call has (commandTimeout)"
        );
        let pause = PAUSE * 2u32.pow(put_off.min(MOST_DOUBLINGS));
        let (next, outlook) = if put_off < max_lost {
            let ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            (AfterFailure::Delayed(ms), format!("it is tried again in {} s", pause.as_secs()))
        } else {
            self.losses.remove(id);
            (AfterFailure::Final, "it has failed".to_owned())
        };
        let said = Error::StoreUnavailable(format!("job \"{id}\": {message}; {outlook}"));
        let (error, summary) = (message.clone(), message.clone());
        let failure = Failure { error, summary, message };
        let settlement = Settlement {
            id: id.clone(),
            claimant: Claimant::Holder(*fence),
            // None was made: its processor never saw it.
            attempts: *attempts,
            outcome: Outcome::Failed { failure, next },
            // Nothing of it runs here, so nobody is to hear where it is not held any more.
            told: true,
        };
        (settlement, Some(said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(id: &str, fence: u64) -> Held {
        Held { id: id.to_owned(), fence: Fence(fence), job_type: "a".to_owned(), attempts: 1 }
    }

    /// What becomes of it: the ms for which it is put off.
    fn lost(unanswered: &mut Unanswered, id: &str, fence: u64) -> Option<u64> {
        unanswered.add(Fence(fence));
        let (settlement, said) = unanswered.judge(&held(id, fence), 2);
        assert_eq!(said.is_some(), !matches!(settlement.outcome, Outcome::Released));
        assert_eq!(settlement.attempts, 1);
        match settlement.outcome {
            Outcome::Released => None,
            Outcome::Failed { next: AfterFailure::Delayed(ms), .. } => Some(ms),
            Outcome::Failed { next: AfterFailure::Final, .. } => Some(u64::MAX),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_job_whose_claims_get_lost_is_put_off_and_fails_in_the_end() {
        let mut unanswered = Unanswered::default();
        let fates: Vec<_> = (0..6).map(|fence| lost(&mut unanswered, "1", fence)).collect();
        assert_eq!(fates, [None, None, Some(5000), Some(10_000), Some(u64::MAX), None]);
    }

    #[test]
    fn an_answer_in_between_says_that_it_was_chance() {
        let mut unanswered = Unanswered::default();
        for fence in 0..20 {
            assert_eq!(lost(&mut unanswered, "1", fence), None);
            if fence % 2 == 1 {
                unanswered.clear("1");
            }
        }
    }

    #[test]
    fn claims_of_several_jobs_and_those_that_are_over_do_not_count() {
        let mut unanswered = Unanswered::default();
        for fence in 0..5 {
            let (settlement, said) = unanswered.judge(&held("1", fence), 0);
            assert!(matches!(settlement.outcome, Outcome::Released) && said.is_none());
            unanswered.add(Fence(10 + fence));
            unanswered.forget(|claim| claim.0 < 20);
            let (settlement, _) = unanswered.judge(&held("1", 10 + fence), 0);
            assert!(matches!(settlement.outcome, Outcome::Released));
        }
    }
}
