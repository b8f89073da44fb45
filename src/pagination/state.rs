//! What a byte means depends on those before it: whether they open a quote, end a field, or end a
//! record. Here is that, byte by byte as csv-core has it, and 64 bytes at a time.

use super::dialect::QUOTE;
use super::masks::{Masks, prefix_xor};

/// Where in a record a byte boundary falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Between records: the next byte that is no line end starts one.
    Record,
    /// Just behind a delimiter.
    Field,
    /// In a field, outside quotes.
    Unquoted,
    /// Inside quotes.
    Quoted,
    /// Behind a quote that closes its field, unless another follows.
    Closing,
}

impl State {
    /// The state behind `last`, where counting quotes says whether that is inside of them.
    pub fn behind(last: u8, inside: bool, delimiter: u8) -> State {
        match last {
            _ if inside => State::Quoted,
            b'\r' | b'\n' => State::Record,
            QUOTE => State::Closing,
            byte if byte == delimiter => State::Field,
            _ => State::Unquoted,
        }
    }
}

/// One byte of csv-core's machine, as far as records and fields go.
#[inline(always)]
pub(super) fn step(state: State, byte: u8, delimiter: u8) -> State {
    match (state, byte) {
        (State::Quoted, QUOTE) => State::Closing,
        (State::Quoted, _) => State::Quoted,
        (State::Closing | State::Record | State::Field, QUOTE) => State::Quoted,
        (_, b'\r' | b'\n') => State::Record,
        (_, byte) if byte == delimiter => State::Field,
        _ => State::Unquoted,
    }
}

/// Follows quotes from one set of masks to the next.
pub(super) struct Quotes {
    /// All ones inside quotes, else 0.
    inside: u64,
    /// 1 where the byte before may stand before an opening quote.
    may_open: u64,
    /// 1 where the byte before closed a field, or is the first of a doubled pair.
    closing: u64,
}

impl Quotes {
    pub(super) fn new(state: State) -> Self {
        Quotes {
            inside: if state == State::Quoted { u64::MAX } else { 0 },
            may_open: u64::from(matches!(state, State::Record | State::Field | State::Closing)),
            closing: u64::from(state == State::Closing),
        }
    }

    pub(super) fn inside(&self) -> bool {
        self.inside != 0
    }

    /// The bytes of these masks that are inside quotes, of those in `valid`; `None` where a quote
    /// is out of place.
    #[inline(always)]
    pub(super) fn advance(&mut self, masks: Masks, valid: u64) -> Option<u64> {
        let special = masks.quote | masks.delimiter | masks.line;
        // Most blocks of most files: no quote here, none open, none just closed.
        if masks.quote == 0 && self.closing == 0 {
            self.may_open = special >> 63;
            return Some(self.inside);
        }
        let inside = prefix_xor(masks.quote) ^ self.inside;
        let opening = masks.quote & inside;
        let closing = masks.quote & !inside;
        let stray = opening & !((special << 1) | self.may_open);
        let trailing = ((closing << 1) | self.closing) & !special & valid;
        if stray | trailing != 0 {
            return None;
        }
        self.inside = ((inside as i64) >> 63) as u64;
        self.may_open = special >> 63;
        self.closing = closing >> 63;
        Some(inside)
    }
}
