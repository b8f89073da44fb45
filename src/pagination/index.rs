//! The row index: for each block of a file, how many records start before it and where in it the
//! first one does. That is all it takes to find any row by reading one block more than the row
//! itself, and it is 10 bytes per 4096 of the file, whatever the length of the rows.
//!
//! Beside them stands a digest of each block's bytes. Every later read is held against it, so a
//! page is made of the bytes that were indexed or not made at all, whatever the clock of the file
//! system says.
//!
//! The file is scanned once, in segments, by as many threads as the machine has cores. A segment
//! needs to know whether it begins inside quotes; each thread counts the quotes of its segment
//! before it scans it and hands the count on, so the next one rarely waits. What a segment found
//! is believed only when, in file order, it turns out to have begun in the state it supposed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::dialect::{BOM, QUOTE};
use super::scan::{self, Fault, Findings, Rules};
use super::source::Source;
use super::state::State;
use super::threads;
use crate::error::{CsvProblem, Error, Result};

/// How a file is cut up. Tests use small ones to meet every edge.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Bytes per entry of the index; a multiple of 64, at most 65,472.
    pub block: usize,
    /// Bytes scanned at a time; a multiple of `block`.
    pub segment: usize,
}

impl Layout {
    /// A block is what a page of memory or of a disk is, so a read costs no more than it must; a
    /// segment fits into the second-level cache, so its three passes read memory once.
    pub const STANDARD: Layout = Layout { block: 4096, segment: 256 * 1024 };
}

/// More threads than this gain nothing: memory or disk is the bound.
const MAX_THREADS: usize = 8;

/// How long a thread waits to hear whether its segment begins inside quotes before it supposes
/// that it does not. A wrong guess costs a second scan, never a wrong index.
const HEARSAY_TIMEOUT: Duration = Duration::from_millis(50);

/// Where the records of a file start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowIndex {
    pub block: usize,
    /// Per block: records that start before it.
    pub records_before: Vec<u32>,
    /// Per block: where in it the first record starts, or `NO_START`.
    pub first_start: Vec<u16>,
    /// Per block: the low half of the XXH3 digest of its bytes.
    pub digests: Vec<u32>,
    pub records: u32,
    pub bytes: u64,
    /// Digest of the whole file.
    pub digest: u128,
}

/// What one thread made of one segment.
struct Segment {
    supposed: State,
    findings: Option<Findings>,
    digests: Vec<u64>,
    invalid_utf8_at: Option<u64>,
}

/// What is known of the segments so far, in file order.
struct Hearsay {
    segments: usize,
    inside: bool,
    last: u8,
}

impl RowIndex {
    /// Scan the whole of `source`.
    ///
    /// # Errors
    /// `ERR_CSV` for the first record that breaks `rules`, with its line and offset; for a file
    /// that changes meanwhile.
    pub fn build(source: &Source, rules: &Rules, layout: Layout) -> Result<RowIndex> {
        let bytes = source.len();
        let count = bytes.div_ceil(layout.segment as u64) as usize;
        let results: Mutex<Vec<Option<Result<Segment>>>> =
            Mutex::new((0..count).map(|_| None).collect());
        let hearsay = Mutex::new(Hearsay { segments: 0, inside: false, last: b'\n' });
        let heard = Condvar::new();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut buffer = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    break;
                }
                let result = read_segment(source, layout, number, &mut buffer).map(|length| {
                    let state =
                        exchange(&hearsay, &heard, number, &buffer[..length], rules.delimiter);
                    examine(rules, layout, number, &mut buffer, length, state)
                });
                let failed = result.is_err();
                results.lock().unwrap_or_else(PoisonError::into_inner)[number] = Some(result);
                if failed {
                    next.store(count, Ordering::Relaxed);
                }
            }
        };
        let threads = threads::count().min(MAX_THREADS);
        thread::scope(|scope| {
            for _ in 1..threads.min(count) {
                scope.spawn(work);
            }
            work();
        });
        let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        let index = Merge::new(source, rules, layout).run(results)?;
        source.check_unchanged(0)?;
        Ok(index)
    }

    /// The block in which `record` starts.
    pub fn block_of(&self, record: u32) -> usize {
        self.records_before.partition_point(|&before| before <= record).saturating_sub(1)
    }

    /// Whether `bytes` are those that block `number` held when it was indexed.
    pub fn is_block(&self, number: usize, bytes: &[u8]) -> bool {
        self.digests.get(number) == Some(&(xxh3_64(bytes) as u32))
    }

    /// Bytes of memory that the index takes.
    pub fn memory(&self) -> usize {
        self.records_before.len() * 4 + self.first_start.len() * 2 + self.digests.len() * 4
    }
}

