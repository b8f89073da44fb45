//! A column of which every field is a number.

use super::fields::{Fields, Sink, unquote};
use super::number::{Number, QuickReader, power_of_ten};
use super::pieces::{Piece, Pieces, Rest, for_each};
use crate::error::Result;

/// The numbers, by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Each divided by ten to the power of `scale`: exact, so identifiers past 2^53 stay apart.
    Decimals {
        values: Whole,
        scale: u32,
    },
    Reals(Vec<f64>),
}

/// Whole numbers, as narrow as they can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Whole {
    Short(Vec<i32>),
    Long(Vec<i64>),
}

/// From the first up to the last, both included; empty where the last is less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    Decimals(i128, i128),
    Reals(f64, f64),
}

/// Takes decimals, each times ten to the power of `scale`. The scale grows where a field wants it
/// to, and with it what was taken before.
pub struct Decimals<'a> {
    pub values: Piece<'a, i32, i64>,
    pub scale: &'a mut u32,
}

impl Sink for Decimals<'_> {
    fn take(&mut self, value: &[u8]) -> bool {
        let Some(Number::Decimal { mantissa, scale: own }) = Number::parse(value) else {
            return false;
        };
        if let Some(more @ 1..) = own.checked_sub(*self.scale) {
            if !self.values.change(|value| scaled(value, more)) {
                return false;
            }
            *self.scale = own;
        }
        scaled(mantissa, *self.scale - own).map(|value| self.values.push(value)).is_some()
    }

    fn take_many(&mut self, fields: &Fields, column: usize, from: usize) -> usize {
        let Some(reader) = QuickReader::new(*self.scale) else { return 0 };
        let taken = match self.values.rest() {
            Rest::Narrow(rest) => read_quickly(fields, column, from, reader, rest),
            Rest::Wide(rest) => read_quickly(fields, column, from, reader, rest),
        };
        self.values.filled(taken);
        taken
    }
}

fn read_quickly<T: TryFrom<i64>>(
    fields: &Fields,
    column: usize,
    from: usize,
    reader: QuickReader,
    places: &mut [T],
) -> usize {
    let mut taken = 0;
    for (place, (start, end)) in places.iter_mut().zip(fields.column(column, from)) {
        match reader.read(fields.text, start, end).map(T::try_from) {
            Some(Ok(value)) => *place = value,
            _ => break,
        }
        taken += 1;
    }
    taken
}

/// Takes any numbers.
pub struct Reals<'a>(pub std::slice::IterMut<'a, f64>);

impl Sink for Reals<'_> {
    fn take(&mut self, value: &[u8]) -> bool {
        match (self.0.next(), Number::parse(value)) {
            (Some(place), Some(number)) => {
                // `+ 0.0` makes the negative zero the other one.
                *place = number.real() + 0.0;
                true
            }
            _ => false,
        }
    }

    fn take_many(&mut self, fields: &Fields, column: usize, from: usize) -> usize {
        let fields_of = fields.column(column, from);
        fields_of.take_while(|&(start, end)| self.take(&unquote(&fields.text[start..end]))).count()
    }
}

/// `value` times ten to the power of `more`, where that fits.
#[inline]
fn scaled(value: i64, more: u32) -> Option<i64> {
    power_of_ten(more).and_then(|power| value.checked_mul(power))
}

/// Put together the pieces of a column, each with a scale of its own; `None` where no scale holds
/// all of them.
///
/// # Errors
/// As `threads::on`.
pub fn join(
    pieces: Pieces<i32, i64>,
    lengths: &[u32],
    scales: &[u32],
    threads: usize,
) -> Result<Option<Numbers>> {
    let Pieces { narrow, wide } = pieces;
    let scale = scales.iter().copied().max().unwrap_or(0);
    if wide.iter().all(Vec::is_empty) && scales.iter().all(|&own| own == scale) {
        return Ok(Some(Numbers::Decimals { values: Whole::Short(narrow), scale }));
    }
    let mut values = vec![0; narrow.len()];
    let fits = for_each(&mut values, lengths, threads, |number, range, values| {
        let more = scale - scales[number];
        let put = |(value, own): (&mut i64, i64)| scaled(own, more).map(|own| *value = own);
        match &wide[number][..] {
            [] => values
                .iter_mut()
                .zip(narrow[range].iter().map(|&own| own.into()))
                .all(|p| put(p).is_some()),
            wide => values.iter_mut().zip(wide.iter().copied()).all(|p| put(p).is_some()),
        }
    })?;
    Ok(fits.then_some(Numbers::Decimals { values: Whole::Long(values), scale }))
}

