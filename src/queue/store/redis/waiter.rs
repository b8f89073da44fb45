//! Waiting for jobs of many types on one connection.
//!
//! Kue pushes a token onto a list of the type for each job that becomes inactive. A token is a
//! hint: it may be there without a job, and a job without a token. So a wait is bounded, and when
//! it ends without a token the types are looked at all the same.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use redis::Value;
use redis::aio::MultiplexedConnection;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::keys::Keys;
use crate::queue::store::{Signal, Signals};
use crate::redis::{Address, Client, reply};

/// One wait on the server, in seconds. Bounds how long a job without a token lies there.
const WAIT_SECONDS: u64 = 5;
/// The same where it cannot be interrupted.
const WAIT_WITHOUT_INTERRUPT_SECONDS: u64 = 1;
/// How long to leave a blocked call before it is interrupted again.
const INTERRUPT_AGAIN: Duration = Duration::from_millis(5);
const PAUSE_AFTER_TROUBLE: Duration = Duration::from_millis(200);
/// Between two looks for jobs while the server refuses to wait for them.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_secs(1);
/// How long a wait that is given up may take to end.
const LAST_CALL: Duration = Duration::from_secs(1);

/// The types that are waited for.
#[derive(Default)]
pub struct Waiter {
    wanted: RefCell<Vec<String>>,
    changed: Notify,
    stopping: Cell<bool>,
    stopped: Cell<bool>,
    ended: Notify,
}

struct Connection {
    link: MultiplexedConnection,
    /// Where it leads to; `None` where there is only one server.
    address: Option<Address>,
    /// The server's name for it, to interrupt its blocking call; an ACL may forbid to ask for it.
    id: Option<i64>,
}

impl Waiter {
    /// Wait for these types and no others from now on.
    pub fn watch(&self, mut job_types: Vec<String>) {
        job_types.sort_unstable();
        let mut wanted = self.wanted.borrow_mut();
        if *wanted != job_types {
            *wanted = job_types;
            self.changed.notify_one();
        }
    }

    fn wanted(&self) -> Vec<String> {
        self.wanted.borrow().clone()
    }

    /// Send a [`Signal::Wake`] for every token, until told to stop.
    pub async fn run(self: Rc<Self>, client: Client, keys: Keys, signals: Signals) {
        self.keep_waiting(&client, &keys, &signals).await;
        self.stopped.set(true);
        self.ended.notify_waiters();
    }

    async fn keep_waiting(&self, client: &Client, keys: &Keys, signals: &Signals) {
        let mut connection = None;
        while !self.stopping.get() {
            let types = self.wanted();
            if types.is_empty() {
                self.changed.notified().await;
                continue;
            }
            let mut ready = match connection.take() {
                Some(ready) => ready,
                None => match connect(client).await {
                    Some(ready) => ready,
                    None => {
                        sleep(PAUSE_AFTER_TROUBLE).await;
                        continue;
                    }
                },
            };
            let Some(answer) = self.wait(&mut ready, client, keys, &types).await else {
                sleep(PAUSE_AFTER_TROUBLE).await;
                continue;
            };
            if let (true, Answer::Token(job_type)) = (self.stopping.get(), &answer) {
                // Taken while the queue was being closed: others wait for it.
                let mut push = redis::cmd("LPUSH");
                push.arg(keys.tokens(job_type)).arg("1");
                let _ = timeout(LAST_CALL, ready.link.send_packed_command(&push)).await;
                return;
            }
            connection = Some(ready);
            let woken = match answer {
                Answer::Token(job_type) => vec![(job_type, 1)],
                Answer::Nothing => types.into_iter().map(|job_type| (job_type, 0)).collect(),
                Answer::Interrupted => continue,
            };
            for (job_type, tokens) in woken {
                // Waited for again when the engine asks: until it has looked, a second token would
                // tell nothing new.
                self.wanted.borrow_mut().retain(|wanted| *wanted != job_type);
                if signals.send(Signal::Wake { job_type, tokens }).is_err() {
                    return;
                }
            }
        }
    }