/// Read segment `number`, and up to three bytes more: the rest of a character that begins in it.
fn read_segment(
    source: &Source,
    layout: Layout,
    number: usize,
    buffer: &mut Vec<u8>,
) -> Result<usize> {
    let base = (number * layout.segment) as u64;
    let left = source.len() - base;
    let length = left.min(layout.segment as u64) as usize;
    buffer.resize(left.min(layout.segment as u64 + 3) as usize, 0);
    source.read_exact_at(buffer, base)?;
    Ok(length)
}

/// Wait for what stands before segment `number`, and pass on what it adds.
fn exchange(
    hearsay: &Mutex<Hearsay>,
    heard: &Condvar,
    number: usize,
    bytes: &[u8],
    delimiter: u8,
) -> State {
    let odd = memchr::memchr_iter(QUOTE, bytes).count() % 2 == 1;
    let guard = hearsay.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut known, _) = heard
        .wait_timeout_while(guard, HEARSAY_TIMEOUT, |known| known.segments < number)
        .unwrap_or_else(PoisonError::into_inner);
    // After a time-out `known` speaks of an earlier segment: a guess like any other.
    let state = State::behind(known.last, known.inside, delimiter);
    known.segments = number + 1;
    known.inside ^= odd;
    known.last = bytes.last().copied().unwrap_or(known.last);
    heard.notify_all();
    state
}

/// Everything that one segment tells by itself.
fn examine(
    rules: &Rules,
    layout: Layout,
    number: usize,
    buffer: &mut [u8],
    length: usize,
    supposed: State,
) -> Segment {
    let base = (number * layout.segment) as u64;
    let digests = buffer[..length].chunks(layout.block).map(xxh3_64).collect();
    let invalid_utf8_at = invalid_utf8(buffer, length, number == 0).map(|at| base + at as u64);
    hide_bom(buffer, number);
    let findings = scan::scan(rules, &buffer[..length], base, supposed, layout.block);
    Segment { supposed, findings, digests, invalid_utf8_at }
}

/// Turn a byte order mark into empty lines, which are no part of any record.
fn hide_bom(buffer: &mut [u8], number: usize) {
    if number == 0 && buffer.starts_with(BOM) {
        buffer[..BOM.len()].fill(b'\n');
    }
}

/// The first byte among `buffer[..length]` that is no part of a character.
///
/// A character belongs to the segment in which it begins: what continues one at the start was
/// checked with the segment before (which saw up to three bytes of this one), and what begins at
/// the end is checked with the bytes behind `length`.
fn invalid_utf8(buffer: &[u8], length: usize, first: bool) -> Option<usize> {
    let continues = |from: usize| {
        buffer[from..].iter().take(3).take_while(|&&byte| (0x80..0xC0).contains(&byte)).count()
    };
    let from = if first { 0 } else { continues(0) };
    let to = length + continues(length);
    let error = simdutf8::compat::from_utf8(buffer.get(from..to)?).err()?;
    Some(from + error.valid_up_to())
}

/// Puts the segments together in file order.
struct Merge<'a> {
    source: &'a Source,
    rules: &'a Rules,
    layout: Layout,
    state: State,
    /// Start and delimiters so far of the record that the segments until here leave open.
    open: Option<(u64, u64)>,
    records: u64,
    index: RowIndex,
    digest: Xxh3,
}

impl<'a> Merge<'a> {
    fn new(source: &'a Source, rules: &'a Rules, layout: Layout) -> Self {
        let blocks = source.len().div_ceil(layout.block as u64) as usize;
        Merge {
            source,
            rules,
            layout,
            state: State::Record,
            open: None,
            records: 0,
            index: RowIndex {
                block: layout.block,
                records_before: Vec::with_capacity(blocks),
                first_start: Vec::with_capacity(blocks),
                digests: Vec::with_capacity(blocks),
                records: 0,
                bytes: source.len(),
                digest: 0,
            },
            digest: Xxh3::new(),
        }
    }

    fn run(mut self, segments: Vec<Option<Result<Segment>>>) -> Result<RowIndex> {
        // A failed read stops the others, so segments may be missing; but never without one that
        // says why.
        if let Some(error) = segments.iter().flatten().find_map(|segment| segment.as_ref().err()) {
            return Err(error.clone());
        }
        for (number, segment) in segments.into_iter().enumerate() {
            match segment {
                Some(Ok(segment)) => self.append(number, segment)?,
                _ => return Err(Error::Internal("A segment of the file was not read".into())),
            }
        }
        if let Some((start, delimiters)) = self.open {
            if self.state == State::Quoted {
                return Err(self.error(start, Fault::UnclosedQuote));
            }
            if let Some(fault) = self.judge(start, self.source.len(), delimiters) {
                return Err(self.error(start, fault));
            }
        }
        self.index.records = self.records as u32;
        self.index.digest = self.digest.digest128();
        Ok(self.index)
    }

