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
//!
//! JavaScript's thread, which sleeps meanwhile, is called as soon as such an answer comes
//! (`early_call.rs`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use redis::{Pipeline, Value};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::early_call::EarlyCall;
use super::keys::Keys;
use super::stand_by::StandBy;
use crate::queue::store::{JobsCome, Signal, Signals};
use crate::redis::{Address, Client, Dedicated, reply};

/// One wait on the server, in seconds. Bounds how long a job without a token lies there.
const WAIT_SECONDS: u64 = 5;
/// The same where it cannot be interrupted, and after a wait that was lost.
const SHORT_WAIT_SECONDS: u64 = 1;
/// How long to leave a blocked call before it is interrupted again.
const INTERRUPT_AGAIN: Duration = Duration::from_millis(5);
const PAUSE_AFTER_TROUBLE: Duration = Duration::from_millis(200);
/// Between two looks for jobs while the server refuses to wait for them.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_secs(1);
/// How much before its time a wait may end that was not interrupted.
const SLACK: Duration = Duration::from_millis(100);
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

struct Connection {
    to: Dedicated,
    /// Where it leads to; `None` where there is only one server.
    address: Option<Address>,
    /// The server's name for it, to interrupt its blocking call; an ACL may forbid to ask for it.
    id: Option<i64>,
    early_call: EarlyCall,
    /// The server's life when it was made; 0 where that was not known yet.
    life: Cell<u64>,
}

impl Connection {
    /// Behind the same address may be another server by now than the one that it leads to.
    fn is_of_the_past(&self, client: &Client) -> bool {
        match self.life.get() {
            0 => {
                self.life.set(client.life());
                false
            }
            life => life != client.life(),
        }
    }
}

impl Waiter {
    /// Wait for these types and no others from now on.
    pub fn watch(&self, mut job_types: Vec<String>, stand_by: Option<StandBy>) {
        job_types.sort_unstable();
        if *self.wanted.borrow() != job_types {
            self.wanted.replace(job_types);
            // One that has not left is over at once, also while there is no connection.
            self.stand_by.take();
            self.changed.notify_one();
        }
        if stand_by.is_some() {
            self.stand_by.replace(stand_by);
            self.changed.notify_one();
        }
    }

    /// Another server may serve now.
    pub fn look_again(&self) {
        self.changed.notify_one();
    }

    fn wanted(&self) -> Vec<String> {
        self.wanted.borrow().clone()
    }

    /// Waited for again when the engine asks: until it has looked, a second token would tell nothing
    /// new.
    fn forget(&self, job_type: &str) {
        self.wanted.borrow_mut().retain(|wanted| wanted != job_type);
        self.stand_by.borrow_mut().take_if(|stand_by| stand_by.job_type() == job_type);
    }

    /// Send a [`Signal::Wake`] for every token, or what came of a claim, until told to stop.
    pub async fn run(
        self: Rc<Self>,
        client: Client,
        keys: Keys,
        signals: Signals,
        jobs_come: JobsCome,
    ) {
        let early_call = EarlyCall::new(jobs_come);
        self.keep_waiting(&client, &keys, &signals, &early_call).await;
        self.stopped.set(true);
        self.ended.notify_waiters();
    }

    async fn keep_waiting(
        &self,
        client: &Client,
        keys: &Keys,
        signals: &Signals,
        early_call: &EarlyCall,
    ) {
        let mut connection = None;
        let mut seconds = WAIT_SECONDS;
        while !self.stopping.get() {
            if self.wanted().is_empty() {
                self.changed.notified().await;
                continue;
            }
            let mut ready = match connection.take() {
                Some(ready) => ready,
                None => match connect(client, early_call.clone()).await {
                    Some(ready) => ready,
                    None => {
                        sleep(PAUSE_AFTER_TROUBLE).await;
                        continue;
                    }
                },
            };
            let types = self.wanted();
            if types.is_empty() {
                connection = Some(ready);
                continue;
            }
            let mut stand_by = self.stand_by.take();
            let waited = self.wait(&mut ready, client, keys, &types, seconds, &mut stand_by);
            let Some(answer) = waited.await else {
                // On it, a claim might still be made.
                drop(ready);
                self.put_back(stand_by);
                // What the lost one may have taken, a token or a job, is to be found soon.
                seconds = SHORT_WAIT_SECONDS;
                sleep(PAUSE_AFTER_TROUBLE).await;
                continue;
            };
            seconds = WAIT_SECONDS;
            if let (true, Answer::Token(job_type)) = (self.stopping.get(), &answer) {
                // Taken while the queue was being closed: others wait for it.
                let mut push = redis::cmd("LPUSH");
                push.arg(keys.tokens(job_type)).arg("1");
                let _ = timeout(LAST_CALL, ready.to.link.send_packed_command(&push)).await;
                return;
            }
            connection = Some(ready);
            let woken = match answer {
                Answer::Token(job_type) => vec![(job_type, 1)],
                Answer::Nothing => types.into_iter().map(|job_type| (job_type, 0)).collect(),
                Answer::Interrupted | Answer::Served => continue,
            };
            for (job_type, tokens) in woken {
                self.forget(&job_type);
                if signals.send(Signal::Wake { job_type, tokens }).is_err() {
                    return;
                }
            }
        }
    }

    /// A wait failed: the claim leaves with the next one, unless it may have been made, or is not
    /// wanted any more.
    fn put_back(&self, stand_by: Option<StandBy>) {
        let Some(stand_by) = stand_by else { return };
        if stand_by.sent {
            self.forget(stand_by.job_type());
        } else if stand_by.suits(&self.wanted.borrow()) {
            self.stand_by.replace(Some(stand_by));
        }
    }

