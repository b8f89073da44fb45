//! One connection to Redis that comes back by itself: many callers share it, their calls leave in
//! order and without waiting for each other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ErrorKind, Pipeline, RedisError, ServerErrorKind, Value};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::Config;
use super::predecessor::{self, Identity};
use crate::error::{Error, Result};

/// The first pause after a failed attempt to connect; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// Short enough that a server which came back is noticed at once by a person's measure.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The pause before a call is repeated that the server was too busy for (loading, failing over).
const BUSY_PAUSE: Duration = Duration::from_millis(50);
/// Bytes gathered before a write: whole batches leave in one system call.
const WRITE_BUFFER: usize = 256 * 1024;

/// What came of a call.
pub struct Reply {
    /// One value per command; an error of a single command is a `Value::ServerError` in here.
    pub values: Vec<Value>,
    /// Whether the call was sent more than once: the earlier sending may have taken effect.
    pub repeated: bool,
}

/// A shared, self-healing connection. Clones share it. Lives on the I/O thread.
#[derive(Clone)]
pub struct Client {
    shared: Rc<Shared>,
}

struct Shared {
    config: Config,
    opener: redis::Client,
    /// Sent on every new connection before it is used, e.g. the scripts to load.
    prelude: Pipeline,
    link: RefCell<Option<Link>>,
    generation: Cell<u64>,
    connecting: Cell<bool>,
    closed: Cell<bool>,
    /// The connection that was used last.
    predecessor: RefCell<Option<Identity>>,
    changed: Notify,
    last_error: RefCell<Option<Error>>,
    on_error: Box<dyn Fn(&Error)>,
}

#[derive(Clone)]
struct Link {
    generation: u64,
    connection: MultiplexedConnection,
}

impl Client {
    /// Make a client; it connects on the first call or on [`Client::connect`]. `on_error` hears of
    /// every failed attempt to connect.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` where the address cannot be one.
    pub fn new(
        config: Config,
        prelude: Pipeline,
        on_error: impl Fn(&Error) + 'static,
    ) -> Result<Self> {
        let opener = config.open()?;
        Ok(Client {
            shared: Rc::new(Shared {
                config,
                opener,
                prelude,
                link: RefCell::new(None),
                generation: Cell::new(0),
                connecting: Cell::new(false),
                closed: Cell::new(false),
                predecessor: RefCell::new(None),
                changed: Notify::new(),
                last_error: RefCell::new(None),
                on_error: Box::new(on_error),
            }),
        })
    }

    pub fn config(&self) -> &Config {
        &self.shared.config
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
        let mut repeated = false;
        loop {
            match self.attempt(pipeline, deadline).await? {
                Attempt::Answered(values) => return Ok(Reply { values, repeated }),
                Attempt::Refused => {}
                Attempt::Lost => repeated = true,
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(self.unavailable());
            }
        }
    }

    /// As [`Client::call`] for what must not be sent twice blindly: `None` when the connection
    /// broke with the call on its way, so that it may or may not have taken effect.
    pub async fn call_once(
        &self,
        pipeline: &Pipeline,
        deadline: Instant,
    ) -> Result<Option<Vec<Value>>> {
        loop {
            match self.attempt(pipeline, Some(deadline)).await? {
                Attempt::Answered(values) => return Ok(Some(values)),
                Attempt::Lost if Instant::now() < deadline => return Ok(None),
                Attempt::Refused if Instant::now() < deadline => {}
                _ => return Err(self.unavailable()),
            }
        }
    }

