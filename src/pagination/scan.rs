//! One segment of a file scanned for where its records start.
//!
//! Two scanners do the same work. The quick one takes 64 bytes at a time and tells what is inside
//! quotes by counting them; that is right only while every quote opens or closes a field or is one
//! of a doubled pair, so it watches for any other and then gives up on the segment. The careful
//! one follows csv-core's states byte by byte and never gives up. Both leave the same findings.

use super::masks::{Classifier, LANES, with_classifier};
use super::state::{Quotes, State, step};

/// What makes a record unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// This many fields, which is not what the first record has.
    Ragged {
        fields: u64,
    },
    TooLong,
    InvalidUtf8,
    UnclosedQuote,
}

/// What every record has to satisfy.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    pub delimiter: u8,
    /// Delimiters in a record: one fewer than columns.
    pub delimiters: u64,
    pub max_record_bytes: u64,
}

/// What one block of a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Records that start in the segment before this block.
    pub records_before: u32,
    /// Where in the block its first record starts; `NO_START` where none does.
    pub first_start: u16,
}

/// No record starts in the block.
pub const NO_START: u16 = u16::MAX;

/// A record that the segment leaves unfinished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Its first byte; `None` where that lies before the segment.
    pub start: Option<u64>,
    /// Its delimiters within the segment.
    pub delimiters: u64,
}

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    pub blocks: Vec<Block>,
    /// Records that start in the segment.
    pub records: u32,
    /// Where the record that was open before the segment ends, and its delimiters up to there.
    pub inherited_end: Option<(u64, u64)>,
    /// The record that is open behind the segment.
    pub open: Option<Open>,
    pub end: State,
    /// The first fault of a record that starts in the segment.
    pub fault: Option<(u64, Fault)>,
}

/// Takes starts and ends of records as a scanner comes upon them.
struct Tracker<'a> {
    rules: &'a Rules,
    findings: Findings,
    open: bool,
    start: Option<u64>,
    /// Delimiters of the segment that came before the open record.
    mark: u64,
    block_start: u64,
    first_start: u16,
    records_before: u32,
}

impl<'a> Tracker<'a> {
    fn new(rules: &'a Rules, base: u64, state: State, blocks: usize) -> Self {
        Tracker {
            rules,
            findings: Findings {
                blocks: Vec::with_capacity(blocks),
                records: 0,
                inherited_end: None,
                open: None,
                end: state,
                fault: None,
            },
            open: state != State::Record,
            start: None,
            mark: 0,
            block_start: base,
            first_start: NO_START,
            records_before: 0,
        }
    }

    /// A record starts at `at`, behind `delimiters` of the segment.
    #[inline(always)]
    fn start(&mut self, at: u64, delimiters: u64) {
        if self.first_start == NO_START {
            self.first_start = (at - self.block_start) as u16;
        }
        self.findings.records += 1;
        self.start = Some(at);
        self.mark = delimiters;
        self.open = true;
    }

    /// The open record ends before `at`.
    #[inline(always)]
    fn end(&mut self, at: u64, delimiters: u64) {
        self.open = false;
        let own = delimiters - self.mark;
        match self.start {
            Some(start) => {
                if own != self.rules.delimiters {
                    self.fault(start, Fault::Ragged { fields: own + 1 });
                } else if at - start > self.rules.max_record_bytes {
                    self.fault(start, Fault::TooLong);
                }
            }
            None => self.findings.inherited_end = Some((at, own)),
        }
    }

    #[cold]
    fn fault(&mut self, at: u64, fault: Fault) {
        self.findings.fault.get_or_insert((at, fault));
    }

    #[inline(always)]
    fn end_block(&mut self, bytes: usize) {
        self.findings
            .blocks
            .push(Block { records_before: self.records_before, first_start: self.first_start });
        self.records_before = self.findings.records;
        self.first_start = NO_START;
        self.block_start += bytes as u64;
    }

    fn finish(mut self, delimiters: u64, end: State) -> Findings {
        self.findings.end = end;
        if self.open {
            self.findings.open =
                Some(Open { start: self.start, delimiters: delimiters - self.mark });
        }
        self.findings
    }
}

/// Scan `bytes`, which stand at `base` in the file, with `state` before them.
///
/// `None` where a quote stands in the middle of a field, so that counting quotes would not do;
/// `scan_carefully` is for those.
pub fn scan(
    rules: &Rules,
    bytes: &[u8],
    base: u64,
    state: State,
    block: usize,
) -> Option<Findings> {
    with_classifier!(
        rules.delimiter,
        |classifier: C| scan_with(classifier, rules, bytes, base, state, block),
        (rules: &Rules, bytes: &[u8], base: u64, state: State, block: usize) -> Option<Findings>,
        rules, bytes, base, state, block
    )
}

