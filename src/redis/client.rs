//! One connection to Redis that comes back by itself, wherever the server went: many callers share
//! it, their calls leave in order and without waiting for each other.

mod keeping;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, ServerError, Value};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::address::Address;
use super::connect::{Dedicated, Herald, open_and_leave, open_heralded};
use super::direct::Direct;
use super::distrust::MAYBE_PLAIN;
use super::finder::Finder;
use super::greeting::Greeting;
use super::link::Link;
use super::predecessor::{self, Identity};
use super::trouble::{Trouble, lasting, passing, to_error};
use super::turns::{CallsTurn, Turns};
use super::{Config, sentinel};
use crate::error::{Error, Result};

/// The pause before a call is repeated that the server was too busy for (loading, failing over).
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// How often a call gives way to those before it, of which one may be in no hurry to go on.
const MOST_YIELDS: u32 = 100;

/// What came of a call.
pub struct Reply {
    /// One value per command; an error of a single command is a `Value::ServerError` in here.
    pub values: Vec<Value>,
    /// Whether the call was sent more than once: the earlier sending may have taken effect.
    pub repeated: bool,
    /// The server's life in which it was answered, see [`Turn::NewLife`].
    pub life: u64,
}

/// What came of a call that is sent once only.
pub enum Once {
    Answered(Vec<Value>),
    /// The connection broke with the call on its way: it may or may not have taken effect.
    Lost,
    /// It was not sent: the server's life that it was meant for is over.
    Over,
}

/// A turn in a client's life.
pub enum Turn<'a> {
    /// An attempt to connect failed; there will be others.
    Failed(&'a Error),
    /// Another server answers than before, or the same one was restarted: it may not know what the
    /// one before was told last.
    NewLife,
}

/// A shared, self-healing connection. Clones share it. Lives on the I/O thread.
#[derive(Clone)]
pub struct Client {
    shared: Rc<Shared>,
}

