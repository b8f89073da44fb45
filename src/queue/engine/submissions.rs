//! What JavaScript submits, and who does it.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::ending::{end, flush};
use super::{Core, listen, worker};
use crate::error::Error;
use crate::queue::calls::answer;
use crate::queue::job::NewJob;
use crate::queue::protocol::{self, Call, Op, Sent, new_jobs};
use crate::queue::store::Note;
use crate::queue::{caretaker, lease, promoter};

/// What JavaScript submits at one time.
pub struct Submission {
    /// A JSON array of [`Op`].
    pub ops: String,
    /// Whether jobs may be added before it is seen, by a shorter way.
    pub aside: bool,
}

/// Do what a submission asks.
pub(super) fn submit(core: &Rc<Core>, submission: &Submission) {
    let text = &submission.ops;
    let ops: Vec<Op> = match serde_json::from_str(text) {
        Ok(ops) => ops,
        Err(_) => readable(core, text),
    };
    let mut notes = Vec::new();
    for op in ops {
        let note = match op {
            Op::Progress { id, percent, data } => {
                touch(core, &id);
                Some((id, Note::Progress { percent, data }))
            }
            Op::Ttl { id } => {
                touch(core, &id);
                Some((id, Note::Ttl))
            }
            Op::Log { id, line } => Some((id, Note::Log(line))),
            Op::Field { id, name, value } => Some((id, Note::Field(name, value))),
            Op::Error { id, error, summary } => Some((id, Note::Error { error, summary })),
            other => {
                // What was noted before must arrive before.
                flush_notes(core, &mut notes);
                obey(core, other);
                None
            }
        };
        notes.extend(note);
    }
    flush_notes(core, &mut notes);
    if !submission.aside {
        core.direct.seen();
    }
}

/// Never more than what a call may take.
fn patience(core: &Core, ms: f64) -> Duration {
    Duration::from_secs_f64((ms / 1000.0).clamp(0.0, 1e6)).min(core.settings.command_timeout)
}

/// The time of a job in hand starts anew.
fn touch(core: &Core, id: &str) {
    for worker in core.workers.borrow().values() {
        worker.touch(id);
    }
}

/// The ops of a submission that can be read, where not all can. The others are answered with an
/// error each: a slip in one must not take the queue's whole work with it.
fn readable(core: &Core, text: &str) -> Vec<Op> {
    #[derive(Deserialize)]
    struct Asked {
        req: u32,
    }
    let ops: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(ops) => ops,
        Err(error) => {
            let error = Error::Internal(format!("a submission could not be read: {error}"));
            core.bridge.push(&protocol::broken(&error));
            return Vec::new();
        }
    };
    let read = |op: &RawValue| match serde_json::from_str(op.get()) {
        Ok(op) => Some(op),
        Err(error) => {
            let error = Error::Internal(format!("a call could not be read: {error}"));
            let asked = serde_json::from_str::<HashMap<String, Asked>>(op.get());
            core.bridge.push(&match asked.ok().and_then(|asked| asked.into_values().next()) {
                Some(Asked { req }) => protocol::error(req, &error),
                None => protocol::trouble(&error),
            });
            None
        }
    };
    ops.into_iter().filter_map(read).collect()
}

fn flush_notes(core: &Rc<Core>, notes: &mut Vec<(String, Note)>) {
    if notes.is_empty() {
        return;
    }
    core.notes.borrow_mut().append(notes);
    let this = core.clone();
    core.spawn(None, async move { this.write_notes().await });
}

