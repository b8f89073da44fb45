//! What pages are cut from: the rows of a table, or of a query of it, less those deleted.
//!
//! A view's order never changes; deletions only take rows out of it. So a position in the order is
//! a place that a cursor can name for good, and the number of a page is a matter of the moment.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use roaring::RoaringBitmap;

use super::cursor::{Binding, Cursor, Direction};
use super::live::{Live, Positions};
use super::query::Order;
use super::records::Records;
use super::render::Selection;
use super::table::Table;
use crate::error::{Error, Result};

/// The text of the query that asks for everything, as `lib/pagination/query.js` writes it: a
/// cursor of the whole data set and one of that query are the same.
const NO_QUERY: &str = r#"{"filter":[],"sort":[]}"#;

/// Rows in an order.
#[derive(Debug)]
pub struct View {
    table: Arc<Table>,
    live: Arc<RwLock<Live>>,
    order: Order,
    selection: Arc<Selection>,
    binding: Binding,
    /// The positions of deleted rows in `order`, and the tombstones that they were found for.
    gone: Mutex<(u64, Arc<RoaringBitmap>)>,
}

/// Rows from one index on.
pub struct IndexPage {
    pub records: Records,
    /// The next row that is left.
    pub next: Option<u32>,
    /// Where a page of the same size that ends before this one starts.
    pub previous: Option<u32>,
}

/// Rows from one cursor on.
pub struct CursorPage {
    pub records: Records,
    pub next: Option<Cursor>,
    pub previous: Option<Cursor>,
}

impl View {
    /// All rows of a table.
    pub fn all(table: Arc<Table>, live: Arc<RwLock<Live>>) -> View {
        View::ordered(table, live, None, NO_QUERY)
    }

    /// The rows of a query; `query` is its text, the same for the same query.
    pub fn ordered(table: Arc<Table>, live: Arc<RwLock<Live>>, order: Order, query: &str) -> View {
        let columns = table.columns();
        View {
            selection: Arc::new(Selection::new(columns, 0..columns.len())),
            binding: Binding::new(query, table.version()),
            table,
            live,
            order,
            gone: Mutex::default(),
        }
    }

    /// The same rows with these columns only; `None` for all.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` for a column that the table does not have.
    pub fn select(&self, columns: Option<&[String]>) -> Result<View> {
        let selection = match columns {
            None => self.selection.clone(),
            Some(wanted) => {
                let names = self.table.columns();
                let places = wanted
                    .iter()
                    .map(|name| {
                        names.iter().position(|column| column == name).ok_or_else(|| {
                            Error::InvalidArg {
                                argument: "select".into(),
                                message: format!("There is no column {name:?}"),
                            }
                        })
                    })
                    .collect::<Result<Vec<usize>>>()?;
                Arc::new(Selection::new(names, places.into_iter()))
            }
        };
        Ok(View {
            table: self.table.clone(),
            live: self.live.clone(),
            order: self.order.clone(),
            selection,
            binding: self.binding,
            gone: Mutex::new(self.gone.lock().unwrap_or_else(PoisonError::into_inner).clone()),
        })
    }

    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    pub fn binding(&self) -> &Binding {
        &self.binding
    }

