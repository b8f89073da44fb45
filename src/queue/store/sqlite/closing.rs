//! Closing one connection after the other.
//!
//! SQLite folds the log into the file and removes it where nobody else has the file any more. Two
//! connections that close at once each see the other, and the log stays: what was written would be
//! safe there, but not in the one file that somebody copies after `close()`. Between processes that
//! cannot be helped; a store's own connections, which end on threads of their own, close in turn.

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

/// Held while a connection of this process closes.
static TURN: Mutex<()> = Mutex::new(());

/// A connection that closes while no other one does.
pub struct InTurn(ManuallyDrop<Connection>);

impl InTurn {
    pub fn new(connection: Connection) -> Self {
        InTurn(ManuallyDrop::new(connection))
    }
}

impl Deref for InTurn {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for InTurn {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

impl Drop for InTurn {
    fn drop(&mut self) {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: this is the one place that drops it, and nobody looks at it afterwards.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn the_log_is_gone_however_many_close_at_once() {
        let place = tempfile::tempdir().unwrap();
        for round in 0..100 {
            let file = place.path().join(format!("{round}.db"));
            let open = |_| {
                let connection = Connection::open(&file).unwrap();
                connection.pragma_update(None, "journal_mode", "wal").unwrap();
                connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).unwrap();
                InTurn::new(connection)
            };
            let connections: Vec<_> = (0..3).map(open).collect();
            connections[0].execute_batch("CREATE TABLE jobs (id INTEGER)").unwrap();
            let together = Barrier::new(connections.len());
            thread::scope(|scope| {
                for connection in connections {
                    scope.spawn(|| {
                        together.wait();
                        drop(connection);
                    });
                }
            });
            assert!(!file.with_extension("db-wal").exists(), "in round {round}");
        }
    }
}
