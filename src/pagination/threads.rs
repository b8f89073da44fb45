//! Work for all cores.

use std::sync::OnceLock;
use std::thread;

use crate::error::{Error, Result};

/// How many threads there is work for at a time. Asking the system means reading files of its.
pub fn count() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| thread::available_parallelism().map_or(1, |count| count.get()))
}

/// Call `work` on `threads` threads, of which this is one, each with its number; what each gave.
///
/// # Errors
/// `ERR_INTERNAL` where one of them could not finish.
pub fn on<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Result<Vec<T>> {
    thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = (1..threads).map(|number| scope.spawn(move || work(number))).collect();
        let mut all = vec![work(0)];
        for other in others {
            all.push(
                other.join().map_err(|_| Error::Internal("A thread could not finish".into()))?,
            );
        }
        Ok(all)
    })
}
