//! Single columns picked out of the text of many rows, without making the other fields.

use std::borrow::Cow;

use super::dialect::QUOTE;
use super::masks::{Classifier, LANES, with_classifier};
use super::state::{Quotes, State};

/// Call `each(n, field)` for the field of column `wanted[n]`, still quoted as it stands, of each
/// of the `rows` at the start of `bytes`; `wanted` ascends, and may
/// name a column twice. Row by row, and in a row as `wanted`
/// has them.
///
/// False where a quote stands in the middle of a field; what was called until then is to be
/// forgotten, and the text to be read with csv-core.
pub fn pick(
    delimiter: u8,
    bytes: &[u8],
    rows: u32,
    wanted: &[usize],
    each: &mut impl FnMut(usize, &[u8]),
) -> bool {
    with_classifier!(
        delimiter,
        |classifier: C| pick_with(classifier, bytes, rows, wanted, each),
        (bytes: &[u8], rows: u32, wanted: &[usize], each: &mut impl FnMut(usize, &[u8])) -> bool,
        bytes, rows, wanted, each
    )
}

#[inline(always)]
fn pick_with<C: Classifier>(
    classifier: C,
    bytes: &[u8],
    rows: u32,
    wanted: &[usize],
    each: &mut impl FnMut(usize, &[u8]),
) -> bool {
    let mut quotes = Quotes::new(State::Record);
    let (mut row, mut column, mut next, mut start) = (0, 0, 0, 0);
    for (number, part) in bytes.chunks(LANES).enumerate() {
        let mut padded = [0; LANES];
        let (lanes, valid) = match <&[u8; LANES]>::try_from(part) {
            Ok(lanes) => (lanes, u64::MAX),
            Err(_) => {
                padded[..part.len()].copy_from_slice(part);
                (&padded, (1 << part.len()) - 1)
            }
        };
        let mut masks = classifier.classify(lanes);
        masks.delimiter &= valid;
        let Some(inside) = quotes.advance(masks, valid) else { return false };
        let mut edges = (masks.delimiter | masks.line) & !inside;
        while edges != 0 {
            let bit = edges.trailing_zeros();
            edges &= edges - 1;
            let at = number * LANES + bit as usize;
            let line = (masks.line >> bit) & 1 == 1;
            if line && column == 0 && at == start {
                start = at + 1; // an empty line is no record
                continue;
            }
            while wanted.get(next) == Some(&column) {
                each(next, &bytes[start..at]);
                next += 1;
            }
            start = at + 1;
            column += 1;
            if line {
                row += 1;
                (column, next) = (0, 0);
                if row == rows {
                    return true;
                }
            }
        }
    }
    // The last row of a file may lack its line end.
    while wanted.get(next) == Some(&column) && row < rows {
        each(next, &bytes[start..]);
        next += 1;
    }
    true
}

/// The value of a field that stands as `raw`.
pub fn unquote(raw: &[u8]) -> Cow<'_, [u8]> {
    let [QUOTE, inner @ .., QUOTE] = raw else { return Cow::Borrowed(raw) };
    if memchr::memchr(QUOTE, inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut value = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        value.push(byte);
        if byte == QUOTE {
            bytes.next();
        }
    }
    Cow::Owned(value)
}
