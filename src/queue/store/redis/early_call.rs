//! Calling JavaScript's thread before the answer is read that brings it a job.
//!
//! It sleeps while a worker waits, and takes about as long to wake up as the I/O thread takes to
//! read a claimed job, to write it down and to offer it. So it is called as soon as the bytes are
//! there. How many they are tells a job from the answer that there is none; where that is wrong, one
//! call is in vain, or none is made and the job itself rings.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::queue::store::JobsCome;
use crate::redis::Herald;

/// In bytes: a token and the answer of `settle.lua` that there is no job, but for the key of the
/// tokens, which the first one names. The shortest job takes some thirty more.
const TOKEN_WITHOUT_JOB: usize = 53;

/// The answer that is waited for on one connection, and who is called when it comes.
#[derive(Clone)]
pub struct EarlyCall {
    /// Bytes that tell of a job; none do where this is `usize::MAX`.
    least: Arc<AtomicUsize>,
    jobs_come: JobsCome,
}

impl EarlyCall {
    pub fn new(jobs_come: JobsCome) -> Self {
        EarlyCall { least: Arc::new(AtomicUsize::new(usize::MAX)), jobs_come }
    }

    /// What comes next answers a wait for these tokens, and the claim behind it; the call is made
    /// once at most.
    pub fn expect(&self, tokens: &str) {
        self.least.store(TOKEN_WITHOUT_JOB + tokens.len() + 1, Ordering::Relaxed);
    }

    /// What comes next brings no job.
    pub fn expect_none(&self) {
        self.least.store(usize::MAX, Ordering::Relaxed);
    }

    pub fn herald(&self) -> Herald {
        let Self { least, jobs_come } = self.clone();
        Arc::new(move |bytes| {
            if bytes >= least.load(Ordering::Relaxed) {
                // The rest of a long answer comes in pieces.
                least.store(usize::MAX, Ordering::Relaxed);
                jobs_come();
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "*2\r\n$10\r\nq:a:jobs-x\r\n$1\r\n1\r\n";
    const NO_JOB: &str = "*3\r\n$0\r\n\r\n$13\r\n1764343434123\r\n$-1\r\n";
    /// An id, and twelve values of which four are there.
    const JOB: &str = "*3\r\n$0\r\n\r\n$13\r\n1764343434123\r\n$50\r\n";

    fn counted() -> (EarlyCall, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = calls.clone();
        let call = EarlyCall::new(Arc::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        }));
        (call, calls)
    }

    #[test]
    fn a_job_calls_once_in_however_many_pieces_it_comes() {
        let (call, calls) = counted();
        let herald = call.herald();
        call.expect("q:a:jobs-x");
        herald(TOKEN.len() + JOB.len() + 52);
        herald(4096);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        call.expect("q:a:jobs-x");
        herald("*-1\r\n".len() + JOB.len() + 52);
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn no_job_calls_nobody() {
        let (call, calls) = counted();
        let herald = call.herald();
        // Said while the connection is made.
        herald(500);
        call.expect("q:a:jobs-x");
        herald(TOKEN.len() + NO_JOB.len());
        herald("*-1\r\n".len() + NO_JOB.len());
        call.expect_none();
        herald(500);
        assert_eq!(calls.load(Ordering::Relaxed), 0);
    }
}
