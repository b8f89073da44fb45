//! Records read into memory: their text, and where in it each field is.

use csv_core::{ReadRecordResult, Reader};

use super::dialect::{Dialect, QUOTE};
use super::fields::{Edges, Fields, unquote};
use crate::error::{Error, Result};

/// Some records of a table, in reading order.
#[derive(Debug, Default, Clone)]
pub struct Records {
    /// The fields without their quotes, and what stands between them.
    text: String,
    /// Where in `text` each field starts and ends.
    spans: Vec<(u32, u32)>,
    columns: usize,
}

impl Records {
    /// Read `count` records from the start of `bytes`, each of `columns` fields.
    ///
    /// # Errors
    /// `ERR_INTERNAL` where the bytes hold anything else: they passed the scan of the index, so
    /// this would be a defect of it.
    pub fn read(dialect: &Dialect, bytes: &[u8], columns: usize, count: usize) -> Result<Records> {
        let mut edges = Edges::default();
        match Fields::find(dialect.delimiter, bytes, count, columns, &mut edges) {
            Some(fields) => Records::copy(fields, columns),
            None => dialect.with_reader(|reader| Records::parse(reader, bytes, columns, count)),
        }
    }

    /// Take the text as it is. Only a field with a quote in it has another value than what stands
    /// there; that is put behind the rest.
    fn copy(fields: Fields, columns: usize) -> Result<Records> {
        let raw = fields.records();
        let mut text = text(raw)?.to_owned();
        let mut spans = Vec::with_capacity(raw.len() / 4);
        for (mut start, mut end) in fields.all() {
            if raw.get(start) == Some(&QUOTE) {
                let value = unquote(&raw[start..end]);
                if value.len() + 2 == end - start {
                    (start, end) = (start + 1, end - 1);
                } else {
                    start = text.len();
                    text.push_str(self::text(&value)?);
                    end = text.len();
                }
            }
            spans.push((start as u32, end as u32));
        }
        Ok(Records { text, spans, columns })
    }

    /// Parse with csv-core.
    fn parse(
        reader: &mut Reader,
        mut bytes: &[u8],
        columns: usize,
        count: usize,
    ) -> Result<Records> {
        let mut text = vec![0; bytes.len()];
        let mut spans = Vec::with_capacity(columns * count);
        let mut written = 0;
        let mut own_ends = [0; 64];
        for row in 0..count {
            let first = written;
            let mut start = first;
            loop {
                let (result, read, wrote, found) =
                    reader.read_record(bytes, &mut text[written..], &mut own_ends);
                bytes = &bytes[read..];
                written += wrote;
                for &end in &own_ends[..found] {
                    spans.push((start as u32, (first + end) as u32));
                    start = first + end;
                }
                match result {
                    ReadRecordResult::Record => break,
                    ReadRecordResult::OutputEndsFull => {}
                    // Out of input: an empty slice is csv-core's sign for the end.
                    ReadRecordResult::InputEmpty if bytes.is_empty() && read > 0 => {}
                    _ => return Err(misread()),
                }
            }
            if spans.len() != (row + 1) * columns {
                return Err(misread());
            }
        }
        Ok(Records { text: self::text(&text[..written])?.to_owned(), spans, columns })
    }

    pub fn len(&self) -> usize {
        self.spans.len().checked_div(self.columns).unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Bytes of text.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The field of `row` in `column`; empty where there is none.
    #[inline]
    pub fn field(&self, row: usize, column: usize) -> &str {
        self.row(row).get(column).map_or("", |&span| self.at(span))
    }

    /// Where the fields of a row are.
    #[inline]
    pub(super) fn row(&self, row: usize) -> &[(u32, u32)] {
        self.spans.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default()
    }

    /// The text at a place that `row` has given.
    #[inline]
    pub(super) fn at(&self, (start, end): (u32, u32)) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// Put another's records behind these. All of it must be less than four gigabytes of text.
    pub fn append(&mut self, other: Records) {
        if self.is_empty() {
            *self = other;
            return;
        }
        let base = self.text.len() as u32;
        self.text.push_str(&other.text);
        self.spans.extend(other.spans.iter().map(|(start, end)| (start + base, end + base)));
    }
}

fn text(bytes: &[u8]) -> Result<&str> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| misread())
}

fn misread() -> Error {
    Error::Internal("A record reads otherwise than it was indexed".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(records: &Records) -> Vec<&str> {
        (0..records.len())
            .flat_map(|row| (0..records.columns).map(move |column| records.field(row, column)))
            .collect()
    }

    #[test]
    fn records_are_read_one_after_the_other() -> Result<()> {
        let bytes = b"a,b\n\"c\"\"\",d\r\n\xEF\xBB\xBFe,\n\nf,g";
        let records = Records::read(&Dialect::default(), bytes, 2, 4)?;
        assert_eq!(fields(&records), ["a", "b", "c\"", "d", "\u{feff}e", "", "f", "g"]);
        Ok(())
    }

    #[test]
    fn appended_records_follow() -> Result<()> {
        let mut records = Records::default();
        for bytes in [&b"a,\"b\"\n"[..], b"\"\"\"\",d"] {
            records.append(Records::read(&Dialect::default(), bytes, 2, 1)?);
        }
        assert_eq!(fields(&records), ["a", "b", "\"", "d"]);
        Ok(())
    }

    proptest! {
        #[test]
        fn fields_are_what_csv_core_reads(
            rows in prop::collection::vec(
                prop::collection::vec("([a-dé]{0,9}|[a-d]\"[a-d]|\"([a-d,\r\n]|\"\"){0,80}\")", 3),
                1..40,
            ),
            line in "(\n|\r\n|\r|\n\n\r)",
            last in "\n?",
        ) {
            let text: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
            let text = text.join(&line) + &last;
            let dialect = Dialect::default();
            let read = Records::read(&dialect, text.as_bytes(), 3, rows.len());
            let parsed = dialect
                .with_reader(|reader| Records::parse(reader, text.as_bytes(), 3, rows.len()));
            let (read, parsed) = (read.map_err(fail)?, parsed.map_err(fail)?);
            prop_assert_eq!(fields(&read), fields(&parsed));
        }
    }

    fn fail(error: Error) -> TestCaseError {
        TestCaseError::fail(error.to_string())
    }
}
