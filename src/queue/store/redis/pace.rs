//! Whether the server's clock goes as ours does.
//!
//! Leases are measured by the server's clock. Where that is set forward, or its machine slept, all of
//! them seem to be over at once, those of healthy holders too; a moment later these have renewed
//! theirs. So who sees the clock jump takes nothing back for a while.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// A jump that counts, as a part of a lease: a healthy holder has at least twice that left.
const JUMP: f64 = 1.0 / 3.0;
/// How long to wait after one, as a part of a lease: every healthy holder renews its own in that time.
const PATIENCE: f64 = 0.5;

/// What was seen of the server's clock.
#[derive(Default)]
pub struct Pace {
    seen: Cell<Option<(Instant, u64)>>,
    wait_until: Cell<Option<Instant>>,
}

impl Pace {
    /// Note what the server's clock says now, in ms; tells whether leases that it finds over are.
    /// Not at first, with nothing to compare.
    pub fn steady(&self, server_ms: u64, lease: Duration) -> bool {
        self.steady_at(Instant::now(), server_ms, lease)
    }

    fn steady_at(&self, now: Instant, server_ms: u64, lease: Duration) -> bool {
        let Some((at, then)) = self.seen.replace(Some((now, server_ms))) else { return false };
        let passed = now.duration_since(at);
        let told = Duration::from_millis(server_ms.saturating_sub(then));
        if told > passed + lease.mul_f64(JUMP) {
            self.wait_until.set(Some(now + lease.mul_f64(PATIENCE)));
        }
        self.wait_until.get().is_none_or(|until| now >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(30);

    #[test]
    fn a_clock_that_goes_as_ours_is_believed_from_the_second_look_on() {
        let (pace, start) = (Pace::default(), Instant::now());
        let look =
            |seconds, server| pace.steady_at(start + Duration::from_secs(seconds), server, LEASE);
        assert!(!look(0, 1_000_000));
        assert!(look(10, 1_010_050));
        // Set back, which ends no lease.
        assert!(look(20, 400_000));
    }

    #[test]
    fn after_a_jump_nothing_is_over_until_the_healthy_have_renewed() {
        let (pace, start) = (Pace::default(), Instant::now());
        let look =
            |seconds, server| pace.steady_at(start + Duration::from_secs(seconds), server, LEASE);
        assert!(!look(0, 1_000_000));
        assert!(!look(10, 1_610_000));
        assert!(!look(20, 1_620_000));
        assert!(look(30, 1_630_000));
    }
}
