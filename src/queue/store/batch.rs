//! What a worker and a store say to each other: outcomes to record, jobs to claim, and what came of
//! both.

use serde::Deserialize;

use crate::queue::job::{JobRecord, Terms};

/// A claim's identity: only the holder that presents it may record the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fence(pub u64);

/// How a job ended, for now.
#[derive(Debug, Clone)]
pub enum Outcome {
    Complete {
        /// JSON, or `None` for no result.
        result: Option<String>,
        remove: bool,
    },
    Failed {
        failure: Failure,
        next: AfterFailure,
    },
    /// Claimed but not started: back to where it was, at no cost.
    Released,
}

/// What a job failed with.
#[derive(Debug, Clone, Deserialize)]
pub struct Failure {
    /// The stack, or the text that was thrown.
    pub error: String,
    /// What the job's log gets: the first line of a stack or message, and, as in Kue, an empty
    /// line for a plain text.
    pub summary: String,
    /// What listeners hear: the error's message.
    pub message: String,
}

/// What is kept of a text that the store refuses.
const KEPT_CHARS: usize = 1000;

impl Outcome {
    /// What can be stored of an outcome that is too large; `None` where there is nothing that could be
    /// left out.
    pub fn reduced(&self, reason: &str) -> Option<Self> {
        match self {
            Outcome::Complete { result: Some(_), remove } => {
                let message = format!("the result could not be stored: {reason}");
                let result = serde_json::json!({ "error": true, "message": message });
                Some(Outcome::Complete { result: Some(result.to_string()), remove: *remove })
            }
            Outcome::Failed { failure, next } => {
                let kept = |text: &str| text.chars().take(KEPT_CHARS).collect::<String>();
                let error = format!("{} … (the rest could not be stored)", kept(&failure.error));
                let (summary, message) = (kept(&failure.summary), kept(&failure.message));
                Some(Outcome::Failed { failure: Failure { error, summary, message }, next: *next })
            }
            _ => None,
        }
    }

    /// Its texts, in bytes.
    pub fn size(&self) -> usize {
        match self {
            Outcome::Complete { result, .. } => result.as_ref().map_or(0, String::len),
            Outcome::Failed { failure: Failure { error, summary, message }, .. } => {
                error.len() + summary.len() + message.len()
            }
            Outcome::Released => 0,
        }
    }
}

/// What a failed attempt leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AfterFailure {
    Final,
    AtOnce,
    /// In this many milliseconds.
    Delayed(u64),
}

/// Who may record an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimant {
    Holder(Fence),
    /// Anybody, once the job's ttl is over. The fence is that of the claim which it outlived here.
    AfterTtl(Fence),
}

/// An outcome to record.
#[derive(Debug, Clone)]
pub struct Settlement {
    pub id: String,
    pub claimant: Claimant,
    /// Attempts made, this one included.
    pub attempts: u64,
    pub outcome: Outcome,
    /// It was told before, and that may have taken effect.
    pub told: bool,
}

impl Settlement {
    /// The job goes back unstarted.
    pub fn release(id: String, fence: Fence, attempts_made: u64) -> Self {
        let claimant = Claimant::Holder(fence);
        Settlement {
            id,
            claimant,
            attempts: attempts_made,
            outcome: Outcome::Released,
            told: false,
        }
    }
}

/// What came of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Recorded,
    /// The job is not held by the one who said so.
    NotHeld,
    /// Somebody removed the job meanwhile.
    Gone,
    /// Its ttl is not over.
    NotYet,
}

/// Outcomes to record and jobs to claim, of one type, in one step.
#[derive(Debug, Clone)]
pub struct Batch {
    pub job_type: String,
    pub settlements: Vec<Settlement>,
    /// As many jobs are claimed at the most; each is stored with the number of its slot.
    pub slots: Vec<u32>,
    /// The fence of the jobs claimed here.
    pub fence: Fence,
    /// Tokens that [`Signal::Wake`] used up since the last batch.
    pub tokens: u32,
}

/// The end of a claim that stood by, see [`Store::watch`].
#[derive(Debug)]
pub struct Served {
    pub claim: Batch,
    pub outcome: Serving,
}

/// What became of a claim that stood by.
#[derive(Debug)]
pub enum Serving {
    /// It was made: there may have been a job, or it was called off.
    Made(Settled),
    /// The store refused it, for a reason that a call may not find any more. So many tokens were
    /// used up.
    Refused { tokens: u32 },
    /// The connection broke: it may have been made.
    Lost,
    /// It never left; its type is watched as before.
    Unsent,
}

/// A job that was claimed.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub slot: u32,
    pub id: String,
    pub terms: Terms,
    /// Where its JSON ends in the text of all.
    end: usize,
}

impl Claimed {
    /// It goes back unstarted.
    pub fn release(&self, fence: Fence) -> Settlement {
        Settlement::release(self.id.clone(), fence, self.terms.attempts_made)
    }
}

/// Jobs that were claimed together. Their JSON stands in one text, written by the store from what it
/// read: a text for each field of each job would be most of the work.
#[derive(Debug, Clone, Default)]
pub struct ClaimedJobs {
    jobs: Vec<Claimed>,
    text: String,
}

impl ClaimedJobs {
    /// Room for so many jobs, with so much JSON each.
    pub fn with_capacity(jobs: usize, json_bytes: usize) -> Self {
        ClaimedJobs {
            jobs: Vec::with_capacity(jobs),
            text: String::with_capacity(jobs.saturating_mul(json_bytes)),
        }
    }

    pub fn push(&mut self, slot: u32, job: JobRecord) {
        let terms = job.terms();
        job.write_json(&mut self.text);
        self.jobs.push(Claimed { slot, id: job.id, terms, end: self.text.len() });
    }

    /// A job whose JSON, as [`JobRecord::write_json`] has it, is what `write` appends.
    pub fn push_written<E>(
        &mut self,
        slot: u32,
        write: impl FnOnce(&mut String) -> std::result::Result<(String, Terms), E>,
    ) -> std::result::Result<(), E> {
        let (id, terms) = write(&mut self.text)?;
        self.jobs.push(Claimed { slot, id, terms, end: self.text.len() });
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// The length of all their JSON.
    pub fn json_len(&self) -> usize {
        self.text.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Claimed, &str)> {
        let mut begin = 0;
        self.jobs.iter().map(move |job| {
            let json = self.text.get(begin..job.end).unwrap_or_default();
            begin = job.end;
            (job, json)
        })
    }
}

/// What came of a [`Batch`].
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// One for each settlement, in order.
    pub verdicts: Vec<Verdict>,
    pub jobs: ClaimedJobs,
    /// The step may have been taken twice: verdicts of the second time tell nothing of the first,
    /// and jobs of the first are held without anybody knowing.
    pub repeated: bool,
    /// The answer did not come: the step may have been taken, and nobody knows what came of it.
    pub lost: bool,
}
