//! Which adds are under way: nobody may hear of a job before the one who adds it knows its id.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use tokio::sync::Notify;

/// The adds that are under way, by number: who adds a job must know its id before an event of it
/// is passed on.
#[derive(Default)]
pub struct Adds {
    begun: Cell<u64>,
    open: RefCell<BTreeSet<u64>>,
    ended: Notify,
}

impl Adds {
    pub fn begin(&self) -> Adding<'_> {
        let number = self.begun.get() + 1;
        self.begun.set(number);
        self.open.borrow_mut().insert(number);
        Adding { adds: self, number }
    }

    /// Waits until those that are under way now have ended.
    pub async fn over(&self) {
        let last = self.begun.get();
        while self.open.borrow().first().is_some_and(|first| *first <= last) {
            self.ended.notified().await;
        }
    }
}

/// One of them; it ends when this is dropped.
pub struct Adding<'a> {
    adds: &'a Adds,
    number: u64,
}

impl Drop for Adding<'_> {
    fn drop(&mut self) {
        self.adds.open.borrow_mut().remove(&self.number);
        self.adds.ended.notify_one();
    }
}
