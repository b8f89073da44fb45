//! Adding jobs one by one over a connection of its own, see [`Direct`].
//!
//! The call is the same as in `add.rs`, with a note of its own: where the line breaks before the
//! answer is there, it is made again on the shared connection, and the note tells what became of it.

use std::sync::Arc;

use redis::Cmd;

use super::RedisStore;
use super::add::AddCall;
use crate::error::Result;
use crate::queue::job::NewJob;
use crate::queue::store::DirectLine;
use crate::redis::{Direct, Identity};

/// A line of one store.
pub struct DirectAdds {
    line: Arc<Direct>,
    call: AddCall,
}

impl DirectAdds {
    /// See [`Direct::kill`].
    pub fn kill(&self) -> Cmd {
        self.line.kill()
    }

    /// See [`Direct::identity`].
    pub fn identity(&self) -> &Identity {
        self.line.identity()
    }

    /// The note of a job that was sent on a line.
    pub fn note(call: &AddCall, number: u32) -> String {
        call.note(format_args!("direct:{number}"))
    }
}

impl DirectLine for DirectAdds {
    fn descriptor(&self) -> Option<i32> {
        self.line.descriptor()
    }

    fn add(&self, number: u32, job: &NewJob) -> bool {
        let note = Self::note(&self.call, number);
        self.line.send(&self.call.command(std::slice::from_ref(job), &note).get_packed_command())
    }

    fn spend(&self, number: u32) -> bool {
        let mut removal = redis::cmd("DEL");
        removal.arg(Self::note(&self.call, number));
        self.line.send(&removal.get_packed_command())
    }

    fn end(&self) {
        self.line.end();
    }
}

impl RedisStore {
    pub(super) async fn open_direct(&self) -> Result<Option<Arc<DirectAdds>>> {
        // How many replicas have a job is asked on the connection that added it.
        if self.client.config().replicas > 0 {
            return Ok(None);
        }
        let Some(line) = self.client.direct().await? else { return Ok(None) };
        let direct = Arc::new(DirectAdds { line, call: self.adding.clone() });
        self.direct.replace(Some(direct.clone()));
        Ok(Some(direct))
    }
}
