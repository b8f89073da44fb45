//! Different strings, numbered as they come.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

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
#[derive(Default)]
pub struct Interner {
    table: HashTable<u32>,
    values: Values,
}

impl Interner {
    /// The number of `value`.
    #[inline]
    pub fn intern(&mut self, value: &[u8]) -> u32 {
        let Interner { table, values } = self;
        let hash = xxh3_64(value);
        if let Some(&number) = table.find(hash, |&number| values.get(number) == value) {
            return number;
        }
        let number = values.len() as u32;
        values.push(value);
        table.insert_unique(hash, number, |&number| xxh3_64(values.get(number)));
        number
    }

    pub fn values(&self) -> &Values {
        &self.values
    }
}
