//! Jobs that JavaScript may start: it takes an offer when a slot is free, without asking anybody,
//! and what it has not taken can be called back. Whoever is first has the job.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The open offers of a queue, seen by both threads.
#[derive(Default)]
pub struct Offers {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last: u64,
    numbers: HashSet<u64>,
}

impl Offers {
    /// Make an offer; gives its number.
    pub fn make(&self) -> u64 {
        let mut open = self.lock();
        open.last += 1;
        let number = open.last;
        open.numbers.insert(number);
        number
    }

    /// Take an offer, or call it back: true for the first one who says so.
    pub fn end(&self, number: u64) -> bool {
        self.lock().numbers.remove(&number)
    }

    pub fn is_open(&self, number: u64) -> bool {
        self.lock().numbers.contains(&number)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_taken_or_called_back_once() {
        let offers = Offers::default();
        let (first, second) = (offers.make(), offers.make());
        assert!(offers.is_open(first) && offers.end(first));
        assert!(!offers.is_open(first) && !offers.end(first));
        assert!(offers.end(second) && !offers.end(99));
    }
}
