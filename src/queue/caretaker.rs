//! Looking now and then whether jobs are stuck that an old process left behind, as Kue's
//! `watchStuckJobs` does. A look is a few counts; only where these do not fit is more done.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::engine::Core;
use super::protocol;
use super::repair::Order;

/// Between two looks of a process that works.
const INTERVAL: Duration = Duration::from_secs(60);
/// How long a job must have been stuck. Kue's processes take milliseconds from step to step.
const WAIT: Duration = Duration::from_secs(10);

/// When to look.
pub struct Caretaker {
    running: Cell<bool>,
    interval: Cell<Duration>,
    changed: Notify,
}

impl Default for Caretaker {
    fn default() -> Self {
        Caretaker {
            running: Cell::new(false),
            interval: Cell::new(INTERVAL),
            changed: Notify::new(),
        }
    }
}

/// Look from now on, if nobody does yet.
pub fn start(core: &Rc<Core>) {
    if !core.caretaker.running.replace(true) {
        let this = core.clone();
        core.watch_over(async move { run(&this).await });
    }
}

/// As [`start`], at this interval.
pub fn start_every(core: &Rc<Core>, interval: Duration) {
    core.caretaker.interval.set(interval);
    core.caretaker.changed.notify_one();
    start(core);
}

async fn run(core: &Core) {
    let caretaker = &core.caretaker;
    while !core.closed.get() {
        tokio::select! {
            () = sleep(caretaker.interval.get()) => {}
            () = caretaker.changed.notified() => continue,
            () = core.ended() => return,
        }
        let order = Order { mend: true, thorough: false, wait: WAIT };
        let repaired = tokio::select! {
            repaired = core.store.repair(&order) => repaired,
            () = core.ended() => return,
        };
        if let Err(error) = repaired
            && !core.closed.get()
        {
            core.bridge.push(&protocol::trouble(&error));
        }
    }
}
