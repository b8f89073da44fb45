//! A connection in use by many, and its end, which all of them hear of at once.

use std::cell::Cell;
use std::rc::Rc;

use redis::aio::MultiplexedConnection;
use tokio::sync::Notify;

use super::address::Address;

/// A connection that stands. Clones share it.
#[derive(Clone)]
pub struct Link {
    pub generation: u64,
    /// The server's life, see [`super::client::Turn::NewLife`].
    pub life: u64,
    /// Where it leads to; `None` where there is only one server.
    pub address: Option<Address>,
    pub connection: MultiplexedConnection,
    pub fate: Rc<Fate>,
}

/// What becomes of a connection.
#[derive(Default)]
pub struct Fate {
    /// Whether anything came since this was last looked at.
    pub heard: Cell<bool>,
    over: Cell<bool>,
    bell: Notify,
}

impl Fate {
    /// Nobody is to use it any more; who waits for an answer does so in vain.
    pub fn end(&self) {
        self.over.set(true);
        self.bell.notify_waiters();
    }

    /// Waits for the end.
    pub async fn gone(&self) {
        while !self.over.get() {
            self.bell.notified().await;
        }
    }
}
