//! One version of a data set: its columns, its row index, and the bytes behind them. It never
//! changes; `reload()` makes another.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use csv_core::{ReadRecordResult, Reader};
use xxhash_rust::xxh3::Xxh3;

use super::dialect::{BOM, Dialect};
use super::index::{self, Layout, RowIndex};
use super::records::Records;
use super::scan::{self, Fault, NO_START, Rules};
use super::sidecar::Sidecar;
use super::source::{self, Source};
use crate::error::{Error, Result};

/// How much of a file is read to find the first record; doubled until it is found.
const HEADER_PROBE_BYTES: usize = 64 * 1024;

/// The most text that is read for one page. JSON is longer than what it is made from, and the
/// longest string that V8 holds is of this length.
const MAX_READ_BYTES: u64 = 1 << 29;

/// What a thread keeps of its buffer from one page to the next.
const MAX_SCRATCH_BYTES: usize = 1 << 20;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One version of the data.
#[derive(Debug)]
pub struct Table {
    source: Source,
    dialect: Dialect,
    index: RowIndex,
    columns: Vec<String>,
    /// 1 where the first record is the header, else 0.
    header_records: u32,
    version: String,
    closed: AtomicBool,
}

impl Table {
    /// Index the file at `path`; with `sidecar`, by an index kept there where it still holds.
    ///
    /// # Errors
    /// `ERR_CSV` for a file that cannot be read, or for its first unreadable record.
    pub fn open(path: &Path, dialect: Dialect, sidecar: Option<&Path>) -> Result<Table> {
        Table::index(Source::open(path)?, dialect, Layout::STANDARD, sidecar)
    }

    /// Index text that is already in memory.
    ///
    /// # Errors
    /// `ERR_CSV` for its first unreadable record.
    pub fn from_memory(bytes: Vec<u8>, dialect: Dialect, layout: Layout) -> Result<Table> {
        Table::index(Source::Memory(bytes), dialect, layout, None)
    }

    fn index(
        source: Source,
        dialect: Dialect,
        layout: Layout,
        sidecar: Option<&Path>,
    ) -> Result<Table> {
        let first = first_record(&source, &dialect)?;
        let rules = Rules {
            delimiter: dialect.delimiter,
            delimiters: first.len().saturating_sub(1) as u64,
            max_record_bytes: dialect.max_record_bytes,
        };
        let index = match sidecar.map(|path| Sidecar::new(path, &source, &rules)) {
            Some(sidecar) => match sidecar.load() {
                Some(index) => index,
                None => {
                    let index = RowIndex::build(&source, &rules, layout)?;
                    sidecar.store(&index);
                    index
                }
            },
            None => RowIndex::build(&source, &rules, layout)?,
        };
        let header_records = u32::from(dialect.header && index.records > 0);
        let columns = if dialect.header { first } else { numbered(first.len()) };
        let version = version(&index, &dialect);
        Ok(Table {
            columns: unique(columns),
            source,
            dialect,
            index,
            header_records,
            version,
            closed: AtomicBool::new(false),
        })
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Rows, the header not counted.
    pub fn rows(&self) -> u32 {
        self.index.records - self.header_records
    }

    /// A digest of the content and of how it is read: the same for the same data anywhere.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Bytes of memory that the row index takes.
    pub fn index_memory(&self) -> usize {
        self.index.memory()
    }

    /// Let go of the file; later reads fail with `ERR_DATASET_CLOSED`.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.source.close();
    }

    /// Read `count` rows from row `first` on; both must lie within the table.
    ///
    /// # Errors
    /// `ERR_CSV` where the file changed, `ERR_DATASET_CLOSED`.
    pub fn read(&self, first: u32, count: u32) -> Result<Records> {
        if count == 0 {
            return Ok(Records::default());
        }
        let first = first + self.header_records;
        let from = self.index.block_of(first);
        let next = first + count;
        let to = if next < self.index.records {
            self.index.block_of(next) + 1
        } else {
            self.index.records_before.len()
        };
        let mut bytes = SCRATCH.take();
        self.read_blocks(from, to, &mut bytes)?;
        let lead = self.index.first_start.get(from).copied().unwrap_or(NO_START);
        let skip = first - self.index.records_before.get(from).copied().unwrap_or(first);
        let records = bytes
            .get(usize::from(lead)..)
            .and_then(|bytes| bytes.get(scan::nth_start(self.dialect.delimiter, bytes, skip)?..));
        let records = match records {
            Some(bytes) => {
                let columns = self.columns.len();
                Records::parse(&self.dialect, bytes, columns, count as usize)
            }
            None => Err(Error::Internal("A row is not where the index has it".into())),
        };
        if bytes.capacity() <= MAX_SCRATCH_BYTES {
            SCRATCH.set(bytes);
        }
        records
    }

