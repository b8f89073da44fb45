//! How many jobs to claim beyond the free slots.
//!
//! A job that ends frees its slot, but the next one comes a round trip later. Where jobs are
//! short, that trip is most of the time. So a worker claims those jobs ahead that its slots will
//! take up within one round trip, judged by how long jobs ran lately, and no others: a job that
//! waits here cannot run elsewhere.

use std::time::Duration;

/// Jobs to be seen before the first guess: nobody knows how long the first ones take.
const ENOUGH: u32 = 16;
/// The weight of the latest job in the average.
const WEIGHT: f64 = 0.1;
/// However short the jobs: what waits here is lost for a lease when the process dies.
const MOST_FOR_A_SLOT: usize = 10;
/// Enough for batches in which the store's work on a job is no more than with larger ones.
const HIGHEST_LIMIT: usize = 100;
/// A claimed job that has not started after this many round trips was a wrong guess.
const PATIENCE_TRIPS: f64 = 4.0;
const LEAST_PATIENCE: Duration = Duration::from_millis(10);

/// Watches jobs and round trips.
#[derive(Debug, Default)]
pub struct Prefetch {
    seen: u32,
    run_s: f64,
    trip_s: f64,
}

impl Prefetch {
    /// A job was with its processor for this long.
    pub fn ran(&mut self, time: Duration) {
        self.run_s = average(self.run_s, time, self.seen == 0);
        self.seen = self.seen.saturating_add(1);
    }

    /// A call to the store took this long.
    pub fn travelled(&mut self, time: Duration) {
        self.trip_s = average(self.trip_s, time, self.trip_s == 0.0);
    }

    /// A guess was wrong: begin anew.
    pub fn disappoint(&mut self) {
        self.seen = 0;
    }

    /// How many jobs `slots` slots will take up within one round trip.
    pub fn ahead(&self, slots: usize) -> usize {
        if self.seen < ENOUGH {
            return 0;
        }
        let limit = (slots * MOST_FOR_A_SLOT).min(HIGHEST_LIMIT);
        let taken_up = slots as f64 * self.trip_s / self.run_s.max(f64::EPSILON);
        (taken_up as usize).min(limit)
    }

    /// How long a job that was claimed ahead may wait for its start.
    pub fn patience(&self) -> Duration {
        Duration::from_secs_f64(PATIENCE_TRIPS * self.trip_s).max(LEAST_PATIENCE)
    }
}

fn average(so_far: f64, latest: Duration, first: bool) -> f64 {
    let latest = latest.as_secs_f64();
    if first { latest } else { so_far + WEIGHT * (latest - so_far) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(jobs: u32, run: Duration, trip: Duration) -> Prefetch {
        let mut prefetch = Prefetch::default();
        prefetch.travelled(trip);
        (0..jobs).for_each(|_| prefetch.ran(run));
        prefetch
    }

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn claims_nothing_ahead_before_it_has_seen_enough() {
        assert_eq!(after(ENOUGH - 1, MS / 100, MS).ahead(1), 0);
        assert_eq!(after(ENOUGH, MS / 100, MS).ahead(1), MOST_FOR_A_SLOT);
    }

    #[test]
    fn claims_what_starts_within_a_round_trip() {
        assert_eq!(after(100, MS * 100, MS).ahead(1), 0);
        assert_eq!(after(100, MS * 4, MS).ahead(10), 2);
        assert_eq!(after(100, Duration::ZERO, MS).ahead(1000), HIGHEST_LIMIT);
    }

    #[test]
    fn a_wrong_guess_ends_the_claiming_until_enough_is_seen_again() {
        let mut prefetch = after(100, MS / 100, MS);
        prefetch.disappoint();
        assert_eq!(prefetch.ahead(10), 0);
        (0..ENOUGH).for_each(|_| prefetch.ran(MS / 100));
        assert_eq!(prefetch.ahead(1), MOST_FOR_A_SLOT);
    }
}
