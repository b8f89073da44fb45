//! Working off one type: claiming jobs for the free slots, recording what came of them.
//!
//! A call to the store leaves as soon as there is something to say and nothing is under way, with
//! everything that has gathered meanwhile: an idle worker answers at once, a busy one in batches,
//! and nobody chose the size. A second one may leave while the first is under way, so that the
//! store and this side work at the same time.

mod known;
mod offers;
mod setbacks;
mod stand_by;
mod unanswered;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join;
use futures_util::stream::FuturesOrdered;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use self::offers::Offered;
use self::unanswered::Unanswered;
use super::engine::Core;
use super::hold::{Hold, Holds, failed, ttl_exceeded};
use super::job::{OwnTerms, Terms};
use super::lease;
use super::prefetch::Prefetch;
use super::protocol::{self, Claim, Completions, Ran};
use super::store::{
    AfterFailure, Batch, Claimant, Claimed, ClaimedJobs, Failure, Fence, Outcome, Settled,
    Settlement, Verdict,
};
use crate::bridge::LONGEST_BYTES;
use crate::error::Result;

/// Outcomes in one call, so that a burst does not hold the store for long.
const MOST_OUTCOMES: usize = 1000;
/// Slots filled by one call, for the same reason.
const MOST_CLAIMS: usize = 1000;
/// Outcomes for which a second call leaves while one is under way, with few slots.
const LEAST_SECOND_BATCH: usize = 4;
/// The next look, where the store says that it is not over (progress prolongs it).
const TTL_NOT_YET: Duration = Duration::from_millis(50);

/// The worker of one type in this process.
pub struct Worker {
    pub job_type: String,
    state: RefCell<State>,
    changed: Notify,
    /// Set when the store had fewer jobs than there are slots; a wake-up clears it.
    pub hungry: Cell<bool>,
    under_way: Cell<usize>,
    /// The last call failed in a way that leaves open whether it took effect.
    unsure: Cell<bool>,
    /// Outcomes in the next call: fewer where the store has no room for as many, or refuses one of them.
    most_outcomes: Cell<usize>,
    /// Jobs in the next claim: fewer where the answers take too long or get lost.
    most_claims: Cell<usize>,
    /// Whether the store was asked to wake it.
    pub watched: Cell<bool>,
}

#[derive(Default)]
struct State {
    /// The slots that take jobs.
    slots: BTreeSet<u32>,
    /// Jobs that JavaScript had not started when last looked at, the oldest first.
    offered: VecDeque<Offered>,
    prefetch: Prefetch,
    /// Claims under way.
    asked: usize,
    /// Calls under way, oldest first.
    flying: VecDeque<Fence>,
    /// The claim that the store makes by itself once there is a job.
    standing_by: Option<Fence>,
    /// It is not to be made any more as it is.
    called_off: bool,
    settlements: Vec<Settlement>,
    /// Those that the store did not take, and when they are told again.
    postponed: Vec<(Instant, Settlement)>,
    held: Holds,
    unanswered: Unanswered,
    tokens: u32,
    wakes: u64,
}

/// A call that is under way.
struct Sent {
    batch: Batch,
    /// The wake-ups until then.
    wakes: u64,
    at: Instant,
    /// Whether no other was under way, so that its time is that of a round trip.
    alone: bool,
}

impl Worker {
    pub fn new(job_type: &str) -> Self {
        Worker {
            job_type: job_type.to_owned(),
            state: RefCell::default(),
            changed: Notify::new(),
            hungry: Cell::new(false),
            under_way: Cell::new(0),
            unsure: Cell::new(false),
            most_outcomes: Cell::new(MOST_OUTCOMES),
            most_claims: Cell::new(MOST_CLAIMS),
            watched: Cell::new(false),
        }
    }

    /// Take jobs for these slots too.
    pub fn work(&self, slots: Vec<u32>) {
        self.state.borrow_mut().slots.extend(slots);
        self.hungry.set(false);
        self.changed.notify_one();
    }

