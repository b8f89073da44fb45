//! Sixty-four bytes at a time: which of them are quotes, delimiters, line ends.
//!
//! This is the only file of the module with `unsafe`: it loads vectors from a reference to a
//! 64-byte array, which is always in bounds, and unaligned loads need no alignment.

use super::dialect::QUOTE;

/// How many bytes one set of masks covers.
pub const LANES: usize = 64;

/// One bit per byte, the first byte lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Masks {
    pub quote: u64,
    pub delimiter: u64,
    /// CR and LF alike: each ends a record, and a record that holds nothing is none.
    pub line: u64,
}

/// A way to make masks. Implementations are inlined into a loop that is compiled for their
/// instruction set.
pub trait Classifier: Copy {
    fn classify(self, bytes: &[u8; LANES]) -> Masks;
}

/// Plain Rust, for machines that have no classifier of their own.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[derive(Clone, Copy)]
pub struct Portable(pub u8);

#[cfg(any(test, not(target_arch = "x86_64")))]
impl Classifier for Portable {
    #[inline(always)]
    fn classify(self, bytes: &[u8; LANES]) -> Masks {
        let (mut quote, mut delimiter, mut line) = (0, 0, 0);
        for (bit, &byte) in bytes.iter().enumerate() {
            quote |= u64::from(byte == QUOTE) << bit;
            delimiter |= u64::from(byte == self.0) << bit;
            line |= u64::from(byte == b'\n' || byte == b'\r') << bit;
        }
        Masks { quote, delimiter, line }
    }
}

#[cfg(target_arch = "x86_64")]
pub mod x86 {
    use super::{Classifier, LANES, Masks, QUOTE};
    use std::arch::x86_64::*;

    /// SSE2, which every x86-64 has.
    #[derive(Clone, Copy)]
    pub struct Sse2(pub u8);

    impl Classifier for Sse2 {
        #[inline(always)]
        fn classify(self, bytes: &[u8; LANES]) -> Masks {
            // SAFETY: SSE2 belongs to the architecture; the four loads stay inside the array.
            unsafe {
                let load = |at: usize| _mm_loadu_si128(bytes.as_ptr().add(at * 16).cast());
                let parts = [load(0), load(1), load(2), load(3)];
                let equal = |part, byte: u8| {
                    _mm_movemask_epi8(_mm_cmpeq_epi8(part, _mm_set1_epi8(byte as i8))) as u32 as u64
                };
                let mask = |byte| {
                    parts.iter().rev().fold(0, |mask, &part| (mask << 16) | equal(part, byte))
                };
                Masks {
                    quote: mask(QUOTE),
                    delimiter: mask(self.0),
                    line: mask(b'\n') | mask(b'\r'),
                }
            }
        }
    }

    /// AVX2; construct it only where the machine has it.
    #[derive(Clone, Copy)]
    pub struct Avx2(u8);

    impl Avx2 {
        /// # Safety
        /// The machine must have AVX2.
        pub unsafe fn new(delimiter: u8) -> Self {
            Avx2(delimiter)
        }
    }

    impl Classifier for Avx2 {
        #[inline(always)]
        fn classify(self, bytes: &[u8; LANES]) -> Masks {
            // SAFETY: whoever made `self` vouched for AVX2; the loads stay inside the array.
            unsafe {
                let low = _mm256_loadu_si256(bytes.as_ptr().cast());
                let high = _mm256_loadu_si256(bytes.as_ptr().add(32).cast());
                let equal = |part, byte: u8| _mm256_cmpeq_epi8(part, _mm256_set1_epi8(byte as i8));
                let join = |low, high| {
                    let low = _mm256_movemask_epi8(low) as u32 as u64;
                    let high = _mm256_movemask_epi8(high) as u32 as u64;
                    low | (high << 32)
                };
                let line = |part| _mm256_or_si256(equal(part, b'\n'), equal(part, b'\r'));
                Masks {
                    quote: join(equal(low, QUOTE), equal(high, QUOTE)),
                    delimiter: join(equal(low, self.0), equal(high, self.0)),
                    line: join(line(low), line(high)),
                }
            }
        }
    }
}

/// Run `$body` with `$classifier` bound to the best classifier of this machine, in a function
/// compiled for its instruction set.
macro_rules! with_classifier {
    ($delimiter:expr, |$classifier:ident: $C:ident| $body:expr, ($($arg:ident : $ty:ty),*) -> $ret:ty, $($value:expr),*) => {{
        #[inline(always)]
        fn run<$C: $crate::pagination::masks::Classifier>($classifier: $C, $($arg: $ty),*) -> $ret {
            $body
        }
        #[cfg(target_arch = "x86_64")]
        {
            use $crate::pagination::masks::x86;
            /// # Safety
            /// The machine must have the instruction sets named.
            #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
            unsafe fn run_avx2(delimiter: u8, $($arg: $ty),*) -> $ret {
                // SAFETY: this function's own condition.
                run(unsafe { x86::Avx2::new(delimiter) }, $($arg),*)
            }
            if std::arch::is_x86_feature_detected!("avx2")
                && std::arch::is_x86_feature_detected!("bmi1")
                && std::arch::is_x86_feature_detected!("bmi2")
                && std::arch::is_x86_feature_detected!("popcnt")
                && std::arch::is_x86_feature_detected!("lzcnt")
            {
                // SAFETY: just detected.
                unsafe { run_avx2($delimiter, $($value),*) }
            } else {
                run(x86::Sse2($delimiter), $($value),*)
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        run($crate::pagination::masks::Portable($delimiter), $($value),*)
    }};
}
pub(crate) use with_classifier;

/// Each bit the exclusive or of itself and all below: from quotes, the bytes inside quotes.
#[inline(always)]
pub fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_classifier_agrees_with_the_portable_one() {
        let mut bytes = [b'x'; LANES];
        let mut seed = 1u32;
        for _ in 0..500 {
            for byte in &mut bytes {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = b",\"\r\nab\x80\xff"[(seed >> 24) as usize % 8];
            }
            let expected = Portable(b',').classify(&bytes);
            let best = with_classifier!(b',', |c: C| c.classify(bytes), (bytes: &[u8; LANES]) -> Masks, &bytes);
            assert_eq!(best, expected);
            #[cfg(target_arch = "x86_64")]
            assert_eq!(x86::Sse2(b',').classify(&bytes), expected);
        }
    }

    #[test]
    fn prefix_xor_marks_what_stands_between_pairs() {
        assert_eq!(prefix_xor(0b0010_0100), 0b0001_1100);
        assert_eq!(prefix_xor(1), u64::MAX);
    }
}
