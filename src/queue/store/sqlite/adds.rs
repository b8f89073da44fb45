//! Which adds are under way, and adding on the thread that makes the jobs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Weak;

use tokio::sync::Notify;

use super::add;
use super::desk::Desk;
use super::serving::Serving;
use super::threads::Work;
use crate::queue::job::{Added, NewJob};
use crate::queue::store::InPlace;

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

/// Adds jobs on the thread that asks for it.
pub struct AddHere {
    /// The writer's; it ends with the store.
    desk: Weak<Desk<Serving>>,
}

impl AddHere {
    pub fn new(desk: Weak<Desk<Serving>>) -> Self {
        AddHere { desk }
    }
}

impl InPlace for AddHere {
    fn add(&self, jobs: &[NewJob], quietly: bool) -> Option<Vec<Added>> {
        let desk = self.desk.upgrade()?;
        let jobs = jobs.to_vec();
        let (task, mut answer) = Work::task(None, move |step| {
            step.quiet(quietly);
            add::add(step, &jobs)
        });
        match desk.serve(task) {
            None => answer.try_recv().ok()?.ok(),
            Some(_) => None,
        }
    }
}