    /// Take no jobs for these slots any more.
    pub fn rest(&self, core: &Core, slots: &[u32]) {
        let mut state = self.state.borrow_mut();
        state.slots.retain(|slot| !slots.contains(slot));
        state.return_unwanted(core);
        drop(state);
        self.call_off(core);
    }

    /// Take no jobs any more, and give back those that were not started.
    pub fn retire(&self, core: &Core) {
        let mut state = self.state.borrow_mut();
        state.slots.clear();
        state.return_unwanted(core);
        drop(state);
        self.call_off(core);
    }

    /// There may be jobs.
    pub fn wake(&self, tokens: u32) {
        let mut state = self.state.borrow_mut();
        state.tokens += tokens;
        state.wakes += 1;
        self.hungry.set(false);
        self.watched.set(false);
        self.changed.notify_one();
    }

    /// Whether a wake-up would be answered with a claim.
    pub fn waits(&self) -> bool {
        let state = self.state.borrow();
        let idle = self.hungry.get() && self.under_way.get() == 0 && !state.called_off;
        idle && state.slots.len() > state.held.unsettled
    }

    /// Whether everything that was said has reached the store.
    pub fn settled(&self) -> bool {
        let state = self.state.borrow();
        let told = state.settlements.is_empty() && state.postponed.is_empty();
        self.under_way.get() == 0 && told && state.tokens == 0
    }

    pub fn done(&self, core: &Core, claim: Claim, result: Option<String>, own: OwnTerms) {
        let complete = |hold: &Hold| Outcome::Complete { result, remove: hold.terms.removes };
        self.finish(core, claim.id, Fence(claim.fence), claim.ran, own, complete);
    }

    pub fn completed(&self, core: &Core, claims: Completions) {
        for (id, fence, ran) in claims.0 {
            let complete =
                |hold: &Hold| Outcome::Complete { result: None, remove: hold.terms.removes };
            self.finish(core, id.to_string(), fence, ran, OwnTerms::default(), complete);
        }
    }

    pub fn fail(
        &self,
        core: &Core,
        claim: Claim,
        failure: Failure,
        delay: Option<f64>,
        own: OwnTerms,
    ) {
        let failed = |hold: &Hold| failed(hold, failure, delay);
        self.finish(core, claim.id, Fence(claim.fence), claim.ran, own, failed);
    }

    fn finish(
        &self,
        core: &Core,
        id: String,
        fence: Fence,
        ran: Ran,
        own: OwnTerms,
        outcome: impl FnOnce(&Hold) -> Outcome,
    ) {
        let mut state = self.state.borrow_mut();
        match state.held.settle(&id, fence) {
            Some(hold) => {
                hold.terms.heed(own);
                let settlement = Settlement {
                    id,
                    claimant: Claimant::Holder(fence),
                    attempts: hold.attempts(),
                    outcome: outcome(hold),
                    told: false,
                };
                state.settlements.push(settlement);
                match ran {
                    Some(us) => {
                        let time = Duration::try_from_secs_f64(us / 1e6).unwrap_or_default();
                        state.prefetch.ran(time);
                    }
                    // What was claimed ahead would wait for a round trip.
                    None => state.prefetch.disappoint(),
                }
            }
            None => core.bridge.push(&protocol::taken(&self.job_type, &id, fence.0, "lease")),
        }
        self.changed.notify_one();
    }

    /// The job was moved by hand: its claim is given up, and its slot is free.
    pub fn forget(&self, claim: Claim) {
        let mut state = self.state.borrow_mut();
        let fence = Fence(claim.fence);
        let Some(hold) = state.held.settle(&claim.id, fence) else { return };
        let attempts = hold.terms.attempts_made;
        state.settlements.push(Settlement::release(claim.id, fence, attempts));
        self.changed.notify_one();
    }

