//! Where the fields of whole records are, without making them.
//!
//! The index has made sure that every record has as many fields as there are columns. So it is
//! enough to know where fields end, all of them in a row: a field's place in that row says which
//! record and which column it is of, and one column is read without looking at the others.

use std::borrow::Cow;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use super::dialect::QUOTE;
use super::masks::{Classifier, LANES, Masks, with_classifier};
use super::records::Records;
use super::state::{Quotes, State};

/// The fields of some records, as they stand in their text.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    pub text: &'a [u8],
    /// What stands before the first field, and where each field ends.
    edges: &'a [Edge],
    columns: usize,
}

/// A place in a text. Nothing here is shared by threads; but plain numbers beside each other are
/// put together before the processor writes them, which takes longer than to write each as soon
/// as it is known.
type Edge = AtomicU32;

/// Room to work in.
#[derive(Debug, Default)]
pub struct Edges(Vec<Edge>);

impl<'a> Fields<'a> {
    /// Find the fields of the `rows` records at the start of `text`; `edges` is room to work in.
    ///
    /// `None` where a quote stands in the middle of a field, which csv-core has to read.
    pub fn find(
        delimiter: u8,
        text: &'a [u8],
        rows: usize,
        columns: usize,
        edges: &'a mut Edges,
    ) -> Option<Fields<'a>> {
        let count = rows * columns;
        // Room for the edge before the first field, and all that one step may find beyond the last.
        if edges.0.len() < count + 1 + LANES {
            edges.0.resize_with(count + 1 + LANES, || Edge::new(BEFORE_ALL));
        }
        let edges = &edges.0[..count + 1 + LANES];
        let found = with_classifier!(
            delimiter,
            |classifier: C| find_ends(classifier, text, count, ends),
            (text: &[u8], count: usize, ends: &[Edge]) -> bool,
            text, count, &edges[1..]
        );
        found.then(|| Fields { text, edges: &edges[..=count], columns })
    }

    /// Where the fields of a column start and end, still in their quotes, from a row on.
    #[inline(always)]
    pub fn column(
        &self,
        column: usize,
        from: usize,
    ) -> impl Iterator<Item = (usize, usize)> + use<'a> {
        let Fields { text, edges, columns } = *self;
        let edges = edges.get(from * columns + column..).unwrap_or_default();
        edges.windows(2).step_by(columns.max(1)).map(move |edges| {
            let (start, end) = span(edges);
            (if column == 0 { past_line_ends(text, start, end) } else { start }, end)
        })
    }

    /// Where all fields start and end, record by record, still in their quotes.
    pub fn all(&self) -> impl Iterator<Item = (usize, usize)> + use<'a> {
        let Fields { text, edges, columns } = *self;
        edges.windows(2).enumerate().map(move |(at, edges)| {
            let (start, end) = span(edges);
            (if at % columns == 0 { past_line_ends(text, start, end) } else { start }, end)
        })
    }

    /// The text up to the end of the last record.
    pub fn records(&self) -> &'a [u8] {
        let end = self.edges[1..].last().map_or(0, |end| end.load(Relaxed));
        &self.text[..end as usize]
    }
}

/// The edge before the first field: the byte after it is the first.
const BEFORE_ALL: u32 = u32::MAX;

#[inline(always)]
fn span(edges: &[Edge]) -> (usize, usize) {
    match edges {
        [before, end] => {
            (before.load(Relaxed).wrapping_add(1) as usize, end.load(Relaxed) as usize)
        }
        _ => (0, 0),
    }
}

/// Line ends before a record are no part of it, and its first field starts with none.
#[inline(always)]
fn past_line_ends(text: &[u8], mut start: usize, end: usize) -> usize {
    while start < end && matches!(text.get(start), Some(b'\r' | b'\n')) {
        start += 1;
    }
    start
}

/// Records of which columns are read: as they stand, or as csv-core parsed them.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    Fields(Fields<'a>),
    Records(&'a Records),
}

/// Takes the values of a column, one after the other.
pub trait Sink {
    /// Take a value; whether it is one of the kind that is wanted here.
    fn take(&mut self, value: &[u8]) -> bool;

