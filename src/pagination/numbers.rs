//! A column of which every field is a number.

use super::number::{Number, power_of_ten};

/// The numbers, by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Each divided by ten to the power of `scale`: exact, so identifiers past 2^53 stay apart.
    Decimals {
        values: Vec<i64>,
        scale: u32,
    },
    Reals(Vec<f64>),
}

/// From the first up to the last, both included; empty where the last is less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    Decimals(i128, i128),
    Reals(f64, f64),
}

/// Takes the fields of a column one by one, as long as they are numbers of its kind.
#[derive(Debug)]
pub struct Collector {
    pub numbers: Numbers,
}

impl Collector {
    /// For decimals, or for any numbers.
    pub fn new(exact: bool) -> Self {
        let numbers = if exact {
            Numbers::Decimals { values: Vec::new(), scale: 0 }
        } else {
            Numbers::Reals(Vec::new())
        };
        Collector { numbers }
    }

    /// Take a field; whether it was one of this kind.
    #[inline]
    pub fn push(&mut self, field: &[u8]) -> bool {
        let Some(number) = Number::parse(field) else { return false };
        match (&mut self.numbers, number) {
            (Numbers::Reals(values), number) => {
                // `+ 0.0` makes the negative zero the other one.
                values.push(number.real() + 0.0);
                true
            }
            (Numbers::Decimals { values, scale }, Number::Decimal { mantissa, scale: own }) => {
                if own == *scale {
                    values.push(mantissa);
                    return true;
                }
                self.push_other_scale(mantissa, own)
            }
            (Numbers::Decimals { .. }, Number::Real(_)) => false,
        }
    }

    fn push_other_scale(&mut self, mantissa: i64, own: u32) -> bool {
        if !self.rescale(own) {
            return false;
        }
        let Numbers::Decimals { values, scale } = &mut self.numbers else { return false };
        match power_of_ten(*scale - own).and_then(|power| mantissa.checked_mul(power)) {
            Some(value) => {
                values.push(value);
                true
            }
            None => false,
        }
    }

    /// Bring the scale up to at least `wanted`; whether all values still fit.
    pub fn rescale(&mut self, wanted: u32) -> bool {
        let Numbers::Decimals { values, scale } = &mut self.numbers else { return true };
        if wanted <= *scale {
            return true;
        }
        let Some(power) = power_of_ten(wanted - *scale) else { return false };
        for value in values.iter_mut() {
            match value.checked_mul(power) {
                Some(scaled) => *value = scaled,
                None => return false,
            }
        }
        *scale = wanted;
        true
    }
}

impl Numbers {
    pub fn len(&self) -> usize {
        match self {
            Numbers::Decimals { values, .. } => values.len(),
            Numbers::Reals(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those equal to `number`. Where there can be none it is empty, and stands where they would.
    pub fn equal(&self, number: Number) -> Range {
        let Numbers::Decimals { scale, .. } = self else {
            let real = number.real() + 0.0;
            return Range::Reals(real, real);
        };
        let exact = |mantissa: i64, own: u32| {
            let mantissa = i128::from(mantissa);
            if own <= *scale {
                let power = 10i128.checked_pow(*scale - own)?;
                let value = mantissa.checked_mul(power)?;
                return Some(Range::Decimals(value, value));
            }
            let power = 10i128.checked_pow(own - *scale)?;
            let floor = mantissa.div_euclid(power);
            let whole = mantissa.rem_euclid(power) == 0;
            Some(Range::Decimals(if whole { floor } else { floor + 1 }, floor))
        };
        if let Number::Decimal { mantissa, scale } = number
            && let Some(range) = exact(mantissa, scale)
        {
            return range;
        }
        // Past all that the column can hold, or with an exponent: to the nearest.
        let scaled = number.real() * 10f64.powi(*scale as i32);
        Range::Decimals(scaled.ceil() as i128, scaled.floor() as i128)
    }

    /// Bring the numbers into whole ones of the same order, from 0; and the greatest of them.
    pub fn places(&self) -> (Places<'_>, u64) {
        match self {
            Numbers::Decimals { values, .. } => {
                let least = values.iter().copied().min().unwrap_or(0);
                let greatest = values.iter().copied().max().unwrap_or(0);
                (Places::Decimals(values, least), greatest.wrapping_sub(least) as u64)
            }
            Numbers::Reals(values) => {
                let places = values.iter().map(|&value| place_of_real(value));
                let least = places.clone().min().unwrap_or(0);
                let greatest = places.max().unwrap_or(0);
                (Places::Reals(values, least), greatest - least)
            }
        }
    }

    pub fn memory(&self) -> usize {
        self.len() * 8
    }
}

/// Numbers as places in their order.
#[derive(Debug, Clone, Copy)]
pub enum Places<'a> {
    Decimals(&'a [i64], i64),
    Reals(&'a [f64], u64),
}

impl Places<'_> {
    #[inline]
    pub fn get(&self, row: u32) -> u64 {
        match self {
            Places::Decimals(values, least) => values[row as usize].wrapping_sub(*least) as u64,
            Places::Reals(values, least) => place_of_real(values[row as usize]) - least,
        }
    }
}

/// The bits of a real number, turned so that they order as it does.
#[inline]
fn place_of_real(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | (1 << 63) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(fields: &[&str], exact: bool) -> Option<Numbers> {
        let mut collector = Collector::new(exact);
        fields.iter().all(|field| collector.push(field.as_bytes())).then_some(collector.numbers)
    }

    #[test]
    fn decimals_come_to_one_scale() {
        let values = vec![100, 150, -25];
        assert_eq!(
            collect(&["1", "1.5", "-.25"], true),
            Some(Numbers::Decimals { values, scale: 2 })
        );
        assert_eq!(collect(&["1", "x"], true), None);
        assert_eq!(collect(&["1", "1e3"], true), None);
        assert_eq!(collect(&["9223372036854775807", "0.5"], true), None);
        assert_eq!(collect(&["-0", "1e3"], false), Some(Numbers::Reals(vec![0.0, 1000.0])));
    }

    #[test]
    fn equal_numbers_are_found_between_the_values_too() {
        let whole = Numbers::Decimals { values: vec![1], scale: 0 };
        let equal = |text: &str| Number::parse(text.as_bytes()).map(|n| whole.equal(n));
        assert_eq!(equal("10.00"), Some(Range::Decimals(10, 10)));
        assert_eq!(equal("10.5"), Some(Range::Decimals(11, 10)));
        assert_eq!(equal("-10.5"), Some(Range::Decimals(-10, -11)));
        assert_eq!(equal("1e3"), Some(Range::Decimals(1000, 1000)));
    }

    #[test]
    fn places_order_as_numbers_do() {
        let reals = Numbers::Reals(vec![-1e300, -2.5, 0.0, 1e-300, 3.0]);
        let (places, greatest) = reals.places();
        let found: Vec<u64> = (0..5).map(|row| places.get(row)).collect();
        assert!(found.is_sorted());
        assert_eq!((found[0], found[4]), (0, greatest));
        let wide = Numbers::Decimals { values: vec![i64::MIN, 0, i64::MAX], scale: 0 };
        let (places, greatest) = wide.places();
        assert_eq!((places.get(0), places.get(2), greatest), (0, u64::MAX, u64::MAX));
    }
}
