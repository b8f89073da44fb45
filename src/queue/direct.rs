//! The direct line of a queue, between the thread that uses it and the engine that opened it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::job::NewJob;
use super::store::DirectLine;

/// Where the line is, while there is one.
#[derive(Default)]
pub struct DirectSlot {
    line: Mutex<Option<Arc<dyn DirectLine>>>,
    /// Jobs given to it so far whose events may be wanted here.
    begun: Arc<AtomicU64>,
}

impl DirectSlot {
    /// Put a line in; the one before ends.
    pub fn fill(&self, line: Arc<dyn DirectLine>) {
        if let Some(before) = self.lock().replace(line) {
            before.end();
        }
    }

    /// End the line.
    pub fn clear(&self) {
        let line = self.lock().take();
        if let Some(line) = line {
            line.end();
        }
    }

    pub fn descriptor(&self) -> Option<i32> {
        self.lock().as_ref().and_then(|line| line.descriptor())
    }

    /// As [`DirectLine::add`].
    pub fn add(&self, number: u32, job: &NewJob, eventful: bool) -> bool {
        if eventful {
            // Before the job can have any event: see `Listeners`.
            self.begun.fetch_add(1, Ordering::Release);
        }
        self.lock().as_ref().is_some_and(|line| line.add(number, job))
    }

    /// As [`DirectLine::spend`].
    pub fn spend(&self, number: u32) -> bool {
        self.lock().as_ref().is_some_and(|line| line.spend(number))
    }

    /// The count of jobs that were begun here.
    pub fn begun(&self) -> Arc<AtomicU64> {
        self.begun.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<dyn DirectLine>>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
