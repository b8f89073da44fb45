//! The short ways of a queue on which the thread that makes jobs adds them by itself, between that
//! thread and the engine.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::job::{Added, NewJob};
use super::store::{DirectLine, InPlace};

/// What happened to jobs that are added so and whose events may be wanted here. One call is under way
/// at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// They are about to be added.
    Begun,
    /// They are stored; or they were not.
    Ended(Option<Stored>),
}

/// Jobs that were just stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub first: u64,
    pub last: u64,
    /// Those that wait and of which no event tells here: the first, the last, and their type.
    pub enqueued: Vec<(u64, u64, String)>,
}

/// What the thread that adds them has done, for the engine to look at before it judges an event.
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

/// Where the ways are, while there are any.
#[derive(Default)]
pub struct DirectSlot {
    line: Mutex<Option<Arc<dyn DirectLine>>>,
    in_place: Mutex<Option<Arc<dyn InPlace>>>,
    log: Arc<DirectLog>,
    /// Submissions that the engine has not seen yet.
    behind: AtomicUsize,
}

impl DirectSlot {
    /// Put a line in; the one before ends.
    pub fn fill(&self, line: Arc<dyn DirectLine>) {
        if let Some(before) = lock(&self.line).replace(line) {
            before.end();
        }
    }

    /// Have jobs added in place from now on.
    pub fn open(&self, in_place: Option<Arc<dyn InPlace>>) {
        *lock(&self.in_place) = in_place;
    }

    /// End all of them.
    pub fn close(&self) {
        self.open(None);
        self.clear();
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
            let stored = Stored { first: id, last: id, enqueued: Vec::new() };
            self.log.note(Step::Ended(Some(stored)));
        }
        lock(&self.line).as_ref().is_some_and(|line| line.spend(number))
    }

    /// Something is submitted to the engine that jobs must not overtake, unless `send` says that it
    /// could not be.
    pub fn submit(&self, send: impl FnOnce() -> bool) -> bool {
        self.behind.fetch_add(1, Ordering::AcqRel);
        let sent = send();
        if !sent {
            self.seen();
        }
        sent
    }

    /// The engine has seen a submission.
    pub fn seen(&self) {
        self.behind.fetch_sub(1, Ordering::AcqRel);
    }

    /// Add jobs in place: the first one's id, and when. `None` where they have to go another way, also
    /// because they would overtake what was submitted before.
    pub fn add_in_place(&self, jobs: Vec<NewJob>, eventful: bool) -> Option<Added> {
        let in_place = lock(&self.in_place);
        let in_place = in_place.as_ref()?;
        if self.behind.load(Ordering::Acquire) > 0 {
            return None;
        }
        if !eventful {
            return in_place.add(&jobs, false)?.first().copied();
        }
        self.log.note(Step::Begun);
        let added = in_place.add(&jobs, true).unwrap_or_default();
        let stored = added.first().zip(added.last()).map(|(first, last)| Stored {
            first: first.id,
            last: last.id,
            enqueued: enqueued(&jobs, first.id),
        });
        self.log.note(Step::Ended(stored));
        added.first().copied()
    }

    pub fn log(&self) -> Arc<DirectLog> {
        self.log.clone()
    }
}

/// Jobs that wait since they were stored under ids that begin with `first`.
fn enqueued(jobs: &[NewJob], first: u64) -> Vec<(u64, u64, String)> {
    let mut next = first;
    let of_one_type = |jobs: &[NewJob]| {
        let first = next;
        next += jobs.len() as u64;
        (first, next - 1, jobs[0].job_type.clone())
    };
    jobs.chunk_by(|one, next| one.job_type == next.job_type).map(of_one_type).collect()
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
        log.note(Step::Ended(None));
        assert_eq!(log.take(), [Step::Begun, Step::Ended(None)]);
        assert_eq!(log.take(), []);
    }

    /// A store without any jobs before these.
    struct Empty;

    impl InPlace for Empty {
        fn add(&self, jobs: &[NewJob], _quietly: bool) -> Option<Vec<Added>> {
            let added = |id| Added { id, created_at: 9 };
            (jobs.len() < 4).then(|| (1..).take(jobs.len()).map(added).collect())
        }
    }

    fn jobs(texts: &[&str]) -> Vec<NewJob> {
        let alike = texts
            .iter()
            .map(|name| format!(r#"{{"spec":{{"type":"{name}","priority":0}},"data":[1]}}"#))
            .collect::<Vec<_>>();
        crate::queue::protocol::few_jobs(&format!("[{}]", alike.join(","))).unwrap()
    }

    #[test]
    fn jobs_that_are_added_in_place_are_noted_with_their_types() {
        let slot = DirectSlot::default();
        assert!(slot.add_in_place(jobs(&["a"]), true).is_none(), "there is no such way");
        slot.open(Some(Arc::new(Empty)));
        assert_eq!(slot.add_in_place(jobs(&["a", "a", "b"]), true).unwrap().id, 1);
        let enqueued = vec![(1, 2, "a".to_owned()), (3, 3, "b".to_owned())];
        let stored = Stored { first: 1, last: 3, enqueued };
        assert_eq!(slot.log().take(), [Step::Begun, Step::Ended(Some(stored))]);
        assert!(slot.add_in_place(jobs(&["a"]), false).is_some());
        assert_eq!(slot.log().take(), [], "nobody wants events of it");
        assert!(slot.add_in_place(jobs(&["a"; 4]), true).is_none());
        assert_eq!(slot.log().take(), [Step::Begun, Step::Ended(None)]);
        slot.close();
        assert!(slot.add_in_place(jobs(&["a"]), true).is_none());
    }

    #[test]
    fn nothing_is_added_before_the_engine_has_seen_what_was_submitted() {
        let slot = DirectSlot::default();
        slot.open(Some(Arc::new(Empty)));
        assert!(slot.submit(|| true));
        assert!(slot.add_in_place(jobs(&["a"]), false).is_none());
        slot.seen();
        assert!(slot.add_in_place(jobs(&["a"]), false).is_some());
        assert!(!slot.submit(|| false));
        assert!(slot.add_in_place(jobs(&["a"]), false).is_some(), "that was not submitted");
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
