//! How often keys were seen lately: a count-min sketch of 4-bit counters that are halved from time
//! to time (Cormode, Muthukrishnan, "An improved data stream summary", 2005; ageing after Einziger,
//! Friedman, Manes, "TinyLFU: a highly efficient cache admission policy", ACM ToS 2017).

/// Counters go up to this.
const MAX_COUNT: u64 = 15;
/// Keys are aged when so many were counted per entry of the cache; the paper's and Caffeine's 10.
const SAMPLE_FACTOR: u64 = 10;
/// The four counters of a key lie in one block of eight words, which is one cache line.
const BLOCK_WORDS: usize = 8;
/// The least table, in words: below it the sketch of a tiny cache would confuse most keys.
const MIN_WORDS: usize = 256;
/// The highest bit of every counter after a shift to the right: it came from the next counter.
const HALF_MASK: u64 = 0x7777_7777_7777_7777;
/// The lowest bit of every counter.
const ODD_MASK: u64 = 0x1111_1111_1111_1111;

/// See the module.
pub struct Sketch {
    words: Vec<u64>,
    entries: u64,
    counted: u64,
}

impl Sketch {
    /// A sketch that serves a cache of so many entries.
    pub fn new(entries: u64) -> Self {
        let len = usize::try_from(entries).unwrap_or(usize::MAX).clamp(MIN_WORDS, 1 << 26);
        Sketch { words: vec![0; len.next_power_of_two()], entries: entries.max(1), counted: 0 }
    }

    /// Serve more entries than so far. What was counted is lost where the table has to grow.
    pub fn reserve(&mut self, entries: u64) {
        if entries > self.words.len() as u64 {
            *self = Sketch::new(entries);
        }
        self.entries = self.entries.max(entries);
    }

    /// The bytes by which [`Sketch::reserve`] would have the table grow.
    pub fn growth_for(&self, entries: u64) -> usize {
        if entries > self.words.len() as u64 { self.bytes() } else { 0 }
    }

    /// After so many counted keys they are aged.
    pub fn sample(&self) -> u64 {
        self.entries.saturating_mul(SAMPLE_FACTOR)
    }

    /// Count a key.
    pub fn add(&mut self, hash: u32) {
        let mut added = 0;
        for (word, shift) in self.places(hash) {
            // Without branches: whether a counter is full is as good as chance.
            let room = u64::from((self.words[word] >> shift) & MAX_COUNT < MAX_COUNT);
            self.words[word] += room << shift;
            added |= room;
        }
        self.counted += added;
        if self.counted >= self.sample() {
            self.age();
        }
    }

    /// How often the key was counted lately: 0 to 15, never too low but for the ageing.
    pub fn count(&self, hash: u32) -> u64 {
        let mut least = MAX_COUNT;
        for (word, shift) in self.places(hash) {
            least = least.min((self.words[word] >> shift) & MAX_COUNT);
        }
        least
    }

    pub fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }

    fn age(&mut self) {
        let mut odd = 0;
        for word in &mut self.words {
            odd += u64::from((*word & ODD_MASK).count_ones());
            *word = (*word >> 1) & HALF_MASK;
        }
        // Four counters a key: what the halves lost is a quarter of the odd counters.
        self.counted = (self.counted - (odd >> 2).min(self.counted)) >> 1;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_up_to_fifteen_and_tells_keys_apart() {
        let mut sketch = Sketch::new(1000);
        for _ in 0..40 {
            sketch.add(7);
        }
        sketch.add(8);
        assert_eq!((sketch.count(7), sketch.count(8), sketch.count(9)), (15, 1, 0));
    }

    #[test]
    fn halves_all_counts_once_the_sample_is_full() {
        let mut sketch = Sketch::new(1);
        for _ in 0..9 {
            sketch.add(7);
        }
        assert_eq!(sketch.count(7), 9);
        sketch.add(7);
        assert_eq!(sketch.count(7), 5);
    }
}
