//! Whole columns in memory, in the form that filtering and sorting want.
//!
//! Most columns are of one kind from the first row to the last, so the rows at the start say what
//! a column is taken for. One that turns out otherwise further on is read once more.

use super::fields::Source;
use super::numbers::{Decimals, Numbers, Reals};
use super::pieces::Pieces;
use super::reading::{Effort, read_all};
use super::table::Table;
use super::texts::Texts;
use crate::error::{Error, Result};

/// Rows that say what a column is taken for.
const FIRST_ROWS: u32 = 100;

/// One column.
#[derive(Debug)]
pub enum Column {
    Numbers(Numbers),
    Texts(Texts),
}

/// What a column is taken for; the later ones hold what the ones before them do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// With the scale that its first rows have.
    Decimals(u32),
    Reals,
    Texts,
}

/// A column to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wanted {
    pub column: usize,
    /// Its text even where all of it is numbers.
    pub as_text: bool,
}

impl Column {
    /// Read some columns of a table, all in one pass.
    ///
    /// # Errors
    /// As `Table::read`.
    pub fn read(table: &Table, wanted: &[Wanted]) -> Result<Vec<Column>> {
        let mut kinds = first_kinds(table, wanted)?;
        let mut found: Vec<Option<Column>> = wanted.iter().map(|_| None).collect();
        loop {
            let open: Vec<usize> = (0..wanted.len()).filter(|&at| found[at].is_none()).collect();
            if open.is_empty() {
                return found
                    .into_iter()
                    .collect::<Option<_>>()
                    .ok_or_else(|| Error::Internal("A column is missing".into()));
            }
            let columns: Vec<(usize, Kind)> =
                open.iter().map(|&at| (wanted[at].column, kinds[at])).collect();
            for (at, column) in open.into_iter().zip(read_all(table, &columns, &Effort::full())?) {
                found[at] = column;
                kinds[at] = match kinds[at] {
                    Kind::Decimals(_) => Kind::Reals,
                    Kind::Reals | Kind::Texts => Kind::Texts,
                }
            }
        }
    }

    /// Read some columns of a table in one pass, as far as `effort` goes: those that are what
    /// their first rows take them for.
    ///
    /// # Errors
    /// As `Table::read`.
    pub(super) fn read_some(
        table: &Table,
        wanted: &[Wanted],
        effort: &Effort,
    ) -> Result<Vec<Option<Column>>> {
        let kinds = first_kinds(table, wanted)?;
        let columns = wanted.iter().map(|wanted| wanted.column).zip(kinds);
        read_all(table, &columns.collect::<Vec<_>>(), effort)
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        match self {
            Column::Numbers(numbers) => numbers.memory(),
            Column::Texts(texts) => texts.memory(),
        }
    }
}

/// What the first rows take each column for.
fn first_kinds(table: &Table, wanted: &[Wanted]) -> Result<Vec<Kind>> {
    let records = table.read(0, table.rows().min(FIRST_ROWS))?;
    let fields = Source::Records(&records);
    let kind = |wanted: &Wanted| {
        if wanted.as_text || records.is_empty() {
            return Kind::Texts;
        }
        let (mut scale, length) = (0, [records.len() as u32]);
        let mut values = Pieces::new(&length);
        let fits = values
            .cut(&length)
            .all(|values| fields.give(wanted.column, &mut Decimals { values, scale: &mut scale }));
        if fits {
            Kind::Decimals(scale)
        } else if fields.give(wanted.column, &mut Reals(vec![0.0; records.len()].iter_mut())) {
            Kind::Reals
        } else {
            Kind::Texts
        }
    };
    Ok(wanted.iter().map(kind).collect())
}
