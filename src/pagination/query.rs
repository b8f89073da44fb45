//! A query: what to keep of a table, and in which order.

use std::sync::Arc;

use serde::Deserialize;

use super::column::Wanted;
use super::column_cache::ColumnCache;
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
        let _running = columns.query();
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
