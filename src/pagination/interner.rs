//! Different strings, numbered as they come.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::fields::word;

/// Strings end to end, by number.
#[derive(Debug, Default)]
pub struct Values {
    bytes: Vec<u8>,
    ends: Vec<u64>,
}

impl Values {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The string of this number; empty where there is none.
    #[inline]
    pub fn get(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends.get(number - 1).copied().unwrap_or(0) };
        let end = self.ends.get(number).copied().unwrap_or(start);
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }

    pub fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len() as u64);
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        self.bytes.len() + self.ends.len() * 8
    }
}

/// Gives equal strings one number.
///
/// Most columns of text hold few different values, and short ones. Those that came last are kept
/// apart in a small table, by two words that hold the whole of a short string: one comparison of
/// numbers finds it.
pub struct Interner {
    recent: Box<[Recent; RECENT]>,
    /// Half of the hash, and the number, of every value.
    table: HashTable<(u32, u32)>,
    values: Values,
    /// Nobody who writes a file can know which strings fall together.
    keys: [u64; 2],
}

/// How many places there are for short strings that came last.
const RECENT: usize = 1 << RECENT_BITS;
const RECENT_BITS: u32 = 10;

/// The longest string of which two words hold everything.
const SHORT: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Short {
    head: u64,
    tail: u64,
    length: u32,
}

#[derive(Clone, Copy)]
struct Recent {
    value: Short,
    number: u32,
}

impl Default for Interner {
    fn default() -> Self {
        // No short string is as long as this.
        let none = Recent { value: Short { head: 0, tail: 0, length: u32::MAX }, number: 0 };
        let random = RandomState::new();
        Interner {
            recent: Box::new([none; RECENT]),
            table: HashTable::new(),
            values: Values::default(),
            keys: [random.hash_one(0), random.hash_one(1)],
        }
    }
}

impl Short {
    /// The string `text[start..end]`, of at most sixteen bytes.
    #[inline(always)]
    fn new(text: &[u8], start: usize, end: usize) -> Short {
        let length = end - start;
        let head = word(text, start).unwrap_or_else(|| last_word(text, start));
        if length > 8 {
            let tail = word(text, end - 8).unwrap_or_default();
            return Short { head, tail, length: length as u32 };
        }
        // What follows the string is shifted out.
        let others = u64::BITS - 8 * length as u32;
        let head = head.checked_shl(others).unwrap_or(0);
        Short { head, tail: 0, length: length as u32 }
    }

    #[inline(always)]
    fn hash(&self, keys: [u64; 2]) -> u64 {
        let head = self.head ^ keys[0];
        let tail = self.tail.rotate_left(32) ^ u64::from(self.length) ^ keys[1];
        let product = u128::from(head) * u128::from(tail);
        product as u64 ^ (product >> 64) as u64
    }
}

impl Interner {
    /// The number of the string `text[start..end]`.
    #[inline(always)]
    pub fn intern(&mut self, text: &[u8], start: usize, end: usize) -> u32 {
        if end - start > SHORT {
            return self.intern_long(&text[start..end]);
        }
        let value = Short::new(text, start, end);
        let hash = value.hash(self.keys);
        let place = (hash >> (u64::BITS - RECENT_BITS)) as usize;
        if self.recent[place].value == value {
            return self.recent[place].number;
        }
        let number = self.number(hash, &text[start..end]);
        self.recent[place] = Recent { value, number };
        number
    }

    #[inline(never)]
    fn intern_long(&mut self, value: &[u8]) -> u32 {
        self.number(xxh3_64_with_seed(value, self.keys[0]), value)
    }

    #[inline(never)]
    fn number(&mut self, hash: u64, value: &[u8]) -> u32 {
        let Interner { table, values, .. } = self;
        let hash = hash as u32;
        let same = |&(other, number): &(u32, u32)| other == hash && values.get(number) == value;
        if let Some(&(_, number)) = table.find(spread(hash), same) {
            return number;
        }
        let number = values.len() as u32;
        values.push(value);
        table.insert_unique(spread(hash), (hash, number), |&(hash, _)| spread(hash));
        number
    }

    pub fn values(&self) -> &Values {
        &self.values
    }
}

/// As `word`, where fewer than eight bytes are left.
#[cold]
fn last_word(text: &[u8], start: usize) -> u64 {
    text.get(start..)
        .unwrap_or_default()
        .iter()
        .rev()
        .fold(0, |word, &byte| (word << 8) | u64::from(byte))
}

/// Half of a hash over all the bits that the table looks at.
#[inline(always)]
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn equal_strings_and_only_those_have_one_number(
            values in prop::collection::vec("([ab\\u{0}]{0,3}|[ab]{7,9}|[ab]{15,18}|c{0,40})", 0..200),
            between in "[ab]{0,9}",
        ) {
            let text = values.join(&between);
            let (mut interner, mut numbers) = (Interner::default(), HashMap::new());
            let mut start = 0;
            for value in &values {
                let number = interner.intern(text.as_bytes(), start, start + value.len());
                start += value.len() + between.len();
                let next = numbers.len() as u32;
                prop_assert_eq!(number, *numbers.entry(value.clone()).or_insert(next));
                prop_assert_eq!(interner.values().get(number), value.as_bytes());
            }
        }
    }
}
