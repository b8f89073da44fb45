//! Rows as JSON (RFC 8259), written straight from the records, as `JSON.stringify` would.

use super::records::Records;

/// Which columns of a table are shown, in which order.
#[derive(Debug, Clone)]
pub struct Selection {
    columns: Vec<Shown>,
}

/// A column, and what is written before its field: the end of the field before, the key, and the
/// opening quote.
#[derive(Debug, Clone)]
struct Shown {
    place: usize,
    lead: Vec<u8>,
}

impl Selection {
    /// The columns with these places in `names`.
    pub fn new(names: &[String], places: impl Iterator<Item = usize>) -> Self {
        let mut columns = Vec::new();
        for place in places {
            let Some(name) = names.get(place) else { continue };
            let mut lead = if columns.is_empty() { b"{".to_vec() } else { b"\",".to_vec() };
            string(&mut lead, name);
            lead.extend_from_slice(b":\"");
            columns.push(Shown { place, lead });
        }
        Selection { columns }
    }

    /// `[{"column":"field",…},…]`
    pub fn objects(&self, out: &mut Vec<u8>, records: &Records) {
        rows(out, records, |out, row| {
            let spans = records.row(row);
            for Shown { place, lead } in &self.columns {
                out.extend_from_slice(lead);
                escaped(out, spans.get(*place).map_or("", |&span| records.at(span)));
            }
            out.extend_from_slice(if self.columns.is_empty() { b"{}" } else { b"\"}" });
        });
    }

    /// `[["field",…],…]`
    pub fn arrays(&self, out: &mut Vec<u8>, records: &Records) {
        rows(out, records, |out, row| {
            out.push(b'[');
            for (number, shown) in self.columns.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                string(out, records.field(row, shown.place));
            }
            out.push(b']');
        });
    }
}

fn rows(out: &mut Vec<u8>, records: &Records, each: impl Fn(&mut Vec<u8>, usize)) {
    out.push(b'[');
    for row in 0..records.len() {
        if row > 0 {
            out.push(b',');
        }
        each(out, row);
    }
    out.push(b']');
}

/// A JSON string.
pub fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escaped(out, text);
    out.push(b'"');
}

/// What a JSON string has between its quotes.
fn escaped(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let (words, rest) = bytes.as_chunks::<8>();
    let plain = words.iter().all(|&word| is_plain(u64::from_le_bytes(word)))
        && rest.iter().all(|&byte| byte >= b' ' && byte != b'"' && byte != b'\\');
    if plain {
        out.extend_from_slice(bytes);
        return;
    }
    // Writing to memory cannot fail, and a string is always JSON. It comes in quotes; the one
    // before it takes the place of one that is there already.
    let start = out.len();
    let _ = serde_json::to_writer(&mut *out, text);
    out.remove(start);
    out.pop();
}

/// Whether none of eight bytes needs to be escaped.
#[inline]
fn is_plain(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let is = |byte: u8| zero_bytes(word ^ (ONES * u64::from(byte)));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (control | is(b'"') | is(b'\\')) & (ONES << 7) == 0
}

/// The high bit of each byte that is zero, and perhaps of others, but only where one is.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(0x0101_0101_0101_0101) & !word
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_are_those_of_serde(text in "([ -~]|[\u{0}-\u{20}é\u{7f}\u{2028}😀]|\"|\\\\){0,40}") {
            let mut out = Vec::new();
            string(&mut out, &text);
            prop_assert_eq!(Some(out), serde_json::to_vec(&text).ok());
        }
    }
}
