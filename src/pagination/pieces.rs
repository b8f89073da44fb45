//! Columns that are made in pieces, by several threads, of numbers as narrow as they turn out.
//!
//! Memory that is touched for the first time costs more than what is written into it. So a column
//! begins narrow, and a piece with a value that does not fit is kept apart, in wide numbers, until
//! all are read and the width of the column is known.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::threads;
use crate::error::Result;

/// A column while it is made.
#[derive(Debug)]
pub struct Pieces<N, W> {
    pub narrow: Vec<N>,
    /// For each piece, all of its values where not all of them are narrow; else nothing.
    pub wide: Vec<Vec<W>>,
}

/// One piece, to be filled.
#[derive(Debug)]
pub struct Piece<'a, N, W> {
    narrow: &'a mut [N],
    /// As long as `narrow` once it takes its place.
    wide: &'a mut Vec<W>,
    /// How many values there are.
    length: usize,
}

/// The part of a piece that is still to be filled.
pub enum Rest<'a, N, W> {
    Narrow(&'a mut [N]),
    Wide(&'a mut [W]),
}

impl<N: Copy + Default, W: Clone> Pieces<N, W> {
    /// A column of as many values as the pieces have together.
    pub fn new(lengths: &[u32]) -> Self {
        let all = lengths.iter().map(|&length| length as usize).sum();
        Pieces { narrow: vec![N::default(); all], wide: vec![Vec::new(); lengths.len()] }
    }

    /// The pieces, to be filled.
    pub fn cut(&mut self, lengths: &[u32]) -> impl Iterator<Item = Piece<'_, N, W>> {
        let Pieces { narrow, wide } = self;
        cut(narrow, lengths).zip(wide).map(|(narrow, wide)| Piece { narrow, wide, length: 0 })
    }
}

impl<N: Copy + TryFrom<W>, W: Copy + Default + From<N>> Piece<'_, N, W> {
    /// Put a value behind the others; there must be no more than the piece is long.
    pub fn push(&mut self, value: W) {
        if self.wide.is_empty() {
            match N::try_from(value) {
                Ok(value) => self.narrow[self.length] = value,
                Err(_) => self.widen(),
            }
        }
        if let Some(place) = self.wide.get_mut(self.length) {
            *place = value;
        }
        self.length += 1;
    }

    /// What there is room for behind the values; who fills it calls `filled` afterwards.
    pub fn rest(&mut self) -> Rest<'_, N, W> {
        match self.wide.get_mut(self.length..) {
            Some(rest) if !rest.is_empty() => Rest::Wide(rest),
            _ => Rest::Narrow(&mut self.narrow[self.length..]),
        }
    }

    pub fn filled(&mut self, more: usize) {
        self.length += more;
    }

    fn widen(&mut self) {
        self.wide.extend(self.narrow[..self.length].iter().map(|&value| W::from(value)));
        self.wide.resize(self.narrow.len(), W::default());
    }

    /// Make another of each value so far; whether `change` could for all of them.
    pub fn change(&mut self, change: impl Fn(W) -> Option<W>) -> bool {
        let was_narrow = self.wide.is_empty();
        if was_narrow {
            self.widen();
        }
        let values = &mut self.wide[..self.length];
        if !values.iter_mut().all(|value| change(*value).map(|new| *value = new).is_some()) {
            return false;
        }
        let back =
            |(&value, place): (&W, &mut N)| N::try_from(value).map(|value| *place = value).is_ok();
        if was_narrow && values.iter().zip(self.narrow.iter_mut()).all(back) {
            *self.wide = Vec::new();
        }
        true
    }
}

/// Parts of these lengths, one after the other.
pub fn cut<'a, T>(mut all: &'a mut [T], lengths: &[u32]) -> impl Iterator<Item = &'a mut [T]> {
    lengths.iter().map_while(move |&length| {
        let (part, rest) = std::mem::take(&mut all).split_at_mut_checked(length as usize)?;
        all = rest;
        Some(part)
    })
}

/// Call `each` for all parts of these lengths, on so many threads: with the part's number, where in
/// `all` it is, and it. Whether it always said true.
///
/// # Errors
/// As `threads::on`.
pub fn for_each<T: Send>(
    all: &mut [T],
    lengths: &[u32],
    threads: usize,
    each: impl Fn(usize, Range<usize>, &mut [T]) -> bool + Sync,
) -> Result<bool> {
    let mut start = 0;
    let parts = cut(all, lengths).enumerate().map(|(number, part)| {
        let range = start..start + part.len();
        start = range.end;
        (number, range, part)
    });
    let parts = Mutex::new(parts);
    let take = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = |_| {
        while let Some((number, range, part)) = take() {
            if !each(number, range, part) {
                return false;
            }
        }
        true
    };
    Ok(threads::on(threads, work)?.into_iter().all(|all| all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(values: &[i64]) -> (Vec<i32>, Vec<i64>) {
        let lengths = [values.len() as u32];
        let mut pieces = Pieces::<i32, i64>::new(&lengths);
        pieces.cut(&lengths).for_each(|mut piece| values.iter().for_each(|&v| piece.push(v)));
        let wide = pieces.wide.pop().unwrap_or_default();
        (pieces.narrow, wide)
    }

    #[test]
    fn a_piece_is_narrow_until_a_value_does_not_fit() {
        assert_eq!(made(&[1, -2, 3]), (vec![1, -2, 3], vec![]));
        assert_eq!(made(&[1, -2, 1 << 40, 4]).1, [1, -2, 1 << 40, 4]);
        assert_eq!(made(&[1 << 40, 2]).1, [1 << 40, 2]);
    }

    #[test]
    fn a_piece_can_be_filled_by_parts() {
        let lengths = [4];
        let mut pieces = Pieces::<u8, u32>::new(&lengths);
        for mut piece in pieces.cut(&lengths) {
            for value in [1, 300, 2] {
                match piece.rest() {
                    Rest::Narrow(rest) => rest[0] = 7,
                    Rest::Wide(rest) => rest[0] = 700,
                }
                piece.filled(1);
                if value == 300 {
                    piece.push(value);
                }
            }
        }
        assert_eq!(pieces.wide, [[7, 7, 300, 700]]);
    }

    #[test]
    fn values_that_are_changed_may_become_wide() {
        let lengths = [2, 2];
        let mut pieces = Pieces::<u8, u32>::new(&lengths);
        for mut piece in pieces.cut(&lengths) {
            piece.push(100);
            assert!(piece.change(|value| value.checked_mul(2)));
            piece.push(7);
        }
        assert_eq!((pieces.narrow, pieces.wide), (vec![200, 7, 200, 7], vec![vec![], vec![]]));
        let mut pieces = Pieces::<u8, u32>::new(&lengths);
        for mut piece in pieces.cut(&lengths) {
            piece.push(100);
            assert!(piece.change(|value| value.checked_mul(3)));
            piece.push(7);
            assert!(!piece.change(|value| value.checked_mul(u32::MAX)));
        }
        assert_eq!(pieces.wide, [[300, 7], [300, 7]]);
    }
}