    /// Read the rows with these numbers, in this order.
    ///
    /// # Errors
    /// As `read`.
    pub fn read_each(&self, rows: &[u32]) -> Result<Records> {
        let mut records = Records::default();
        let mut at = 0;
        while at < rows.len() {
            let run = 1 + rows[at..].windows(2).take_while(|pair| pair[1] == pair[0] + 1).count();
            records.append(self.read(rows[at], run as u32)?);
            at += run;
        }
        Ok(records)
    }

    /// Read whole blocks, and make sure that they are what they were.
    fn read_blocks(&self, from: usize, to: usize, bytes: &mut Vec<u8>) -> Result<()> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Error::DatasetClosed);
        }
        let block = self.index.block;
        let start = (from * block) as u64;
        let end = ((to * block) as u64).min(self.index.bytes);
        if end - start > MAX_READ_BYTES {
            return Err(super::page::too_large());
        }
        bytes.resize((end - start) as usize, 0);
        self.source.read_exact_at(bytes, start)?;
        self.source.check_unchanged(start)?;
        for (number, part) in bytes.chunks(block).enumerate() {
            if !self.index.is_block(from + number, part) {
                return Err(source::changed(start + (number * block) as u64));
            }
        }
        Ok(())
    }

    pub(super) fn blocks(&self) -> usize {
        self.index.records_before.len()
    }

    /// The rows that start in the blocks `from..to`, for work that looks at every row.
    ///
    /// # Errors
    /// As `read`.
    pub(super) fn stretch(&self, from: usize, to: usize) -> Result<Option<Stretch>> {
        let before = |block: usize| {
            self.index.records_before.get(block).copied().unwrap_or(self.index.records)
        };
        let first = before(from).max(self.header_records);
        let end = before(to);
        if first >= end {
            return Ok(None);
        }
        let from = self.index.block_of(first);
        let last =
            if end < self.index.records { self.index.block_of(end) + 1 } else { self.blocks() };
        let mut bytes = Vec::new();
        self.read_blocks(from, last, &mut bytes)?;
        let lead = usize::from(self.index.first_start[from]);
        let skip = first - before(from);
        let start = bytes
            .get(lead..)
            .and_then(|bytes| scan::nth_start(self.dialect.delimiter, bytes, skip))
            .ok_or_else(|| Error::Internal("A row is not where the index has it".into()))?;
        bytes.drain(..lead + start);
        let first_row = first - self.header_records;
        Ok(Some(Stretch { first_row, rows: end - first, bytes }))
    }

    /// Parse the records of a stretch with csv-core.
    pub(super) fn parse(&self, stretch: &Stretch) -> Result<Records> {
        let columns = self.columns.len();
        Records::parse(&self.dialect, &stretch.bytes, columns, stretch.rows as usize)
    }
}

/// Some rows in a row, as they stand in the file; text behind the last may follow.
pub(super) struct Stretch {
    pub first_row: u32,
    pub rows: u32,
    pub bytes: Vec<u8>,
}

/// The fields of the first record; none where there is no record.
fn first_record(source: &Source, dialect: &Dialect) -> Result<Vec<String>> {
    let limit = dialect.max_record_bytes.saturating_add(BOM.len() as u64 + 2);
    let mut length = HEADER_PROBE_BYTES as u64;
    loop {
        let mut bytes = vec![0; source.len().min(length) as usize];
        source.read_exact_at(&mut bytes, 0)?;
        let whole = bytes.len() as u64 == source.len();
        let lead = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
        let text = &bytes[lead..];
        let empty = text.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let fields = dialect.with_reader(|reader| read_fields(reader, &text[empty..], whole));
        match fields {
            Some(fields) => return decode(source, dialect, fields, &bytes),
            None if whole => return Ok(Vec::new()),
            None if length > limit.saturating_add(empty as u64) => {
                let rules = Rules {
                    delimiter: dialect.delimiter,
                    delimiters: 0,
                    max_record_bytes: dialect.max_record_bytes,
                };
                let start = (lead + empty) as u64;
                return Err(index::fault_error(source, &rules, start, Fault::TooLong));
            }
            None => length *= 2,
        }
    }
}

