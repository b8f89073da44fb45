//! Columns that have been read, for the queries that want them.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::column::{Column, Wanted};
use super::table::Table;
use crate::error::{Error, Result};

/// The columns of one table.
#[derive(Debug)]
pub struct ColumnCache {
    max_bytes: usize,
    columns: Mutex<LruCache<Wanted, Arc<Column>>>,
    /// How many queries run.
    queries: Mutex<usize>,
    query_ended: Condvar,
}

/// A query that runs, until it is dropped.
pub struct Running<'a>(&'a ColumnCache);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.queries() -= 1;
        self.0.query_ended.notify_all();
    }
}

impl ColumnCache {
    /// Keep at most this many bytes of columns.
    pub fn new(max_bytes: usize) -> Self {
        ColumnCache {
            max_bytes,
            columns: Mutex::new(LruCache::unbounded()),
            queries: Mutex::new(0),
            query_ended: Condvar::new(),
        }
    }

    pub fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Tell that a query runs.
    pub fn query(&self) -> Running<'_> {
        *self.queries() += 1;
        Running(self)
    }

    /// Wait until no query runs.
    pub fn wait_for_queries(&self) {
        let running = self.queries();
        let _none = self.query_ended.wait_while(running, |running| *running > 0);
    }

    fn queries(&self) -> MutexGuard<'_, usize> {
        self.queries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Some columns of the table that this is the cache of; those that are not here are read.
    ///
    /// # Errors
    /// As `Column::read`.
    pub fn get(&self, table: &Table, wanted: &[Wanted]) -> Result<Vec<Arc<Column>>> {
        let mut found: Vec<Option<Arc<Column>>> =
            wanted.iter().map(|wanted| self.kept(wanted)).collect();
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

    /// How many columns are here.
    pub fn len(&self) -> usize {
        self.columns().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kept(&self, wanted: &Wanted) -> Option<Arc<Column>> {
        let mut columns = self.columns();
        if wanted.as_text {
            // A column that is text anyway need not be here twice.
            let plain = columns.get(&Wanted { as_text: false, ..*wanted });
            if let Some(column) = plain.filter(|column| matches!(***column, Column::Texts(_))) {
                return Some(column.clone());
            }
        }
        columns.get(wanted).cloned()
    }

    fn keep(&self, wanted: Wanted, column: Arc<Column>) {
        let mut columns = self.columns();
        columns.put(wanted, column);
        let mut bytes = bytes(&columns);
        while bytes > self.max_bytes {
            let Some((_, oldest)) = columns.pop_lru() else { break };
            bytes -= oldest.memory();
        }
    }

    /// Keep a column that nobody wanted yet, as the first to go, unless it is here or there is no
    /// room.
    pub fn keep_if_it_fits(&self, wanted: Wanted, column: Column) {
        let mut columns = self.columns();
        if columns.contains(&wanted) || bytes(&columns) + column.memory() > self.max_bytes {
            return;
        }
        columns.put(wanted, Arc::new(column));
        columns.demote(&wanted);
    }

    fn columns(&self) -> MutexGuard<'_, LruCache<Wanted, Arc<Column>>> {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bytes(columns: &LruCache<Wanted, Arc<Column>>) -> usize {
    columns.iter().map(|(_, column)| column.memory()).sum()
}
