//! Rows as JSON (RFC 8259), written straight from the records, as `JSON.stringify` would.

use super::records::Records;

/// Which columns of a table are shown, in which order, and their names as JSON keys.
#[derive(Debug, Clone)]
pub struct Selection {
    columns: Vec<(usize, Vec<u8>)>,
}

impl Selection {
    /// The columns with these places in `names`.
    pub fn new(names: &[String], places: impl Iterator<Item = usize>) -> Self {
        let columns = places
            .filter_map(|place| {
                let mut key = Vec::new();
                string(&mut key, names.get(place)?);
                key.push(b':');
                Some((place, key))
            })
            .collect();
        Selection { columns }
    }

    /// `[{"column":"field",…},…]`
    pub fn objects(&self, out: &mut Vec<u8>, records: &Records) {
        rows(out, records, b"{}", |out, row| {
            list(out, &self.columns, |out, (column, key)| {
                out.extend_from_slice(key);
                string(out, records.field(row, *column));
            });
        });
    }

    /// `[["field",…],…]`
    pub fn arrays(&self, out: &mut Vec<u8>, records: &Records) {
        rows(out, records, b"[]", |out, row| {
            list(out, &self.columns, |out, (column, _)| string(out, records.field(row, *column)));
        });
    }
}

fn rows(
    out: &mut Vec<u8>,
    records: &Records,
    brackets: &[u8; 2],
    each: impl Fn(&mut Vec<u8>, usize),
) {
    out.push(b'[');
    list(out, 0..records.len(), |out, row| {
        out.push(brackets[0]);
        each(out, row);
        out.push(brackets[1]);
    });
    out.push(b']');
}

fn list<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, each: impl Fn(&mut Vec<u8>, T)) {
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        each(out, item);
    }
}

/// A JSON string.
pub fn string(out: &mut Vec<u8>, text: &str) {
    // Writing to memory cannot fail, and a string is always JSON.
    let _ = serde_json::to_writer(out, text);
}

/// An object's member: a comma unless it is the first, the key, and what `value` writes.
pub fn member(out: &mut Vec<u8>, key: &str, value: impl FnOnce(&mut Vec<u8>)) {
    out.push(if out.is_empty() { b'{' } else { b',' });
    string(out, key);
    out.push(b':');
    value(out);
}

pub fn number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(number.to_string().as_bytes());
}

/// What `value` writes, or null.
pub fn or_null<T>(out: &mut Vec<u8>, value: Option<T>, write: impl FnOnce(&mut Vec<u8>, T)) {
    match value {
        Some(value) => write(out, value),
        None => out.extend_from_slice(b"null"),
    }
}
