//! How a queue ends: what is under way is seen to its end, and nothing of it stays behind.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout, timeout_at};

use super::Core;
use crate::queue::store::{Batch, Served, Serving, Settlement, Signal};

/// How long to wait for the end of a claim that was called off. Not long: where the store does not
/// answer, it has mostly claimed nothing.
const LAST_CLAIM: Duration = Duration::from_secs(1);

/// Waits until everything submitted so far is done, for so long at the most.
pub(super) async fn flush(core: &Rc<Core>, patience: Duration) {
    // A claim that was called off may be answered with jobs, which go back.
    let called_off = async {
        while core.workers().iter().any(|worker| worker.calls_off()) {
            core.quiet.notified().await;
        }
    };
    let start = Instant::now();
    let _ = timeout(LAST_CLAIM.min(patience), called_off).await;
    let quiet = async {
        while !core.is_quiet() {
            core.quiet.notified().await;
        }
    };
    let _ = timeout_at(start + patience, quiet).await;
}

/// Take no more jobs, see what is under way to its end, and close.
pub(super) async fn end(core: &Rc<Core>, patience: Duration) {
    core.workers().iter().for_each(|worker| worker.retire(core));
    flush(core, patience).await;
    core.closed.set(true);
    core.shut.notify_one();
}

/// Tokens and jobs that came too late to be used belong to other workers.
pub(super) async fn give_back(core: &Core, signals: &mut UnboundedReceiver<Signal>) {
    let mut late: BTreeMap<String, (u32, Vec<Settlement>)> = BTreeMap::new();
    while let Ok(signal) = signals.try_recv() {
        let (job_type, tokens, released) = match signal {
            Signal::Wake { job_type, tokens } => (job_type, tokens, Vec::new()),
            Signal::Served(Served { claim, outcome: Serving::Refused { tokens } }) => {
                (claim.job_type, tokens, Vec::new())
            }
            Signal::Served(Served { claim, outcome: Serving::Made(settled) }) => {
                let released = settled.jobs.iter().map(|(job, _)| job.release(claim.fence));
                let released = released.collect();
                (claim.job_type, 0, released)
            }
            _ => continue,
        };
        let of_type = late.entry(job_type).or_default();
        of_type.0 += tokens;
        of_type.1.extend(released);
    }
    for (job_type, (tokens, settlements)) in late {
        if tokens == 0 && settlements.is_empty() {
            continue;
        }
        let batch =
            Batch { job_type, settlements, slots: Vec::new(), fence: core.next_fence(), tokens };
        let told =
            async { while core.store.settle(&batch).await.is_ok_and(|settled| settled.lost) {} };
        let _ = timeout(core.settings.command_timeout, told).await;
    }
}
