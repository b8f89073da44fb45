//! The order of calls that wait for a connection: each has its turn, and keeps it when it has to be sent
//! again. Without that, whoever hears first that a connection is lost, or that there is one, would
//! overtake the others.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// A call's place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallsTurn(u64);

/// The turns that were given, and those of calls that wait.
#[derive(Default)]
pub struct Turns {
    given: Cell<u64>,
    waiting: RefCell<BTreeSet<CallsTurn>>,
}

impl Turns {
    /// Behind all others.
    pub fn next(&self) -> CallsTurn {
        self.given.set(self.given.get() + 1);
        CallsTurn(self.given.get())
    }

    /// Whether nobody waits whose turn is before this one.
    pub fn is_first(&self, turn: CallsTurn) -> bool {
        self.waiting.borrow().first().is_none_or(|first| *first >= turn)
    }

    /// It waits, for as long as what this gives is there.
    pub fn wait(&self, turn: CallsTurn) -> Waits<'_> {
        self.waiting.borrow_mut().insert(turn);
        Waits { turns: self, turn }
    }
}

/// A call that waits.
pub struct Waits<'a> {
    turns: &'a Turns,
    turn: CallsTurn,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.turns.waiting.borrow_mut().remove(&self.turn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_goes_before_whoever_came_later() {
        let turns = Turns::default();
        let [first, second, third] = [(); 3].map(|()| turns.next());
        assert!(turns.is_first(third), "nobody waits");
        let waits = turns.wait(second);
        assert!(turns.is_first(first) && turns.is_first(second) && !turns.is_first(third));
        let before = turns.wait(first);
        assert!(!turns.is_first(second));
        drop(before);
        assert!(turns.is_first(second));
        drop(waits);
        assert!(turns.is_first(third));
    }
}
