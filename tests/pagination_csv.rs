//! The row index beside the csv crate, and what makes a file unreadable.

use proptest::prelude::*;
use rekue::error::{CsvProblem, Error};
use rekue::pagination::dialect::Dialect;
use rekue::pagination::index::Layout;
use rekue::pagination::table::Table;

/// Small enough that a few hundred bytes cross many edges.
const SMALL: Layout = Layout { block: 64, segment: 128 };

fn open(bytes: &[u8], dialect: Dialect) -> Result<Table, Error> {
    Table::from_memory(bytes.to_vec(), dialect, SMALL)
}

fn rows(table: &Table) -> Result<Vec<Vec<String>>, Error> {
    let records = table.read(0, table.rows())?;
    let columns = table.columns().len();
    Ok((0..records.len())
        .map(|row| (0..columns).map(|column| records.field(row, column).to_owned()).collect())
        .collect())
}

/// The records as the csv crate reads them, the first of them left out.
fn by_csv_crate(bytes: &[u8], delimiter: u8) -> Vec<Vec<Vec<u8>>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(bytes)
        .into_byte_records()
        .map_while(Result::ok)
        .map(|record| record.iter().map(<[u8]>::to_vec).collect())
        .collect()
}

/// Hold what the index says of any bytes against the csv crate.
fn compare(bytes: &[u8], delimiter: u8) -> Result<(), TestCaseError> {
    let dialect = Dialect { delimiter, header: false, ..Dialect::default() };
    let expected = by_csv_crate(bytes, delimiter);
    let width = expected.first().map_or(0, Vec::len);
    match open(bytes, dialect) {
        Ok(table) => {
            prop_assert!(expected.iter().all(|record| record.len() == width));
            let found: Vec<Vec<Vec<u8>>> = rows(&table)
                .map_err(|error| TestCaseError::fail(error.to_string()))?
                .into_iter()
                .map(|row| row.into_iter().map(String::into_bytes).collect())
                .collect();
            prop_assert_eq!(&found, &expected);
            // Each row by itself is what it is among the others.
            for (row, expected) in expected.iter().enumerate() {
                let records = table
                    .read(row as u32, 1)
                    .map_err(|error| TestCaseError::fail(error.to_string()))?;
                let found: Vec<&[u8]> =
                    (0..width).map(|column| records.field(0, column).as_bytes()).collect();
                prop_assert_eq!(found, expected.iter().map(Vec::as_slice).collect::<Vec<_>>());
            }
        }
        Err(Error::Csv { problem: CsvProblem::Ragged, .. }) => {
            prop_assert!(expected.iter().any(|record| record.len() != width));
        }
        Err(Error::Csv { problem: CsvProblem::Encoding, .. }) => {
            prop_assert!(std::str::from_utf8(bytes).is_err());
        }
        // The csv crate takes what an open quote swallows for a field; we do not.
        Err(Error::Csv { problem: CsvProblem::Quote, .. }) => {}
        Err(error) => return Err(TestCaseError::fail(error.to_string())),
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_reads_as_the_csv_crate_reads_it(
        text in prop::collection::vec(
            prop::sample::select(vec!["a", "b,", ",", "\"", "\"\"", "\"x\"", "\n", "\r\n", "\r", "é", "\u{feff}", " ", "\0"]),
            0..160,
        ),
    ) {
        compare(text.concat().as_bytes(), b',')?;
    }

    #[test]
    fn regular_records_read_as_the_csv_crate_reads_them(
        records in prop::collection::vec(
            prop::collection::vec("[a-c,\"\n\ré]{0,12}|[a-z]{0,40}", 3),
            1..40,
        ),
        line_end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
        last_line_end: bool,
        bom: bool,
    ) {
        let quote = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
        let delimiter_text = char::from(delimiter).to_string();
        let lines: Vec<String> = records
            .iter()
            .map(|record| record.iter().map(quote).collect::<Vec<_>>().join(&delimiter_text))
            .collect();
        let mut text = if bom { "\u{feff}".to_owned() } else { String::new() };
        text.push_str(&lines.join(line_end));
        if last_line_end {
            text.push_str(line_end);
        }
        let dialect = Dialect { delimiter, header: false, ..Dialect::default() };
        let table = open(text.as_bytes(), dialect).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(rows(&table).map_err(|e| TestCaseError::fail(e.to_string()))?, records);
        compare(text.as_bytes(), delimiter)?;
    }

    #[test]
    fn any_bytes_at_all_give_rows_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        compare(&bytes, b',')?;
    }
}