fn obey(core: &Rc<Core>, op: Op) {
    match op {
        Op::Add { req, eventful, sent, alike } => add(core, req, eventful, sent, new_jobs(alike)),
        Op::Done { claim, result, terms } => {
            worker(core, &claim.job_type).done(core, claim, result, terms);
        }
        Op::Completed { job_type, claims } => worker(core, &job_type).completed(core, claims),
        Op::Fail { claim, failure, delay, terms } => {
            worker(core, &claim.job_type).fail(core, claim, failure, delay, terms);
        }
        Op::Forget(claim) => worker(core, &claim.job_type).forget(claim),
        Op::Work { job_type, slots } => {
            promoter::start(core);
            lease::start(core);
            caretaker::start(core);
            worker(core, &job_type).work(slots);
        }
        Op::Rest { job_type, slots } => {
            worker(core, &job_type).rest(core, &slots);
        }
        Op::Track(ids) => {
            listen(core);
            ids.into_iter().for_each(|id| core.listeners.borrow_mut().track(id));
            core.silence.is_awaited();
        }
        Op::Untrack(ids) => {
            ids.into_iter().for_each(|id| core.listeners.borrow_mut().untrack(id));
        }
        Op::Heard { first, ids } => {
            core.look_at_direct();
            let early = core.listeners.borrow_mut().heard(first, ids);
            early.into_iter().for_each(|event| core.hear_event(event));
        }
        Op::Spent(numbers) => core.store.spent(&numbers),
        Op::Listen(everything) => {
            if everything {
                listen(core);
            }
            core.listeners.borrow_mut().set_everything(everything);
        }
        Op::WatchStuck(ms) => caretaker::start_every(core, Duration::from_millis(ms)),
        Op::Call { req, call } => {
            let this = core.clone();
            match call {
                // Nobody's work waits for it.
                call @ Call::Direct => drop(tokio::task::spawn_local(async move {
                    let result = answer(&this, call).await;
                    this.reply(req, result);
                })),
                // These wait for all others, so they are none of those that are waited for.
                Call::Flush(ms) => drop(tokio::task::spawn_local(async move {
                    flush(&this, patience(&this, ms)).await;
                    this.reply(req, Ok("null".to_owned()));
                })),
                Call::Close(ms) => drop(tokio::task::spawn_local(async move {
                    end(&this, patience(&this, ms)).await;
                    this.reply(req, Ok("null".to_owned()));
                })),
                call => core.spawn(Some(req), async move {
                    let result = answer(&this, call).await;
                    this.reply(req, result);
                }),
            }
        }
        // Notes, gathered by the caller.
        Op::Progress { .. }
        | Op::Log { .. }
        | Op::Field { .. }
        | Op::Ttl { .. }
        | Op::Error { .. } => {}
    }
}

fn add(core: &Rc<Core>, req: u32, eventful: bool, sent: Option<Sent>, jobs: Vec<NewJob>) {
    if eventful {
        core.store.listen();
    }
    let this = core.clone();
    core.spawn(Some(req), async move {
        let spent = Duration::from_millis(sent.map_or(0, |sent| sent.ago));
        let left = this.settings.command_timeout.saturating_sub(spent);
        let deadline = Instant::now() + left;
        if eventful {
            // The other half is left for adding it.
            this.listening(deadline - left / 2).await;
        }
        if eventful {
            // The log of the short ways also grows where they led nowhere.
            this.look_at_direct();
        }
        let call = eventful.then(|| {
            let mut listeners = this.listeners.borrow_mut();
            let begun = sent.and_then(|_| listeners.take_direct());
            begun.unwrap_or_else(|| listeners.begin())
        });
        let result = this.store.add(&jobs, sent.map(|sent| sent.number), deadline).await;
        if let Some(call) = call {
            let ids = match result.as_deref() {
                Ok([first, .., last]) => Some((first.id, last.id)),
                Ok([only]) => Some((only.id, only.id)),
                _ => None,
            };
            this.end_adding(call, ids);
        }
        this.bridge.push(&match &result {
            Ok(added) => protocol::added(req, added),
            Err(error) => protocol::error(req, error),
        });
        for delay in jobs.iter().filter_map(|job| job.delay) {
            this.promoter.due_in(Duration::from_millis(delay.max(0.0) as u64));
        }
    });
}
