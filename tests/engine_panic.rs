//! A defect in a store must reach the user as an error, whatever call it hides in, and must not
//! take the process with it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use async_trait::async_trait;
use rekue::bridge::Bridge;
use rekue::error::Result;
use rekue::queue::engine::{self, Core, Settings, Submission};
use rekue::queue::job::{Added, JobRecord, NewJob};
use rekue::queue::repair::{Order, Report};
use rekue::queue::search::Words;
use rekue::queue::state::State;
use rekue::queue::store::{
    Batch, Changes, Held, Imported, Note, Promoted, Selection, Settled, Stats, Store,
};
use rekue::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::Instant;

/// A store in which everything that may fail panics.
struct Defective;

#[async_trait(?Send)]
impl Store for Defective {
    async fn add(&self, _: &[NewJob], _: Option<u32>, _: Instant) -> Result<Vec<Added>> {
        panic!("add")
    }
    async fn settle(&self, _: &Batch) -> Result<Settled> {
        panic!("settle")
    }
    async fn annotate(&self, _: &[(String, Note)]) -> Result<()> {
        panic!("annotate")
    }
    async fn promote(&self, _: u32) -> Result<Promoted> {
        panic!("promote")
    }
    async fn overdue(&self, _: u32) -> Result<Vec<JobRecord>> {
        panic!("overdue")
    }
    async fn announce(&self, _: &str) -> Result<()> {
        panic!("announce")
    }
    async fn renew(&self) -> Result<(bool, u64)> {
        panic!("renew")
    }
    async fn held(&self) -> Result<Vec<Held>> {
        panic!("held")
    }
    async fn get(&self, _: &[String]) -> Result<Vec<Option<JobRecord>>> {
        panic!("get")
    }
    async fn list(&self, _: &Selection) -> Result<Vec<String>> {
        panic!("list")
    }
    async fn count(&self, _: Option<&str>, _: State) -> Result<u64> {
        panic!("count")
    }
    async fn stats(&self) -> Result<Stats> {
        panic!("stats")
    }
    async fn types(&self) -> Result<Vec<String>> {
        panic!("types")
    }
    async fn log(&self, _: &str, _: u32) -> Result<Vec<String>> {
        panic!("log")
    }
    async fn field(&self, _: &str, _: &str) -> Result<Option<String>> {
        panic!("field")
    }
    async fn setting(&self, _: &str) -> Result<Option<String>> {
        panic!("setting")
    }
    async fn search(&self, _: &Words) -> Result<Vec<String>> {
        panic!("search")
    }
    async fn words(&self, _: &[String]) -> Result<Vec<Option<Words>>> {
        panic!("words")
    }
    async fn update(&self, _: &str, _: &Changes) -> Result<bool> {
        panic!("update")
    }
    async fn set_state(&self, _: &str, _: State) -> Result<bool> {
        panic!("set_state")
    }
    async fn remove(&self, _: &str) -> Result<bool> {
        panic!("remove")
    }
    async fn repair(&self, _: &Order) -> Result<Report> {
        panic!("repair")
    }
    async fn import(&self, _: &[Imported], _: u64) -> Result<()> {
        panic!("import")
    }
    fn watch(&self, _: Vec<String>, _: Option<Batch>) {}
    fn listen(&self) {}
    fn connect(&self) {}
    fn close(&self) {}
}

struct Queue {
    ops: UnboundedSender<Submission>,
    bridge: Arc<Bridge>,
    rings: Receiver<()>,
    _runtime: Runtime,
}

fn open() -> Queue {
    let (ring, rings) = channel();
    let bridge = Arc::new(Bridge::new(Box::new(move || {
        let _ = ring.send(());
    })));
    let (ops, submitted) = unbounded_channel();
    let runtime = Runtime::hold().unwrap();
    let serving = bridge.clone();
    runtime.spawn(move || async move {
        let second = Duration::from_secs(1);
        let settings = Settings {
            promotion_interval: second,
            promotion_limit: 10,
            lease: second,
            hung_after: 60 * second,
            max_lost: 3,
            command_timeout: second,
        };
        let (_signals, heard) = unbounded_channel();
        engine::run(
            Core::new(Box::new(Defective), serving, Arc::default(), settings),
            submitted,
            heard,
        )
        .await;
    });
    Queue { ops, bridge, rings, _runtime: runtime }
}

impl Queue {
    fn ask(&self, op: &str) {
        self.ops.send(Submission { ops: format!("[{op}]"), aside: true }).unwrap();
    }

    /// The next messages, as text.
    fn told(&self) -> String {
        self.rings.recv_timeout(Duration::from_secs(10)).unwrap();
        self.bridge.take().unwrap()
    }
}

#[test]
fn a_call_that_panics_is_answered_with_an_error_and_the_next_one_is_heard() {
    let queue = open();
    for (req, call) in [r#""stats""#, r#"{"get":["1"]}"#, r#"{"remove":"1"}"#].iter().enumerate() {
        queue.ask(&format!(r#"{{"call":{{"req":{req},"call":{call}}}}}"#));
        assert!(queue.told().starts_with(&format!(r#"[[1,{req},"ERR_INTERNAL""#)));
    }
    queue.ask(r#"{"add":{"req":9,"jobs":[{"type":"a","data":{},"priority":0}]}}"#);
    assert!(queue.told().starts_with(r#"[[1,9,"ERR_INTERNAL""#));
}

#[test]
fn a_worker_that_panics_says_that_its_queue_has_stopped() {
    let queue = open();
    queue.ask(r#"{"work":{"type":"a","slots":[1]}}"#);
    assert!(queue.told().contains(r#"[7,"ERR_INTERNAL""#));
}
