//! Which rows a query keeps.

use memchr::memmem;
use serde::Deserialize;

use super::column::Column;
use super::number::Number;
use super::numbers::{Numbers, Range, Whole};
use super::texts::{Codes, Texts};

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    Contains,
}

/// One comparison that a row has to pass.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Condition {
    pub column: String,
    pub operator: Operator,
    /// One operand; `In` has any number.
    pub operands: Vec<String>,
}

/// The rows that pass all conditions, in their order. Each condition comes with its column.
pub fn select(rows: u32, conditions: &[(&Column, &Condition)]) -> Vec<u32> {
    let mut kept = Kept::all(rows);
    for (column, condition) in conditions {
        match column {
            Column::Numbers(numbers) => keep_numbers(&mut kept, numbers, condition),
            Column::Texts(texts) => keep_texts(&mut kept, texts, condition),
        }
    }
    kept.rows()
}

/// Rows, a bit for each.
struct Kept(Vec<u64>);

impl Kept {
    fn all(rows: u32) -> Kept {
        let mut words = vec![u64::MAX; rows.div_ceil(u64::BITS) as usize];
        if let Some(last) = words.last_mut() {
            *last >>= rows.wrapping_neg() % u64::BITS;
        }
        Kept(words)
    }

    /// Keep the rows whose value passes. Every value is looked at, which no branch has to guess.
    fn keep<T: Copy>(&mut self, values: &[T], pass: impl Fn(T) -> bool) {
        for (word, values) in self.0.iter_mut().zip(values.chunks(u64::BITS as usize)) {
            let mut flags = [0; u64::BITS as usize];
            for (flag, &value) in flags.iter_mut().zip(values) {
                *flag = u8::from(pass(value));
            }
            *word &= bits(&flags);
        }
    }