    /// When a call that starts now must be over.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.shared.config.command_timeout
    }

    async fn attempt(&self, pipeline: &Pipeline, deadline: Option<Instant>) -> Result<Attempt> {
        let mut link = self.link(deadline).await?;
        let limit = deadline.map_or(self.deadline(), |deadline| deadline.min(self.deadline()));
        let count = pipeline.len();
        let sent = timeout_at(limit, link.connection.send_packed_commands(pipeline, 0, count));
        match sent.await {
            Ok(Ok(values)) if values.len() == count => {
                match values.iter().find_map(passing_trouble) {
                    None => Ok(Attempt::Answered(values)),
                    Some(Passing::ScriptsForgotten) => {
                        self.load_prelude(&mut link).await;
                        Ok(Attempt::Refused)
                    }
                    Some(Passing::Busy(error)) => {
                        self.note(error);
                        // A server that turned replica keeps its connections: a new one may find the
                        // new master behind the same name.
                        self.drop_link(link.generation);
                        sleep(BUSY_PAUSE).await;
                        Ok(Attempt::Refused)
                    }
                }
            }
            Ok(Ok(_)) => {
                self.drop_link(link.generation);
                Err(Error::Internal("Redis answered with too few replies".to_owned()))
            }
            Ok(Err(error)) => {
                self.note(to_error(&error));
                self.drop_link(link.generation);
                Ok(Attempt::Lost)
            }
            // No answer in time: the socket may be half open, so nobody uses it any more.
            Err(_) => {
                self.drop_link(link.generation);
                Ok(Attempt::Lost)
            }
        }
    }

    /// Start connecting in the background, where nothing is connected yet.
    pub fn connect(&self) {
        let shared = &self.shared;
        if shared.connecting.get() || shared.closed.get() || shared.link.borrow().is_some() {
            return;
        }
        shared.connecting.set(true);
        let client = self.clone();
        tokio::task::spawn_local(async move { client.keep_connecting().await });
    }

    /// A connection of its own for calls that block on the server; it has no time limit.
    pub async fn dedicated(&self) -> Result<MultiplexedConnection> {
        self.open().await
    }

    /// Close the connection. Waiting calls end with `ERR_STORE_UNAVAILABLE`.
    pub fn close(&self) {
        self.shared.closed.set(true);
        self.shared.link.replace(None);
        self.shared.changed.notify_waiters();
    }

    pub fn is_connected(&self) -> bool {
        self.shared.link.borrow().is_some()
    }

    pub fn is_closed(&self) -> bool {
        self.shared.closed.get()
    }

    async fn link(&self, deadline: Option<Instant>) -> Result<Link> {
        loop {
            if let Some(link) = self.shared.link.borrow().as_ref() {
                return Ok(link.clone());
            }
            if self.shared.closed.get() {
                return Err(Error::StoreUnavailable("the queue is closed".to_owned()));
            }
            let changed = self.shared.changed.notified();
            self.connect();
            match deadline {
                None => changed.await,
                Some(deadline) => {
                    if timeout_at(deadline, changed).await.is_err() {
                        return Err(self.unavailable());
                    }
                }
            }
        }
    }

    async fn keep_connecting(&self) {
        let mut pause = FIRST_PAUSE;
        while !self.shared.closed.get() {
            match self.open_ready().await {
                Ok(connection) => {
                    let generation = self.shared.generation.get() + 1;
                    self.shared.generation.set(generation);
                    if !self.shared.closed.get() {
                        self.shared.link.replace(Some(Link { generation, connection }));
                        self.shared.last_error.replace(None);
                    }
                    break;
                }
                Err(error) => {
                    (self.shared.on_error)(&error);
                    self.note(error);
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        self.shared.connecting.set(false);
        self.shared.changed.notify_waiters();
    }

    async fn open_ready(&self) -> Result<MultiplexedConnection> {
        let mut connection = self.open().await?;
        let mut prelude = self.shared.prelude.clone();
        predecessor::ask(&mut prelude);
        let limit = self.shared.config.connect_timeout;
        let sent = connection.send_packed_commands(&prelude, 0, prelude.len());
        let mut values = timeout(limit, sent)
            .await
            .map_err(|_| self.unavailable())?
            .map_err(|error| to_error(&error))?;
        let told = values.split_off(values.len().saturating_sub(predecessor::ANSWERS));
        if let Some(Value::ServerError(error)) =
            values.into_iter().find(|value| matches!(value, Value::ServerError(_)))
        {
            return Err(server_error(&error));
        }
        let identity = predecessor::read(told);
        let old = self.shared.predecessor.borrow().clone();
        if let (Some(old), Some(new)) = (&old, &identity) {
            let ending = predecessor::end(old, new, &mut connection);
            timeout(limit, ending)
                .await
                .map_err(|_| self.unavailable())?
                .map_err(|error| to_error(&error))?;
        }
        self.shared.predecessor.replace(identity);
        Ok(connection)
    }

    async fn open(&self) -> Result<MultiplexedConnection> {
        let options = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.shared.config.connect_timeout))
            .set_response_timeout(None)
            .set_write_backpressure_boundary(WRITE_BUFFER);
        self.shared.opener.get_multiplexed_async_connection_with_config(&options).await.map_err(
            |error| match to_error(&error) {
                Error::StoreUnavailable(reason) => Error::StoreUnavailable(format!(
                    "cannot connect to Redis at {}: {reason}",
                    self.shared.config.address()
                )),
                other => other,
            },
        )
    }

    /// Scripts were flushed under us: load them again. A failure shows in the next attempt.
    async fn load_prelude(&self, link: &mut Link) {
        let prelude = &self.shared.prelude;
        let sent = link.connection.send_packed_commands(prelude, 0, prelude.len());
        if timeout(self.shared.config.command_timeout, sent).await.is_err() {
            self.drop_link(link.generation);
        }
    }

    fn drop_link(&self, generation: u64) {
        let mut link = self.shared.link.borrow_mut();
        if link.as_ref().is_some_and(|link| link.generation == generation) {
            *link = None;
        }
    }

    fn note(&self, error: Error) {
        self.shared.last_error.replace(Some(error));
    }

    fn unavailable(&self) -> Error {
        let address = self.shared.config.address();
        match self.shared.last_error.borrow().as_ref() {
            Some(Error::StoreUnavailable(reason)) => Error::StoreUnavailable(reason.clone()),
            Some(other) => Error::StoreUnavailable(format!("Redis at {address}: {other}")),
            None => Error::StoreUnavailable(format!("Redis at {address} did not answer in time")),
        }
    }
}