/// The fields of the record at the start of `text`; `None` where it is not all there.
fn read_fields(reader: &mut Reader, mut text: &[u8], whole: bool) -> Option<Vec<Vec<u8>>> {
    let mut output = vec![0; text.len()];
    let (mut written, mut ends) = (0, Vec::new());
    loop {
        let mut found = [0; 64];
        let (result, read, wrote, count) =
            reader.read_record(text, &mut output[written..], &mut found);
        text = &text[read..];
        written += wrote;
        ends.extend_from_slice(&found[..count]);
        match result {
            ReadRecordResult::Record => break,
            ReadRecordResult::InputEmpty if whole && read > 0 => {}
            ReadRecordResult::OutputEndsFull => {}
            _ => return None,
        }
    }
    let mut start = 0;
    Some(
        ends.into_iter()
            .map(|end| output[std::mem::replace(&mut start, end)..end].to_vec())
            .collect(),
    )
}

fn decode(
    source: &Source,
    dialect: &Dialect,
    fields: Vec<Vec<u8>>,
    bytes: &[u8],
) -> Result<Vec<String>> {
    let rules = Rules {
        delimiter: dialect.delimiter,
        delimiters: fields.len() as u64 - 1,
        max_record_bytes: dialect.max_record_bytes,
    };
    fields.into_iter().map(String::from_utf8).collect::<std::result::Result<_, _>>().map_err(|_| {
        let at = simdutf8::compat::from_utf8(bytes).err().map_or(0, |e| e.valid_up_to());
        index::fault_error(source, &rules, at as u64, Fault::InvalidUtf8)
    })
}

/// Names for the columns of a file that has none.
fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("column_{number}")).collect()
}

/// Give the second of two equal names a number, so that a row as an object loses nothing.
fn unique(names: Vec<String>) -> Vec<String> {
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    let mut seen = HashSet::new();
    names
        .into_iter()
        .map(|name| {
            if seen.insert(name.clone()) {
                return name;
            }
            let mut number = 1;
            loop {
                let renamed = format!("{name}_{number}");
                if taken.insert(renamed.clone()) {
                    return renamed;
                }
                number += 1;
            }
        })
        .collect()
}

/// A digest of the content and of the dialect it is read in.
fn version(index: &RowIndex, dialect: &Dialect) -> String {
    let mut digest = Xxh3::new();
    digest.update(&index.digest.to_le_bytes());
    digest.update(&index.bytes.to_le_bytes());
    digest.update(&[dialect.delimiter, u8::from(dialect.header)]);
    format!("{:032x}", digest.digest128())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Table> {
        Table::from_memory(
            text.as_bytes().to_vec(),
            Dialect::default(),
            Layout { block: 64, segment: 128 },
        )
    }

    #[test]
    fn equal_column_names_are_told_apart() -> Result<()> {
        assert_eq!(table("a,a,a_1,a\n")?.columns(), ["a", "a_2", "a_1", "a_3"]);
        Ok(())
    }

    #[test]
    fn nothing_and_a_header_alone_are_tables_without_rows() -> Result<()> {
        for text in ["", "\n\r\n", "\u{feff}"] {
            let table = table(text)?;
            assert_eq!((table.rows(), table.columns().len()), (0, 0), "{text:?}");
        }
        for text in ["a,b", "a,b\n", "\u{feff}a,b\r\n\r\n"] {
            let table = table(text)?;
            assert_eq!((table.rows(), table.columns()), (0, &["a".to_owned(), "b".to_owned()][..]));
        }
        Ok(())
    }

    #[test]
    fn the_version_follows_the_content() -> Result<()> {
        assert_eq!(table("a\n1\n")?.version(), table("a\n1\n")?.version());
        assert_ne!(table("a\n1\n")?.version(), table("a\n2\n")?.version());
        Ok(())
    }
}