struct Shared {
    finder: Rc<Finder>,
    /// Sent on every new connection before it is used.
    greeting: Greeting,
    link: RefCell<Option<Link>>,
    generation: Cell<u64>,
    /// The server's life, see [`Turn::NewLife`].
    life: Cell<u64>,
    connecting: Cell<bool>,
    closed: Cell<bool>,
    /// The connection that was used last.
    predecessor: RefCell<Option<Identity>>,
    changed: Notify,
    turns: Turns,
    last_error: RefCell<Option<Error>>,
    on_turn: Box<dyn Fn(Turn<'_>)>,
    /// Listen to sentinels.
    watching: RefCell<Vec<JoinHandle<()>>>,
}

impl Client {
    /// Make a client; it connects on the first call or on [`Client::connect`]. `prelude` is sent
    /// on every new connection before it is used, e.g. the scripts to load.
    pub fn new(config: Config, prelude: Pipeline, on_turn: impl Fn(Turn<'_>) + 'static) -> Self {
        let greeting = Greeting::new(&config, prelude);
        let finder = Finder::new(config);
        let watching = sentinel::watch(&finder);
        Client {
            shared: Rc::new(Shared {
                finder,
                greeting,
                link: RefCell::new(None),
                generation: Cell::new(0),
                life: Cell::new(0),
                connecting: Cell::new(false),
                closed: Cell::new(false),
                predecessor: RefCell::new(None),
                changed: Notify::new(),
                turns: Turns::default(),
                last_error: RefCell::new(None),
                on_turn: Box::new(on_turn),
                watching: RefCell::new(watching),
            }),
        }
    }

    pub fn config(&self) -> &Config {
        self.shared.finder.config()
    }

    /// What knows where the server is, for connections beside this one.
    pub fn finder(&self) -> &Rc<Finder> {
        &self.shared.finder
    }

    /// Send a pipeline and wait for its replies, for as long as `command_timeout` allows.
    ///
    /// While there is no connection the call waits for one. When a connection breaks after the
    /// call left, the call is sent again on the next one: callers must be able to bear that, and
    /// learn of it through [`Reply::repeated`].
    ///
    /// # Errors
    /// `ERR_STORE_UNAVAILABLE` when the time is over.
    pub async fn call(&self, pipeline: &Pipeline) -> Result<Reply> {
        self.call_until(pipeline, Some(self.deadline())).await
    }

    /// As [`Client::call`], with a deadline of one's own; `None` waits until the client is closed.
    pub async fn call_until(
        &self,
        pipeline: &Pipeline,
        deadline: Option<Instant>,
    ) -> Result<Reply> {
        self.call_in_turn(pipeline, deadline, self.turn()).await
    }

    /// A turn among the calls: those that wait for a connection leave in their order, also when they
    /// have to leave again.
    pub fn turn(&self) -> CallsTurn {
        self.shared.turns.next()
    }

    /// As [`Client::call_until`].
    pub async fn call_in_turn(
        &self,
        pipeline: &Pipeline,
        deadline: Option<Instant>,
        turn: CallsTurn,
    ) -> Result<Reply> {
        let mut repeated = false;
        let mut refusal = None;
        loop {
            match self.attempt(pipeline, deadline, None, turn, &mut refusal).await? {
                Attempt::Answered(values, life) => return Ok(Reply { values, repeated, life }),
                Attempt::Refused | Attempt::Over => {}
                Attempt::Lost => repeated = true,
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(self.unavailable(refusal));
            }
        }
    }

    /// As [`Client::call_until`] without a deadline, for what must not be sent twice blindly; `None` where
    /// the connection broke with it on its way.
    pub async fn call_until_lost(&self, pipeline: &Pipeline) -> Result<Option<Vec<Value>>> {
        let turn = self.turn();
        loop {
            match self.attempt(pipeline, None, None, turn, &mut None).await? {
                Attempt::Answered(values, _) => return Ok(Some(values)),
                Attempt::Lost => return Ok(None),
                Attempt::Refused | Attempt::Over => {}
            }
        }
    }

    /// As [`Client::call`] for what must not be sent twice blindly, and only to a server in this
    /// life.
    pub async fn call_once(
        &self,
        pipeline: &Pipeline,
        deadline: Instant,
        life: u64,
        turn: CallsTurn,
    ) -> Result<Once> {
        let mut refusal = None;
        loop {
            match self.attempt(pipeline, Some(deadline), Some(life), turn, &mut refusal).await? {
                Attempt::Answered(values, _) => return Ok(Once::Answered(values)),
                _ if Instant::now() >= deadline => return Err(self.unavailable(refusal)),
                Attempt::Lost => return Ok(Once::Lost),
                Attempt::Over => return Ok(Once::Over),
                Attempt::Refused => {}
            }
        }
    }

    /// When a call that starts now must be over.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.config().command_timeout
    }

