//! Completions on their way to JavaScript: one buffer, one doorbell.
//!
//! The I/O thread appends messages to the buffer as elements of a JSON array; the first one since
//! the last visit rings. The whole buffer is taken as one string, on the way to JavaScript or by
//! JavaScript itself, so a batch costs one crossing however many jobs it holds.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::offers::Offers;

/// Wakes the JavaScript thread; called from the I/O thread.
pub type Doorbell = Box<dyn Fn() + Send>;

/// A queue's letter box.
#[derive(Default)]
pub struct Bridge {
    inbox: Mutex<Inbox>,
    /// The jobs in the messages that may still be started.
    pub offers: Offers,
}

#[derive(Default)]
struct Inbox {
    messages: String,
    /// When the oldest message came that waits.
    since: Option<Instant>,
    bell: Option<Doorbell>,
    /// Since the last visit.
    rung: bool,
}

impl Inbox {
    fn ring(&mut self) {
        if let Some(bell) = self.bell.as_ref().filter(|_| !self.rung) {
            bell();
            self.rung = true;
        }
    }
}

impl Bridge {
    pub fn new(bell: Doorbell) -> Self {
        let bridge = Bridge::default();
        bridge.hang(bell);
        bridge
    }

    /// Give it its bell; without one nothing comes in.
    pub fn hang(&self, bell: Doorbell) {
        self.lock().bell = Some(bell);
    }

    /// Append one message, a JSON value as text, and ring where nobody did since the last visit.
    pub fn push(&self, message: &str) {
        let mut inbox = self.lock();
        if inbox.bell.is_none() {
            return;
        }
        inbox.ring();
        if inbox.messages.is_empty() {
            inbox.since = Some(Instant::now());
            inbox.messages.push('[');
        } else {
            inbox.messages.push(',');
        }
        inbox.messages.push_str(message);
    }

    /// Ring for a message that is about to come: to wake a thread that sleeps takes longer than to
    /// write most messages, so both go on at once. Where it is up before, it finds nothing, and is
    /// called again.
    pub fn announce(&self) {
        self.lock().ring();
    }

    /// As [`Bridge::push`], where nothing waits yet: somebody is asked for a sign of life, and any
    /// message does for that.
    pub fn probe(&self, message: &str) {
        if self.waiting() == 0 {
            self.push(message);
        }
    }

    /// How long the oldest message has waited.
    pub fn unread_for(&self) -> Option<Duration> {
        self.lock().since.map(|since| since.elapsed())
    }

    /// Take everything that waits: a JSON array as text, or `None`.
    pub fn take(&self) -> Option<String> {
        let mut inbox = self.lock();
        inbox.since = None;
        inbox.rung = false;
        let mut messages = std::mem::take(&mut inbox.messages);
        drop(inbox);
        if messages.is_empty() {
            return None;
        }
        messages.push(']');
        Some(messages)
    }

    /// Bytes that wait to be taken.
    pub fn waiting(&self) -> usize {
        self.lock().messages.len()
    }

    /// Ring no more, and drop the doorbell and what waits.
    pub fn shut(&self) {
        let mut inbox = self.lock();
        inbox.messages = String::new();
        inbox.since = None;
        let bell = inbox.bell.take();
        // Dropping the bell may call into Node, which must not find the box locked.
        drop(inbox);
        drop(bell);
    }

    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn counted() -> (Bridge, Arc<AtomicUsize>) {
        let rings = Arc::new(AtomicUsize::new(0));
        let bell = rings.clone();
        let ring = move || {
            bell.fetch_add(1, Ordering::Relaxed);
        };
        (Bridge::new(Box::new(ring)), rings)
    }

    #[test]
    fn rings_once_until_the_box_is_emptied() {
        let (bridge, rings) = counted();
        bridge.push("1");
        bridge.push("[2]");
        assert_eq!(rings.load(Ordering::Relaxed), 1);
        assert_eq!(bridge.take().as_deref(), Some("[1,[2]]"));
        assert_eq!(bridge.take(), None);
        bridge.push("3");
        assert_eq!(rings.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_message_that_was_announced_does_not_ring_again_unless_somebody_came_too_early() {
        let (bridge, rings) = counted();
        bridge.announce();
        bridge.announce();
        bridge.push("1");
        assert_eq!(rings.load(Ordering::Relaxed), 1);
        assert_eq!(bridge.take().as_deref(), Some("[1]"));
        bridge.announce();
        assert_eq!(bridge.unread_for(), None);
        assert_eq!(bridge.take(), None);
        bridge.push("2");
        assert_eq!(rings.load(Ordering::Relaxed), 3);
        assert_eq!(bridge.take().as_deref(), Some("[2]"));
    }

    #[test]
    fn tells_how_long_nobody_came() {
        let (bridge, rings) = counted();
        assert_eq!(bridge.unread_for(), None);
        bridge.probe("[9]");
        bridge.probe("[9]");
        std::thread::sleep(Duration::from_millis(5));
        assert!(bridge.unread_for() >= Some(Duration::from_millis(5)));
        assert_eq!((rings.load(Ordering::Relaxed), bridge.take().as_deref()), (1, Some("[[9]]")));
        assert_eq!(bridge.unread_for(), None);
    }

    #[test]
    fn stays_silent_once_shut() {
        let (bridge, rings) = counted();
        bridge.shut();
        bridge.announce();
        bridge.push("1");
        assert_eq!((rings.load(Ordering::Relaxed), bridge.take()), (0, None));
    }
}
