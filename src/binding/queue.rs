//! The queue's border: a submission goes in as text, a batch of messages comes out as text.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use napi::bindgen_prelude::*;
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::place::{Options, Place};
use super::{NapiError, to_napi};
use crate::bridge::Bridge;
use crate::error::Error;
use crate::queue::direct::DirectSlot;
use crate::queue::engine::{self, Core, Settings, Submission};
use crate::queue::protocol::{self, few_jobs, single_job};
use crate::runtime::Runtime;

/// One open queue.
#[napi]
pub struct NativeQueue {
    ends: Arc<Ends>,
}

/// What of a queue belongs to its JavaScript side, and goes with it.
struct Ends {
    bridge: Arc<Bridge>,
    direct: Arc<DirectSlot>,
    line: Mutex<Option<Line>>,
}

/// The way to the engine.
struct Line {
    submissions: UnboundedSender<Submission>,
    /// Keeps the I/O thread alive.
    _runtime: Runtime,
}

impl Ends {
    fn line(&self) -> MutexGuard<'_, Option<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Let go of everything now: the object itself stays until it is collected, which may be
    /// never. An engine that was not closed notices that nobody speaks to it any more.
    fn release(&self) {
        self.bridge.shut();
        self.direct.close();
        drop(self.line().take());
    }
}

#[napi]
impl NativeQueue {
    /// Open a queue. `options` is JSON; `hear` is called on the JavaScript thread with the messages
    /// that have come, a JSON array as text, or an empty one. It is held strongly: an open queue
    /// keeps its process alive, as Kue's connections do.
    #[napi(factory, catch_unwind)]
    pub fn open(
        env: Env,
        options: String,
        #[napi(ts_arg_type = "(messages: string) => void")] hear: Function<'_, String, ()>,
    ) -> std::result::Result<Self, NapiError> {
        let options: Options = serde_json::from_str(&options).map_err(|error| {
            to_napi(Error::InvalidArg {
                argument: "options".to_owned(),
                message: format!("options cannot be read: {error}"),
            })
        })?;
        let place = Place::read(&options).map_err(to_napi)?;
        let runtime = Runtime::hold().map_err(to_napi)?;
        let bridge = Arc::new(Bridge::default());
        let letter_box = Arc::downgrade(&bridge);
        // What waits is taken on the way to JavaScript, which need not come for it.
        let bell = hear.build_threadsafe_function::<()>().build_callback(move |_| {
            let waits =
                letter_box.upgrade().and_then(|bridge| bridge.take_piece(&protocol::more()));
            Ok(waits.unwrap_or_default())
        });
        let bell = bell
            .map_err(|error| to_napi(Error::Internal(format!("no doorbell: {}", error.reason))))?;
        bridge.hang(Box::new(move || {
            bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }));
        let (submissions, received) = unbounded_channel();
        let line = Line { submissions, _runtime: runtime.clone() };
        let direct = Arc::<DirectSlot>::default();
        let ends = Arc::new(Ends {
            bridge: bridge.clone(),
            direct: direct.clone(),
            line: Mutex::new(Some(line)),
        });
        // When a worker thread ends, Node takes the doorbell's function away under us, and no
        // finalizer is sure to run.
        let leaving = |ends: Weak<Ends>| ends.upgrade().iter().for_each(|ends| ends.release());
        env.add_env_cleanup_hook(Arc::downgrade(&ends), leaving).map_err(|error| {
            to_napi(Error::Internal(format!("no cleanup hook: {}", error.reason)))
        })?;
        let serving = bridge.clone();
        runtime.spawn(move || async move {
            let (signals, heard) = unbounded_channel();
            let settings = Settings {
                promotion_interval: Duration::from_millis(options.promotion_interval),
                promotion_limit: options.promotion_limit,
                lease: Duration::from_millis(options.lease_duration),
                hung_after: Duration::from_millis(options.hung_after),
                max_lost: options.max_lost,
                command_timeout: Duration::from_millis(options.command_timeout),
            };
            let holder = options.holder();
            let mut received = received;
            let defective = direct.clone();
            let bell = serving.clone();
            let jobs_come = Arc::new(move || bell.announce());
            let opening = place.open(&options, holder, signals, jobs_come);
            let opened = AssertUnwindSafe(opening).catch_unwind();
            let error = match opened.await {
                Ok(Ok(store)) => {
                    let core = Core::new(store, serving.clone(), direct, settings);
                    let served = AssertUnwindSafe(engine::run(core, received, heard));
                    if served.catch_unwind().await.is_ok() {
                        return;
                    }
                    defective.close();
                    defect()
                }
                Ok(Err(error)) => {
                    serving.push(&protocol::broken(&error));
                    // What is submitted gets this error too, not that the queue is closed.
                    while received.recv().await.is_some() {}
                    return;
                }
                Err(_) => defect(),
            };
            serving.push(&protocol::broken(&error));
        });
        Ok(NativeQueue { ends })
    }