    /// Progress was made: its ttl starts anew, as in Kue.
    pub fn touch(&self, id: &str) {
        if let Some(hold) = self.state.borrow_mut().held.get_mut(id) {
            hold.touch();
        }
    }

    pub fn holds(&self, id: &str) -> bool {
        self.state.borrow().held.get(id).is_some()
    }

    pub fn holds_jobs(&self) -> bool {
        !self.state.borrow().held.is_empty()
    }

    /// Look again whether there is something to do.
    pub fn nudge(&self) {
        self.hungry.set(false);
        self.changed.notify_one();
    }

    /// The claims held now.
    pub fn fences(&self) -> Vec<(String, Fence)> {
        let state = self.state.borrow();
        state.held.iter().map(|(id, hold)| (id.clone(), hold.fence)).collect()
    }

    /// These claims are void: their lease was given up.
    pub fn forfeit(&self, core: &Core, claims: &[(String, Fence)]) {
        for (id, fence) in claims {
            let mut state = self.state.borrow_mut();
            if state.held.get(id).is_some_and(|hold| hold.fence == *fence && !hold.settling) {
                state.held.remove(id);
                if !state.call_back(core, id) {
                    core.bridge.push(&protocol::taken(&self.job_type, id, fence.0, "lease"));
                }
            }
        }
    }

