//! A column of text: each different value once, in order, and for each row the number of its value.
//! A comparison with a constant is then one of small numbers, and so is that of two rows.

use super::interner::{Interner, Values};

/// The texts of a column.
#[derive(Debug)]
pub struct Texts {
    /// For each row, the number of its value.
    pub codes: Vec<u32>,
    /// The different values by their bytes, which is by code point.
    pub values: Values,
}

/// What one thread read of a column: values by numbers of its own, and the rows they are in.
#[derive(Default)]
pub struct Part {
    pub interner: Interner,
    pub runs: Vec<(u32, Vec<u32>)>,
}

impl Texts {
    /// Put together what threads have read.
    pub fn join(parts: Vec<Part>, rows: usize) -> Texts {
        let mut parts = parts.into_iter();
        let Part { interner: mut all, runs } = parts.next().unwrap_or_default();
        let mut mapped = vec![(None, runs)];
        for part in parts {
            let values = part.interner.values();
            let map: Vec<u32> =
                (0..values.len() as u32).map(|code| all.intern(values.get(code))).collect();
            mapped.push((Some(map), part.runs));
        }
        let order = order(all.values());
        let mut place = vec![0; order.len()];
        let mut values = Values::default();
        for (code, &found) in order.iter().enumerate() {
            place[found as usize] = code as u32;
            values.push(all.values().get(found));
        }
        let mut codes = vec![0; rows];
        for (map, runs) in mapped {
            for (first, run) in runs {
                let first = first as usize;
                for (code, found) in codes[first..first + run.len()].iter_mut().zip(run) {
                    let found = map.as_ref().map_or(found, |map| map[found as usize]);
                    *code = place[found as usize];
                }
            }
        }
        Texts { codes, values }
    }

    /// The numbers of the values equal to `text`, from the first up to the second, which is not
    /// one of them; they are the same, and where it would be, when there is none.
    pub fn equal(&self, text: &[u8]) -> (u32, u32) {
        let count = self.values.len() as u32;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.values.get(middle) < text { low = middle + 1 } else { high = middle }
        }
        let found = low < count && self.values.get(low) == text;
        (low, low + u32::from(found))
    }

    pub fn memory(&self) -> usize {
        self.codes.len() * 4 + self.values.memory()
    }
}

/// The numbers of the values, in the order of the values.
fn order(values: &Values) -> Vec<u32> {
    // Most comparisons end in the first eight bytes: keep those at hand.
    let mut order: Vec<(u64, u32)> = (0..values.len() as u32)
        .map(|code| {
            let value = values.get(code);
            let mut prefix = [0; 8];
            let length = value.len().min(8);
            prefix[..length].copy_from_slice(&value[..length]);
            (u64::from_be_bytes(prefix), code)
        })
        .collect();
    order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| values.get(a.1).cmp(values.get(b.1))));
    order.into_iter().map(|(_, code)| code).collect()
}