    /// One blocking pop; `None` when the connection failed.
    async fn wait(
        &self,
        connection: &mut Connection,
        client: &Client,
        keys: &Keys,
        types: &[String],
    ) -> Option<Answer> {
        let mut pop = redis::cmd("BLPOP");
        for job_type in types {
            pop.arg(keys.tokens(job_type));
        }
        let seconds = connection.id.map_or(WAIT_WITHOUT_INTERRUPT_SECONDS, |_| WAIT_SECONDS);
        pop.arg(seconds);
        let limit = Duration::from_secs(WAIT_SECONDS) + client.config().command_timeout;
        let mut interrupted = false;
        let mut moves = client.finder().moves();
        if client.finder().has_left(connection.address.as_ref()) {
            return None;
        }
        // The call is never dropped while it may still answer: its token would be lost.
        let popped = timeout(limit, connection.link.send_packed_command(&pop));
        tokio::pin!(popped);
        loop {
            tokio::select! {
                answer = &mut popped => {
                    let answer = answer.ok()?;
                    let refusal = match &answer {
                        Ok(Value::ServerError(error)) => Some((error.code(), error.details())),
                        Err(error) if !error.is_io_error() => {
                            Some((error.code().unwrap_or_default(), error.detail()))
                        }
                        _ => None,
                    };
                    if let Some((code, details)) = refusal {
                        if client.finder().learn(code, details, connection.address.as_ref()) {
                            return None;
                        }
                        // No connection is to blame, e.g. for a key of another kind in the place
                        // of the tokens: the jobs are looked for all the same, if not at once.
                        sleep(PAUSE_AFTER_REFUSAL).await;
                        return Some(Answer::Nothing);
                    }
                    let answer = answer.ok()?;
                    let mut parts = reply::array(answer).ok()?.into_iter();
                    let Some(key) = parts.next() else {
                        return Some(if interrupted { Answer::Interrupted } else { Answer::Nothing });
                    };
                    let key = reply::text(key).ok()??;
                    return keys.type_of_tokens(&key).map(|job_type| Answer::Token(job_type.to_owned()));
                }
                // What it pops from now on nobody has any more.
                Ok(()) = moves.changed() => {
                    if client.finder().has_left(connection.address.as_ref()) {
                        return None;
                    }
                }
                () = self.changed.notified() => {}
                () = sleep(INTERRUPT_AGAIN), if interrupted => {}
            }
            let unwanted = self.wanted() != types || self.stopping.get();
            if let Some(id) = connection.id.filter(|_| unwanted) {
                interrupted = true;
                let mut unblock = redis::pipe();
                unblock.cmd("CLIENT").arg("UNBLOCK").arg(id);
                // Where this fails the wait ends by itself within its bound.
                let _ = client.call(&unblock).await;
            }
        }
    }

    /// Stop waiting. A wait that went on would swallow the token of a job that nobody here takes.
    pub async fn stop(&self) {
        self.stopping.set(true);
        self.wanted.borrow_mut().clear();
        self.changed.notify_one();
        let stopped = async {
            while !self.stopped.get() {
                self.ended.notified().await;
            }
        };
        let _ = timeout(LAST_CALL, stopped).await;
    }
}

enum Answer {
    Token(String),
    Nothing,
    Interrupted,
}

async fn connect(client: &Client) -> Option<Connection> {
    let (mut link, address) = client.dedicated().await.ok()?;
    let mut who = redis::cmd("CLIENT");
    who.arg("ID");
    let asked = timeout(client.config().command_timeout, link.send_packed_command(&who));
    match asked.await.ok()? {
        Err(error) if error.is_io_error() => None,
        answer => {
            let id = answer.ok().and_then(|answer| reply::integer(answer).ok());
            Some(Connection { link, address, id })
        }
    }
}