    /// Work until the engine is closed.
    pub async fn run(self: Rc<Self>, core: Rc<Core>) {
        // Calls are answered in the order in which they left.
        let mut calls = FuturesOrdered::new();
        loop {
            while !core.closed.get() && self.speaks(&core, calls.len()) {
                let sent = self.batch(&core, calls.is_empty());
                let (notes, store) = (core.write_notes(), &core.store);
                calls.push_back(async move {
                    // Polled in this order, both leave on one connection without waiting for each
                    // other.
                    let ((), settled) = join(notes, store.settle(&sent.batch)).await;
                    (sent, settled)
                });
            }
            self.under_way.set(calls.len());
            let next = self.next_look(&core);
            tokio::select! {
                biased;
                Some((sent, settled)) = calls.next(), if !calls.is_empty() => {
                    self.under_way.set(calls.len());
                    self.hear(&core, sent, settled).await;
                    core.moved(&self);
                }
                () = self.changed.notified() => {}
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                    self.expire(&core);
                    self.resume();
                    self.state.borrow_mut().return_stale(&core);
                }
            }
            if core.closed.get() && calls.is_empty() {
                return;
            }
        }
    }

    /// Whether there is something to say, with so many calls under way.
    fn speaks(&self, core: &Core, calls: usize) -> bool {
        let state = self.state.borrow();
        let outcomes = state.settlements.len();
        let hungry = || !self.hungry.get() && may_claim(core) && state.wants() > 0;
        match calls {
            0 => outcomes > 0 || state.tokens > 0 || hungry(),
            // While the store works on one call, this side reads and writes another; more would
            // only make the batches smaller.
            1 => outcomes >= LEAST_SECOND_BATCH.max(state.slots.len() / 2),
            _ => false,
        }
    }

    /// When a ttl is over, a job has waited too long for its start, or an outcome is told again.
    fn next_look(&self, core: &Core) -> Option<Instant> {
        let mut state = self.state.borrow_mut();
        let ttl_over = state.held.values().filter_map(|hold| hold.ttl_over).min();
        let patience = state.prefetch.patience();
        let waited = state.surplus(core).map(|(_, since)| since + patience);
        let postponed = state.postponed.iter().map(|(due, _)| *due).min();
        ttl_over.into_iter().chain(waited).chain(postponed).min()
    }

    async fn hear(&self, core: &Core, sent: Sent, settled: Result<Settled>) {
        {
            let mut state = self.state.borrow_mut();
            state.asked -= sent.batch.slots.len();
            state.flying.pop_front();
        }
        match settled {
            Ok(settled) if settled.lost => {
                self.size_claims(core, &sent, &settled);
                self.unsure.set(true);
                self.lost(core, sent.batch).await;
            }
            Ok(mut settled) => {
                self.most_outcomes.set((self.most_outcomes.get() * 2).min(MOST_OUTCOMES));
                self.size_claims(core, &sent, &settled);
                if sent.alone {
                    self.state.borrow_mut().prefetch.travelled(sent.at.elapsed());
                }
                settled.repeated |= self.unsure.take();
                self.apply(core, sent, settled).await;
            }
            Err(error) => {
                self.unsure.set(true);
                self.refused(core, sent.batch, error).await;
            }
        }
    }

    /// Fail the jobs whose ttl is over.
    fn expire(&self, core: &Core) {
        let now = Instant::now();
        let mut state = self.state.borrow_mut();
        let mut over = Vec::new();
        let State { held, settlements, .. } = &mut *state;
        for (id, hold) in
            held.iter_mut().filter(|(_, hold)| hold.ttl_over.is_some_and(|at| at <= now))
        {
            hold.ttl_over = None;
            settlements.push(Settlement {
                id: id.clone(),
                claimant: Claimant::AfterTtl(hold.fence),
                attempts: hold.attempts(),
                outcome: failed(hold, ttl_exceeded(), None),
                told: false,
            });
            over.push(id.clone());
        }
        // One that has not started does not start any more.
        for id in over {
            state.call_back(core, &id);
        }
    }

    fn batch(&self, core: &Core, alone: bool) -> Sent {
        let mut state = self.state.borrow_mut();
        let count = state.settlements.len().min(self.most_outcomes.get());
        let settlements: Vec<_> = state.settlements.drain(..count).collect();
        let cramped = self.most_outcomes.get() < MOST_OUTCOMES && count > 0;
        let claims = may_claim(core) && !cramped;
        let wanted = if claims { state.wants().min(self.most_claims.get()) } else { 0 };
        let claim = state.claim(core, &self.job_type, wanted);
        state.flying.push_back(claim.fence);
        let batch = Batch { settlements, tokens: std::mem::take(&mut state.tokens), ..claim };
        Sent { batch, wakes: state.wakes, at: Instant::now(), alone }
    }

    async fn apply(&self, core: &Core, sent: Sent, settled: Settled) {
        let batch = sent.batch;
        for (settlement, verdict) in batch.settlements.iter().zip(&settled.verdicts) {
            self.judge(core, settlement, *verdict, settled.repeated || settlement.told);
        }
        let claimed = settled.jobs.len();
        self.accept(core, batch.fence, &settled.jobs);
        let woken = self.state.borrow().wakes != sent.wakes;
        if !batch.slots.is_empty() {
            self.hungry.set(claimed < batch.slots.len() && !woken);
        }
        // The reply to the first sending may have told of claims.
        if settled.repeated {
            lease::reconcile(core).await;
        }
    }

    fn judge(&self, core: &Core, settlement: &Settlement, verdict: Verdict, repeated: bool) {
        let id = &settlement.id;
        let mut state = self.state.borrow_mut();
        if let Outcome::Failed { next: AfterFailure::Delayed(ms), .. } = &settlement.outcome {
            core.promoter.due_in(Duration::from_millis(*ms));
        }
        match (settlement.claimant, verdict) {
            (Claimant::Holder(fence), verdict) => {
                let held = state.held.get(id).is_some_and(|hold| hold.fence == fence);
                if held && state.held.remove(id).is_some_and(|hold| hold.terms.ttl_ms.is_some()) {
                    core.gave_up(id.clone());
                }
                // Given back while it was somebody else's already: nothing of it runs here.
                let expected = matches!(settlement.outcome, Outcome::Released);
                if verdict == Verdict::NotHeld && !repeated && !expected {
                    core.bridge.push(&protocol::taken(&self.job_type, id, fence.0, "lease"));
                }
            }
            (Claimant::AfterTtl(fence), verdict) => {
                let Some(hold) = state.held.get_mut(id) else { return };
                // The job may be back already, by a claim that was answered before this call.
                let again = hold.fence != fence;
                if verdict == Verdict::NotYet && !again {
                    hold.ttl_over = Some(Instant::now() + TTL_NOT_YET);
                    return;
                }
                if !again {
                    state.held.remove(id);
                }
                core.gave_up(id.clone());
                core.bridge.push(&protocol::taken(&self.job_type, id, fence.0, "ttl"));
            }
        }
    }

    /// Jobs were claimed: they are offered to the slots.
    fn accept(&self, core: &Core, fence: Fence, jobs: &ClaimedJobs) {
        if jobs.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut state = self.state.borrow_mut();
        let mut offers = Vec::with_capacity(jobs.len());
        for (Claimed { id, terms, .. }, json) in jobs.iter() {
            state.unanswered.clear(id);
            if json.len() > LONGEST_BYTES {
                state.refuse(id, terms, fence, json.len());
                continue;
            }
            if terms.ttl_ms.is_some() {
                // An old Kue process that finds the ttl over asks through an event.
                core.store.listen();
            }
            let number = core.bridge.offers.make();
            state.held.insert(id.clone(), Hold::new(terms.clone(), fence));
            state.offered.push_back(Offered { id: id.clone(), fence, number, since: now });
            offers.push((number, json));
        }
        let tell = |message: &str| core.bridge.push(message);
        protocol::jobs(&self.job_type, fence, jobs.json_len(), offers.into_iter(), tell);
        state.return_unwanted(core);
    }
}

