//! Doing small things on the spot.
//!
//! The threads of a store are there so that nobody waits for the disk, and for transactions that hold
//! much. But to wake one of them up, and to be woken by its answer, takes longer than to write or to
//! claim a single job. So what a thread works with lies on a desk: while it has nothing to do,
//! somebody else may sit down, who does something small and leaves.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// What a thread works with.
pub struct Desk<T> {
    tools: Mutex<T>,
    /// What was handed over to the thread and is not begun.
    waiting: AtomicUsize,
}

impl<T> Desk<T> {
    pub fn new(tools: T) -> Self {
        Desk { tools: Mutex::new(tools), waiting: AtomicUsize::new(0) }
    }

    /// Hand something over to the thread, by `send`, which answers whether the thread is there.
    pub fn hand_over(&self, send: impl FnOnce() -> bool) -> bool {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let sent = send();
        if !sent {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
        }
        sent
    }

    /// For the thread whose desk it is: begin with so many of the things that wait.
    pub fn take(&self, count: usize) -> MutexGuard<'_, T> {
        let tools = self.tools.lock().unwrap_or_else(PoisonError::into_inner);
        // Not before: whoever waits for one of these must not overtake it.
        self.waiting.fetch_sub(count, Ordering::AcqRel);
        tools
    }

    /// For anybody else: nothing while the thread is at work, or is about to be.
    pub fn vacant(&self) -> Option<MutexGuard<'_, T>> {
        if self.waiting.load(Ordering::Acquire) > 0 {
            return None;
        }
        match self.tools.try_lock() {
            Ok(tools) => Some(tools),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// Two that come within this time were waiting for their turn together.
const TOGETHER: Duration = Duration::from_micros(30);
/// For so long after that, everything is handed over.
const CROWDED: Duration = Duration::from_millis(5);

/// Tells whether tasks come one by one. The thread writes those that come together in one
/// transaction, and on the spot each would have one of its own.
#[derive(Default)]
pub struct Traffic {
    last: Cell<Option<Instant>>,
    crowded: Cell<Option<Instant>>,
}

impl Traffic {
    /// A task comes: whether it comes alone.
    pub fn comes(&self, now: Instant) -> bool {
        let within = |since: Option<Instant>, span| since.is_some_and(|at| now < at + span);
        if within(self.last.get(), TOGETHER) {
            self.crowded.set(Some(now));
        }
        !within(self.crowded.get(), CROWDED)
    }

    /// It was done, or handed over.
    pub fn passed(&self, now: Instant) {
        self.last.set(Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_vacant_unless_its_thread_works_or_is_about_to() {
        let desk = Desk::new(1);
        assert!(desk.vacant().is_some_and(|tools| *tools == 1));
        assert!(desk.hand_over(|| true));
        assert!(desk.vacant().is_none(), "it would overtake what waits");
        let tools = desk.take(1);
        assert!(desk.vacant().is_none(), "the thread is at work");
        drop(tools);
        assert!(desk.vacant().is_some());
    }

    #[test]
    fn who_comes_right_after_another_does_not_come_alone_nor_who_comes_soon_after() {
        let traffic = Traffic::default();
        let start = Instant::now();
        let comes = |micros| {
            let now = start + Duration::from_micros(micros);
            let alone = traffic.comes(now);
            traffic.passed(now);
            alone
        };
        assert!(comes(0) && comes(100) && comes(200));
        assert!(!comes(220), "it had to wait for the one before");
        assert!(!comes(400) && !comes(5100));
        assert!(comes(5300));
        assert!(!comes(5310) && !comes(5320) && !comes(10_300) && comes(10_400));
    }

    #[test]
    fn what_could_not_be_handed_over_does_not_wait() {
        let desk = Desk::new(());
        assert!(!desk.hand_over(|| false));
        assert!(desk.vacant().is_some());
    }

    #[test]
    fn a_panic_of_one_who_sat_there_does_not_lock_it() {
        let desk = Desk::new(());
        let sit = std::panic::AssertUnwindSafe(|| {
            let _tools = desk.vacant();
            panic!("a defect");
        });
        assert!(std::panic::catch_unwind(sit).is_err());
        assert!(desk.vacant().is_some());
    }
}
