//! How often keys were seen that are remembered no more: a count-min sketch of 4-bit counters that
//! are halved from time to time (Cormode, Muthukrishnan, "An improved data stream summary", 2005;
//! ageing after Einziger, Friedman, Manes, "TinyLFU: a highly efficient cache admission policy", ACM
//! ToS 2017).

/// Counters go up to this.
pub const MAX_COUNT: u8 = 15;
/// The four counters of a key lie in one block of eight words, which is one cache line.
const BLOCK_WORDS: usize = 8;
/// The least table, in words: below it the sketch of a tiny cache would confuse most keys.
const MIN_WORDS: usize = 256;
/// The highest bit of every counter after a shift to the right: it came from the next counter.
const HALF_MASK: u64 = 0x7777_7777_7777_7777;

/// See the module.
pub struct Sketch {
    words: Vec<u64>,
}

impl Sketch {
    /// A sketch that serves a cache of so many entries.
    pub fn new(entries: u64) -> Self {
        let len = usize::try_from(entries).unwrap_or(usize::MAX).clamp(MIN_WORDS, 1 << 26);
        Sketch { words: vec![0; len.next_power_of_two()] }
    }

    /// Serve more entries than so far. What was known is lost where the table has to grow.
    pub fn reserve(&mut self, entries: u64) {
        if entries > self.words.len() as u64 {
            *self = Sketch::new(entries);
        }
    }

    /// The bytes by which [`Sketch::reserve`] would have the table grow.
    pub fn growth_for(&self, entries: u64) -> usize {
        if entries > self.words.len() as u64 { self.bytes() } else { 0 }
    }

    /// Remember that a key was seen so often, if not more often is known.
    pub fn raise(&mut self, hash: u32, count: u8) {
        for (word, shift) in self.places(hash) {
            let word = &mut self.words[word];
            let known = counter(*word, shift);
            *word += u64::from(count.saturating_sub(known)) << shift;
        }
    }

    /// How often the key was seen lately: 0 to 15, never too low but for the ageing.
    pub fn count(&self, hash: u32) -> u8 {
        let counts = self.places(hash).map(|(word, shift)| counter(self.words[word], shift));
        counts.into_iter().fold(MAX_COUNT, u8::min)
    }

    /// Halve all counts.
    pub fn age(&mut self) {
        for word in &mut self.words {
            *word = (*word >> 1) & HALF_MASK;
        }
    }

    pub fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }

    /// The four counters of a key, as word and shift: one in each quarter of the key's block.
    #[inline]
    fn places(&self, hash: u32) -> [(usize, u32); 4] {
        let spread = u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let spread = (spread ^ (spread >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        let blocks = self.words.len() / BLOCK_WORDS;
        let block = (spread as usize & (blocks - 1)) * BLOCK_WORDS;
        let pick = (spread >> 32) as u32;
        let mut places = [(0, 0); 4];
        for (row, place) in places.iter_mut().enumerate() {
            let bits = pick >> (row * 8);
            *place = (block + row * 2 + (bits & 1) as usize, ((bits >> 1) & 15) * 4);
        }
        places
    }
}

fn counter(word: u64, shift: u32) -> u8 {
    (word >> shift) as u8 & MAX_COUNT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_highest_count_and_tells_keys_apart() {
        let mut sketch = Sketch::new(1000);
        sketch.raise(7, 15);
        sketch.raise(7, 4);
        sketch.raise(8, 1);
        assert_eq!((sketch.count(7), sketch.count(8), sketch.count(9)), (15, 1, 0));
    }

    #[test]
    fn halves_all_counts_when_it_ages() {
        let mut sketch = Sketch::new(1);
        sketch.raise(7, 9);
        sketch.raise(8, 1);
        sketch.age();
        assert_eq!((sketch.count(7), sketch.count(8)), (4, 0));
    }
}
