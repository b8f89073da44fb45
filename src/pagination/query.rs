//! A query: what to keep of a table, and in which order.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::column::Column;
use super::filter::{self, Condition};
use super::sort::{self, Key};
use super::table::Table;
use crate::error::{Error, Result};

/// What is asked of a table, checked by the caller against its columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Query {
    #[serde(default)]
    pub filter: Vec<Condition>,
    #[serde(default)]
    pub sort: Vec<SortKey>,
}

/// One key of the order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SortKey {
    pub column: String,
    #[serde(default)]
    pub descending: bool,
}

/// The row numbers of a query's result; `None` stands for all rows in their order.
pub type Order = Option<Arc<Vec<u32>>>;

impl Query {
    /// Answer the query. Deleted rows are in the result; who reads it passes them over.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` for a column that the table does not have; what `Table::read` gives.
    pub fn run(&self, table: &Table, columns: &ColumnCache) -> Result<Order> {
        if self.filter.is_empty() && self.sort.is_empty() {
            return Ok(None);
        }
        let find = |name: &str| {
            table.columns().iter().position(|column| column == name).ok_or_else(|| {
                Error::InvalidArg {
                    argument: "query".into(),
                    message: format!("There is no column {name:?}"),
                }
            })
        };
        let filtered: Vec<usize> =
            self.filter.iter().map(|c| find(&c.column)).collect::<Result<_>>()?;
        let sorted: Vec<usize> =
            self.sort.iter().map(|k| find(&k.column)).collect::<Result<_>>()?;
        let mut wanted: Vec<usize> = filtered.iter().chain(&sorted).copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let found = columns.get(table, &wanted)?;
        let column = |number: usize| match wanted.binary_search(&number) {
            Ok(at) => Ok(&*found[at]),
            Err(_) => Err(Error::Internal("A column that was asked for is missing".into())),
        };
        let conditions = filtered
            .iter()
            .zip(&self.filter)
            .map(|(&number, condition)| Ok((column(number)?, condition)))
            .collect::<Result<Vec<_>>>()?;
        let keys = sorted
            .iter()
            .zip(&self.sort)
            .map(|(&number, key)| Ok(Key { column: column(number)?, descending: key.descending }))
            .collect::<Result<Vec<_>>>()?;
        let rows = filter::select(table.rows(), &conditions);
        let rows = if keys.is_empty() { rows } else { sort::sort(rows, &keys, table.rows()) };
        Ok(Some(Arc::new(rows)))
    }
}

/// Columns that queries have read, for the queries that follow.
#[derive(Debug)]
pub struct ColumnCache {
    max_bytes: usize,
    /// The most recently used last.
    columns: Mutex<Vec<(usize, Arc<Column>)>>,
}

impl ColumnCache {
    /// Keep at most this many bytes of columns.
    pub fn new(max_bytes: usize) -> Self {
        ColumnCache { max_bytes, columns: Mutex::new(Vec::new()) }
    }

    fn get(&self, table: &Table, wanted: &[usize]) -> Result<Vec<Arc<Column>>> {
        let kept = |number: &usize| {
            let mut columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
            let at = columns.iter().position(|(kept, _)| kept == number)?;
            let entry = columns.remove(at);
            let column = entry.1.clone();
            columns.push(entry);
            Some(column)
        };
        let mut found: Vec<Option<Arc<Column>>> = wanted.iter().map(kept).collect();
        let missing: Vec<usize> = wanted
            .iter()
            .zip(&found)
            .filter(|(_, found)| found.is_none())
            .map(|(&number, _)| number)
            .collect();
        if !missing.is_empty() {
            let mut read = Column::read(table, &missing)?.into_iter().map(Arc::new);
            for (slot, &number) in found.iter_mut().zip(wanted) {
                if slot.is_none() {
                    *slot = read.next();
                    if let Some(column) = slot {
                        self.keep(number, column.clone());
                    }
                }
            }
        }
        found
            .into_iter()
            .collect::<Option<_>>()
            .ok_or_else(|| Error::Internal("A column that was read is missing".into()))
    }

    fn keep(&self, number: usize, column: Arc<Column>) {
        let mut columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        columns.retain(|(kept, _)| *kept != number);
        columns.push((number, column));
        let mut bytes: usize = columns.iter().map(|(_, column)| column.memory()).sum();
        while bytes > self.max_bytes && !columns.is_empty() {
            bytes -= columns.remove(0).1.memory();
        }
    }
}
