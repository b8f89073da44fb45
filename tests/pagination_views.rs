//! Queries beside the plain way to answer them, and walks by cursor while rows disappear.

use std::sync::{Arc, RwLock};

use proptest::prelude::*;
use rekue::error::Error;
use rekue::pagination::column_cache::ColumnCache;
use rekue::pagination::cursor::{Cursor, Direction};
use rekue::pagination::dialect::Dialect;
use rekue::pagination::filter::{Condition, Operator};
use rekue::pagination::index::Layout;
use rekue::pagination::live::Live;
use rekue::pagination::query::{Query, SortKey};
use rekue::pagination::records::Records;
use rekue::pagination::table::Table;
use rekue::pagination::view::View;

fn table(rows: &[(String, String)]) -> Result<Arc<Table>, Error> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let text = rows.iter().enumerate().fold("id,a,b\n".to_owned(), |text, (id, (a, b))| {
        text + &format!("{id},{},{}\n", quoted(a), b)
    });
    let layout = Layout { block: 64, segment: 128 };
    Table::from_memory(text.into_bytes(), Dialect::default(), layout).map(Arc::new)
}

fn ids(records: &Records) -> Vec<usize> {
    (0..records.len()).filter_map(|row| records.field(row, 0).parse().ok()).collect()
}

fn fail(error: Error) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

fn operator() -> impl Strategy<Value = Operator> {
    prop::sample::select(vec![
        Operator::Eq,
        Operator::Ne,
        Operator::Gt,
        Operator::Gte,
        Operator::Lt,
        Operator::Lte,
        Operator::In,
        Operator::Contains,
    ])
}

/// The plain way: compare the two texts, or numbers.
fn passes(operator: Operator, field: &str, operands: &[String], numeric: bool) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let compare = |operand: &String| {
        if numeric {
            let operand = operand.parse::<f64>().ok()?;
            field.parse::<f64>().ok()?.partial_cmp(&operand)
        } else {
            Some(field.cmp(operand))
        }
    };
    let first = operands.first().and_then(compare);
    match operator {
        Operator::Eq => first == Some(Equal),
        Operator::Ne => first != Some(Equal),
        Operator::Gt => first == Some(Greater),
        Operator::Gte => matches!(first, Some(Greater | Equal)),
        Operator::Lt => first == Some(Less),
        Operator::Lte => matches!(first, Some(Less | Equal)),
        Operator::In => operands.iter().any(|operand| compare(operand) == Some(Equal)),
        Operator::Contains => operands.first().is_some_and(|operand| field.contains(operand)),
    }
}

fn data() -> impl Strategy<Value = Vec<(String, String)>> {
    let text = "[abé\",\n]{0,3}";
    // Sometimes all of them are numbers, sometimes only most.
    let number = prop_oneof!["-?[0-9]{1,2}(\\.[05])?", "[0-9]{1,2}"];
    let mixed = prop_oneof![9 => "[0-9]{1,2}", 1 => "[a-c]"];
    prop_oneof![
        prop::collection::vec((text, number), 0..80),
        prop::collection::vec((text, mixed), 0..80),
    ]
}