fn may_claim(core: &Core) -> bool {
    !core.hung.get() && !core.expects_events()
}

impl State {
    /// How many jobs to claim.
    fn wants(&self) -> usize {
        let ahead = self.prefetch.ahead(self.slots.len());
        (self.slots.len() + ahead).saturating_sub(self.held.unsettled + self.asked)
    }

    /// A job that no string of JavaScript can hold cannot be given to a processor, now or later.
    fn refuse(&mut self, id: &str, terms: &Terms, fence: Fence, bytes: usize) {
        let message = format!(
            "job \"{id}\" has {} MB with all its fields, more than JavaScript can hold in one text: \
             keep what is large elsewhere, and its place in the job",
            bytes >> 20
        );
        let (error, summary) = (message.clone(), message.clone());
        self.held.insert(id.to_owned(), Hold::new(terms.clone(), fence));
        let Some(hold) = self.held.settle(id, fence) else { return };
        let failure = Failure { error, summary, message };
        self.settlements.push(Settlement {
            id: id.to_owned(),
            claimant: Claimant::Holder(fence),
            attempts: hold.attempts(),
            outcome: Outcome::Failed { failure, next: AfterFailure::Final },
            told: false,
        });
    }

    /// A batch that claims so many jobs.
    fn claim(&mut self, core: &Core, job_type: &str, wanted: usize) -> Batch {
        let slots: Vec<u32> = self.slots.iter().cycle().copied().take(wanted).collect();
        self.asked += slots.len();
        let (job_type, fence) = (job_type.to_owned(), core.next_fence());
        Batch { job_type, settlements: Vec::new(), slots, fence, tokens: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_javascript_cannot_hold_fails_for_good_and_says_why() {
        let mut state = State::default();
        let terms = Terms { attempts_made: 1, attempts_allowed: 5, ..Terms::default() };
        state.refuse("7", &terms, Fence(3), 600 << 20);
        assert_eq!((state.held.unsettled, state.settlements.len()), (0, 1));
        let Settlement { id, claimant, attempts, outcome, .. } = &state.settlements[0];
        assert_eq!((id.as_str(), *claimant, *attempts), ("7", Claimant::Holder(Fence(3)), 2));
        match outcome {
            Outcome::Failed { failure, next: AfterFailure::Final } => {
                assert!(failure.message.starts_with("job \"7\" has 600 MB"), "{failure:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}