#[inline(always)]
fn scan_with<C: Classifier>(
    classifier: C,
    rules: &Rules,
    bytes: &[u8],
    base: u64,
    state: State,
    block: usize,
) -> Option<Findings> {
    let mut tracker = Tracker::new(rules, base, state, bytes.len().div_ceil(block));
    let mut quotes = Quotes::new(state);
    let mut line_before = u64::from(state == State::Record);
    let mut delimiters = 0u64;
    let mut at = base;
    for part in bytes.chunks(block) {
        let (whole, rest) = part.as_chunks::<LANES>();
        let mut padded = [0; LANES];
        padded[..rest.len()].copy_from_slice(rest);
        let tail = if rest.is_empty() { &[][..] } else { std::slice::from_ref(&padded) };
        for lanes in whole.iter().chain(tail) {
            let left = (base + bytes.len() as u64 - at) as usize;
            let valid = if left >= LANES { u64::MAX } else { (1 << left) - 1 };
            let mut masks = classifier.classify(lanes);
            masks.delimiter &= valid; // the padding is NUL, which may be the delimiter
            let inside = quotes.advance(masks, valid)?;
            let line = masks.line & !inside;
            let delimiter = masks.delimiter & !inside;
            let before = (line << 1) | line_before;
            line_before = line >> 63;
            // Starts and ends of records alternate, so one walk over both takes them in turn.
            let mut edges = (line ^ before) & valid;
            while edges != 0 {
                let bit = edges.trailing_zeros();
                edges &= edges - 1;
                let seen = delimiters + u64::from((delimiter & ((1 << bit) - 1)).count_ones());
                if tracker.open {
                    tracker.end(at + u64::from(bit), seen);
                } else {
                    tracker.start(at + u64::from(bit), seen);
                }
            }
            delimiters += u64::from(delimiter.count_ones());
            at += LANES.min(left) as u64;
        }
        tracker.end_block(part.len());
    }
    let end = match bytes.last() {
        Some(&last) => State::behind(last, quotes.inside(), rules.delimiter),
        None => state,
    };
    Some(tracker.finish(delimiters, end))
}

/// Scan as csv-core reads, whatever stands where: a quote in the middle of an unquoted field is
/// itself, and text behind a closing quote belongs to the field.
pub fn scan_carefully(
    rules: &Rules,
    bytes: &[u8],
    base: u64,
    mut state: State,
    block: usize,
) -> Findings {
    let mut tracker = Tracker::new(rules, base, state, bytes.len().div_ceil(block));
    let mut delimiters = 0;
    let mut at = base;
    for part in bytes.chunks(block) {
        for &byte in part {
            let next = step(state, byte, rules.delimiter);
            if state == State::Record && next != State::Record {
                tracker.start(at, delimiters);
            } else if next == State::Record && state != State::Record {
                tracker.end(at, delimiters);
            }
            delimiters += u64::from(next == State::Field);
            state = next;
            at += 1;
        }
        tracker.end_block(part.len());
    }
    tracker.finish(delimiters, state)
}

/// Where in `bytes`, whose first byte starts a record, the record `skip` further on starts;
/// `None` where it does not start in them.
pub fn nth_start(delimiter: u8, bytes: &[u8], skip: u32) -> Option<usize> {
    let quick = with_classifier!(
        delimiter,
        |classifier: C| nth_start_with(classifier, bytes, skip),
        (bytes: &[u8], skip: u32) -> Option<usize>,
        bytes, skip
    );
    quick.or_else(|| {
        let (mut state, mut left) = (State::Record, u64::from(skip) + 1);
        bytes.iter().position(|&byte| {
            let next = step(state, byte, delimiter);
            left -= u64::from(state == State::Record && next != State::Record);
            state = next;
            left == 0
        })
    })
}

#[inline(always)]
fn nth_start_with<C: Classifier>(classifier: C, bytes: &[u8], skip: u32) -> Option<usize> {
    let mut quotes = Quotes::new(State::Record);
    let mut line_before = 1;
    let mut left = skip;
    for (number, part) in bytes.chunks(LANES).enumerate() {
        let mut lanes = [b'\n'; LANES];
        lanes[..part.len()].copy_from_slice(part);
        let masks = classifier.classify(&lanes);
        let inside = quotes.advance(masks, u64::MAX)?;
        let line = masks.line & !inside;
        let mut starts = ((line << 1) | line_before) & !line;
        line_before = line >> 63;
        if starts.count_ones() <= left {
            left -= starts.count_ones();
            continue;
        }
        for _ in 0..left {
            starts &= starts - 1;
        }
        return Some(number * LANES + starts.trailing_zeros() as usize);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: Rules = Rules { delimiter: b',', delimiters: 1, max_record_bytes: 1000 };

    fn starts(text: &str) -> u32 {
        scan_carefully(&RULES, text.as_bytes(), 0, State::Record, 64).records
    }

    #[test]
    fn every_line_end_ends_a_record_and_empty_lines_are_none() {
        assert_eq!(starts("a,b\nc,d\r\ne,f\rg,h"), 4);
        assert_eq!(starts("\n\r\n\na,b\n\n"), 1);
        assert_eq!(starts("\"a\n\",b\nc,d"), 2);
    }

    #[test]
    fn a_fault_names_the_record_it_is_in() {
        let found = scan(&RULES, b"a,b\nc\nd,e,f\n", 100, State::Record, 64);
        assert_eq!(found.and_then(|f| f.fault), Some((104, Fault::Ragged { fields: 1 })));
    }

    #[test]
    fn a_quote_out_of_place_is_left_to_the_careful_scanner() {
        assert_eq!(scan(&RULES, b"a\"b\"\n", 0, State::Record, 64), None);
        assert_eq!(scan(&RULES, b"\"a\"b\n", 0, State::Record, 64), None);
    }

    fn any_state() -> impl Strategy<Value = State> {
        prop::sample::select(vec![
            State::Record,
            State::Field,
            State::Unquoted,
            State::Quoted,
            State::Closing,
        ])
    }

    proptest! {
        #[test]
        fn both_scanners_find_the_same(
            text in "([ab,]|\"|\"\"|,\"a\",|\n|\r\n|\r|,\"x\n\"\"\"\n){0,200}",
            state in any_state(),
        ) {
            let careful = scan_carefully(&RULES, text.as_bytes(), 7, state, 64);
            if let Some(quick) = scan(&RULES, text.as_bytes(), 7, state, 64) {
                prop_assert_eq!(quick, careful);
            }
        }
    }
}
