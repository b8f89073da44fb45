//! Completions on their way to JavaScript: one buffer, one doorbell.
//!
//! The I/O thread appends messages to the buffer as elements of a JSON array; the first one since
//! the last visit rings. The whole buffer is taken as one string, on the way to JavaScript or by
//! JavaScript itself, so a batch costs one crossing however many jobs it holds.
//!
//! A queue's letter box is taken in pieces, for V8 has a longest string, and to read a long one keeps
//! the event loop from everything else. What is not urgent is no longer kept where nobody reads.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::offers::Offers;

/// Wakes the JavaScript thread; called from the I/O thread.
pub type Doorbell = Box<dyn Fn() + Send>;

/// A longer message has a piece to itself; shorter ones share one up to this size. Enough that a
/// crossing costs nothing beside the reading, and read in some ten milliseconds.
pub const PIECE_BYTES: usize = if cfg!(test) { 64 } else { 8 << 20 };
/// The longest message: V8's longest string, with room for what stands around it. Its characters are
/// never more than our bytes.
pub const LONGEST_BYTES: usize = if cfg!(test) { 256 } else { V8_LONGEST - (1 << 20) };
const V8_LONGEST: usize =
    if cfg!(target_pointer_width = "64") { (1 << 29) - 24 } else { (1 << 28) - 16 };
/// Where this much of events waits, none is added to it: JavaScript is too busy to hear them all, and the
/// memory of a process has an end.
const MOST_OF_EVENTS: usize = if cfg!(test) { 512 } else { 256 << 20 };

/// A queue's letter box.
#[derive(Default)]
pub struct Bridge {
    inbox: Mutex<Inbox>,
    /// The jobs in the messages that may still be started.
    pub offers: Offers,
}

#[derive(Default)]
struct Inbox {
    /// Pieces that are full, the oldest first, and how long they are together.
    full: VecDeque<Piece>,
    full_bytes: usize,
    /// How long the events in all of them are.
    event_bytes: usize,
    latest: Piece,
    /// An event was left out, and the message that says so is not taken yet.
    left_out: bool,
    /// When the oldest message came that waits.
    since: Option<Instant>,
    bell: Option<Doorbell>,
    /// Since the last visit.
    rung: bool,
}

/// Messages that are taken at once: a JSON array as text, without its end.
#[derive(Default)]
struct Piece {
    messages: String,
    event_bytes: usize,
    /// It says that an event was left out.
    tells_of_loss: bool,
}

impl Inbox {
    fn ring(&mut self) {
        if let Some(bell) = self.bell.as_ref().filter(|_| !self.rung) {
            bell();
            self.rung = true;
        }
    }

    fn push(&mut self, message: &str) {
        if self.bell.is_none() {
            return;
        }
        self.ring();
        let bytes = self.latest.messages.len();
        if bytes > 0 && bytes + message.len() > PIECE_BYTES {
            self.full_bytes += bytes;
            self.full.push_back(std::mem::take(&mut self.latest));
        }
        let messages = &mut self.latest.messages;
        if messages.is_empty() {
            self.since.get_or_insert_with(Instant::now);
            messages.push('[');
        } else {
            messages.push(',');
        }
        messages.push_str(message);
    }

    /// The oldest piece; an empty text where there is none.
    fn pop(&mut self) -> String {
        let piece = match self.full.pop_front() {
            Some(piece) => {
                self.full_bytes -= piece.messages.len();
                piece
            }
            None => std::mem::take(&mut self.latest),
        };
        self.event_bytes -= piece.event_bytes;
        if piece.tells_of_loss {
            self.left_out = false;
        }
        piece.messages
    }

    fn bytes(&self) -> usize {
        self.full_bytes + self.latest.messages.len()
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
        self.lock().push(message);
    }

    /// As [`Bridge::push`], for what may be left out where nobody reads, or where no string can hold it.
    /// `loss` is the message that says so, once for all that is left out before it is taken.
    pub fn push_event(&self, event: &str, loss: fn() -> String) {
        let mut inbox = self.lock();
        if inbox.bell.is_none() {
            return;
        }
        if event.len() <= LONGEST_BYTES && inbox.event_bytes + event.len() <= MOST_OF_EVENTS {
            inbox.push(event);
            inbox.event_bytes += event.len();
            inbox.latest.event_bytes += event.len();
        } else if !inbox.left_out {
            inbox.push(&loss());
            inbox.latest.tells_of_loss = true;
            inbox.left_out = true;
        }
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
        let mut messages = inbox.pop();
        while inbox.bytes() > 0 {
            let more = inbox.pop();
            messages.push(',');
            messages.push_str(more.get(1..).unwrap_or_default());
        }
        drop(inbox);
        close(messages)
    }