impl Numbers {
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
            Numbers::Decimals { values: Whole::Short(values), .. } => {
                let (least, greatest) = ends(values.iter().copied());
                let least = i64::from(least);
                (Places::Short(values, least), (i64::from(greatest) - least) as u64)
            }
            Numbers::Decimals { values: Whole::Long(values), .. } => {
                let (least, greatest) = ends(values.iter().copied());
                (Places::Long(values, least), greatest.wrapping_sub(least) as u64)
            }
            Numbers::Reals(values) => {
                let (least, greatest) = ends(values.iter().map(|&value| place_of_real(value)));
                (Places::Reals(values, least), greatest - least)
            }
        }
    }

    pub fn memory(&self) -> usize {
        match self {
            Numbers::Decimals { values: Whole::Short(values), .. } => values.len() * 4,
            Numbers::Decimals { values: Whole::Long(values), .. } => values.len() * 8,
            Numbers::Reals(values) => values.len() * 8,
        }
    }
}

/// The least and the greatest.
fn ends<T: Copy + Ord + Default>(values: impl Iterator<Item = T>) -> (T, T) {
    values
        .fold(None, |ends: Option<(T, T)>, value| {
            Some(ends.map_or((value, value), |(least, greatest)| {
                (least.min(value), greatest.max(value))
            }))
        })
        .unwrap_or_default()
}

/// Numbers as places in their order.
#[derive(Debug, Clone, Copy)]
pub enum Places<'a> {
    Short(&'a [i32], i64),
    Long(&'a [i64], i64),
    Reals(&'a [f64], u64),
}

impl Places<'_> {
    #[inline]
    pub fn get(&self, row: u32) -> u64 {
        let row = row as usize;
        match self {
            Places::Short(values, least) => (i64::from(values[row]) - least) as u64,
            Places::Long(values, least) => values[row].wrapping_sub(*least) as u64,
            Places::Reals(values, least) => place_of_real(values[row]) - least,
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
    use crate::pagination::dialect::Dialect;
    use crate::pagination::fields::Source;
    use crate::pagination::records::Records;

    fn records(fields: &[&str]) -> Records {
        let text = fields.join("\n");
        Records::read(&Dialect::default(), text.as_bytes(), 1, fields.len()).unwrap_or_default()
    }

    fn decimals(fields: &[&str]) -> Option<Numbers> {
        let lengths = [1, fields.len() as u32 - 1];
        let (mut pieces, mut scales) = (Pieces::new(&lengths), [0, 0]);
        let fits = pieces.cut(&lengths).zip(&mut scales).zip([&fields[..1], &fields[1..]]).all(
            |((piece, scale), fields)| {
                let mut decimals = Decimals { values: piece, scale };
                Source::Records(&records(fields)).give(0, &mut decimals)
            },
        );
        if fits { join(pieces, &lengths, &scales, 2).ok().flatten() } else { None }
    }

    #[test]
    fn decimals_come_to_one_scale_and_width() {
        let short = Numbers::Decimals { values: Whole::Short(vec![100, 150, -25, 300]), scale: 2 };
        assert_eq!(decimals(&["1.00", "1.5", "-.25", "3"]), Some(short));
        let long = Numbers::Decimals { values: Whole::Long(vec![100, 150, -25, 300]), scale: 2 };
        assert_eq!(decimals(&["1", "1.5", "-.25", "3"]), Some(long));
        let long = Numbers::Decimals { values: Whole::Long(vec![7, 1 << 31, 7]), scale: 0 };
        assert_eq!(decimals(&["7", "2147483648", "7"]), Some(long));
        assert_eq!(decimals(&["1", "x"]), None);
        assert_eq!(decimals(&["1", "1e3"]), None);
        assert_eq!(decimals(&["9223372036854775807", "0.5"]), None);
        assert_eq!(decimals(&["1", "9223372036854775807", "0.5"]), None);
    }

    #[test]
    fn any_numbers_are_reals() {
        let records = records(&["-0", "1e3", "7.5"]);
        let mut values = [1.0; 3];
        assert!(Source::Records(&records).give(0, &mut Reals(values.iter_mut())));
        assert_eq!(values, [0.0, 1000.0, 7.5]);
        assert!(values[0].is_sign_positive());
    }

    #[test]
    fn equal_numbers_are_found_between_the_values_too() {
        let whole = Numbers::Decimals { values: Whole::Short(vec![1]), scale: 0 };
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
        let wide = Numbers::Decimals { values: Whole::Long(vec![i64::MIN, 0, i64::MAX]), scale: 0 };
        let (places, greatest) = wide.places();
        assert_eq!((places.get(0), places.get(2), greatest), (0, u64::MAX, u64::MAX));
    }
}