    /// `refusal` keeps why the server did not take the call: the connections that are made meanwhile,
    /// and what others are answered on them, say nothing of it.
    async fn attempt(
        &self,
        pipeline: &Pipeline,
        deadline: Option<Instant>,
        life: Option<u64>,
        turn: CallsTurn,
        refusal: &mut Option<Error>,
    ) -> Result<Attempt> {
        let Some(mut link) = self.link(deadline, turn).await? else {
            return Err(self.unavailable(refusal.take()));
        };
        if life.is_some_and(|life| life != link.life) {
            return Ok(Attempt::Over);
        }
        // What cannot be answered in time is no sign that the connection is bad.
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(Attempt::Refused);
        }
        let limit = deadline.map_or(self.deadline(), |deadline| deadline.min(self.deadline()));
        let count = pipeline.len();
        let sent = timeout_at(limit, link.connection.send_packed_commands(pipeline, 0, count));
        let answer = tokio::select! {
            biased;
            answer = sent => answer,
            () = link.fate.gone() => return Ok(Attempt::Lost),
        };
        match answer {
            Ok(Ok(values)) if values.len() == count => {
                link.fate.heard.set(true);
                let cluster = self.config().is_cluster();
                match passing(&values, cluster) {
                    None => return Ok(Attempt::Answered(values, link.life)),
                    Some((Trouble::ScriptsForgotten, _)) => self.load_scripts(&mut link).await,
                    Some((Trouble::Busy, error)) => {
                        refusal.replace(lasting(error));
                        sleep(BUSY_PAUSE).await;
                    }
                    Some((Trouble::Elsewhere, error)) => {
                        refusal.replace(lasting(error));
                        self.leave(&link, error).await;
                    }
                }
                Ok(Attempt::Refused)
            }
            Ok(Ok(_)) => {
                self.drop_link(link.generation);
                Err(Error::Internal("Redis answered with too few replies".to_owned()))
            }
            Ok(Err(error)) => {
                self.note(to_error(&error));
                self.lose(&link);
                Ok(Attempt::Lost)
            }
            // No answer in time: the socket may be half open, so nobody uses it any more.
            Err(_) => {
                self.lose(&link);
                Ok(Attempt::Lost)
            }
        }
    }

    /// A connection of its own for calls that block on the server, without a time limit, and where
    /// it leads to.
    pub async fn dedicated(&self, herald: Herald) -> Result<(Dedicated, Option<Address>)> {
        let found = self.finder().find().await?;
        let opened = open_heralded(&found.server, self.config().connect_timeout, herald).await;
        if opened.is_err() {
            self.finder().doubt(found.address.as_ref());
        }
        Ok((opened?, found.address))
    }

    /// A connection for another thread. It ends with the one that is shared by all, as the server may
    /// not be the right one any more. `None` where there can be none: over TLS, where the server does
    /// not tell how to end it from elsewhere, or does not allow that, and where a socket has no
    /// descriptor to hand over.
    pub async fn direct(&self) -> Result<Option<Arc<Direct>>> {
        if cfg!(not(unix)) {
            return Ok(None);
        }
        let Some(link) = self.link(Some(self.deadline()), self.turn()).await? else {
            return Err(self.unavailable(None));
        };
        let found = self.finder().find().await?;
        let greeting = Greeting::new(self.config(), Pipeline::new());
        let address = found.server.info.addr().to_string();
        let greet = async |connection: &mut MultiplexedConnection| {
            let identity = greeting.send(connection, &address).await?;
            Ok((identity, predecessor::may_end(connection).await))
        };
        let opened = open_and_leave(&found.server, self.config().connect_timeout, greet).await?;
        let Some((socket, (Some(identity), true))) = opened else { return Ok(None) };
        let current = self.shared.link.borrow().as_ref().map(|link| link.generation);
        if current != Some(link.generation) || self.life_with(&identity).is_none() {
            return Ok(None);
        }
        let direct = Arc::new(Direct::new(socket, identity));
        let watched = direct.clone();
        tokio::task::spawn_local(async move {
            tokio::select! {
                () = link.fate.gone() => watched.end(),
                () = watched.ended() => {}
            }
        });
        Ok(Some(direct))
    }

    /// Close the connection. Waiting calls end with `ERR_STORE_UNAVAILABLE`.
    pub fn close(&self) {
        self.shared.closed.set(true);
        self.drop_link(self.shared.generation.get());
        self.shared.changed.notify_waiters();
        self.shared.watching.take().iter().for_each(JoinHandle::abort);
    }

    /// The server's life, see [`Turn::NewLife`]; 0 before the first connection.
    pub fn life(&self) -> u64 {
        self.shared.life.get()
    }

    /// The server's life, if it is in the same run as the one that calls a connection so.
    pub fn life_with(&self, identity: &Identity) -> Option<u64> {
        let known = self.shared.predecessor.borrow();
        predecessor::same_run(Some(identity), known.as_ref()).then(|| self.life())
    }

