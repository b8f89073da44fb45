//! One version of a data set: its columns, its row index, and the bytes behind them. It never
//! changes; `reload()` makes another.

use std::cell::RefCell;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use xxhash_rust::xxh3::Xxh3;

use super::dialect::Dialect;
use super::header::{first_record, numbered, unique};
use super::index::{Layout, RowIndex};
use super::records::Records;
use super::scan::{self, NO_START, Rules};
use super::sidecar::Sidecar;
use super::source::{self, Source};
use crate::error::{Error, Result};

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

    /// Bytes of the file.
    pub fn bytes(&self) -> u64 {
        self.index.bytes
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
        let mut buffer = SCRATCH.take();
        let records = self.text(first, count, &mut buffer).and_then(|text| self.parse(text, count));
        if buffer.capacity() <= MAX_SCRATCH_BYTES {
            SCRATCH.set(buffer);
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
            let found = self.read(rows[at], run as u32)?;
            if records.bytes() as u64 + found.bytes() as u64 > MAX_READ_BYTES {
                return Err(super::page::too_large());
            }
            records.append(found);
            at += run;
        }
        Ok(records)
    }

    /// Find the records of `count` rows in the text that `text` gave.
    pub(super) fn parse(&self, text: &[u8], count: u32) -> Result<Records> {
        Records::read(&self.dialect, text, self.columns.len(), count as usize)
    }

    /// Read the text of `count` rows from row `first` on, into `buffer`; more may stand behind it.
    ///
    /// # Errors
    /// As `read`.
    pub(super) fn text<'a>(
        &self,
        first: u32,
        count: u32,
        buffer: &'a mut Vec<u8>,
    ) -> Result<&'a [u8]> {
        if count == 0 {
            return Ok(&[]);
        }
        let first = first + self.header_records;
        let from = self.index.block_of(first);
        let next = first + count;
        let to = if next < self.index.records {
            self.index.block_of(next) + 1
        } else {
            self.index.records_before.len()
        };
        let bytes = self.read_blocks(from, to, buffer)?;
        let lead = self.index.first_start.get(from).copied().unwrap_or(NO_START);
        let skip = first - self.index.records_before.get(from).copied().unwrap_or(first);
        bytes
            .get(usize::from(lead)..)
            .and_then(|bytes| bytes.get(scan::nth_start(self.dialect.delimiter, bytes, skip)?..))
            .ok_or_else(|| Error::Internal("A row is not where the index has it".into()))
    }

    /// Read whole blocks, and make sure that they are what they were.
    fn read_blocks<'a>(&self, from: usize, to: usize, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Error::DatasetClosed);
        }
        let block = self.index.block;
        let start = (from * block) as u64;
        let end = ((to * block) as u64).min(self.index.bytes);
        if end - start > MAX_READ_BYTES {
            return Err(super::page::too_large());
        }
        let length = (end - start) as usize;
        if buffer.len() < length {
            buffer.resize(length, 0);
        }
        let bytes = &mut buffer[..length];
        self.source.read_exact_at(bytes, start)?;
        self.source.check_unchanged(start)?;
        for (number, part) in bytes.chunks(block).enumerate() {
            if !self.index.is_block(from + number, part) {
                return Err(source::changed(start + (number * block) as u64));
            }
        }
        Ok(bytes)
    }

    /// The rows in stretches of about `bytes` of text, for work that looks at all of them: how
    /// many there are in each.
    pub(super) fn stretches(&self, bytes: usize) -> Vec<u32> {
        let blocks = (bytes / self.index.block).max(1);
        let starts = self.index.records_before.iter().step_by(blocks).skip(1);
        let mut before = self.header_records;
        let ends = starts.chain(std::iter::once(&self.index.records));
        ends.map(|&end| {
            let end = end.max(before);
            end - std::mem::replace(&mut before, end)
        })
        .filter(|&rows| rows > 0)
        .collect()
    }
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