    /// Rows that are left.
    pub fn len(&self) -> u32 {
        self.with_positions(|positions| positions.live())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that the order takes.
    pub fn memory(&self) -> usize {
        self.order.as_ref().map_or(0, |order| order.len() * 4)
    }

    /// Page `page` of pages of `size` rows, counted from 1; nothing past the end.
    ///
    /// # Errors
    /// As `Table::read`.
    pub fn page(&self, page: u64, size: u64) -> Result<Records> {
        let start = u128::from(page.saturating_sub(1)) * u128::from(size);
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let found = self.with_positions(|positions| positions.slice(start, clamp(size)));
        self.read(found)
    }

    /// Up to `size` rows from row number `index` on. With `strict`, `index` may be any up to the
    /// last row that is left; else any that was ever given out, and 0.
    ///
    /// # Errors
    /// `ERR_INDEX_OUT_OF_RANGE`; as `Table::read`.
    pub fn from_index(&self, index: u64, size: u64, strict: bool) -> Result<IndexPage> {
        let size = clamp(size);
        let rows = self.table.rows();
        let (last, found) = self.with_positions(|positions| {
            let last = positions.live().checked_sub(1).and_then(|number| positions.select(number));
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let at = match &self.order {
                Some(order) => order.partition_point(|&row| row < index) as u32,
                None => index,
            };
            let number = positions.rank(at);
            let before = number.checked_sub(1).map(|_| number.saturating_sub(size));
            let after = number.saturating_add(size);
            let page = (
                positions.slice(number, size),
                positions.select(after),
                before.and_then(|number| positions.select(number)),
            );
            (last, page)
        });
        let row = |position: u32| match &self.order {
            Some(order) => order.get(position as usize).copied().unwrap_or(position),
            None => position,
        };
        let last = if strict { last.map(row) } else { rows.checked_sub(1) };
        let allowed = last.map_or(!strict && index == 0, |last| index <= u64::from(last));
        if !allowed {
            return Err(Error::IndexOutOfRange {
                index: index.to_string(),
                last: last.map(u64::from),
            });
        }
        let (positions, next, previous) = found;
        Ok(IndexPage {
            records: self.read(positions)?,
            next: next.map(row),
            previous: previous.map(row),
        })
    }

    /// The row number with which the last of pages of `size` rows starts.
    pub fn last_index(&self, size: u64) -> Option<u32> {
        let size = clamp(size).max(1);
        self.with_positions(|positions| {
            let start = positions.live().checked_sub(1)? / size * size;
            let position = positions.select(start)?;
            match &self.order {
                Some(order) => order.get(position as usize).copied(),
                None => Some(position),
            }
        })
    }

    /// Up to `limit` rows from a cursor on, or from the start.
    ///
    /// # Errors
    /// As `Table::read`.
    pub fn after(&self, cursor: Option<Cursor>, limit: u64) -> Result<CursorPage> {
        let limit = clamp(limit);
        let (found, next, previous) = self.with_positions(|positions| {
            let position = |cursor: Cursor| u32::try_from(cursor.position).unwrap_or(u32::MAX);
            let (number, count) = match cursor {
                None => (0, limit),
                Some(cursor) => {
                    let rank = positions.rank(position(cursor));
                    match cursor.direction {
                        Direction::Forward => (rank, limit),
                        Direction::Backward => (rank.saturating_sub(limit), limit.min(rank)),
                    }
                }
            };
            let found = positions.slice(number, count);
            // A page that deletions have emptied still has a place, from which one can go back.
            let (first, end) = match (found.first(), found.last()) {
                (Some(&first), Some(&last)) => (first, last + 1),
                _ => {
                    let at = cursor.map_or(0, position).min(positions.len);
                    (at, at)
                }
            };
            let left_behind = positions.rank(end) < positions.live();
            let next = left_behind.then_some((Direction::Forward, end));
            let previous = (positions.rank(first) > 0).then_some((Direction::Backward, first));
            (found, next, previous)
        });
        let cursor = |(direction, position): (Direction, u32)| Cursor {
            direction,
            position: u64::from(position),
        };
        Ok(CursorPage {
            records: self.read(found)?,
            next: next.map(cursor),
            previous: previous.map(cursor),
        })
    }

    /// The cursor that leads to the last rows.
    pub fn last_cursor(&self) -> Cursor {
        let position = self.with_positions(|positions| u64::from(positions.len));
        Cursor { direction: Direction::Backward, position }
    }

    fn read(&self, positions: Vec<u32>) -> Result<Records> {
        match &self.order {
            None => self.table.read_each(&positions),
            Some(order) => {
                let rows: Vec<u32> = positions
                    .iter()
                    .filter_map(|&position| order.get(position as usize).copied())
                    .collect();
                self.table.read_each(&rows)
            }
        }
    }

    /// Call `with` with the positions of this view's order as they are now.
    fn with_positions<T>(&self, with: impl FnOnce(Positions) -> T) -> T {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        let Some(order) = &self.order else {
            return with(Positions { len: self.table.rows(), gone: live.deleted() });
        };
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        if gone.0 != live.digest() {
            let deleted = live.deleted();
            let found = (0..order.len() as u32)
                .filter(|&position| deleted.contains(order[position as usize]))
                .collect();
            *gone = (live.digest(), Arc::new(found));
        }
        with(Positions { len: order.len() as u32, gone: &gone.1 })
    }
}

/// A count of rows; there are never more than fit.
fn clamp(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