    /// Take what waits, the oldest of it where it is much. Then it ends with the message `more`, and
    /// nobody rings until JavaScript has asked for the rest by [`Bridge::go_on`]: it has its turn for
    /// other things between two pieces.
    pub fn take_piece(&self, more: &str) -> Option<String> {
        let mut inbox = self.lock();
        let mut messages = inbox.pop();
        let rest = inbox.bytes() > 0;
        inbox.since = rest.then(Instant::now);
        inbox.rung = rest;
        drop(inbox);
        if rest {
            messages.push(',');
            messages.push_str(more);
        }
        close(messages)
    }

    /// Ring for the next piece.
    pub fn go_on(&self) {
        let mut inbox = self.lock();
        inbox.rung = false;
        inbox.ring();
    }

    /// Bytes that wait to be taken.
    pub fn waiting(&self) -> usize {
        self.lock().bytes()
    }

    /// Ring no more, and drop the doorbell and what waits.
    pub fn shut(&self) {
        let mut inbox = self.lock();
        inbox.full = VecDeque::new();
        (inbox.full_bytes, inbox.event_bytes) = (0, 0);
        inbox.latest = Piece::default();
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

/// The array's end.
fn close(mut messages: String) -> Option<String> {
    if messages.is_empty() {
        return None;
    }
    messages.push(']');
    Some(messages)
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

    fn text(of: char, bytes: usize) -> String {
        format!("\"{}\"", String::from(of).repeat(bytes - 2))
    }

    #[test]
    fn much_is_taken_in_pieces_in_order_and_rung_for_as_asked() {
        let (bridge, rings) = counted();
        let (a, b) = (text('a', 40), text('b', 40));
        for message in [&a, "1", &b, "2"] {
            bridge.push(message);
        }
        assert_eq!(bridge.waiting(), 1 + 40 + 2 + 1 + 40 + 2);
        assert_eq!(bridge.take_piece("9"), Some(format!("[{a},1,9]")));
        bridge.push("3");
        assert_eq!(rings.load(Ordering::Relaxed), 1);
        assert!(bridge.unread_for().is_some());
        bridge.go_on();
        assert_eq!(rings.load(Ordering::Relaxed), 2);
        assert_eq!(bridge.take_piece("9"), Some(format!("[{b},2,3]")));
        assert_eq!(
            (bridge.take_piece("9"), bridge.unread_for(), bridge.waiting()),
            (None, None, 0)
        );
        bridge.push("4");
        assert_eq!(rings.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_message_that_is_long_has_a_piece_to_itself() {
        let (bridge, _) = counted();
        let long = text('x', PIECE_BYTES + 10);
        for message in ["1", &long, "2"] {
            bridge.push(message);
        }
        let pieces = [(); 4].map(|()| bridge.take_piece("9"));
        let pieces = pieces.each_ref().map(Option::as_deref);
        assert_eq!(pieces, [Some("[1,9]"), Some(&*format!("[{long},9]")), Some("[2]"), None]);
    }

    #[test]
    fn who_takes_everything_gets_it_as_one_array() {
        let (bridge, _) = counted();
        let messages = [text('a', 40), text('b', 40), text('c', 40)];
        messages.iter().for_each(|message| bridge.push(message));
        assert_eq!(bridge.take(), Some(format!("[{}]", messages.join(","))));
        assert_eq!((bridge.take(), bridge.waiting()), (None, 0));
    }

    #[test]
    fn events_that_nobody_reads_are_left_out_and_that_is_said_once() {
        let (bridge, _) = counted();
        let loss = || "\"loss\"".to_owned();
        bridge.push(&text('a', 2 * MOST_OF_EVENTS));
        let event = text('e', 50);
        for _ in 0..50 {
            bridge.push_event(&event, loss);
        }
        assert!(bridge.waiting() <= 3 * MOST_OF_EVENTS + 30);
        // What is awaited is kept all the same, and leaves their room to events.
        let answer = text('a', 60);
        for _ in 0..20 {
            bridge.push(&answer);
        }
        let all = bridge.take().unwrap();
        assert_eq!(all.matches(&event).count(), MOST_OF_EVENTS / event.len());
        assert_eq!((all.matches("loss").count(), all.matches(&answer).count()), (1, 20));
        // From here on it may happen again.
        bridge.push_event(&text('x', LONGEST_BYTES + 1), loss);
        bridge.push_event("1", loss);
        assert_eq!(bridge.take_piece("9").as_deref(), Some("[\"loss\",1]"));
    }
}