fn fault(text: &[u8], dialect: Dialect) -> Option<(CsvProblem, u64, u64)> {
    match open(text, dialect) {
        Err(Error::Csv { problem, line, offset, .. }) => Some((problem, line, offset)),
        _ => None,
    }
}

#[test]
fn a_ragged_row_is_an_error_with_its_line_and_offset() {
    let dialect = Dialect::default();
    assert_eq!(fault(b"a,b\n1,2\n3\n", dialect), Some((CsvProblem::Ragged, 3, 8)));
    assert_eq!(fault(b"a,b\r\n1,2\r\n3,4,5", dialect), Some((CsvProblem::Ragged, 3, 10)));
    // The line is that of the file, whatever line ends stand in fields before it.
    assert_eq!(fault(b"a,b\n\"1\n1\",2\n3", dialect), Some((CsvProblem::Ragged, 4, 12)));
}

#[test]
fn a_ragged_row_across_segments_is_found() {
    for length in 100..300 {
        let text = format!("a,b\n{},2\n3,4\n5\n", "x".repeat(length));
        let offset = text.len() as u64 - 2;
        assert_eq!(
            fault(text.as_bytes(), Dialect::default()),
            Some((CsvProblem::Ragged, 4, offset)),
            "{length}"
        );
        let text = format!("a,b\n{}\n3,4\n", "x".repeat(length));
        assert_eq!(fault(text.as_bytes(), Dialect::default()), Some((CsvProblem::Ragged, 2, 4)));
    }
}

#[test]
fn a_record_over_the_limit_is_an_error() {
    let dialect = Dialect { max_record_bytes: 10, ..Dialect::default() };
    assert_eq!(fault(b"a,b\n1234,56789\n", dialect), None);
    assert_eq!(fault(b"a,b\n12345,56789\n", dialect), Some((CsvProblem::TooLong, 2, 4)));
    assert_eq!(fault(b"a,b\n12345,56789", dialect), Some((CsvProblem::TooLong, 2, 4)));
    assert_eq!(fault(b"a,b,c,d,e,f\n", dialect), Some((CsvProblem::TooLong, 1, 0)));
    let long = format!("a,b\n1,2\n{},2\n", "x".repeat(1000));
    assert_eq!(fault(long.as_bytes(), dialect), Some((CsvProblem::TooLong, 3, 8)));
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_where_they_are() {
    assert_eq!(fault(b"a\n\xff\n", Dialect::default()), Some((CsvProblem::Encoding, 2, 2)));
    assert_eq!(fault(b"a\xff\n1\n", Dialect::default()), Some((CsvProblem::Encoding, 1, 1)));
    // UTF-16, with its byte order mark.
    assert_eq!(fault(b"\xff\xfea\0\n\0", Dialect::default()), Some((CsvProblem::Encoding, 1, 0)));
    for lead in 120..135 {
        let mut text = b"a\n".to_vec();
        text.resize(lead, b'x');
        text.extend("\u{1F600}".as_bytes());
        assert_eq!(fault(&text, Dialect::default()), None, "a whole character at {lead}");
        text.pop();
        let found = fault(&text, Dialect::default());
        assert_eq!(found, Some((CsvProblem::Encoding, 2, lead as u64)), "a broken one at {lead}");
        text.extend(b"\x80\x80\x80");
        assert!(fault(&text, Dialect::default()).is_some(), "too long a one at {lead}");
    }
}

#[test]
fn a_quote_that_is_never_closed_is_an_error() {
    assert_eq!(fault(b"a,b\n1,\"2\n3,4\n", Dialect::default()), Some((CsvProblem::Quote, 2, 4)));
}

#[test]
fn columns_without_a_header_are_numbered() -> Result<(), Error> {
    let table = open(b"1,2\n3,4\n", Dialect { header: false, ..Dialect::default() })?;
    assert_eq!(table.columns(), ["column_1", "column_2"]);
    assert_eq!(table.rows(), 2);
    Ok(())
}

#[test]
fn the_three_variants_of_a_file_have_the_same_rows() -> Result<(), Error> {
    let lines: Vec<String> = (0..500).map(|n| format!("{n},x{n}")).collect();
    let variants = [lines.join("\n") + "\n", lines.join("\n"), lines.join("\r\n") + "\r\n"];
    let read = |text: &String| open(text.as_bytes(), Dialect::default()).and_then(|t| rows(&t));
    let [first, second, third] = variants.each_ref().map(read);
    let first = first?;
    assert_eq!(first.len(), 499);
    assert_eq!(second?, first);
    assert_eq!(third?, first);
    Ok(())
}