    fn rows(&self) -> Vec<u32> {
        let count = self.0.iter().map(|word| word.count_ones() as usize).sum();
        let mut rows = Vec::with_capacity(count);
        for (number, &word) in self.0.iter().enumerate() {
            let mut bits = word;
            while bits != 0 {
                rows.push(number as u32 * u64::BITS + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        rows
    }
}

/// Bytes of 0 and 1 as bits, the first lowest.
fn bits(flags: &[u8; u64::BITS as usize]) -> u64 {
    let (words, _) = flags.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| {
        // The product has the first flag in the lowest bit of its highest byte, and so on.
        let byte = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        (bits << 8) | byte
    })
}

fn keep_numbers(kept: &mut Kept, numbers: &Numbers, condition: &Condition) {
    // A number is neither less nor more than what is none, nor equal to it.
    let mut ranges: Vec<Range> = condition
        .operands
        .iter()
        .filter_map(|operand| Number::parse(operand.as_bytes()))
        .map(|number| numbers.equal(number))
        .collect();
    let operator = condition.operator;
    if !matches!(operator, Operator::In | Operator::Eq | Operator::Ne) {
        ranges.iter_mut().for_each(|range| *range = bounded(operator, *range));
    }
    let inside = operator != Operator::Ne;
    match numbers {
        Numbers::Decimals { values: Whole::Short(values), .. } => {
            let ranges: Vec<(i32, i32)> = ranges.iter().filter_map(decimals).collect();
            keep_in(kept, values, &ranges, inside)
        }
        Numbers::Decimals { values: Whole::Long(values), .. } => {
            let ranges: Vec<(i64, i64)> = ranges.iter().filter_map(decimals).collect();
            keep_in(kept, values, &ranges, inside)
        }
        Numbers::Reals(values) => {
            let ranges: Vec<(f64, f64)> = ranges.iter().filter_map(reals).collect();
            keep_in(kept, values, &ranges, inside)
        }
    }
}

/// A range that holds no number.
const NOTHING: Range = Range::Reals(f64::INFINITY, f64::NEG_INFINITY);

/// From the numbers equal to a constant, those that compare with it as `operator` says.
fn bounded(operator: Operator, equal: Range) -> Range {
    match (operator, equal) {
        (Operator::Gt, Range::Decimals(_, to)) => Range::Decimals(to.saturating_add(1), i128::MAX),
        (Operator::Gte, Range::Decimals(from, _)) => Range::Decimals(from, i128::MAX),
        (Operator::Lt, Range::Decimals(from, _)) => {
            Range::Decimals(i128::MIN, from.saturating_sub(1))
        }
        (Operator::Lte, Range::Decimals(_, to)) => Range::Decimals(i128::MIN, to),
        // Nothing is beyond infinity, and `next_up` of it is itself.
        (Operator::Gt, Range::Reals(_, to)) if to == f64::INFINITY => NOTHING,
        (Operator::Lt, Range::Reals(from, _)) if from == f64::NEG_INFINITY => NOTHING,
        (Operator::Gt, Range::Reals(_, to)) => Range::Reals(to.next_up(), f64::INFINITY),
        (Operator::Gte, Range::Reals(from, _)) => Range::Reals(from, f64::INFINITY),
        (Operator::Lt, Range::Reals(from, _)) => Range::Reals(f64::NEG_INFINITY, from.next_down()),
        (Operator::Lte, Range::Reals(_, to)) => Range::Reals(f64::NEG_INFINITY, to),
        (_, range) => range,
    }
}

/// A whole number of a certain width.
trait Width: TryFrom<i128> {
    const LEAST: Self;
    const GREATEST: Self;
}

impl Width for i32 {
    const LEAST: i32 = i32::MIN;
    const GREATEST: i32 = i32::MAX;
}

impl Width for i64 {
    const LEAST: i64 = i64::MIN;
    const GREATEST: i64 = i64::MAX;
}

/// The part of a range that values can be in.
fn decimals<T: Width>(range: &Range) -> Option<(T, T)> {
    let Range::Decimals(from, to) = *range else { return None };
    if from > to {
        return None;
    }
    let least = T::try_from(from).or(if from < 0 { Ok(T::LEAST) } else { Err(()) }).ok()?;
    let greatest = T::try_from(to).or(if to > 0 { Ok(T::GREATEST) } else { Err(()) }).ok()?;
    Some((least, greatest))
}

fn reals(range: &Range) -> Option<(f64, f64)> {
    match *range {
        Range::Reals(from, to) if from <= to => Some((from, to)),
        _ => None,
    }
}

/// The rows whose value is in one of the ranges, or in none.
fn keep_in<T: Copy + PartialOrd>(kept: &mut Kept, values: &[T], ranges: &[(T, T)], inside: bool) {
    match ranges {
        &[(from, to)] => kept.keep(values, |value| ((value >= from) & (value <= to)) == inside),
        ranges => kept.keep(values, |value| {
            ranges.iter().any(|&(from, to)| value >= from && value <= to) == inside
        }),
    }
}

fn keep_texts(kept: &mut Kept, texts: &Texts, condition: &Condition) {
    let count = texts.values.len() as u32;
    let operand = condition.operands.first().map_or("", String::as_str);
    let (from, to) = texts.equal(operand.as_bytes());
    let range = match condition.operator {
        Operator::Contains => {
            let finder = memmem::Finder::new(operand);
            let found = (0..count).map(|code| finder.find(texts.values.get(code)).is_some());
            return keep_marked(kept, texts, &found.collect::<Vec<bool>>());
        }
        Operator::In => {
            let mut found = vec![false; count as usize];
            for operand in &condition.operands {
                let (from, to) = texts.equal(operand.as_bytes());
                found[from as usize..to as usize].fill(true);
            }
            return keep_marked(kept, texts, &found);
        }
        Operator::Ne => {
            let width = to - from;
            return keep_codes(kept, &texts.codes, |code| code.wrapping_sub(from) >= width);
        }
        Operator::Eq => (from, to),
        Operator::Gt => (to, count),
        Operator::Gte => (from, count),
        Operator::Lt => (0, from),
        Operator::Lte => (0, to),
    };
    let (from, width) = (range.0, range.1 - range.0);
    keep_codes(kept, &texts.codes, |code| code.wrapping_sub(from) < width);
}

fn keep_marked(kept: &mut Kept, texts: &Texts, found: &[bool]) {
    keep_codes(kept, &texts.codes, |code| found.get(code as usize).copied().unwrap_or(false));
}

fn keep_codes(kept: &mut Kept, codes: &Codes, pass: impl Fn(u32) -> bool) {
    match codes {
        Codes::Bytes(codes) => kept.keep(codes, |code| pass(code.into())),
        Codes::Shorts(codes) => kept.keep(codes, |code| pass(code.into())),
        Codes::Longs(codes) => kept.keep(codes, pass),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_kept_by_their_values() {
        let values: Vec<u32> = (0..200).map(|row| row * 37 % 64).collect();
        let mut kept = Kept::all(200);
        kept.keep(&values, |value| value % 3 == 0);
        kept.keep(&values, |value| value > 20);
        let plain: Vec<u32> = (0..200)
            .filter(|&row| values[row as usize].is_multiple_of(3) && values[row as usize] > 20)
            .collect();
        assert_eq!(kept.rows(), plain);
        assert!(Kept::all(0).rows().is_empty());
        assert_eq!(Kept::all(64).rows().len(), 64);
    }
}
