//! The first record of a file, and the names that it gives to columns.

use std::collections::{HashMap, HashSet};

use csv_core::{ReadRecordResult, Reader};

use super::dialect::{BOM, Dialect};
use super::index;
use super::scan::{Fault, Rules};
use super::source::Source;
use crate::error::Result;

/// How much of a file is read to find the first record; doubled until it is found.
const HEADER_PROBE_BYTES: usize = 64 * 1024;

/// The fields of the first record; none where there is no record.
pub fn first_record(source: &Source, dialect: &Dialect) -> Result<Vec<String>> {
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
pub fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("column_{number}")).collect()
}

/// Give the second of two equal names a number, so that a row as an object loses nothing.
pub fn unique(names: Vec<String>) -> Vec<String> {
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    // The last number that each name got: to count from 1 each time would take for ever where a file
    // has thousands of columns of one name.
    let mut numbers: HashMap<String, u64> = HashMap::new();
    names
        .into_iter()
        .map(|name| {
            let Some(number) = numbers.get_mut(&name) else {
                numbers.insert(name.clone(), 0);
                return name;
            };
            loop {
                *number += 1;
                let renamed = format!("{name}_{number}");
                if taken.insert(renamed.clone()) {
                    return renamed;
                }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_column_names_are_told_apart() {
        let names = ["a", "a", "a_1", "a"].map(str::to_owned).to_vec();
        assert_eq!(unique(names), ["a", "a_2", "a_1", "a_3"]);
    }

    #[test]
    fn as_many_equal_names_as_a_record_can_hold_are_told_apart_at_once() {
        let names = unique(vec![String::new(); 1_000_000]);
        assert_eq!(names[999_999], "_999999");
    }
}