    /// One blocking pop, with a claim behind it; `None` when the connection failed.
    async fn wait(
        &self,
        connection: &mut Connection,
        client: &Client,
        keys: &Keys,
        types: &[String],
        seconds: u64,
        stand_by: &mut Option<StandBy>,
    ) -> Option<Answer> {
        let mut pop = redis::cmd("BLPOP");
        for job_type in types {
            pop.arg(keys.tokens(job_type));
        }
        let seconds = connection.id.map_or(SHORT_WAIT_SECONDS, |_| seconds);
        pop.arg(seconds);
        let limit = Duration::from_secs(WAIT_SECONDS) + client.config().command_timeout;
        let mut interrupted = false;
        let mut moves = client.finder().moves();
        if client.finder().has_left(connection.address.as_ref())
            || connection.is_of_the_past(client)
        {
            return None;
        }
        let begun = Instant::now();
        let mut calls = Pipeline::with_capacity(2);
        calls.add_command(pop);
        stand_by.take_if(|stand_by| !stand_by.suits(types));
        if let Some(stand_by) = stand_by {
            calls.add_command(std::mem::take(&mut stand_by.command));
            stand_by.sent = true;
            connection.early_call.expect(&keys.tokens(stand_by.job_type()));
        } else {
            connection.early_call.expect_none();
        }
        // The call is never dropped while it may still answer: its token would be lost.
        let mut link = connection.to.link.clone();
        let popped = timeout(limit, link.send_packed_commands(&calls, 0, calls.len()));
        // Beside it: an answer is heard also while the interruption finds no server.
        let interruption = interrupt(client, 0);
        tokio::pin!(popped, interruption);
        let mut interrupting = false;
        loop {
            tokio::select! {
                // First: an interruption that is not needed any more would end the next wait.
                biased;
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
                        let elsewhere =
                            client.finder().learn(code, details, connection.address.as_ref());
                        let refused = matches!(claimed, None | Some(Value::ServerError(_)));
                        if elsewhere && refused {
                            return None;
                        }
                        let served = self.serve(stand_by.take(), claimed, 0);
                        if elsewhere {
                            return None;
                        }
                        // No connection is to blame, e.g. for a key of another kind in the place
                        // of the tokens: the jobs are looked for all the same, if not at once.
                        sleep(PAUSE_AFTER_REFUSAL).await;
                        return Some(if served { Answer::Served } else { Answer::Nothing });
                    }
                    let token = reply::array(answer.ok()?).ok()?.into_iter().next();
                    let tokens = u32::from(token.is_some());
                    if self.serve(stand_by.take(), claimed, tokens) {
                        return Some(Answer::Served);
                    }
                    let Some(key) = token else {
                        // An interruption of the wait before may have come late.
                        let early = begun.elapsed() + SLACK < Duration::from_secs(seconds);
                        return Some(if early { Answer::Interrupted } else { Answer::Nothing });
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
                () = &mut interruption, if interrupting => {
                    interrupting = false;
                    continue;
                }
                () = sleep(INTERRUPT_AGAIN), if interrupted && !interrupting => {}
            }
            if connection.is_of_the_past(client) {
                return None;
            }
            // A bare wait gives way to one with a claim behind it.
            let better = stand_by.is_none() && self.stand_by.borrow().is_some();
            let unwanted = self.wanted() != types || self.stopping.get() || better;
            if let Some(id) = connection.id.filter(|_| unwanted && !interrupting) {
                (interrupted, interrupting) = (true, true);
                interruption.set(interrupt(client, id));
            }
        }
    }

    /// The server answered to a wait, and to the claim behind it, if there was one.
    fn serve(&self, stand_by: Option<StandBy>, answer: Option<Value>, tokens: u32) -> bool {
        let Some(stand_by) = stand_by else { return false };
        self.forget(stand_by.job_type());
        stand_by.answered(answer, tokens);
        true
    }

    /// Stop waiting. A wait that went on would swallow the token of a job that nobody here takes.
    pub async fn stop(&self) {
        self.stopping.set(true);
        self.wanted.borrow_mut().clear();
        self.stand_by.take();
        self.changed.notify_one();
        let stopped = async {
            while !self.stopped.get() {
                self.ended.notified().await;
            }
        };
        let _ = timeout(LAST_CALL, stopped).await;
    }
}

/// How a wait ended.
enum Answer {
    Token(String),
    Nothing,
    Interrupted,
    /// What came of the claim behind it was told.
    Served,
}

/// End the blocking call of a connection.
async fn interrupt(client: &Client, id: i64) {
    let mut unblock = Pipeline::with_capacity(1);
    unblock.cmd("CLIENT").arg("UNBLOCK").arg(id);
    // Where this fails the wait ends by itself within its bound.
    let _ = client.call(&unblock).await;
}

async fn connect(client: &Client, early_call: EarlyCall) -> Option<Connection> {
    let life = client.life();
    // What the server says to greet it tells of no job.
    early_call.expect_none();
    let (mut to, address) = client.dedicated(early_call.herald()).await.ok()?;
    let mut who = redis::cmd("CLIENT");
    who.arg("ID");
    let asked = timeout(client.config().command_timeout, to.link.send_packed_command(&who));
    match asked.await.ok()? {
        Err(error) if error.is_io_error() => None,
        answer => {
            let id = answer.ok().and_then(|answer| reply::integer(answer).ok());
            Some(Connection { to, address, id, early_call, life: Cell::new(life) })
        }
    }
}
