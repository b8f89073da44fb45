//! A query: what to keep of a table, and in which order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use serde::Deserialize;

use super::column::{Column, Wanted};
use super::filter::{self, Condition, Operator};
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
        let filtered = self
            .filter
            .iter()
            .map(|condition| {
                let as_text = condition.operator == Operator::Contains;
                Ok(Wanted { column: find(&condition.column)?, as_text })
            })
            .collect::<Result<Vec<_>>>()?;
        let sorted = self
            .sort
            .iter()
            .map(|key| Ok(Wanted { column: find(&key.column)?, as_text: false }))
            .collect::<Result<Vec<_>>>()?;
        let mut wanted: Vec<Wanted> = filtered.iter().chain(&sorted).copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let found = columns.get(table, &wanted)?;
        let column = |one: &Wanted| match wanted.binary_search(one) {
            Ok(at) => Ok(&*found[at]),
            Err(_) => Err(Error::Internal("A column that was asked for is missing".into())),
        };
        let conditions = filtered
            .iter()
            .zip(&self.filter)
            .map(|(wanted, condition)| Ok((column(wanted)?, condition)))
            .collect::<Result<Vec<_>>>()?;
        let keys = sorted
            .iter()
            .zip(&self.sort)
            .map(|(wanted, key)| Ok(Key::new(column(wanted)?, key.descending)))
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
    columns: Mutex<LruCache<Wanted, Arc<Column>>>,
}

impl ColumnCache {
    /// Keep at most this many bytes of columns.
    pub fn new(max_bytes: usize) -> Self {
        ColumnCache { max_bytes, columns: Mutex::new(LruCache::unbounded()) }
    }

    fn get(&self, table: &Table, wanted: &[Wanted]) -> Result<Vec<Arc<Column>>> {
        let kept = |wanted: &Wanted| self.columns().get(wanted).cloned();
        let mut found: Vec<Option<Arc<Column>>> = wanted.iter().map(kept).collect();
        let missing: Vec<Wanted> = wanted
            .iter()
            .zip(&found)
            .filter(|(_, found)| found.is_none())
            .map(|(&wanted, _)| wanted)
            .collect();
        if !missing.is_empty() {
            let mut read = Column::read(table, &missing)?.into_iter().map(Arc::new);
            for (slot, &wanted) in found.iter_mut().zip(wanted) {
                if slot.is_none() {
                    *slot = read.next();
                    if let Some(column) = slot {
                        self.keep(wanted, column.clone());
                    }
                }
            }
        }
        found
            .into_iter()
            .collect::<Option<_>>()
            .ok_or_else(|| Error::Internal("A column that was read is missing".into()))
    }

    fn keep(&self, wanted: Wanted, column: Arc<Column>) {
        let mut columns = self.columns();
        columns.put(wanted, column);
        let mut bytes: usize = columns.iter().map(|(_, column)| column.memory()).sum();
        while bytes > self.max_bytes {
            let Some((_, oldest)) = columns.pop_lru() else { break };
            bytes -= oldest.memory();
        }
    }

    fn columns(&self) -> MutexGuard<'_, LruCache<Wanted, Arc<Column>>> {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
