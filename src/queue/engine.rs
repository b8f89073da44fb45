//! The engine of one queue: takes what JavaScript submits and what the store signals, and answers
//! through the bridge. Everything in here runs on the I/O thread.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout, timeout_at};

use super::calls::answer;
use super::caretaker::Caretaker;
use super::events::{Fate, Listeners, message};
use super::job::NewJob;
use super::promoter::Promoter;
use super::protocol::{self, Call, Op, new_jobs};
use super::store::{Batch, Fence, Note, Served, Serving, Settlement, Signal, Store};
use super::worker::Worker;
use super::{caretaker, lease, promoter};
use crate::bridge::Bridge;
use crate::error::{Error, Result};

/// How long after a job is over a Kue process may ask to give it up: it looks for overdue jobs,
/// then asks.
const LATE_QUESTION: Duration = Duration::from_secs(2);

/// How long to wait for the end of a claim that was called off. Not long: where the store does not
/// answer, it has mostly claimed nothing.
const LAST_CLAIM: Duration = Duration::from_secs(1);

/// How an engine behaves, beyond its store.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A delayed job starts at most this late.
    pub promotion_interval: Duration,
    /// Jobs promoted in one step.
    pub promotion_limit: u32,
    /// How long a job is held without a sign of life.
    pub lease: Duration,
    /// How long JavaScript may leave its messages unread before it counts as hung.
    pub hung_after: Duration,
    /// How long closing waits for what is under way.
    pub command_timeout: Duration,
}

/// What all parts of an engine share.
pub struct Core {
    pub store: Box<dyn Store>,
    pub bridge: Arc<Bridge>,
    pub settings: Settings,
    pub closed: Cell<bool>,
    pub promoter: Promoter,
    pub caretaker: Caretaker,
    pub renewing: Cell<bool>,
    /// JavaScript has not taken a message for too long: no more jobs for it.
    pub hung: Cell<bool>,
    workers: RefCell<BTreeMap<String, Rc<Worker>>>,
    listeners: RefCell<Listeners>,
    /// Jobs with a ttl that were given up here lately: a Kue process may still ask for them.
    given_up: RefCell<VecDeque<(Instant, String)>>,
    /// What was noted on jobs and has not left yet.
    notes: RefCell<Vec<(String, Note)>>,
    under_way: Cell<usize>,
    quiet: Notify,
    /// Rings when closing is decided, and when all has ended.
    shut: Notify,
    ended: Notify,
    /// Whether events flow, and the bell for the moment when they begin to or fail to.
    listening: Cell<bool>,
    began_listening: Notify,
    fences: Cell<u64>,
}

impl Core {
    pub fn new(store: Box<dyn Store>, bridge: Arc<Bridge>, settings: Settings) -> Rc<Self> {
        Rc::new(Core {
            store,
            bridge,
            settings,
            closed: Cell::new(false),
            promoter: Promoter::default(),
            caretaker: Caretaker::default(),
            renewing: Cell::new(false),
            hung: Cell::new(false),
            ended: Notify::new(),
            workers: RefCell::default(),
            listeners: RefCell::default(),
            given_up: RefCell::default(),
            notes: RefCell::default(),
            under_way: Cell::new(0),
            quiet: Notify::new(),
            shut: Notify::new(),
            listening: Cell::new(false),
            began_listening: Notify::new(),
            fences: Cell::new(0),
        })
    }

    pub fn next_fence(&self) -> Fence {
        self.fences.set(self.fences.get() + 1);
        Fence(self.fences.get())
    }

    /// What [`Core::next_fence`] will answer.
    pub fn coming_fence(&self) -> Fence {
        Fence(self.fences.get() + 1)
    }

    /// A worker finished a step: it may wait for jobs now, and others for it.
    pub fn moved(&self, worker: &Worker) {
        let waits = worker.waits() && !self.hung.get();
        if worker.watched.replace(waits) != waits {
            self.watch();
        }
        self.quiet.notify_waiters();
    }

    /// Tell the store who waits.
    pub fn watch(&self) {
        let workers = self.workers.borrow();
        let watched: Vec<_> = workers.values().filter(|worker| worker.watched.get()).collect();
        let stand_by = match watched[..] {
            [only] if self.store.serves() => only.stand_by(self),
            _ => None,
        };
        let job_types = watched.iter().map(|worker| worker.job_type.clone()).collect();
        self.store.watch(job_types, stand_by);
    }

    /// Waits until the engine is closed.
    pub async fn ended(&self) {
        while !self.closed.get() {
            self.ended.notified().await;
        }
    }

    pub fn workers(&self) -> Vec<Rc<Worker>> {
        self.workers.borrow().values().cloned().collect()
    }

    /// Whether a job is in hand here.
    pub fn holds_jobs(&self) -> bool {
        self.workers.borrow().values().any(|worker| worker.holds_jobs())
    }

