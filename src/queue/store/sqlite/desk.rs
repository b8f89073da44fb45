//! Doing small things on the spot.
//!
//! The threads of a store are there so that nobody waits for the disk, and for transactions that hold
//! much. But to wake one of them up, and to be woken by its answer, takes longer than to write or to
//! claim a single job. So what a thread works with lies on a desk: while it has nothing to do,
//! somebody else may sit down, who does something small and leaves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

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
