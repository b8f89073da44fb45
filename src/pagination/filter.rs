//! Which rows a query keeps.

use memchr::memmem;
use serde::Deserialize;

use super::column::Column;
use super::number::Number;
use super::numbers::{Numbers, Range};
use super::texts::Texts;

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
    let mut kept = None;
    for (column, condition) in conditions {
        kept = Some(match column {
            Column::Numbers(numbers) => select_numbers(kept, numbers, condition),
            Column::Texts(texts) => select_texts(kept, texts, condition),
        });
    }
    kept.unwrap_or_else(|| (0..rows).collect())
}

fn select_numbers(kept: Option<Vec<u32>>, numbers: &Numbers, condition: &Condition) -> Vec<u32> {
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
        Numbers::Decimals { values, .. } => {
            let ranges: Vec<(i64, i64)> = ranges.iter().filter_map(decimals).collect();
            keep_in(kept, values, &ranges, inside)
        }
        Numbers::Reals(values) => {
            let ranges: Vec<(f64, f64)> = ranges.iter().filter_map(reals).collect();
            keep_in(kept, values, &ranges, inside)
        }
    }
}

/// From the numbers equal to a constant, those that compare with it as `operator` says.
fn bounded(operator: Operator, equal: Range) -> Range {
    match (operator, equal) {
        (Operator::Gt, Range::Decimals(_, to)) => Range::Decimals(to.saturating_add(1), i128::MAX),
        (Operator::Gte, Range::Decimals(from, _)) => Range::Decimals(from, i128::MAX),
        (Operator::Lt, Range::Decimals(from, _)) => {
            Range::Decimals(i128::MIN, from.saturating_sub(1))
        }
        (Operator::Lte, Range::Decimals(_, to)) => Range::Decimals(i128::MIN, to),
        (Operator::Gt, Range::Reals(_, to)) => Range::Reals(to.next_up(), f64::INFINITY),
        (Operator::Gte, Range::Reals(from, _)) => Range::Reals(from, f64::INFINITY),
        (Operator::Lt, Range::Reals(from, _)) => Range::Reals(f64::NEG_INFINITY, from.next_down()),
        (Operator::Lte, Range::Reals(_, to)) => Range::Reals(f64::NEG_INFINITY, to),
        (_, range) => range,
    }
}

/// The part of a range that values can be in.
fn decimals(range: &Range) -> Option<(i64, i64)> {
    let Range::Decimals(from, to) = *range else { return None };
    let (least, greatest) = (i128::from(i64::MIN), i128::from(i64::MAX));
    if from > to || from > greatest || to < least {
        return None;
    }
    Some((from.max(least) as i64, to.min(greatest) as i64))
}

fn reals(range: &Range) -> Option<(f64, f64)> {
    match *range {
        Range::Reals(from, to) if from <= to => Some((from, to)),
        _ => None,
    }
}

/// The rows whose value is in one of the ranges, or in none.
fn keep_in<T: Copy + PartialOrd>(
    kept: Option<Vec<u32>>,
    values: &[T],
    ranges: &[(T, T)],
    inside: bool,
) -> Vec<u32> {
    match ranges {
        &[(from, to)] => keep(kept, values, |value| (value >= from && value <= to) == inside),
        ranges => keep(kept, values, |value| {
            ranges.iter().any(|&(from, to)| value >= from && value <= to) == inside
        }),
    }
}

fn select_texts(kept: Option<Vec<u32>>, texts: &Texts, condition: &Condition) -> Vec<u32> {
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
            return keep(kept, &texts.codes, |code| code.wrapping_sub(from) >= width);
        }
        Operator::Eq => (from, to),
        Operator::Gt => (to, count),
        Operator::Gte => (from, count),
        Operator::Lt => (0, from),
        Operator::Lte => (0, to),
    };
    let (from, width) = (range.0, range.1 - range.0);
    keep(kept, &texts.codes, |code| code.wrapping_sub(from) < width)
}

fn keep_marked(kept: Option<Vec<u32>>, texts: &Texts, found: &[bool]) -> Vec<u32> {
    keep(kept, &texts.codes, |code| found.get(code as usize).copied().unwrap_or(false))
}

/// Of `kept`, or of all rows, those whose value passes. Every row is written and the next one over
/// it if it did not pass, which no branch has to guess.
fn keep<T: Copy>(kept: Option<Vec<u32>>, values: &[T], pass: impl Fn(T) -> bool) -> Vec<u32> {
    let mut count = 0;
    let mut found = match kept {
        Some(mut rows) => {
            for at in 0..rows.len() {
                let row = rows[at];
                rows[count] = row;
                count += usize::from(pass(values[row as usize]));
            }
            rows
        }
        None => {
            let mut rows = vec![0; values.len()];
            for (row, &value) in values.iter().enumerate() {
                rows[count] = row as u32;
                count += usize::from(pass(value));
            }
            rows
        }
    };
    found.truncate(count);
    found.shrink_to_fit();
    found
}