    fn is_quiet(&self) -> bool {
        self.under_way.get() == 0 && self.workers.borrow().values().all(|worker| worker.settled())
    }

    /// Run a part of the queue that goes on until it is closed. A panic in it stops the queue, and
    /// says so: without that part, jobs would wait for ever.
    pub fn watch_over(self: &Rc<Self>, part: impl Future<Output = ()> + 'static) {
        let core = self.clone();
        tokio::task::spawn_local(async move {
            if AssertUnwindSafe(part).catch_unwind().await.is_err() {
                let error = Error::Internal("a defect in rekue stopped this queue".to_owned());
                core.bridge.push(&protocol::broken(&error));
            }
        });
    }

    /// Run a task that closing waits for. A panic in it becomes an error for `req`.
    fn spawn(self: &Rc<Self>, req: Option<u32>, task: impl Future<Output = ()> + 'static) {
        let core = self.clone();
        core.under_way.set(core.under_way.get() + 1);
        tokio::task::spawn_local(async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                let error = Error::Internal("a defect in rekue stopped this call".to_owned());
                core.bridge.push(&match req {
                    Some(req) => protocol::error(req, &error),
                    None => protocol::trouble(&error),
                });
            }
            core.under_way.set(core.under_way.get() - 1);
            core.quiet.notify_waiters();
        });
    }

    /// A job with a ttl is over, as far as this process goes.
    pub fn gave_up(&self, id: String) {
        let mut given_up = self.given_up.borrow_mut();
        while given_up.front().is_some_and(|(at, _)| at.elapsed() > LATE_QUESTION) {
            given_up.pop_front();
        }
        given_up.push_back((Instant::now(), id));
    }

    fn gave_up_lately(&self, id: &str) -> bool {
        let given_up = self.given_up.borrow();
        given_up.iter().any(|(at, other)| other == id && at.elapsed() <= LATE_QUESTION)
    }

    /// Write what was noted so far. A worker does so before it tells an outcome, which must not
    /// overtake the progress that was made before it.
    pub async fn write_notes(&self) {
        let notes = self.notes.take();
        if notes.is_empty() {
            return;
        }
        if let Err(error) = self.store.annotate(&notes).await {
            self.bridge.push(&protocol::trouble(&error));
        }
    }

    /// Waits until events flow, or it shows that they cannot now: a job is added all the same.
    async fn listening(&self, deadline: Instant) {
        if !self.listening.get() {
            let _ = timeout_at(deadline, self.began_listening.notified()).await;
        }
    }

    fn hear_event(&self, event: String) {
        let mut listeners = self.listeners.borrow_mut();
        match listeners.judge(&event) {
            Fate::Deliver => self.bridge.push(&protocol::event(&event)),
            Fate::Keep(id) => listeners.keep(id, event),
            Fate::Drop => {}
        }
    }

    fn reply(&self, req: u32, result: Result<String>) {
        self.bridge.push(&match result {
            Ok(json) => protocol::value(req, &json),
            Err(error) => protocol::error(req, &error),
        });
    }
}

/// Serve a queue until it is closed.
pub async fn run(
    core: Rc<Core>,
    mut submissions: UnboundedReceiver<String>,
    mut signals: UnboundedReceiver<Signal>,
) {
    core.store.connect();
    let mut deserted = false;
    while !core.closed.get() {
        tokio::select! {
            submission = submissions.recv(), if !deserted => match submission {
                Some(text) => submit(&core, &text),
                // Nobody closed it: its thread was terminated. What had not begun there goes back
                // now, what had begun when the lease is over.
                None => {
                    deserted = true;
                    let this = core.clone();
                    tokio::task::spawn_local(async move { end(&this).await });
                }
            },
            Some(signal) = signals.recv() => hear(&core, signal),
            () = core.shut.notified() => {}
        }
    }
    core.closed.set(true);
    core.ended.notify_waiters();
    core.store.stop_watching().await;
    give_back(&core, &mut signals).await;
    core.store.close();
    for worker in core.workers() {
        worker.rest(&core, &[]);
    }
    core.promoter.stop();
}

/// Tokens and jobs that came too late to be used belong to other workers.
async fn give_back(core: &Core, signals: &mut UnboundedReceiver<Signal>) {
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
        let _ = timeout(core.settings.command_timeout, core.store.settle(&batch)).await;
    }
}

