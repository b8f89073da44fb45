//! Numbers as people write them in tables: decimals, compared exactly where they can be.

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

#[cfg(test)]
mod tests {
    use super::*;

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
