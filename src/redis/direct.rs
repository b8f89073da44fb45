//! A connection that belongs to another thread than the I/O thread.
//!
//! A call that comes alone goes through two threads on its way to the server and back: to wake each
//! of them takes about as long as the server takes to answer. The thread that wants the answer
//! anyway writes to this connection itself, and has its own event loop wait for what comes.

use std::io::Write;
use std::net::{Shutdown, TcpStream};

use redis::Cmd;
use socket2::Socket;
use tokio::sync::Notify;

use super::predecessor::Identity;

/// A connection that was introduced to the server and has said nothing since.
pub struct Direct {
    /// Of any family: what it is used for is the same for all, and a write to it raises no signal.
    stream: TcpStream,
    identity: Identity,
    over: Notify,
}

impl Direct {
    pub(super) fn new(socket: Socket, identity: Identity) -> Self {
        Direct { stream: socket.into(), identity, over: Notify::new() }
    }

    /// What the server calls it.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Has the server end it, so that nothing takes effect any more that was sent on it. Only for the
    /// same run of the server: another one may know a stranger by this name.
    pub fn kill(&self) -> Cmd {
        self.identity.kill()
    }

    /// Another descriptor of the same socket, for an event loop, which owns it from then on.
    pub fn descriptor(&self) -> Option<i32> {
        #[cfg(unix)]
        return self.stream.try_clone().ok().map(std::os::fd::IntoRawFd::into_raw_fd);
        #[cfg(not(unix))]
        return None;
    }

    /// Write all of this without waiting. `false` where that cannot be done: then the connection is
    /// of no more use, as a part of it may have left.
    pub fn send(&self, bytes: &[u8]) -> bool {
        let sent = (&self.stream).write(bytes).is_ok_and(|length| length == bytes.len());
        if !sent {
            self.end();
        }
        sent
    }

    /// End the connection; its reader hears of it.
    pub fn end(&self) {
        // One that is gone already cannot be shut down.
        let _ = self.stream.shutdown(Shutdown::Both);
        self.over.notify_one();
    }

    /// Waits for [`Direct::end`].
    pub(super) async fn ended(&self) {
        self.over.notified().await;
    }
}