    fn append(&mut self, number: usize, segment: Segment) -> Result<()> {
        let findings = match segment.findings {
            Some(findings) if segment.supposed == self.state => findings,
            _ => self.scan_again(number, &segment.digests)?,
        };
        let mut fault = None;
        if let Some((end, delimiters)) = findings.inherited_end
            && let Some((start, before)) = self.open.take()
        {
            fault = self.judge(start, end, before + delimiters).map(|fault| (start, fault));
        }
        let utf8 = segment.invalid_utf8_at.map(|at| (at, Fault::InvalidUtf8));
        let first = [fault, findings.fault, utf8].into_iter().flatten().min_by_key(|&(at, _)| at);
        if let Some((at, fault)) = first {
            return Err(self.error(at, fault));
        }
        self.open = findings.open.map(|open| match (open.start, self.open) {
            (Some(start), _) => (start, open.delimiters),
            (None, Some((start, before))) => (start, before + open.delimiters),
            (None, None) => ((number * self.layout.segment) as u64, open.delimiters),
        });
        // The highest row number must fit 32 bits, and one is spent on the header.
        if self.records + u64::from(findings.records) > u64::from(u32::MAX) {
            return Err(Error::Csv {
                problem: CsvProblem::TooManyRows,
                line: 0,
                offset: (number * self.layout.segment) as u64,
                message: format!("The data set has more than {} rows", u32::MAX - 1),
            });
        }
        for block in &findings.blocks {
            self.index.records_before.push(self.records as u32 + block.records_before);
            self.index.first_start.push(block.first_start);
        }
        for digest in segment.digests {
            self.digest.update(&digest.to_le_bytes());
            self.index.digests.push(digest as u32);
        }
        self.records += u64::from(findings.records);
        self.state = findings.end;
        Ok(())
    }

    /// Scan a segment whose first state was guessed wrong, or that has quotes out of place.
    fn scan_again(&self, number: usize, digests: &[u64]) -> Result<Findings> {
        let mut buffer = Vec::new();
        let length = read_segment(self.source, self.layout, number, &mut buffer)?;
        let base = (number * self.layout.segment) as u64;
        buffer.truncate(length);
        if !buffer.chunks(self.layout.block).map(xxh3_64).eq(digests.iter().copied()) {
            return Err(super::source::changed(base));
        }
        hide_bom(&mut buffer, number);
        let block = self.layout.block;
        Ok(scan::scan(self.rules, &buffer, base, self.state, block)
            .unwrap_or_else(|| scan::scan_carefully(self.rules, &buffer, base, self.state, block)))
    }

    fn judge(&self, start: u64, end: u64, delimiters: u64) -> Option<Fault> {
        if delimiters != self.rules.delimiters {
            Some(Fault::Ragged { fields: delimiters + 1 })
        } else if end - start > self.rules.max_record_bytes {
            Some(Fault::TooLong)
        } else {
            None
        }
    }

    fn error(&self, offset: u64, fault: Fault) -> Error {
        fault_error(self.source, self.rules, offset, fault)
    }
}

/// The error for `fault` at `offset`, with the line that this is.
pub fn fault_error(source: &Source, rules: &Rules, offset: u64, fault: Fault) -> Error {
    let line = match line_at(source, offset) {
        Ok(line) => line,
        Err(error) => return error,
    };
    let (problem, what) = match fault {
        Fault::Ragged { fields } => (
            CsvProblem::Ragged,
            format!("a record of {fields} fields, where the first has {}", rules.delimiters + 1),
        ),
        Fault::TooLong => (
            CsvProblem::TooLong,
            format!("a record of more than {} bytes (maxRecordBytes)", rules.max_record_bytes),
        ),
        Fault::InvalidUtf8 => (CsvProblem::Encoding, "bytes that are not UTF-8".to_owned()),
        Fault::UnclosedQuote => {
            (CsvProblem::Quote, "a record with a quote that is never closed".to_owned())
        }
    };
    let message = format!("Line {line} (byte {offset}) of the data set has {what}");
    Error::Csv { problem, line, offset, message }
}

/// Which line of the file `offset` is on, from 1; CR LF is one line end.
fn line_at(source: &Source, offset: u64) -> Result<u64> {
    let mut buffer = vec![0; Layout::STANDARD.segment];
    let (mut line, mut at, mut after_cr) = (1, 0, false);
    while at < offset {
        let length = (offset - at).min(buffer.len() as u64) as usize;
        source.read_exact_at(&mut buffer[..length], at)?;
        for &byte in &buffer[..length] {
            line += u64::from(byte == b'\r' || (byte == b'\n' && !after_cr));
            after_cr = byte == b'\r';
        }
        at += length as u64;
    }
    Ok(line)
}
