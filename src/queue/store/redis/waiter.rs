//! Waiting for jobs of many types on one connection.
//!
//! Kue pushes a token onto a list of the type for each job that becomes inactive. A token is a
//! hint: it may be there without a job, and a job without a token. So a wait is bounded, and when
//! it ends without a token the types are looked at all the same.
//!
//! Where only one type is waited for, a claim leaves together with the wait. Redis keeps what comes
//! behind a call that blocks, and does it as soon as that is over: so the job is claimed at the
//! moment at which it is there, without a word from here. It is claimed at the end of a wait
//! without a token too, which is the look that is due then.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, Value};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::keys::Keys;
use super::settle::read_settled;
use super::sound;
use crate::error::{Error, Result};
use crate::queue::store::{Batch, Served, Settled, Signal, Signals};
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
    /// The claim that is to leave with the next wait, of the one type that is wanted.
    stand_by: RefCell<Option<StandBy>>,
    changed: Notify,
    stopping: Cell<bool>,
    stopped: Cell<bool>,
    ended: Notify,
}

/// A claim that is made once there may be a job.
pub struct StandBy {
    pub claim: Batch,
    pub command: Cmd,
}

impl StandBy {
    /// It is over.
    fn served(self, settled: Result<Settled>, tokens: u32) -> Signal {
        Signal::Served(Served { claim: self.claim, settled, tokens })
    }
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
    pub fn watch(&self, mut job_types: Vec<String>, stand_by: Option<StandBy>, signals: &Signals) {
        job_types.sort_unstable();
        let mut wanted = self.wanted.borrow_mut();
        if *wanted != job_types {
            *wanted = job_types;
            self.changed.notify_one();
            // One that has not left is over at once, also while there is no connection.
            if let Some(unsent) = self.stand_by.take() {
                let _ = signals.send(unsent.served(Ok(Settled::default()), 0));
            }
        }
        if stand_by.is_some() {
            self.stand_by.replace(stand_by);
        }
    }

    fn wanted(&self) -> Vec<String> {
        self.wanted.borrow().clone()
    }

    /// Waited for again when the engine asks: until it has looked, a second token would tell nothing
    /// new.
    fn forget(&self, job_type: &str) {
        self.wanted.borrow_mut().retain(|wanted| wanted != job_type);
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
            if self.wanted().is_empty() {
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
            let (types, stand_by) = (self.wanted(), self.stand_by.take());
            if types.is_empty() {
                connection = Some(ready);
                continue;
            }
            let command = stand_by.as_ref().map(|stand_by| &stand_by.command);
            let answers = self.wait(&mut ready, client, keys, &types, command).await;
            let Some((answer, claimed)) = answers else {
                if let Some(stand_by) = stand_by {
                    self.forget(&stand_by.claim.job_type);
                    let lost = "the connection broke while a job was waited for".to_owned();
                    let _ = signals.send(stand_by.served(Err(Error::StoreUnavailable(lost)), 0));
                }
                sleep(PAUSE_AFTER_TROUBLE).await;
                continue;
            };
            let settled = stand_by.map(|stand_by| {
                let settled = claimed
                    .ok_or_else(|| Error::Internal("Redis did not answer a claim".to_owned()))
                    .and_then(|value| read_settled(sound(vec![value])?.pop(), &stand_by.claim));
                (stand_by, settled)
            });
            let taken = matches!(settled, Some((_, Ok(_))));
            if let (true, false, Answer::Token(job_type)) = (self.stopping.get(), taken, &answer) {
                // Taken while the queue was being closed: others wait for it.
                let mut push = redis::cmd("LPUSH");
                push.arg(keys.tokens(job_type)).arg("1");
                let _ = timeout(LAST_CALL, ready.link.send_packed_command(&push)).await;
                return;
            }
            connection = Some(ready);
            if let Some((stand_by, settled)) = settled {
                let tokens = u32::from(!taken && matches!(answer, Answer::Token(_)));
                self.forget(&stand_by.claim.job_type);
                if signals.send(stand_by.served(settled, tokens)).is_err() {
                    return;
                }
                continue;
            }
            let woken = match answer {
                Answer::Token(job_type) => vec![(job_type, 1)],
                Answer::Nothing => types.into_iter().map(|job_type| (job_type, 0)).collect(),
                Answer::Interrupted => continue,
            };
            for (job_type, tokens) in woken {
                self.forget(&job_type);
                if signals.send(Signal::Wake { job_type, tokens }).is_err() {
                    return;
                }
            }
        }
    }

    /// One blocking pop, and the answer to the claim behind it; `None` when the connection failed.
    async fn wait(
        &self,
        connection: &mut Connection,
        client: &Client,
        keys: &Keys,
        types: &[String],
        claim: Option<&Cmd>,
    ) -> Option<(Answer, Option<Value>)> {
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
        let mut calls = Pipeline::with_capacity(2);
        calls.add_command(pop);
        if let Some(claim) = claim {
            calls.add_command(claim.clone());
        }
        // The call is never dropped while it may still answer: its token would be lost.
        let popped = timeout(limit, connection.link.send_packed_commands(&calls, 0, calls.len()));
        tokio::pin!(popped);
        loop {
            tokio::select! {
                answer = &mut popped => {
                    let (answer, claimed) = match answer.ok()? {
                        Err(error) => (Err(error), None),
                        Ok(values) => {
                            let mut values = values.into_iter();
                            (Ok(values.next().unwrap_or(Value::Nil)), values.next())
                        }
                    };
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
                        return Some((Answer::Nothing, claimed));
                    }
                    let answer = match reply::array(answer.ok()?).ok()?.into_iter().next() {
                        None if interrupted => Answer::Interrupted,
                        None => Answer::Nothing,
                        Some(key) => {
                            let key = reply::text(key).ok()??;
                            Answer::Token(keys.type_of_tokens(&key)?.to_owned())
                        }
                    };
                    return Some((answer, claimed));
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
