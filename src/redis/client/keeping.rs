//! Keeping a client's connection: making it, looking after it, making it anew.

use std::rc::Rc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::time::{sleep, timeout};

use super::{Client, Turn};
use crate::error::{Error, Result};
use crate::redis::connect::open;
use crate::redis::link::{Fate, Link};
use crate::redis::predecessor::{self, Identity};
use crate::redis::trouble::to_error;

/// The first pause after a failed attempt to connect; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// Short enough that a server which came back is noticed at once by a person's measure.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Client {
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

    async fn keep_connecting(&self) {
        let mut pause = FIRST_PAUSE;
        while !self.shared.closed.get() {
            match self.open_ready().await {
                Ok(link) => {
                    if !self.shared.closed.get() {
                        self.shared.link.replace(Some(link.clone()));
                        self.shared.last_error.replace(None);
                        let client = self.clone();
                        tokio::task::spawn_local(async move { client.look_after(link).await });
                    }
                    break;
                }
                Err(error) => {
                    (self.shared.on_turn)(Turn::Failed(&error));
                    self.note(error);
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        self.shared.connecting.set(false);
        self.shared.changed.notify_waiters();
    }

    async fn open_ready(&self) -> Result<Link> {
        let shared = &self.shared;
        let limit = self.config().connect_timeout;
        let found = shared.finder.find().await?;
        let ready = async {
            let mut connection = open(&found.server, limit).await?;
            let address = found.server.info.addr().to_string();
            let greeted = timeout(limit, self.greet(&mut connection, &address)).await;
            let late =
                |_| Error::StoreUnavailable(format!("Redis at {address} did not answer in time"));
            Ok((connection, greeted.map_err(late)??))
        };
        let (connection, identity) = match ready.await {
            Ok(ready) => ready,
            Err(error) => {
                shared.finder.doubt(found.address.as_ref());
                return Err(error);
            }
        };
        let before = shared.predecessor.replace(identity);
        // One that does not tell may be another every time.
        let same = predecessor::same_run(before.as_ref(), shared.predecessor.borrow().as_ref());
        shared.generation.set(shared.generation.get() + 1);
        if !same {
            shared.life.set(shared.life.get() + 1);
            (shared.on_turn)(Turn::NewLife);
        }
        Ok(Link {
            generation: shared.generation.get(),
            life: shared.life.get(),
            address: found.address,
            connection,
            fate: Rc::new(Fate::default()),
        })
    }

    /// Say what is to be said on a new connection, the end of the one before included.
    async fn greet(
        &self,
        connection: &mut MultiplexedConnection,
        address: &str,
    ) -> Result<Option<Identity>> {
        let identity = self.shared.greeting.send(connection, address).await?;
        let before = self.shared.predecessor.borrow().clone();
        if let (Some(before), Some(now)) = (&before, &identity) {
            predecessor::end(before, now, connection).await.map_err(|error| to_error(&error))?;
        }
        Ok(identity)
    }

    /// See to it that a connection does not outlive its use: the server may move, and a half-open
    /// socket is as quiet as an idle one; only a reply tells them apart.
    async fn look_after(&self, link: Link) {
        let finder = &self.shared.finder;
        let mut moves = finder.moves();
        loop {
            tokio::select! {
                () = link.fate.gone() => {
                    // The connection ends with the last who holds it.
                    drop(link);
                    // Whoever gave it up asks for another, or has nothing more to say. Then the
                    // next one should not have to wait for it.
                    if !self.is_closed() {
                        sleep(self.config().quiet()).await;
                    }
                    return self.connect();
                }
                Ok(()) = moves.changed() => {
                    if !finder.has_left(link.address.as_ref()) {
                        continue;
                    }
                }
                () = sleep(self.config().quiet()) => {
                    if link.fate.heard.replace(false) || self.is_alive(&link).await {
                        continue;
                    }
                    finder.doubt(link.address.as_ref());
                }
            }
            self.drop_link(link.generation);
            self.connect();
            return;
        }
    }

    async fn is_alive(&self, link: &Link) -> bool {
        let mut connection = link.connection.clone();
        let ping = redis::cmd("PING");
        let answer = timeout(self.config().command_timeout, connection.send_packed_command(&ping));
        matches!(answer.await, Ok(Ok(_)))
    }
}
