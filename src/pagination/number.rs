//! Numbers as people write them in tables: decimals, compared exactly where they can be.

use super::dialect::QUOTE;
use super::fields::word;

/// A number that a field or a constant gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// `mantissa` divided by ten to the power of `scale`, exactly.
    Decimal { mantissa: i64, scale: u32 },
    /// One with an exponent, or of more digits than fit.
    Real(f64),
}

/// Powers of ten that fit.
const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut at = 1;
    while at < 19 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// Ten to the power of `scale`, where it fits.
pub fn power_of_ten(scale: u32) -> Option<i64> {
    POWERS.get(scale as usize).copied()
}

impl Number {
    /// Read a decimal number: an optional sign, digits with at most one point among, before or
    /// behind them, an optional exponent. Nothing else is one: no spaces, no hexadecimal, no `NaN`.
    #[inline]
    pub fn parse(text: &[u8]) -> Option<Number> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (mut mantissa, mut scale, mut seen, mut point) = (0i64, 0, 0, false);
        for &byte in digits {
            match byte {
                b'0'..=b'9' => {
                    mantissa = mantissa.wrapping_mul(10).wrapping_add(i64::from(byte - b'0'));
                    seen += 1;
                    scale += u32::from(point);
                }
                b'.' if !point => point = true,
                _ => return Number::parse_real(text, digits),
            }
        }
        match seen {
            0 => None,
            // This many digits always fit.
            1..=18 => Some(Number::Decimal {
                mantissa: if negative { -mantissa } else { mantissa },
                scale,
            }),
            _ => Number::parse_real(text, digits),
        }
    }

    /// The rest of the grammar, checked before Rust's own parser sees it, which takes more.
    #[cold]
    fn parse_real(text: &[u8], unsigned: &[u8]) -> Option<Number> {
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
            Ok(mantissa) => Some(Number::Decimal { mantissa, scale: 0 }),
            Err(_) => text.parse().ok().map(Number::Real),
        }
    }

    /// The nearest that a floating-point number comes to it.
    pub fn real(self) -> f64 {
        match self {
            Number::Decimal { mantissa, scale } => match power_of_ten(scale) {
                Some(power) => mantissa as f64 / power as f64,
                None => mantissa as f64 / 10f64.powi(scale as i32),
            },
            Number::Real(real) => real,
        }
    }
}

/// Reads the usual numbers of a column quickly: those with as many decimals as the others, and of
/// no more than sixteen characters. A word of the machine holds eight of them, the first lowest.
#[derive(Debug, Clone, Copy)]
pub struct QuickReader {
    /// The bits of a word above its point; 0 where there is none.
    above: u64,
    /// Those below it.
    below: u64,
    /// Where the point is, by bits.
    point: u32,
}

/// Characters that fit a word.
const WORD: usize = 8;
const ONES: u64 = 0x0101_0101_0101_0101;
const ZEROS: u64 = ONES * b'0' as u64;

impl QuickReader {
    /// For numbers with `scale` decimals; `None` where there is no quick way.
    pub fn new(scale: u32) -> Option<QuickReader> {
        if scale == 0 {
            return Some(QuickReader { above: 0, below: 0, point: 0 });
        }
        let point = 8 * 7u32.checked_sub(scale)?;
        let below = (1 << point) - 1;
        Some(QuickReader { above: !below & !(0xFF << point), below, point })
    }

    /// The mantissa of `text[start..end]`, which may be in quotes; `None` where it has to be read
    /// otherwise, number or not.
    #[inline(always)]
    pub fn read(self, text: &[u8], mut start: usize, mut end: usize) -> Option<i64> {
        let mut low = word(text, start)?;
        if low as u8 == QUOTE {
            (start, end) = (start + 1, end - 1);
            low = word(text, start)?;
        }
        let negative = low as u8 == b'-';
        start += usize::from(negative);
        if negative {
            low = word(text, start)?;
        }
        let length = end.checked_sub(start)?;
        let mantissa = if length <= WORD {
            digits(self.without_point(last(low, length)?, 0)?)?
        } else {
            // What does not fit the last word stands in the one before.
            let low = last(low, length - WORD)?;
            let high = word(text, end - WORD)? ^ ZEROS;
            let high = self.without_point(high, low >> 56)?;
            let low = if self.above == 0 { low } else { low << 8 };
            digits(low)? * 100_000_000 + digits(high)?
        };
        Some(if negative { -mantissa } else { mantissa })
    }

