//! The order in which a query has its rows.

use std::cmp::Ordering;

use super::column::Column;
use super::numbers::Places;
use super::texts::Codes;
use super::threads;

/// One key of an order: for each row a place, from 0 up to the greatest.
pub struct Key<'a> {
    places: ColumnPlaces<'a>,
    greatest: u64,
    descending: bool,
}

enum ColumnPlaces<'a> {
    Numbers(Places<'a>),
    Texts(&'a Codes),
}

impl<'a> Key<'a> {
    pub fn new(column: &'a Column, descending: bool) -> Self {
        let (places, greatest) = match column {
            Column::Numbers(numbers) => {
                let (places, greatest) = numbers.places();
                (ColumnPlaces::Numbers(places), greatest)
            }
            Column::Texts(texts) => {
                let greatest = (texts.values.len() as u64).saturating_sub(1);
                (ColumnPlaces::Texts(&texts.codes), greatest)
            }
        };
        Key { places, greatest, descending }
    }

    /// The place of a row by this key alone.
    #[inline]
    fn place(&self, row: u32) -> u64 {
        let place = match &self.places {
            ColumnPlaces::Numbers(places) => places.get(row),
            ColumnPlaces::Texts(Codes::Bytes(codes)) => codes[row as usize].into(),
            ColumnPlaces::Texts(Codes::Shorts(codes)) => codes[row as usize].into(),
            ColumnPlaces::Texts(Codes::Longs(codes)) => codes[row as usize].into(),
        };
        if self.descending { self.greatest - place } else { place }
    }

    fn bits(&self) -> u32 {
        u64::BITS - self.greatest.leading_zeros()
    }
}

/// Fewer rows than this are sorted by one thread.
const WORTH_A_THREAD: usize = 20_000;

/// Sort `rows`, which ascend, by the keys in turn; equal ones stay in the order of their rows.
///
/// The places by all keys and the row number, side by side in one number, are what is sorted
/// wherever they fit: comparing numbers is all that is left to do.
pub fn sort(rows: Vec<u32>, keys: &[Key], total_rows: u32) -> Vec<u32> {
    let row_bits = u32::BITS - total_rows.saturating_sub(1).leading_zeros();
    let bits = keys.iter().map(Key::bits).sum::<u32>() + row_bits;
    if bits <= u64::BITS {
        let pack = |row: u32| {
            let packed =
                keys.iter().fold(0, |packed, key| join(packed, key.bits(), key.place(row)));
            (packed << row_bits) | u64::from(row)
        };
        let mask = low_bits(row_bits);
        by_packed(rows, pack, |packed| (packed & u64::from(mask)) as u32)
    } else if bits <= u128::BITS {
        let pack = |row: u32| {
            let packed = keys
                .iter()
                .fold(0u128, |packed, key| (packed << key.bits()) | u128::from(key.place(row)));
            (packed << row_bits) | u128::from(row)
        };
        let mask = low_bits(row_bits);
        by_packed(rows, pack, |packed| (packed & u128::from(mask)) as u32)
    } else {
        let mut rows = rows;
        rows.sort_unstable_by(|&a, &b| {
            keys.iter()
                .map(|key| key.place(a).cmp(&key.place(b)))
                .find(|&ordering| ordering != Ordering::Equal)
                .unwrap_or_else(|| a.cmp(&b))
        });
        rows
    }
}

/// `place` behind `packed`. A shift by all bits would not be one; it has nothing before it anyway.
fn join(packed: u64, bits: u32, place: u64) -> u64 {
    packed.checked_shl(bits).unwrap_or(0) | place
}

fn low_bits(bits: u32) -> u32 {
    if bits == 0 { 0 } else { u32::MAX >> (u32::BITS - bits) }
}

fn by_packed<T: Copy + Ord + Send + Sync>(
    rows: Vec<u32>,
    pack: impl Fn(u32) -> T + Sync,
    row: impl Fn(T) -> u32,
) -> Vec<u32> {
    if rows.len() < WORTH_A_THREAD || threads::count() < 2 {
        let mut packed: Vec<T> = rows.into_iter().map(pack).collect();
        packed.sort_unstable();
        return packed.into_iter().map(row).collect();
    }
    let middle = rows.len() / 2;
    let sorted = |rows: &[u32]| {
        let mut packed: Vec<T> = rows.iter().map(|&row| pack(row)).collect();
        packed.sort_unstable();
        packed
    };
    let (low, high) = std::thread::scope(|scope| {
        let other = scope.spawn(|| sorted(&rows[middle..]));
        let low = sorted(&rows[..middle]);
        // A thread that could not finish leaves its half to this one.
        (low, other.join().unwrap_or_else(|_| sorted(&rows[middle..])))
    });
    merge(&low, &high, row)
}

fn merge<T: Copy + Ord>(a: &[T], b: &[T], row: impl Fn(T) -> u32) -> Vec<u32> {
    let (mut a, mut b) = (a, b);
    let mut merged = Vec::with_capacity(a.len() + b.len());
    while let (Some(&first), Some(&second)) = (a.first(), b.first()) {
        if first < second {
            merged.push(row(first));
            a = &a[1..];
        } else {
            merged.push(row(second));
            b = &b[1..];
        }
    }
    merged.extend(a.iter().chain(b).map(|&packed| row(packed)));
    merged
}
