//! Starting what is due: delayed jobs, and jobs whose ttl is over although nobody says so.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::engine::Core;
use super::events::message;
use super::hold::overdue;
use super::protocol;
use super::store::{Batch, Settlement};
use crate::error::{Error, Result};

/// A delayed job is looked for this long after it should be due: clocks tick in milliseconds.
const SLACK: Duration = Duration::from_millis(1);

/// How long a worker has to give an overdue job up, once asked. Kue's own time: its workers take
/// several steps for it, and failing the job meanwhile would fail it twice.
const TIME_TO_ANSWER: Duration = Duration::from_secs(1);

/// When to look next.
#[derive(Default)]
pub struct Promoter {
    running: Cell<bool>,
    stopped: Cell<bool>,
    next: Cell<Option<Instant>>,
    changed: Notify,
    /// Overdue jobs whose workers were asked to give them up, and when.
    asked: RefCell<HashMap<String, Instant>>,
}

impl Promoter {
    /// A job becomes due in `delay`.
    pub fn due_in(&self, delay: Duration) {
        // Beyond the range of the clock means: not in this process's life.
        let Some(due) = Instant::now().checked_add(delay + SLACK) else { return };
        if self.running.get() && self.next.get().is_none_or(|next| due < next) {
            self.next.set(Some(due));
            self.changed.notify_one();
        }
    }

    pub fn stop(&self) {
        self.stopped.set(true);
        self.changed.notify_one();
    }
}

/// Look from now on, if nobody does yet. As in Kue, only processes that work do so.
pub fn start(core: &Rc<Core>) {
    if !core.promoter.running.replace(true) {
        let this = core.clone();
        core.watch_over(async move { run(&this).await });
    }
}

async fn run(core: &Core) {
    let promoter = &core.promoter;
    while !promoter.stopped.get() {
        let interval = core.settings.promotion_interval;
        promoter.next.set(None);
        let pause = match look(core).await {
            Ok(pause) => pause.min(interval),
            Err(error) => {
                if !core.closed.get() {
                    core.bridge.push(&protocol::trouble(&error));
                }
                interval
            }
        };
        // Meanwhile a job may have been added that is due before.
        let found = Instant::now() + pause;
        promoter.next.set(Some(promoter.next.get().map_or(found, |next| next.min(found))));
        loop {
            let next = promoter.next.get().unwrap_or_else(Instant::now);
            tokio::select! {
                () = sleep_until(next) => break,
                () = promoter.changed.notified() => {}
            }
            if promoter.stopped.get() {
                return;
            }
        }
        // Nobody gains from more than a thousand looks a second, whatever the delays.
        sleep(SLACK).await;
    }
}

/// Look once; answers when to look again.
async fn look(core: &Core) -> Result<Duration> {
    let limit = core.settings.promotion_limit;
    let promoted = core.store.promote(limit).await?;
    expire(core, limit).await?;
    Ok(promoted.next_in_ms.map_or(Duration::MAX, Duration::from_millis))
}

/// Fail overdue jobs. A worker that is alive is asked first: an old Kue process fails its job
/// itself. Those that are still there after a while have nobody left.
async fn expire(core: &Core, limit: u32) -> Result<()> {
    let jobs = core.store.overdue(limit).await?;
    let known = core.promoter.asked.take();
    for job in jobs {
        match known.get(&job.id) {
            Some(asked) if asked.elapsed() >= TIME_TO_ANSWER => {
                let settlement = overdue(&job);
                settle(core, job.get("type").unwrap_or_default(), settlement).await?;
                // A Kue process may have begun to ask too.
                core.gave_up(job.id.clone());
                core.store.announce(&message(&job.id, "ttl exceeded ack", &[])).await?;
            }
            Some(asked) => {
                core.promoter.asked.borrow_mut().insert(job.id, *asked);
            }
            None => {
                core.store.announce(&message(&job.id, "ttl exceeded", &[])).await?;
                core.promoter.asked.borrow_mut().insert(job.id, Instant::now());
            }
        }
    }
    Ok(())
}

async fn settle(core: &Core, job_type: &str, settlement: Settlement) -> Result<()> {
    let batch = Batch {
        job_type: job_type.to_owned(),
        settlements: vec![settlement],
        slots: Vec::new(),
        fence: core.next_fence(),
        tokens: 0,
    };
    if core.store.settle(&batch).await?.lost {
        // It is looked for again, and found or not.
        return Err(Error::StoreUnavailable("the connection broke".to_owned()));
    }
    Ok(())
}
