//! How a file of delimited text is written: what parts its fields, whether it has a header.

use std::cell::RefCell;

use crate::error::{Error, Result};

/// The longest record that is read unless the caller allows more: far above what a row of data
/// is, and low enough that one unclosed quote is found before it swallows a large file.
pub const DEFAULT_MAX_RECORD_BYTES: u64 = 1024 * 1024;

/// The quote of RFC 4180. It is not an option: fields are quoted with it or not at all.
pub const QUOTE: u8 = b'"';

/// The mark that some editors put before UTF-8 text; it is no part of the first field.
pub const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The byte between two fields.
    pub delimiter: u8,
    /// Whether the first record names the columns.
    pub header: bool,
    /// Longest record in bytes, its line end not counted.
    pub max_record_bytes: u64,
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect { delimiter: b',', header: true, max_record_bytes: DEFAULT_MAX_RECORD_BYTES }
    }
}

impl Dialect {
    /// Check what the caller asked for.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` for a delimiter that is not one ASCII character, or that is the quote or
    /// a line end, and for a `max_record_bytes` of 0.
    pub fn new(delimiter: &str, header: bool, max_record_bytes: u64) -> Result<Self> {
        let delimiter = match delimiter.as_bytes() {
            &[byte] if byte.is_ascii() && !matches!(byte, QUOTE | b'\r' | b'\n') => byte,
            _ => {
                return Err(Error::InvalidArg {
                    argument: "delimiter".into(),
                    message: format!(
                        "delimiter must be one ASCII character other than the quote and the line \
                         ends, but it was {delimiter:?}"
                    ),
                });
            }
        };
        if max_record_bytes == 0 {
            return Err(Error::InvalidArg {
                argument: "maxRecordBytes".into(),
                message: "maxRecordBytes must be at least 1, but it was 0".into(),
            });
        }
        Ok(Dialect { delimiter, header, max_record_bytes })
    }

    /// Call `with` with a reader that stands before a record.
    ///
    /// Making one costs more than reading a page with it, and a clone of one does not read as the
    /// original does (csv-core 0.1.13), so each thread keeps the one it used last.
    pub fn with_reader<T>(&self, with: impl FnOnce(&mut csv_core::Reader) -> T) -> T {
        thread_local! {
            static KEPT: RefCell<Option<(u8, csv_core::Reader)>> = const { RefCell::new(None) };
        }
        let kept = KEPT.take().filter(|(delimiter, _)| *delimiter == self.delimiter);
        let mut reader = kept.map_or_else(
            || csv_core::ReaderBuilder::new().delimiter(self.delimiter).build(),
            |(_, reader)| reader,
        );
        reader.reset();
        // A reader that has read nothing takes the bytes of a byte order mark for one, and would
        // take them from a field in the middle of the file. An empty line makes it one that has.
        reader.read_record(b"\n", &mut [0], &mut [0]);
        let result = with(&mut reader);
        KEPT.set(Some((self.delimiter, reader)));
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_delimiter_that_csv_gives_another_meaning() {
        for bad in ["", ",,", "\"", "\n", "\r", "é"] {
            assert!(Dialect::new(bad, true, 1).is_err(), "{bad:?}");
        }
        assert_eq!(Dialect::new("\t", true, 1).map(|d| d.delimiter), Ok(b'\t'));
    }
}
