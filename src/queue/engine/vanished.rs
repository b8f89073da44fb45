//! Jobs that go without a word.
//!
//! Whoever waits for a job's outcome hears of its end by an event. Of a store that was emptied
//! (FLUSHALL) nobody sends one, and the connection stays: so the jobs that somebody waits for are
//! looked for at long intervals, many by one call.

use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use super::Core;
use crate::queue::protocol;

/// Between two looks; where leases are shorter, as long as one.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Look from now on.
pub fn start(core: &Rc<Core>) {
    let this = core.clone();
    core.watch_over(async move { run(&this).await });
}

async fn run(core: &Core) {
    let pause = core.settings.lease.min(LONGEST_PAUSE);
    let mut suspects = HashSet::new();
    while !core.closed.get() {
        tokio::select! {
            () = sleep(pause) => {}
            () = core.ended() => return,
        }
        let ids = core.listeners.borrow().all();
        if ids.is_empty() {
            suspects.clear();
            continue;
        }
        // Where this fails, the next look comes.
        let Ok(missing) = core.store.missing(&ids).await else { continue };
        // One that completed and was removed is missing before its last event is here: what is still
        // awaited at the next look has gone without one.
        let listeners = core.listeners.borrow();
        let gone: Vec<u64> = missing
            .iter()
            .copied()
            .filter(|id| suspects.contains(id) && listeners.listens(*id))
            .collect();
        drop(listeners);
        if !gone.is_empty() {
            core.bridge.push(&protocol::look_at(&gone));
        }
        suspects = missing.into_iter().collect();
    }
}
