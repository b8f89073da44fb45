//! Any bytes at all: the row index reads them as the csv crate does, or says what is wrong.
//!
//!     cargo install cargo-fuzz
//!     cargo +nightly fuzz run row_index -- -max_total_time=300
//!
//! The first byte chooses delimiter, header and the size of blocks; the rest is the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rekue::error::{CsvProblem, Error};
use rekue::pagination::dialect::Dialect;
use rekue::pagination::index::Layout;
use rekue::pagination::table::Table;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let delimiter = [b',', b';', b'\t', 0][usize::from(choice & 3)];
    let block = if choice & 4 == 0 { 64 } else { 128 };
    let layout = Layout { block, segment: block * (1 + usize::from(choice >> 4)) };
    let dialect = Dialect { delimiter, header: false, ..Dialect::default() };
    let expected: Vec<csv::ByteRecord> = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(bytes)
        .into_byte_records()
        .map_while(Result::ok)
        .collect();
    let width = expected.first().map_or(0, |record| record.len());
    match Table::from_memory(bytes.to_vec(), dialect, layout) {
        Ok(table) => {
            assert_eq!(table.rows() as usize, expected.len());
            for (row, expected) in expected.iter().enumerate() {
                let record = table.read(row as u32, 1).expect("an indexed row can be read");
                for (column, field) in expected.iter().enumerate() {
                    assert_eq!(record.field(0, column).as_bytes(), field);
                }
            }
        }
        Err(Error::Csv { problem: CsvProblem::Ragged, .. }) => {
            assert!(expected.iter().any(|record| record.len() != width));
        }
        Err(Error::Csv { problem: CsvProblem::Encoding, .. }) => {
            assert!(std::str::from_utf8(bytes).is_err());
        }
        // The csv crate takes what an open quote swallows for a field.
        Err(Error::Csv { problem: CsvProblem::Quote, .. }) => {}
        Err(error) => panic!("{error}"),
    }
});