proptest! {
    #[test]
    fn a_filter_keeps_what_the_plain_way_keeps(
        rows in data(),
        operator in operator(),
        operands in prop::collection::vec("[0-9]{1,2}|[a-cé]|-[0-9]\\.5", 1..4),
        on_text: bool,
    ) {
        let table = table(&rows).map_err(fail)?;
        let column = if on_text { "a" } else { "b" };
        let operands = if operator == Operator::In { operands } else { operands[..1].to_vec() };
        let value = |row: &(String, String)| if on_text { row.0.clone() } else { row.1.clone() };
        let numeric = !rows.is_empty() && rows.iter().all(|row| value(row).parse::<f64>().is_ok());
        let expected: Vec<usize> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| passes(operator, &value(row), &operands, numeric))
            .map(|(id, _)| id)
            .collect();
        let condition = Condition { column: column.into(), operator, operands };
        let query = Query { filter: vec![condition], sort: vec![] };
        let order = query.run(&table, &ColumnCache::new(1 << 20)).map_err(fail)?;
        let view = View::ordered(table, Arc::default(), order, "q");
        prop_assert_eq!(ids(&view.page(1, 1000).map_err(fail)?), expected);
    }

    #[test]
    fn a_sort_orders_as_the_plain_way_orders(
        rows in data(),
        first_descends: bool,
        second_descends: bool,
        by_text_first: bool,
    ) {
        let table = table(&rows).map_err(fail)?;
        let numeric = rows.iter().all(|row| row.1.parse::<f64>().is_ok());
        let by_text = |a: &usize, b: &usize| rows[*a].0.cmp(&rows[*b].0);
        let by_second = |a: &usize, b: &usize| {
            let (a, b) = (&rows[*a].1, &rows[*b].1);
            match (numeric, a.parse::<f64>(), b.parse::<f64>()) {
                (true, Ok(a), Ok(b)) => a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal),
                _ => a.cmp(b),
            }
        };
        let turned = |ordering: std::cmp::Ordering, descends: bool| {
            if descends { ordering.reverse() } else { ordering }
        };
        let mut expected: Vec<usize> = (0..rows.len()).collect();
        expected.sort_by(|a, b| {
            let (text, second) = (by_text(a, b), by_second(a, b));
            let (first, then) = if by_text_first { (text, second) } else { (second, text) };
            turned(first, first_descends).then(turned(then, second_descends)).then(a.cmp(b))
        });
        let (first, second) = if by_text_first { ("a", "b") } else { ("b", "a") };
        let key = |column: &str, descending| SortKey { column: column.into(), descending };
        let sort = vec![key(first, first_descends), key(second, second_descends)];
        let query = Query { filter: vec![], sort };
        // No cache at all: every query reads its columns for itself.
        let order = query.run(&table, &ColumnCache::new(0)).map_err(fail)?;
        let view = View::ordered(table, Arc::default(), order, "q");
        prop_assert_eq!(ids(&view.page(1, 1000).map_err(fail)?), expected);
    }

    /// Walk to the end and back while rows are deleted at random: what is there all the time is
    /// seen once each way, in order, and nothing is seen after it was deleted.
    #[test]
    fn a_walk_by_cursor_skips_and_repeats_nothing_while_rows_are_deleted(
        rows in 1usize..120,
        limit in 1u64..9,
        sorted: bool,
        deletions in prop::collection::vec(prop::collection::vec(0usize..120, 0..6), 200),
    ) {
        let data: Vec<(String, String)> =
            (0..rows).map(|n| (String::new(), ((n * 7) % 11).to_string())).collect();
        let table = table(&data).map_err(fail)?;
        let live = Arc::new(RwLock::new(Live::default()));
        let sort = SortKey { column: "b".into(), descending: true };
        let query = Query { filter: vec![], sort: if sorted { vec![sort] } else { vec![] } };
        let order = query.run(&table, &ColumnCache::new(1 << 20)).map_err(fail)?;
        let view = View::ordered(table, live.clone(), order, "q");
        let whole = ids(&view.page(1, 1000).map_err(fail)?);
        prop_assert_eq!(whole.len(), rows);
        let mut gone = vec![false; rows];
        let mut steps = deletions.iter();
        let mut delete = |gone: &mut Vec<bool>| {
            for &row in steps.next().into_iter().flatten().filter(|&&row| row < rows) {
                if let Ok(mut live) = live.write() {
                    live.delete(row as u32);
                }
                gone[row] = true;
            }
        };
        let (mut there, mut cursor, mut back) = (Vec::new(), None, None);
        loop {
            let page = view.after(cursor, limit).map_err(fail)?;
            let found = ids(&page.records);
            prop_assert!(found.iter().all(|&row| !gone[row]));
            prop_assert!(found.len() as u64 == limit || page.next.is_none());
            there.extend(found);
            back = page.previous.or(back);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
            delete(&mut gone);
        }
        let expected: Vec<usize> =
            whole.iter().copied().filter(|row| there.contains(row)).collect();
        prop_assert_eq!(&there, &expected, "in order, and each once");
        for row in &whole {
            prop_assert!(gone[*row] || there.contains(row), "row {} was skipped", row);
        }

        let end = Cursor { direction: Direction::Backward, position: rows as u64 };
        let (mut backwards, mut cursor) = (Vec::new(), Some(end));
        while let Some(at) = cursor {
            let page = view.after(Some(at), limit).map_err(fail)?;
            let found = ids(&page.records);
            prop_assert!(found.iter().all(|&row| !gone[row]));
            backwards.splice(0..0, found);
            cursor = page.previous;
            delete(&mut gone);
        }
        let expected: Vec<usize> =
            whole.iter().copied().filter(|row| backwards.contains(row)).collect();
        prop_assert_eq!(&backwards, &expected);
        for row in &whole {
            prop_assert!(gone[*row] || backwards.contains(row), "row {} was skipped", row);
        }
    }

    #[test]
    fn a_walk_by_index_skips_and_repeats_nothing_while_rows_are_deleted(
        rows in 1usize..120,
        size in 1u64..9,
        deletions in prop::collection::vec(prop::collection::vec(0usize..120, 0..6), 200),
    ) {
        let data: Vec<(String, String)> = (0..rows).map(|_| (String::new(), "1".into())).collect();
        let live = Arc::new(RwLock::new(Live::default()));
        let view = View::all(table(&data).map_err(fail)?, live.clone());
        let mut gone = vec![false; rows];
        let (mut seen, mut index) = (Vec::new(), Some(0));
        for deleted in deletions {
            let Some(at) = index else { break };
            let page = view.from_index(at, size, false).map_err(fail)?;
            let found = ids(&page.records);
            prop_assert!(found.iter().all(|&row| !gone[row]));
            seen.extend(found);
            index = page.next.map(u64::from);
            for row in deleted.into_iter().filter(|&row| row < rows) {
                if let Ok(mut live) = live.write() {
                    live.delete(row as u32);
                }
                gone[row] = true;
            }
        }
        prop_assert_eq!(index, None);
        prop_assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
        for (row, gone) in gone.iter().enumerate() {
            prop_assert!(*gone || seen.contains(&row), "row {} was skipped", row);
        }
    }
}