fn submit(core: &Rc<Core>, text: &str) {
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
        Op::Add { req, eventful, alike } => add(core, req, eventful, new_jobs(alike)),
        Op::Done { claim, result } => worker(core, &claim.job_type).done(core, claim, result),
        Op::Fail { claim, failure, delay } => {
            worker(core, &claim.job_type).fail(core, claim, failure, delay);
        }
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
            core.store.listen();
            ids.into_iter().for_each(|id| core.listeners.borrow_mut().track(id));
        }
        Op::Heard { first, ids } => {
            let early = core.listeners.borrow_mut().heard(first, ids);
            early.into_iter().for_each(|event| core.hear_event(event));
        }
        Op::Listen(everything) => {
            if everything {
                core.store.listen();
            }
            core.listeners.borrow_mut().set_everything(everything);
        }
        Op::WatchStuck(ms) => caretaker::start_every(core, Duration::from_millis(ms)),
        Op::Call { req, call } => {
            let this = core.clone();
            match call {
                // These wait for all others, so they are none of those that are waited for.
                Call::Flush => drop(tokio::task::spawn_local(async move {
                    flush(&this).await;
                    this.reply(req, Ok("null".to_owned()));
                })),
                Call::Close => drop(tokio::task::spawn_local(async move {
                    end(&this).await;
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

/// Waits until everything submitted so far is done, for as long as one call may take.
async fn flush(core: &Rc<Core>) {
    // A claim that was called off may be answered with jobs, which go back.
    let called_off = async {
        while core.workers().iter().any(|worker| worker.calls_off()) {
            core.quiet.notified().await;
        }
    };
    let _ = timeout(LAST_CLAIM.min(core.settings.command_timeout), called_off).await;
    let quiet = async {
        while !core.is_quiet() {
            core.quiet.notified().await;
        }
    };
    let _ = timeout(core.settings.command_timeout, quiet).await;
}

/// Take no more jobs, see what is under way to its end, and close.
async fn end(core: &Rc<Core>) {
    core.workers().iter().for_each(|worker| worker.retire(core));
    flush(core).await;
    core.closed.set(true);
    core.shut.notify_one();
}

fn worker(core: &Rc<Core>, job_type: &str) -> Rc<Worker> {
    if let Some(worker) = core.workers.borrow().get(job_type) {
        return worker.clone();
    }
    let worker = Rc::new(Worker::new(job_type));
    core.workers.borrow_mut().insert(job_type.to_owned(), worker.clone());
    core.watch_over(worker.clone().run(core.clone()));
    worker
}

fn add(core: &Rc<Core>, req: u32, eventful: bool, jobs: Vec<NewJob>) {
    if eventful {
        core.store.listen();
    }
    let this = core.clone();
    core.spawn(Some(req), async move {
        let deadline = Instant::now() + this.settings.command_timeout;
        if eventful {
            // The other half is left for adding it.
            this.listening(deadline - this.settings.command_timeout / 2).await;
        }
        let call = eventful.then(|| this.listeners.borrow_mut().begin());
        let result = this.store.add(&jobs, deadline).await;
        if let Some(call) = call {
            let ids = match result.as_deref() {
                Ok([first, .., last]) => Some((first.id, last.id)),
                Ok([only]) => Some((only.id, only.id)),
                _ => None,
            };
            let others = this.listeners.borrow_mut().end(call, ids);
            others.iter().for_each(|event| this.bridge.push(&protocol::event(event)));
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

fn hear(core: &Rc<Core>, signal: Signal) {
    match signal {
        Signal::Wake { job_type, tokens } => worker(core, &job_type).wake(tokens),
        Signal::Served(served) => {
            let worker = worker(core, &served.claim.job_type);
            if worker.served(core, served) {
                let this = core.clone();
                core.spawn(None, async move { lease::reconcile(&this).await });
            }
        }
        Signal::Event(event) => {
            if let Some(id) = core.listeners.borrow().ttl_exceeded(&event) {
                acknowledge(core, id);
            }
            core.hear_event(event);
        }
        Signal::Enqueued { first, last, job_type } => {
            let events = core.listeners.borrow_mut().enqueued(first, last, &job_type);
            events.iter().for_each(|event| core.bridge.push(&protocol::event(event)));
        }
        Signal::Listening => {
            core.listening.set(true);
            // The first time too: between a look at a job and the subscription it may have ended.
            core.bridge.push(&protocol::listening());
            core.began_listening.notify_waiters();
        }
        Signal::Reborn => {
            let this = core.clone();
            core.spawn(None, async move { lease::reconcile(&this).await });
        }
        Signal::Warning { code, message } => core.bridge.push(&protocol::warning(code, &message)),
        Signal::Trouble(error) => {
            core.bridge.push(&protocol::trouble(&error));
            core.began_listening.notify_waiters();
        }
    }
}

/// An old Kue process found a ttl over and asks the job's worker to fail it. Ours does so by
/// itself at that moment, or has just done so; without the answer the old one would fail it a
/// second time.
fn acknowledge(core: &Rc<Core>, id: u64) {
    let text = id.to_string();
    let holds = core.workers.borrow().values().any(|worker| worker.holds(&text));
    if holds || core.gave_up_lately(&text) {
        let this = core.clone();
        core.spawn(None, async move {
            let _ = this.store.announce(&message(&text, "ttl exceeded ack", &[])).await;
        });
    }
}
