//! Whether the store was away until now, so that nobody could renew a lease.
//!
//! Leases run on at the server meanwhile, or end before it is back. So whoever comes back first must not
//! take the jobs of those who are about to, as often as that happens. A process that is just slow, and
//! finds each time that it is late, must take some.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

/// Everybody is connected again by then: a pause between two attempts is at most a second.
const RECONNECTED: Duration = Duration::from_millis(1500);

/// What renewals showed.
pub struct Absence {
    answered: Cell<Instant>,
    failed: Cell<bool>,
    /// The last one was late, and for no reason that lies with the store.
    slow: Cell<bool>,
    wait_until: Cell<Option<Instant>>,
}

impl Absence {
    pub fn new(now: Instant) -> Self {
        Absence {
            answered: Cell::new(now),
            failed: Cell::default(),
            slow: Cell::default(),
            wait_until: Cell::default(),
        }
    }

    /// A renewal failed.
    pub fn failed(&self) {
        self.failed.set(true);
    }

    /// A renewal, sent then, is answered now; tells whether leases that are over are to be left alone.
    pub fn leaves_alone(&self, sent: Instant, now: Instant, lease: Duration) -> bool {
        let late = now - self.answered.replace(now) > lease * 2 / 3;
        let failed = self.failed.replace(false) || now - sent > lease / 3;
        let slow = late && !failed;
        let wait = if slow && self.slow.get() {
            None
        } else if late {
            Some(RECONNECTED.max(lease / 3))
        } else {
            // None was over yet, but one may be before its holder is back.
            failed.then_some(RECONNECTED)
        };
        self.slow.set(slow);
        if let Some(wait) = wait {
            self.wait_until.set(Some(now + wait));
        }
        self.wait_until.get().is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(30);

    /// Renewals, each answered at once, in tenths of a second.
    struct Renewals {
        absence: Absence,
        start: Instant,
    }

    impl Renewals {
        fn new() -> Self {
            let start = Instant::now();
            Renewals { absence: Absence::new(start), start }
        }

        fn at(&self, tenths: u32) -> Instant {
            self.start + Duration::from_millis(100) * tenths
        }

        fn leaves_alone(&self, tenths: u32, lease: Duration) -> bool {
            let now = self.at(tenths);
            self.absence.leaves_alone(now, now, lease)
        }
    }

    #[test]
    fn who_renews_in_time_takes_what_is_over() {
        let renewals = Renewals::new();
        assert!([100, 200, 300].iter().all(|at| !renewals.leaves_alone(*at, LEASE)));
    }

    #[test]
    fn each_outage_is_followed_by_a_renewal_of_everybody() {
        let renewals = Renewals::new();
        assert!(!renewals.leaves_alone(100, LEASE));
        for back in [420, 755, 1090] {
            renewals.absence.failed();
            assert!(renewals.leaves_alone(back, LEASE), "{back}");
        }
        assert!(renewals.leaves_alone(1189, LEASE));
        assert!(!renewals.leaves_alone(1190, LEASE));
    }

    #[test]
    fn a_server_that_was_silent_for_long_was_away() {
        let renewals = Renewals::new();
        assert!(!renewals.leaves_alone(100, LEASE));
        for (sent, back) in [(200, 500), (550, 900)] {
            let (sent, back) = (renewals.at(sent), renewals.at(back));
            assert!(renewals.absence.leaves_alone(sent, back, LEASE));
        }
    }

    #[test]
    fn a_process_that_is_always_late_hesitates_once() {
        let renewals = Renewals::new();
        assert!(renewals.leaves_alone(250, LEASE));
        assert!([500, 750].iter().all(|at| !renewals.leaves_alone(*at, LEASE)));
        // In time, and late again.
        assert!(!renewals.leaves_alone(850, LEASE));
        assert!(renewals.leaves_alone(1100, LEASE));
    }

    #[test]
    fn a_short_lease_waits_until_the_others_are_connected() {
        let renewals = Renewals::new();
        let lease = Duration::from_millis(900);
        renewals.absence.failed();
        assert!([20, 23, 26, 29, 32].iter().all(|at| renewals.leaves_alone(*at, lease)));
        assert!(!renewals.leaves_alone(35, lease));
        renewals.absence.failed();
        assert!(renewals.leaves_alone(38, lease), "though it was short");
    }
}
