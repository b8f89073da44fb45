//! Signs of life: the lease on the jobs held here is renewed, and holders without one are
//! noticed.
//!
//! The lease is one per process, not one per job, and it is renewed from the I/O thread: however
//! busy the JavaScript thread is, nothing is lost. Only where that thread takes no message for much
//! longer than a lease (an endless loop, a deadlock) does it count as hung.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use super::engine::Core;
use super::protocol;
use crate::error::Error;

/// Renewals per lease: two may fail before anything is lost.
const RENEWALS: u32 = 3;
/// ... but at least this often: a deadline further off than a day is not believed (`renew.lua`).
const LONGEST_PAUSE: Duration = Duration::from_secs(8 * 3600);
/// Looks at the event loop in the time that it may hang.
const LOOKS: u32 = 2;

/// Between two attempts where the store cannot be reached. An attempt itself waits for it. It doubles, for
/// a store that can be reached and refuses answers at once ...
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);
/// ... up to this: a small part of a lease.
const LONGEST_PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Renew from now on, if nobody does yet.
pub fn start(core: &Rc<Core>) {
    if !core.renewing.replace(true) {
        let this = core.clone();
        core.watch_over(async move { run(&this).await });
    }
}

fn between_renewals(lease: Duration) -> Duration {
    (lease / RENEWALS).min(LONGEST_PAUSE)
}

/// Look whether JavaScript still runs. While it does not, nothing is renewed: its jobs make no
/// progress, and when the lease is over others may try them.
fn hangs(core: &Core) -> bool {
    if core.holds_jobs() {
        core.bridge.probe(&protocol::probe());
    }
    let hangs = core.bridge.unread_for().is_some_and(|time| time >= core.settings.hung_after);
    if core.hung.replace(hangs) != hangs {
        for worker in core.workers() {
            if !hangs {
                worker.nudge();
            }
            core.moved(&worker);
        }
    }
    hangs
}

async fn run(core: &Core) {
    let mut pause = between_renewals(core.settings.lease);
    let mut after_failure = PAUSE_AFTER_FAILURE;
    while !core.closed.get() {
        let (lease, hung_after) = (core.settings.lease, core.settings.hung_after);
        tokio::select! {
            () = sleep(pause.min(hung_after / LOOKS)) => {}
            () = core.ended() => return,
        }
        pause = between_renewals(lease);
        if hangs(core) {
            continue;
        }
        let before: Vec<_> =
            core.workers().into_iter().map(|worker| (worker.fences(), worker)).collect();
        let renewed = core.store.renew().await;
        if renewed.is_ok() {
            after_failure = PAUSE_AFTER_FAILURE;
        }
        match renewed {
            // What was held before the call, and still is, was held without a lease.
            Ok((false, _)) => {
                for (claims, worker) in before {
                    worker.forfeit(core, &claims);
                }
            }
            Ok((true, _)) => reconcile(core).await,
            Err(error) if !core.closed.get() => {
                // A store that was away until now is asked as soon as it is back: the lease may be
                // about to run out, or have done so.
                if matches!(error, Error::StoreUnavailable(_)) {
                    pause = pause.min(after_failure);
                    after_failure = (after_failure * 2).min(LONGEST_PAUSE_AFTER_FAILURE);
                }
                core.bridge.push(&protocol::trouble(&error));
            }
            Err(_) => {}
        }
    }
}

/// Give back the jobs that this process holds by the store's word and knows nothing of. Their
/// claims were answered to nobody, or their outcomes were told to a server that is gone and did not
/// reach the one in its place. Renewing their lease would keep them for ever.
pub async fn reconcile(core: &Core) {
    let known: Vec<_> =
        core.workers().into_iter().map(|worker| (worker.known(core), worker)).collect();
    if known.is_empty() {
        return;
    }
    // Where this fails, the next renewal looks again.
    let Ok(held) = core.store.held().await else { return };
    for (known, worker) in known {
        worker.release_unknown(core, &held, &known);
    }
}