    /// Take the point out of a word: what is before it moves up, and `carried` into the gap.
    #[inline(always)]
    fn without_point(self, word: u64, carried: u64) -> Option<u64> {
        if self.above == 0 {
            return Some(word);
        }
        if (word >> self.point) as u8 != b'.' ^ b'0' {
            return None;
        }
        Some((word & self.above) | ((word & self.below) << 8) | carried)
    }
}

/// The first `count` characters of a word, of one to eight, as the last ones of another, less the
/// character 0; before them are zeros.
#[inline(always)]
fn last(word: u64, count: usize) -> Option<u64> {
    if count == 0 || count > WORD {
        return None;
    }
    Some((word ^ ZEROS) << (u64::BITS as usize - 8 * count))
}

/// The number that eight digits make, each less the character 0.
#[inline(always)]
fn digits(word: u64) -> Option<i64> {
    if (word | word.wrapping_add(ONES * 0x76)) & (ONES << 7) != 0 {
        return None;
    }
    // Neighbours join to numbers of two digits, those to four, those to eight.
    let word = word.wrapping_mul((10 << 8) + 1) >> 8;
    let word = (word & 0x00FF_00FF_00FF_00FF).wrapping_mul((100 << 16) + 1) >> 16;
    let word = (word & 0x0000_FFFF_0000_FFFF).wrapping_mul((10_000 << 32) + 1) >> 32;
    Some(word as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_decimal_numbers_are_numbers() {
        for text in ["0", "-1", "+1.5", ".5", "5.", "1e9", "1E-3", "9007199254740993", "-0"] {
            assert!(Number::parse(text.as_bytes()).is_some(), "{text}");
        }
        for text in ["", " 1", "1 ", "-", ".", "1.2.3", "0x1", "NaN", "inf", "1e", "e1", "1,0"] {
            assert!(Number::parse(text.as_bytes()).is_none(), "{text}");
        }
        let long = "1".repeat(500) + "x";
        assert!(Number::parse(long.as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn what_is_read_quickly_is_what_is_read_slowly(
            before in "[0-9.,-]{0,20}",
            text in "(-?[0-9]{1,14}|[+-]?[0-9]{0,12}\\.[0-9]{0,9}|[0-9.:/;-]{0,18}|-?[0-9]{1,21}e?[0-9])",
            after in ",[0-9.,-]{0,9}",
            quoted: bool,
            scale in 0u32..10,
        ) {
            let field = if quoted { format!("\"{text}\"") } else { text.clone() };
            let all = format!("{before}{field}{after}");
            let (start, end) = (before.len(), before.len() + field.len());
            let quick = QuickReader::new(scale).and_then(|reader| reader.read(all.as_bytes(), start, end));
            let slow = Number::parse(text.as_bytes());
            if let Some(mantissa) = quick {
                prop_assert_eq!(slow, Some(Number::Decimal { mantissa, scale }), "{} in {}", text, all);
            }
        }
    }

    #[test]
    fn the_usual_numbers_are_read_quickly() {
        let quick = |field: &str, scale| {
            let text = format!("{field},.......");
            QuickReader::new(scale)?.read(text.as_bytes(), 0, field.len())
        };
        assert_eq!(quick("7", 0), Some(7));
        assert_eq!(quick("-12345678", 0), Some(-12_345_678));
        assert_eq!(quick("1234567890123456", 0), Some(1_234_567_890_123_456));
        assert_eq!(quick("\"45123.07\"", 2), Some(4_512_307));
        assert_eq!(quick("123456789.0123456", 7), None);
        assert_eq!(quick("12345678.0123456", 7), Some(123_456_780_123_456));
        assert_eq!(quick("-123456.789", 3), Some(-123_456_789));
        assert_eq!(quick("5", 2), None);
    }

    #[test]
    fn decimals_are_exact_and_what_does_not_fit_is_real() {
        let parse = |text: &str| Number::parse(text.as_bytes());
        assert_eq!(parse("-12.50"), Some(Number::Decimal { mantissa: -1250, scale: 2 }));
        assert_eq!(
            parse("9223372036854775807"),
            Some(Number::Decimal { mantissa: i64::MAX, scale: 0 })
        );
        assert_eq!(parse("9223372036854775808"), Some(Number::Real(9223372036854775808.0)));
        assert_eq!(parse("1.5e3"), Some(Number::Real(1500.0)));
    }
}