/// What came of sending a call once.
enum Attempt {
    Answered(Vec<Value>),
    /// The server could not take it now; it had no effect.
    Refused,
    /// The connection broke; it may have had its effect.
    Lost,
}

/// Troubles that pass without the caller's doing.
enum Passing {
    ScriptsForgotten,
    Busy(Error),
}

fn passing_trouble(value: &Value) -> Option<Passing> {
    let Value::ServerError(error) = value else { return None };
    match error.kind() {
        Some(ServerErrorKind::NoScript) => Some(Passing::ScriptsForgotten),
        Some(
            ServerErrorKind::BusyLoading
            | ServerErrorKind::ReadOnly
            | ServerErrorKind::MasterDown
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::TryAgain,
        ) => Some(Passing::Busy(server_error(error))),
        _ => None,
    }
}

/// The error for an answer of the server.
pub fn server_error(error: &redis::ServerError) -> Error {
    let details = error.details().unwrap_or("no details");
    match error.code() {
        "OOM" => Error::StoreFull(format!(
            "Redis refuses writes, its memory is full ({details}): raise maxmemory or remove jobs"
        )),
        // A script that hit the limit reports it in the text of its own error.
        _ if details.contains("OOM ") || details.contains("'maxmemory'") => Error::StoreFull(
            "Redis refuses writes, its memory is full: raise maxmemory or remove jobs".to_owned(),
        ),
        "NOAUTH" | "WRONGPASS" | "NOPERM" => Error::StoreUnavailable(format!(
            "Redis refuses access ({}): check user and password of the store's URL",
            error.code()
        )),
        // A server that starts or changes its part: connecting goes on until it is ready.
        code @ ("LOADING" | "READONLY" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" | "BUSY") => {
            Error::StoreUnavailable(format!("Redis answered {code}: {details}"))
        }
        code => Error::Internal(format!("Redis answered {code}: {details}")),
    }
}

/// The error for a failure on the way to the server.
pub fn to_error(error: &RedisError) -> Error {
    match error.kind() {
        ErrorKind::AuthenticationFailed => Error::StoreUnavailable(
            "Redis refuses user or password: check the store's URL".to_owned(),
        ),
        ErrorKind::InvalidClientConfig => Error::InvalidArg {
            argument: "store".to_owned(),
            message: format!("store is no usable address: {}", error.detail().unwrap_or("unknown")),
        },
        _ if error.is_connection_refusal() => {
            Error::StoreUnavailable("connection refused".to_owned())
        }
        _ if error.is_timeout() => Error::StoreUnavailable("no answer in time".to_owned()),
        ErrorKind::Io => Error::StoreUnavailable(format!("connection lost ({error})")),
        _ => Error::StoreUnavailable(error.to_string()),
    }
}