    /// Hand over a batch of ops, JSON as in `src/queue/protocol.rs`; `aside` where jobs that are added
    /// later may overtake them. `false` once closed.
    #[napi(catch_unwind)]
    pub fn submit(&self, ops: String, aside: bool) -> bool {
        let line = self.ends.line();
        let Some(line) = line.as_ref() else { return false };
        let send = || line.submissions.send(Submission { ops, aside }).is_ok();
        if aside { send() } else { self.ends.direct.submit(send) }
    }

    /// Add a few jobs on this thread: `jobs` is the `alike` of `Op::Add`. The first one's id and the
    /// time, as an answer would tell them; `null` where they are to be submitted.
    #[napi(catch_unwind)]
    pub fn add_in_place(&self, jobs: String, eventful: bool) -> Option<Vec<f64>> {
        let added = self.ends.direct.add_in_place(few_jobs(&jobs)?, eventful)?;
        Some(vec![added.id as f64, added.created_at as f64])
    }

    /// The descriptor of the direct line's socket, which the caller owns and reads answers from;
    /// `null` where there is no line (any more).
    #[napi(catch_unwind)]
    pub fn direct_descriptor(&self) -> Option<i32> {
        self.ends.direct.descriptor()
    }

    /// Send a single job on the direct line: `job` is the `alike` of `Op::Add`. `false` where the
    /// line broke; then it is to be submitted, as sent under this number.
    #[napi(catch_unwind)]
    pub fn add_directly(&self, number: u32, job: String, eventful: bool) -> bool {
        let job = single_job(&job);
        job.is_some_and(|job| self.ends.direct.add(number, &job, eventful))
    }

    /// The answer to a job on the direct line has come: it is stored under this id, which is told
    /// where its events may be wanted. One more answer follows for that. `false` where the line broke.
    #[napi(catch_unwind)]
    pub fn spend_directly(&self, number: u32, id: Option<f64>) -> bool {
        self.ends.direct.spend(number, id.map(|id| id as u64))
    }

    /// End the direct line.
    #[napi(catch_unwind)]
    pub fn end_direct(&self) {
        self.ends.direct.clear();
    }

    /// Take the offer of a job, to start it; false where it was called back.
    #[napi(catch_unwind)]
    pub fn take(&self, offer: f64) -> bool {
        self.ends.bridge.offers.end(offer as u64)
    }

    /// Be called with the next messages, where the last ones said that there are more.
    #[napi(catch_unwind)]
    pub fn go_on(&self) {
        self.ends.bridge.go_on();
    }

    /// Drop the doorbell and the hold on the I/O thread: nothing more is heard, and the process may
    /// end.
    #[napi(catch_unwind)]
    pub fn shut(&self) {
        self.ends.release();
    }
}

fn defect() -> Error {
    Error::Internal("a defect in rekue stopped this queue".to_owned())
}
