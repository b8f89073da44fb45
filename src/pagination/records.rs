//! Records read into memory: their fields end to end, and where each ends.

use csv_core::{ReadRecordResult, Reader};

use super::dialect::Dialect;
use crate::error::{Error, Result};

/// Some records of a table, in reading order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Records {
    /// The fields, unquoted, without anything between them.
    text: String,
    /// For each field, where it ends in `text`.
    ends: Vec<usize>,
    columns: usize,
}

impl Records {
    /// Parse `count` records from the start of `bytes`, each of `columns` fields.
    ///
    /// # Errors
    /// `ERR_INTERNAL` where the bytes hold anything else: they passed the scan of the index, so
    /// this would be a defect of it.
    pub fn parse(dialect: &Dialect, bytes: &[u8], columns: usize, count: usize) -> Result<Records> {
        dialect.with_reader(|reader| Records::parse_with(reader, bytes, columns, count))
    }

    fn parse_with(
        reader: &mut Reader,
        mut bytes: &[u8],
        columns: usize,
        count: usize,
    ) -> Result<Records> {
        let mut text = vec![0; bytes.len()];
        let mut ends = vec![0; columns.saturating_mul(count)];
        let mut written = 0;
        for row in 0..count {
            let slots = &mut ends[row * columns..(row + 1) * columns];
            let mut own_ends = [0; 64];
            let start = written;
            let mut fields = 0;
            loop {
                let (result, read, wrote, found) =
                    reader.read_record(bytes, &mut text[written..], &mut own_ends);
                bytes = &bytes[read..];
                written += wrote;
                for &end in &own_ends[..found] {
                    *slots.get_mut(fields).ok_or_else(misread)? = start + end;
                    fields += 1;
                }
                match result {
                    ReadRecordResult::Record => break,
                    ReadRecordResult::OutputEndsFull => {}
                    // Out of input: an empty slice is csv-core's sign for the end.
                    ReadRecordResult::InputEmpty if bytes.is_empty() && read > 0 => {}
                    _ => return Err(misread()),
                }
            }
            if fields != columns {
                return Err(misread());
            }
        }
        text.truncate(written);
        Ok(Records { text: String::from_utf8(text).map_err(|_| misread())?, ends, columns })
    }

    pub fn len(&self) -> usize {
        self.ends.len().checked_div(self.columns).unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The field of `row` in `column`; empty where there is none.
    pub fn field(&self, row: usize, column: usize) -> &str {
        let at = row * self.columns + column;
        let start = if at == 0 { 0 } else { self.ends.get(at - 1).copied().unwrap_or(0) };
        self.ends.get(at).and_then(|&end| self.text.get(start..end)).unwrap_or("")
    }

    /// Put another's records behind these.
    pub fn append(&mut self, other: Records) {
        let base = self.text.len();
        self.columns = other.columns;
        self.text.push_str(&other.text);
        self.ends.extend(other.ends.iter().map(|end| end + base));
    }
}

fn misread() -> Error {
    Error::Internal("A record reads otherwise than it was indexed".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_parsed_one_after_the_other() -> Result<()> {
        let bytes = b"a,b\n\"c\"\"\",d\r\n\xEF\xBB\xBFe,\n\nf,g";
        let records = Records::parse(&Dialect::default(), bytes, 2, 4)?;
        let fields: Vec<&str> =
            (0..4).flat_map(|row| [records.field(row, 0), records.field(row, 1)]).collect();
        assert_eq!(fields, ["a", "b", "c\"", "d", "\u{feff}e", "", "f", "g"]);
        Ok(())
    }
}
