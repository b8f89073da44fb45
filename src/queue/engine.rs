//! The engine of one queue: takes what JavaScript submits and what the store signals, and answers
//! through the bridge. Everything in here runs on the I/O thread.

mod ending;
mod silence;
mod submissions;
mod vanished;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout_at};

use self::ending::{end, give_back};
use self::silence::Silence;
pub use self::submissions::Submission;
use self::submissions::submit;
use super::calls::too_long;
use super::caretaker::Caretaker;
use super::direct::DirectSlot;
use super::events::{Fate, Listeners, message};
use super::promoter::Promoter;
use super::store::{Fence, Note, Signal, Store};
use super::worker::Worker;
use super::{lease, protocol};
use crate::bridge::{Bridge, LONGEST_BYTES};
use crate::error::{Error, Result};

/// How long after a job is over a Kue process may ask to give it up: it looks for overdue jobs,
/// then asks.
const LATE_QUESTION: Duration = Duration::from_secs(2);

/// Jobs wait no longer than this for the first subscription: to work on them matters more.
const SUBSCRIBED_BY: Duration = Duration::from_secs(1);

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
    /// How often a job may lose its worker before it fails.
    pub max_lost: u32,
    /// How long closing waits for what is under way.
    pub command_timeout: Duration,
}

/// What all parts of an engine share.
pub struct Core {
    pub store: Box<dyn Store>,
    pub bridge: Arc<Bridge>,
    pub settings: Settings,
    pub direct: Arc<DirectSlot>,
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
    /// Somebody listens to jobs of any process, and events are about to flow.
    expected: Cell<bool>,
    began_listening: Notify,
    silence: Silence,
    fences: Cell<u64>,
}

impl Core {
    pub fn new(
        store: Box<dyn Store>,
        bridge: Arc<Bridge>,
        direct: Arc<DirectSlot>,
        settings: Settings,
    ) -> Rc<Self> {
        Rc::new(Core {
            listeners: RefCell::new(Listeners::new(direct.log())),
            direct,
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
            given_up: RefCell::default(),
            notes: RefCell::default(),
            under_way: Cell::new(0),
            quiet: Notify::new(),
            shut: Notify::new(),
            listening: Cell::new(false),
            expected: Cell::new(false),
            began_listening: Notify::new(),
            silence: Silence::default(),
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
        if !self.listening.get() && !self.silence.is_refused() {
            let _ = timeout_at(deadline, self.began_listening.notified()).await;
        }
    }

    /// Whether jobs are not to be claimed yet: who listened before is to hear of each of them.
    pub fn expects_events(&self) -> bool {
        self.expected.get()
    }

    /// See what was added on the direct line or in place by now: who listens, and what an event is
    /// of, depends on it.
    fn look_at_direct(&self) {
        let others = self.listeners.borrow_mut().look_at_direct();
        self.tell_kept(&others);
    }

    /// A call that adds jobs is over: they have these ids, from the first to the last.
    fn end_adding(&self, call: u64, ids: Option<(u64, u64)>) {
        let others = self.listeners.borrow_mut().end(call, ids);
        self.tell_kept(&others);
    }

    /// Tell of events that were kept until it was clear whose they are not.
    fn tell_kept(&self, events: &[String]) {
        events.iter().for_each(|event| self.tell_event(event));
        if self.listeners.borrow_mut().missed() {
            self.bridge.push(&protocol::listening());
        }
    }

    fn hear_event(&self, event: String) {
        self.look_at_direct();
        let mut listeners = self.listeners.borrow_mut();
        match listeners.judge(&event) {
            Fate::Deliver => self.tell_event(&event),
            Fate::Keep(id) => listeners.keep(id, event),
            Fate::Drop => {}
        }
    }

    /// An event may be left out where JavaScript is too busy to read: that is said.
    fn tell_event(&self, event: &str) {
        self.bridge.push_event(&protocol::event(event), protocol::listening);
    }

    fn reply(&self, req: u32, result: Result<String>) {
        self.bridge.push(&match result {
            Ok(json) if json.len() > LONGEST_BYTES => protocol::error(req, &too_long()),
            Ok(json) => protocol::value(req, &json),
            Err(error) => protocol::error(req, &error),
        });
    }
}

/// Serve a queue until it is closed.
pub async fn run(
    core: Rc<Core>,
    mut submissions: UnboundedReceiver<Submission>,
    mut signals: UnboundedReceiver<Signal>,
) {
    core.store.connect();
    core.direct.open(core.store.in_place());
    vanished::start(&core);
    let mut deserted = false;
    while !core.closed.get() {
        tokio::select! {
            submission = submissions.recv(), if !deserted => match submission {
                Some(submission) => submit(&core, &submission),
                // Nobody closed it: its thread was terminated. What had not begun there goes back
                // now, what had begun when the lease is over.
                None => {
                    deserted = true;
                    let this = core.clone();
                    let patience = core.settings.command_timeout;
                    tokio::task::spawn_local(async move { end(&this, patience).await });
                }
            },
            Some(signal) = signals.recv() => {
                // What was asked before it came counts for it.
                for _ in 0..submissions.len() {
                    let submission = submissions.try_recv();
                    submission.iter().for_each(|submission| submit(&core, submission));
                }
                hear(&core, signal);
            }
            () = core.shut.notified() => {}
        }
    }
    core.closed.set(true);
    core.ended.notify_waiters();
    core.store.stop_watching().await;
    give_back(&core, &mut signals).await;
    core.direct.close();
    core.store.close();
    for worker in core.workers() {
        worker.rest(&core, &[]);
    }
    core.promoter.stop();
}

/// Have events flow, and no job claimed before they do.
fn listen(core: &Rc<Core>) {
    core.store.listen();
    if core.listening.get() || core.expected.replace(true) {
        return;
    }
    let this = core.clone();
    core.watch_over(async move {
        tokio::select! {
            () = this.listening(Instant::now() + SUBSCRIBED_BY) => {}
            () = this.ended() => {}
        }
        this.expected.set(false);
        this.workers().iter().for_each(|worker| worker.nudge());
    });
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
            core.look_at_direct();
            let events = core.listeners.borrow_mut().enqueued(first, last, &job_type);
            events.iter().for_each(|event| core.tell_event(event));
        }
        Signal::Listening => {
            core.listening.set(true);
            core.silence.hears();
            // The first time too: between a look at a job and the subscription it may have ended.
            core.bridge.push(&protocol::listening());
            core.began_listening.notify_waiters();
        }
        Signal::Deaf { refused } => {
            silence::deafen(core, refused);
            core.began_listening.notify_waiters();
        }
        Signal::Mute(mute) => silence::mute(core, mute),
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
