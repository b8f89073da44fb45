//! Which rows are left. Rows keep their numbers for good; a deleted one leaves a tombstone.

use roaring::RoaringBitmap;
use xxhash_rust::xxh3::xxh3_64;

/// The tombstones of a table.
#[derive(Debug, Default)]
pub struct Live {
    deleted: RoaringBitmap,
    /// Changes with the set, and is the same for the same set in any process.
    digest: u64,
}

impl Live {
    /// Delete a row; whether it was there.
    pub fn delete(&mut self, row: u32) -> bool {
        let fresh = self.deleted.insert(row);
        if fresh {
            self.digest ^= xxh3_64(&row.to_le_bytes());
        }
        fresh
    }

    pub fn deleted(&self) -> &RoaringBitmap {
        &self.deleted
    }

    pub fn digest(&self) -> u64 {
        self.digest
    }
}

/// Positions `0..len` of which some are gone.
#[derive(Debug, Clone, Copy)]
pub struct Positions<'a> {
    pub len: u32,
    pub gone: &'a RoaringBitmap,
}

impl Positions<'_> {
    /// How many are left.
    pub fn live(&self) -> u32 {
        self.len - self.gone.len() as u32
    }

    /// How many of those before `position` are left.
    pub fn rank(&self, position: u32) -> u32 {
        let position = position.min(self.len);
        position - self.gone.range_cardinality(..position) as u32
    }

    /// The position of the `number`th that is left, counted from 0.
    pub fn select(&self, number: u32) -> Option<u32> {
        if number >= self.live() {
            return None;
        }
        // The answer lies at most as far on as there are tombstones.
        let (mut low, mut high) = (number, number + self.gone.len() as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.rank(middle + 1) > number { high = middle } else { low = middle + 1 }
        }
        Some(low)
    }

    /// Up to `count` that are left, from the `number`th on.
    pub fn slice(&self, number: u32, count: u32) -> Vec<u32> {
        let count = count.min(self.live().saturating_sub(number));
        let Some(mut position) = self.select(number) else { return Vec::new() };
        let mut found = Vec::with_capacity(count as usize);
        while found.len() < count as usize {
            if !self.gone.contains(position) {
                found.push(position);
            }
            position += 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_are_what_a_plain_list_says(
            len in 0u32..300,
            gone in prop::collection::btree_set(0u32..300, 0..200),
            from in 0u32..320,
            count in 0u32..50,
        ) {
            let gone: RoaringBitmap = gone.into_iter().filter(|&at| at < len).collect();
            let left: Vec<u32> = (0..len).filter(|at| !gone.contains(*at)).collect();
            let positions = Positions { len, gone: &gone };
            prop_assert_eq!(positions.live() as usize, left.len());
            prop_assert_eq!(positions.select(from), left.get(from as usize).copied());
            let before = left.iter().filter(|&&at| at < from).count();
            prop_assert_eq!(positions.rank(from) as usize, before);
            let slice: Vec<u32> =
                left.iter().skip(from as usize).take(count as usize).copied().collect();
            prop_assert_eq!(positions.slice(from, count), slice);
        }
    }
}