#[test]
fn more_keys_than_fit_a_number_still_sort() -> Result<(), Error> {
    let columns: Vec<String> = (0..12).map(|n| format!("c{n}")).collect();
    let mut text = columns.join(",") + "\n";
    for row in 0..3000u32 {
        let cells: Vec<String> = (0..12u32)
            .map(|column| (row.wrapping_mul(2_654_435_761).rotate_left(column) % 3000).to_string())
            .collect();
        text += &(cells.join(",") + "\n");
    }
    let table = Table::from_memory(text.into_bytes(), Dialect::default(), Layout::STANDARD)?;
    for keys in [1, 4, 8, 12] {
        let sort: Vec<SortKey> = (0..keys)
            .map(|n| SortKey { column: format!("c{n}"), descending: n % 2 == 1 })
            .collect();
        let order = Query { filter: vec![], sort }.run(&table, &ColumnCache::new(1 << 24))?;
        let order = order.unwrap_or_default();
        assert_eq!(order.len(), 3000);
        let records = table.read_each(&order)?;
        for row in 1..records.len() {
            let place = |row: usize| -> Vec<i64> {
                (0..keys)
                    .map(|n| {
                        let number: i64 = records.field(row, n).parse().unwrap_or(-1);
                        if n % 2 == 1 { -number } else { number }
                    })
                    .chain([i64::from(order[row])])
                    .collect()
            };
            assert!(place(row - 1) < place(row), "{keys} keys, row {row}");
        }
    }
    Ok(())
}
