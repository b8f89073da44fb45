//! Which rows a query keeps.

use memchr::memmem;
use serde::Deserialize;

use super::column::Column;
use super::number::Number;

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

/// A condition in terms of the numbers of a column's values.
enum Matcher {
    /// From the first up to the second.
    Range(u32, u32),
    Except(u32, u32),
    OneOf(Vec<bool>),
}

impl Matcher {
    fn new(column: &Column, condition: &Condition) -> Matcher {
        let count = column.values.len() as u32;
        let operand = condition.operands.first().map_or("", String::as_str);
        let equal = range(column, operand);
        match condition.operator {
            Operator::Contains => {
                let finder = memmem::Finder::new(operand);
                let contains = |code| finder.find(column.values.get(code)).is_some();
                Matcher::OneOf((0..count).map(contains).collect())
            }
            Operator::In => {
                let mut found = vec![false; count as usize];
                for operand in &condition.operands {
                    if let Some((from, to)) = range(column, operand) {
                        found[from as usize..to as usize].fill(true);
                    }
                }
                Matcher::OneOf(found)
            }
            Operator::Ne => {
                let (from, to) = equal.unwrap_or((0, 0));
                Matcher::Except(from, to)
            }
            operator => match (operator, equal) {
                // A number is neither less nor more than what is none.
                (_, None) => Matcher::Range(0, 0),
                (Operator::Gt, Some((_, to))) => Matcher::Range(to, count),
                (Operator::Gte, Some((from, _))) => Matcher::Range(from, count),
                (Operator::Lt, Some((from, _))) => Matcher::Range(0, from),
                (Operator::Lte, Some((_, to))) => Matcher::Range(0, to),
                (_, Some((from, to))) => Matcher::Range(from, to),
            },
        }
    }
}

/// Where among a column's values those equal to `operand` are, or would be; `None` for a column of
/// numbers and an operand that is none.
fn range(column: &Column, operand: &str) -> Option<(u32, u32)> {
    if let Some(numbers) = &column.numbers {
        return Number::parse(operand.as_bytes()).map(|number| numbers.range(number));
    }
    let count = column.values.len() as u32;
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if column.values.get(middle) < operand.as_bytes() {
            low = middle + 1
        } else {
            high = middle
        }
    }
    let found = low < count && column.values.get(low) == operand.as_bytes();
    Some((low, low + u32::from(found)))
}

/// The rows that pass all conditions, in their order. Each condition comes with its column.
pub fn select(rows: u32, conditions: &[(&Column, &Condition)]) -> Vec<u32> {
    let mut kept: Option<Vec<u32>> = None;
    for (column, condition) in conditions {
        let codes = &column.codes;
        kept = Some(match Matcher::new(column, condition) {
            Matcher::Range(from, to) => {
                let width = to.saturating_sub(from);
                keep(kept, codes, |code| code.wrapping_sub(from) < width)
            }
            Matcher::Except(from, to) => {
                let width = to.saturating_sub(from);
                keep(kept, codes, |code| code.wrapping_sub(from) >= width)
            }
            Matcher::OneOf(found) => {
                keep(kept, codes, |code| found.get(code as usize).copied().unwrap_or(false))
            }
        });
    }
    kept.unwrap_or_else(|| (0..rows).collect())
}

/// Of `kept`, or of all rows, those whose code passes. Every row is written and the next one over
/// it if it did not pass, which no branch has to guess.
fn keep(kept: Option<Vec<u32>>, codes: &[u32], pass: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut count = 0;
    let mut found = match kept {
        Some(mut rows) => {
            for at in 0..rows.len() {
                let row = rows[at];
                rows[count] = row;
                count += usize::from(pass(codes[row as usize]));
            }
            rows
        }
        None => {
            let mut rows = vec![0; codes.len()];
            for (row, &code) in codes.iter().enumerate() {
                rows[count] = row as u32;
                count += usize::from(pass(code));
            }
            rows
        }
    };
    found.truncate(count);
    found.shrink_to_fit();
    found
}
