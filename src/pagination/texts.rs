//! A column of text: each different value once, in order, and for each row the number of its value.
//! A comparison with a constant is then one of small numbers, and so is that of two rows.

use super::dialect::QUOTE;
use super::fields::{Fields, Sink};
use super::interner::{Interner, Values};
use super::pieces::{Piece, Pieces, Rest, for_each};
use crate::error::Result;

/// The texts of a column.
#[derive(Debug)]
pub struct Texts {
    /// For each row, the number of its value.
    pub codes: Codes,
    /// The different values by their bytes, which is by code point.
    pub values: Values,
}

/// Numbers of values, as narrow as they can be.
#[derive(Debug)]
pub enum Codes {
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Longs(Vec<u32>),
}

/// Takes any text: the numbers that `interner` gives it.
pub struct Interned<'a, 'b> {
    pub codes: &'a mut Piece<'b, u8, u32>,
    pub interner: &'a mut Interner,
}

impl Sink for Interned<'_, '_> {
    fn take(&mut self, value: &[u8]) -> bool {
        self.codes.push(self.interner.intern(value, 0, value.len()));
        true
    }

    fn take_many(&mut self, fields: &Fields, column: usize, from: usize) -> usize {
        let taken = match self.codes.rest() {
            Rest::Narrow(rest) => intern_many(fields, column, from, self.interner, rest),
            Rest::Wide(rest) => intern_many(fields, column, from, self.interner, rest),
        };
        self.codes.filled(taken);
        taken
    }
}

fn intern_many<T: TryFrom<u32>>(
    fields: &Fields,
    column: usize,
    from: usize,
    interner: &mut Interner,
    places: &mut [T],
) -> usize {
    let (text, mut taken) = (fields.text, 0);
    for (place, (mut start, mut end)) in places.iter_mut().zip(fields.column(column, from)) {
        if text.get(start) == Some(&QUOTE) {
            (start, end) = (start + 1, end - 1);
            // A quote in the value stands there doubled.
            if memchr::memchr(QUOTE, &text[start..end]).is_some() {
                break;
            }
        }
        match T::try_from(interner.intern(text, start, end)) {
            Ok(number) => *place = number,
            Err(_) => break,
        }
        taken += 1;
    }
    taken
}

/// Put together the pieces of a column, each by the numbers of one of the interners; it says which.
///
/// # Errors
/// As `threads::on`.
pub fn join(
    (pieces, readers): (Pieces<u8, u32>, &[u32]),
    lengths: &[u32],
    interners: Vec<Interner>,
    threads: usize,
) -> Result<Texts> {
    let (values, maps) = in_order(interners);
    let Pieces { mut narrow, wide } = pieces;
    let map = |piece: usize| &maps[readers[piece] as usize][..];
    let codes = if values.len() <= 1 << u8::BITS {
        for_each(&mut narrow, lengths, threads, |piece, _, codes| {
            let map = map(piece);
            codes.iter_mut().for_each(|code| *code = map[usize::from(*code)] as u8);
            true
        })?;
        Codes::Bytes(narrow)
    } else if values.len() <= 1 << u16::BITS {
        Codes::Shorts(mapped(&narrow, &wide, (lengths, threads), map, |code| code as u16)?)
    } else {
        Codes::Longs(mapped(&narrow, &wide, (lengths, threads), map, |code| code)?)
    };
    Ok(Texts { codes, values })
}

/// The numbers in all pieces, each by the map of its piece.
fn mapped<'a, T: Clone + Default + Send>(
    narrow: &[u8],
    wide: &[Vec<u32>],
    (lengths, threads): (&[u32], usize),
    map: impl Fn(usize) -> &'a [u32] + Sync,
    cast: impl Fn(u32) -> T + Sync,
) -> Result<Vec<T>> {
    let mut codes = vec![T::default(); narrow.len()];
    for_each(&mut codes, lengths, threads, |piece, range, codes| {
        let map = map(piece);
        match &wide[piece][..] {
            [] => codes
                .iter_mut()
                .zip(&narrow[range])
                .for_each(|(code, &own)| *code = cast(map[usize::from(own)])),
            wide => {
                codes.iter_mut().zip(wide).for_each(|(code, &own)| *code = cast(map[own as usize]))
            }
        }
        true
    })?;
    Ok(codes)
}

/// The values that several threads have found, in order; and for each thread, which number each
/// of its own has become.
fn in_order(interners: Vec<Interner>) -> (Values, Vec<Vec<u32>>) {
    let mut interners = interners.into_iter();
    let mut all = interners.next().unwrap_or_default();
    let mut maps: Vec<Vec<u32>> = vec![(0..all.values().len() as u32).collect()];
    for interner in interners {
        let values = interner.values();
        let number = |code| {
            let value = values.get(code);
            all.intern(value, 0, value.len())
        };
        maps.push((0..values.len() as u32).map(number).collect());
    }
    let order = order(all.values());
    let mut place = vec![0; order.len()];
    let mut values = Values::default();
    for (code, &found) in order.iter().enumerate() {
        place[found as usize] = code as u32;
        values.push(all.values().get(found));
    }
    for number in maps.iter_mut().flatten() {
        *number = place[*number as usize];
    }
    (values, maps)
}

impl Texts {
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
        let codes = match &self.codes {
            Codes::Bytes(codes) => codes.len(),
            Codes::Shorts(codes) => codes.len() * 2,
            Codes::Longs(codes) => codes.len() * 4,
        };
        codes + self.values.memory()
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
