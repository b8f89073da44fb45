//! The notes that calls leave in the store of what they did, and their removal.
//!
//! A note that nobody will ask for goes with the next call, or at once where none is under way: a
//! command of its own for each would be a good part of what a busy creator asks of the server.
//! Before the last call that is under way is answered, the removal has left, so that whoever looks
//! at the store then sees no note. Only where the connection is lost or clogged one may be seen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use redis::{Cmd, Pipeline};

use crate::redis::Client;

/// The notes of one store.
pub struct Notes {
    client: Client,
    made: Cell<u64>,
    under_way: Cell<usize>,
    /// Keys of notes that nobody will ask for.
    spent: RefCell<Vec<String>>,
}

/// A call that leaves a note, for as long as it is under way.
pub struct Noting {
    notes: Rc<Notes>,
    pub number: u64,
}

impl Notes {
    pub fn new(client: Client) -> Self {
        Notes { client, made: Cell::new(0), under_way: Cell::new(0), spent: RefCell::default() }
    }

    /// A call begins.
    pub fn begin(self: &Rc<Self>) -> Noting {
        self.made.set(self.made.get() + 1);
        self.under_way.set(self.under_way.get() + 1);
        Noting { notes: self.clone(), number: self.made.get() }
    }

    /// Nobody will ask for these, which calls left that were no [`Noting`].
    pub fn spent(&self, notes: impl Iterator<Item = String>) {
        self.spent.borrow_mut().extend(notes);
        if self.under_way.get() == 0 {
            self.clear();
        }
    }

    /// Takes away what is spent. Where it is not sent, the notes go by themselves.
    pub fn removal(&self) -> Option<Cmd> {
        let spent = self.spent.take();
        if spent.is_empty() {
            return None;
        }
        let mut removal = redis::cmd("DEL");
        removal.arg(spent);
        Some(removal)
    }

    fn clear(&self) {
        let Some(removal) = self.removal() else { return };
        let client = self.client.clone();
        tokio::task::spawn_local(async move {
            let mut call = Pipeline::with_capacity(1);
            call.add_command(removal);
            // Where this fails, they go by themselves.
            let _ = client.call(&call).await;
        });
    }
}

impl Noting {
    /// The call is answered: nobody will ask for its note. Its answer is to be told after this, when
    /// a removal that is due has left.
    pub async fn spend(self, note: String) {
        let notes = self.notes.clone();
        notes.spent.borrow_mut().push(note);
        drop(self);
        if notes.under_way.get() == 0 {
            // Behind the task that sends it, and the one that writes to the server.
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Noting {
    fn drop(&mut self) {
        let left = self.notes.under_way.get() - 1;
        self.notes.under_way.set(left);
        if left == 0 {
            self.notes.clear();
        }
    }
}
