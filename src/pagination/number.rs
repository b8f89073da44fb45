//! Columns whose every value is a number compare as numbers.

use std::cmp::Ordering;

/// The numbers of a column. Whole ones stay whole as long as all are: identifiers past 2^53 must
/// not fall together.
#[derive(Debug, Clone)]
pub enum Numbers {
    Whole(Vec<i64>),
    Real(Vec<f64>),
}

/// A constant to compare a column with.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    Whole(i64),
    Real(f64),
}

impl Number {
    /// Read a decimal number: an optional sign, digits with at most one point among or before
    /// them, an optional exponent. Nothing else is one: no spaces, no hexadecimal, no `NaN`.
    pub fn parse(text: &[u8]) -> Option<Number> {
        let unsigned = match text {
            [b'+' | b'-', rest @ ..] => rest,
            _ => text,
        };
        let mantissa = unsigned.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
        let (mantissa, exponent) = unsigned.split_at(mantissa);
        let points = mantissa.iter().filter(|&&b| b == b'.').count();
        if points > 1 || mantissa.len() == points {
            return None;
        }
        let exponent_digits = match exponent {
            [] => &b"0"[..],
            [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] => digits,
            _ => return None,
        };
        if exponent_digits.is_empty() || !exponent_digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let text = std::str::from_utf8(text).ok()?;
        match text.parse() {
            Ok(whole) => Some(Number::Whole(whole)),
            Err(_) => text.parse().ok().map(Number::Real),
        }
    }

    fn real(self) -> f64 {
        match self {
            Number::Whole(whole) => whole as f64,
            Number::Real(real) => real,
        }
    }
}

impl Numbers {
    /// The values as numbers; `None` unless all are and there are any.
    pub fn parse<'a>(values: impl Iterator<Item = &'a [u8]>) -> Option<Numbers> {
        let numbers: Vec<Number> = values.map(Number::parse).collect::<Option<_>>()?;
        let whole = numbers
            .iter()
            .map(|number| match number {
                Number::Whole(whole) => Some(*whole),
                Number::Real(_) => None,
            })
            .collect::<Option<Vec<i64>>>();
        match whole {
            Some(whole) if whole.is_empty() => None,
            Some(whole) => Some(Numbers::Whole(whole)),
            None => Some(Numbers::Real(numbers.into_iter().map(Number::real).collect())),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Numbers::Whole(all) => all.len(),
            Numbers::Real(all) => all.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How two of them compare.
    pub fn compare(&self, a: u32, b: u32) -> Ordering {
        let (a, b) = (a as usize, b as usize);
        match self {
            Numbers::Whole(all) => all[a].cmp(&all[b]),
            // `+ 0.0` makes the negative zero equal to the other; there is no NaN.
            Numbers::Real(all) => (all[a] + 0.0).total_cmp(&(all[b] + 0.0)),
        }
    }

    /// In this order.
    pub fn permuted(&self, order: &[u32]) -> Numbers {
        match self {
            Numbers::Whole(all) => {
                Numbers::Whole(order.iter().map(|&at| all[at as usize]).collect())
            }
            Numbers::Real(all) => Numbers::Real(order.iter().map(|&at| all[at as usize]).collect()),
        }
    }

    /// Where, among these in order, those equal to `number` begin and end.
    pub fn range(&self, number: Number) -> (u32, u32) {
        let below = |bound: &dyn Fn(usize) -> bool| {
            let (mut low, mut high) = (0, self.len());
            while low < high {
                let middle = low + (high - low) / 2;
                if bound(middle) { low = middle + 1 } else { high = middle }
            }
            low as u32
        };
        match (self, number) {
            (Numbers::Whole(all), Number::Whole(number)) => {
                (below(&|at| all[at] < number), below(&|at| all[at] <= number))
            }
            (Numbers::Whole(all), Number::Real(number)) => {
                (below(&|at| (all[at] as f64) < number), below(&|at| all[at] as f64 <= number))
            }
            (Numbers::Real(all), number) => {
                let number = number.real();
                (below(&|at| all[at] < number), below(&|at| all[at] <= number))
            }
        }
    }

    /// For these in order: how many are smaller than each. `None` where all differ, so that this
    /// is the place of each.
    pub fn ranks(&self) -> Option<Vec<u32>> {
        let mut ranks: Vec<u32> = (0..self.len() as u32).collect();
        let mut equal = false;
        for at in 1..ranks.len() {
            if self.compare(at as u32 - 1, at as u32) == Ordering::Equal {
                ranks[at] = ranks[at - 1];
                equal = true;
            }
        }
        equal.then_some(ranks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_decimal_numbers_are_numbers() {
        for text in ["0", "-1", "+1.5", ".5", "5.", "1e9", "1E-3", "9007199254740993"] {
            assert!(Number::parse(text.as_bytes()).is_some(), "{text}");
        }
        for text in ["", " 1", "1 ", "-", ".", "1.2.3", "0x1", "NaN", "inf", "1e", "e1", "1,0"] {
            assert!(Number::parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn whole_numbers_past_2_to_53_stay_apart() {
        let values = ["9007199254740992", "9007199254740993"].map(str::as_bytes);
        let numbers = Numbers::parse(values.into_iter());
        assert_eq!(numbers.map(|n| n.compare(0, 1)), Some(Ordering::Less));
    }
}
