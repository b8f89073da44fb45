//! The direct line of a queue, between the thread that uses it and the engine that opened it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::job::NewJob;
use super::store::DirectLine;

/// What happened to jobs on the line whose events may be wanted here. One is under way at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// One is about to leave.
    Begun,
    /// It is stored, as this.
    Answered(u64),
}

/// What the thread that uses the line has done, for the engine to look at before it judges an event.
#[derive(Default)]
pub struct DirectLog {
    steps: Mutex<Vec<Step>>,
    /// Whether there are any.
    news: AtomicBool,
}

impl DirectLog {
    pub fn note(&self, step: Step) {
        lock(&self.steps).push(step);
        self.news.store(true, Ordering::Release);
    }

    /// What was noted since the last time.
    pub fn take(&self) -> Vec<Step> {
        // Every event asks.
        if !self.news.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut steps = lock(&self.steps);
        self.news.store(false, Ordering::Release);
        std::mem::take(&mut steps)
    }
}

/// Where the line is, while there is one.
#[derive(Default)]
pub struct DirectSlot {
    line: Mutex<Option<Arc<dyn DirectLine>>>,
    log: Arc<DirectLog>,
}

impl DirectSlot {
    /// Put a line in; the one before ends.
    pub fn fill(&self, line: Arc<dyn DirectLine>) {
        if let Some(before) = lock(&self.line).replace(line) {
            before.end();
        }
    }

    /// End the line.
    pub fn clear(&self) {
        let line = lock(&self.line).take();
        if let Some(line) = line {
            line.end();
        }
    }

    pub fn descriptor(&self) -> Option<i32> {
        lock(&self.line).as_ref().and_then(|line| line.descriptor())
    }

    /// As [`DirectLine::add`].
    pub fn add(&self, number: u32, job: &NewJob, eventful: bool) -> bool {
        let line = lock(&self.line);
        let Some(line) = line.as_ref() else { return false };
        if eventful {
            // Before the job can have any event.
            self.log.note(Step::Begun);
        }
        line.add(number, job)
    }

    /// As [`DirectLine::spend`]; `id` is that of a job whose events may be wanted here.
    pub fn spend(&self, number: u32, id: Option<u64>) -> bool {
        if let Some(id) = id {
            self.log.note(Step::Answered(id));
        }
        lock(&self.line).as_ref().is_some_and(|line| line.spend(number))
    }

    pub fn log(&self) -> Arc<DirectLog> {
        self.log.clone()
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_read_once_and_in_order() {
        let log = DirectLog::default();
        assert_eq!(log.take(), []);
        log.note(Step::Begun);
        log.note(Step::Answered(7));
        assert_eq!(log.take(), [Step::Begun, Step::Answered(7)]);
        assert_eq!(log.take(), []);
    }

    #[test]
    fn without_a_line_nothing_is_sent_and_nothing_noted() {
        let slot = DirectSlot::default();
        let job = crate::queue::protocol::single_job(
            r#"[{"spec":{"type":"a","priority":0},"data":[1]}]"#,
        );
        assert!(!slot.add(1, &job.unwrap(), true));
        assert_eq!((slot.log().take(), slot.descriptor()), (Vec::new(), None));
    }
}
