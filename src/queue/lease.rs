//! Signs of life: the lease on the jobs held here is renewed, and holders without one are
//! noticed.
//!
//! The lease is one per process, not one per job, and it is renewed from the I/O thread: however
//! busy the JavaScript thread is, nothing is lost.

use std::rc::Rc;

use tokio::time::sleep;

use super::engine::Core;
use super::protocol;

/// Renewals per lease: two may fail before anything is lost.
const RENEWALS: u32 = 3;

/// Renew from now on, if nobody does yet.
pub fn start(core: &Rc<Core>) {
    if !core.renewing.replace(true) {
        let this = core.clone();
        core.watch_over(async move { run(&this).await });
    }
}

async fn run(core: &Core) {
    while !core.closed.get() {
        tokio::select! {
            () = sleep(core.settings.lease / RENEWALS) => {}
            () = core.ended() => return,
        }
        let before: Vec<_> =
            core.workers().into_iter().map(|worker| (worker.fences(), worker)).collect();
        match core.store.renew().await {
            // What was held before the call, and still is, was held without a lease.
            Ok((false, _)) => {
                for (claims, worker) in before {
                    worker.forfeit(core, &claims);
                }
            }
            Ok(_) => {}
            Err(error) if !core.closed.get() => core.bridge.push(&protocol::trouble(&error)),
            Err(_) => {}
        }
    }
}