    pub fn is_connected(&self) -> bool {
        self.shared.link.borrow().is_some()
    }

    pub fn is_closed(&self) -> bool {
        self.shared.closed.get()
    }

    /// The connection, once it is this call's turn; `None` where there is none in time.
    async fn link(&self, deadline: Option<Instant>, turn: CallsTurn) -> Result<Option<Link>> {
        let mut waits = None;
        let mut yields = 0;
        loop {
            let link = self.shared.link.borrow().clone();
            if let Some(link) = link {
                if yields == MOST_YIELDS || self.shared.turns.is_first(turn) {
                    return Ok(Some(link));
                }
                // Who waited before this one is about to go.
                yields += 1;
                yield_now().await;
                continue;
            }
            waits.get_or_insert_with(|| self.shared.turns.wait(turn));
            if self.shared.closed.get() {
                return Err(Error::StoreUnavailable("the queue is closed".to_owned()));
            }
            let changed = self.shared.changed.notified();
            self.connect();
            match deadline {
                None => changed.await,
                Some(deadline) => {
                    if timeout_at(deadline, changed).await.is_err() {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Scripts were flushed under us: load them again. Where the server refuses that, the connection is of
    /// no use any more: the next one fails at it too, says why, and comes after ever longer pauses.
    async fn load_scripts(&self, link: &mut Link) {
        let prelude = self.shared.greeting.prelude();
        let sent = link.connection.send_packed_commands(prelude, 0, prelude.len());
        let refused = |value: &Value| matches!(value, Value::ServerError(_));
        match timeout(self.config().command_timeout, sent).await {
            Ok(Ok(values)) if !values.iter().any(refused) => {}
            // A connection that broke shows in the next attempt.
            Ok(Err(_)) => {}
            Ok(Ok(_)) | Err(_) => self.drop_link(link.generation),
        }
    }

    /// Another server may serve, or this one on a new connection: one that turned replica keeps
    /// its connections, and behind the same name may be the new master.
    async fn leave(&self, link: &Link, error: &ServerError) {
        self.finder().learn(error.code(), error.details(), link.address.as_ref());
        self.drop_link(link.generation);
        // Whoever says where to go instead need not be given time.
        if error.code() != "MOVED" {
            sleep(BUSY_PAUSE).await;
        }
    }

    fn lose(&self, link: &Link) {
        self.finder().doubt(link.address.as_ref());
        self.drop_link(link.generation);
    }

    fn drop_link(&self, generation: u64) {
        let mut link = self.shared.link.borrow_mut();
        if let Some(link) = link.take_if(|link| link.generation == generation) {
            link.fate.end();
        }
    }

    fn note(&self, error: Error) {
        self.shared.last_error.replace(Some(error));
    }

    /// Why a call is given up. That there is no connection counts before what a server said while
    /// there was one.
    fn unavailable(&self, refusal: Option<Error>) -> Error {
        let address = self.config().address();
        match self.shared.last_error.borrow().as_ref().or(refusal.as_ref()) {
            Some(Error::StoreUnavailable(reason)) => Error::StoreUnavailable(reason.clone()),
            Some(other) => Error::StoreUnavailable(format!("Redis at {address}: {other}")),
            None => {
                let hint = match self.config().is_encrypted() {
                    true => format!(": {MAYBE_PLAIN}"),
                    false => String::new(),
                };
                Error::StoreUnavailable(format!("Redis at {address} did not answer in time{hint}"))
            }
        }
    }
}

/// What came of sending a call once.
enum Attempt {
    /// In this life of the server.
    Answered(Vec<Value>, u64),
    /// The server could not take it now; it had no effect.
    Refused,
    /// The connection broke; it may have had its effect.
    Lost,
    /// It was not sent, see [`Once::Over`].
    Over,
}