    /// Take the values of a column from row `from` on, as long as that is quickly done: how many.
    /// It may stop at any that `take` shall have.
    fn take_many(&mut self, fields: &Fields, column: usize, from: usize) -> usize;
}

impl Source<'_> {
    /// Give the values of a column to `sink` for as long as it takes them; whether it took all.
    pub fn give(&self, column: usize, sink: &mut impl Sink) -> bool {
        let fields = match self {
            Source::Fields(fields) => fields,
            Source::Records(records) => {
                return (0..records.len())
                    .all(|row| sink.take(records.field(row, column).as_bytes()));
            }
        };
        let mut row = 0;
        loop {
            row += sink.take_many(fields, column, row);
            let Some((start, end)) = fields.column(column, row).next() else { return true };
            if !sink.take(&unquote(&fields.text[start..end])) {
                return false;
            }
            row += 1;
        }
    }
}

/// Put into `ends` where the first `count` fields of `text` end, and after them anything.
#[inline(always)]
fn find_ends<C: Classifier>(classifier: C, text: &[u8], count: usize, ends: &[Edge]) -> bool {
    let mut finder = Finder { quotes: Quotes::new(State::Record), line_before: 1, found: 0 };
    let (whole, rest) = text.as_chunks::<LANES>();
    for (number, lanes) in whole.iter().enumerate() {
        if finder.found >= count {
            return true;
        }
        let masks = classifier.classify(lanes);
        if !finder.step(masks, u64::MAX, (number * LANES) as u32, ends) {
            return false;
        }
    }
    if finder.found < count && !rest.is_empty() {
        let mut lanes = [0; LANES];
        lanes[..rest.len()].copy_from_slice(rest);
        let masks = classifier.classify(&lanes);
        let valid = (1 << rest.len()) - 1;
        if !finder.step(masks, valid, (whole.len() * LANES) as u32, ends) {
            return false;
        }
    }
    // The last record of a file may lack its line end.
    if finder.found + 1 == count {
        ends[finder.found].store(text.len() as u32, Relaxed);
        finder.found += 1;
    }
    finder.found >= count
}

/// Goes over a text, 64 bytes at a step.
struct Finder {
    quotes: Quotes,
    /// 1 where the byte before is a line end, or there is none.
    line_before: u64,
    found: usize,
}

impl Finder {
    /// Add to `ends` the fields that end in the step at `base`; false where a quote is out of place.
    #[inline(always)]
    fn step(&mut self, masks: Masks, valid: u64, base: u32, ends: &[Edge]) -> bool {
        let Some(inside) = self.quotes.advance(masks, valid) else { return false };
        // Of several line ends in a row the first ends a record.
        let line = masks.line & !inside;
        let last = line & !((line << 1) | self.line_before);
        self.line_before = line >> 63;
        let mut bits = ((masks.delimiter & !inside) | last) & valid;
        let mut at = self.found;
        self.found += bits.count_ones() as usize;
        // Eight at a time, however many there are: a loop of a length that nobody can guess costs
        // more than writing some too many.
        loop {
            let Some(places) = ends[at..].first_chunk::<8>() else { return false };
            for end in places {
                end.store(base + bits.trailing_zeros(), Relaxed);
                bits &= bits.wrapping_sub(1);
            }
            at += 8;
            if at >= self.found {
                return true;
            }
        }
    }
}

/// Eight bytes of `text` from `start` on, the first lowest; `None` where it ends before.
#[inline(always)]
pub fn word(text: &[u8], start: usize) -> Option<u64> {
    text.get(start..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The value of a field that stands as `raw`.
pub fn unquote(raw: &[u8]) -> Cow<'_, [u8]> {
    let [QUOTE, inner @ .., QUOTE] = raw else { return Cow::Borrowed(raw) };
    if memchr::memchr(QUOTE, inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut value = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        value.push(byte);
        if byte == QUOTE {
            bytes.next();
        }
    }
    Cow::Owned(value)
}
