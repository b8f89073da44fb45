//! Columns read out of the text of a table, by all cores.
//!
//! The index knows how many rows there are in each stretch of the file before anything is read.
//! So every stretch has its place in the columns, and whichever thread takes it writes there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::column::{Column, Kind};
use super::fields::{Edges, Fields, Source};
use super::interner::Interner;
use super::numbers::{self, Decimals, Numbers, Reals};
use super::pieces::{Piece, Pieces, cut};
use super::table::Table;
use super::texts::{self, Interned};
use super::threads;
use crate::error::Result;

/// Text that a thread takes at a time: little beside the second-level cache.
const STRETCH_BYTES: usize = 128 * 1024;

/// Fields of which the places are found at a time: few enough for the first-level cache.
const FIELDS_AT_ONCE: usize = 2048;

/// How much is done to read columns, and for how long.
pub struct Effort<'a> {
    pub threads: usize,
    /// Asked before each stretch; once it says no, nothing more is read.
    pub go_on: &'a (dyn Fn() -> bool + Sync),
    /// A column with more different texts is given up.
    pub most_values: usize,
}

impl Effort<'_> {
    /// All that the machine can do, to the end.
    pub fn full() -> Effort<'static> {
        Effort { threads: threads::count(), go_on: &|| true, most_values: usize::MAX }
    }
}

/// A column while it is read. For each stretch it says how its values are to be understood.
enum Making {
    /// Each stretch with a scale of its own.
    Decimals(Pieces<i32, i64>, Vec<u32>),
    Reals(Vec<f64>),
    /// Each stretch by the numbers of the thread that read it.
    Codes(Pieces<u8, u32>, Vec<u32>),
}

/// The part of a column that is one stretch's.
enum Slot<'a> {
    Decimals(Decimals<'a>),
    Reals(Reals<'a>),
    Codes(Piece<'a, u8, u32>, &'a mut u32),
}

/// A stretch to read.
struct Task<'a> {
    first: u32,
    rows: u32,
    slots: Vec<Slot<'a>>,
}

/// Read columns as what they are taken for; `None` for each that is something else, or that was
/// given up.
///
/// # Errors
/// As `Table::read`.
pub fn read_all(
    table: &Table,
    columns: &[(usize, Kind)],
    effort: &Effort,
) -> Result<Vec<Option<Column>>> {
    let stretches = table.stretches(STRETCH_BYTES);
    let mut making: Vec<Making> =
        columns.iter().map(|&(_, kind)| Making::new(kind, &stretches)).collect();
    let failed: Vec<AtomicBool> = columns.iter().map(|_| AtomicBool::new(false)).collect();
    let tasks = Mutex::new(tasks(&stretches, &mut making).into_iter());
    let take = || tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
    let threads = effort.threads.min(stretches.len()).max(1);
    let work = |thread: usize| {
        let mut reader = Reader {
            table,
            columns,
            failed: &failed,
            most_values: effort.most_values,
            thread: thread as u32,
            interners: columns.iter().map(|_| Interner::default()).collect(),
            buffer: Vec::new(),
            edges: Edges::default(),
        };
        // When no column can be what it is taken for, the rest need not be read.
        while !failed.iter().all(is_set)
            && let Some(task) = take()
        {
            if !(effort.go_on)() {
                failed.iter().for_each(set);
                break;
            }
            reader.read(task).inspect_err(|_| {
                // Nor when one stretch cannot be read.
                while take().is_some() {}
            })?;
        }
        Ok(reader.interners)
    };
    let interners =
        threads::on(threads, work)?.into_iter().collect::<Result<Vec<Vec<Interner>>>>()?;
    drop(tasks);
    let mut interners: Vec<_> = interners.into_iter().map(Vec::into_iter).collect();
    let columns = making.into_iter().zip(&failed).map(|(making, failed)| {
        let interners = interners.iter_mut().filter_map(Iterator::next).collect();
        if is_set(failed) { Ok(None) } else { making.finish(&stretches, interners, threads) }
    });
    columns.collect()
}

fn is_set(failed: &AtomicBool) -> bool {
    failed.load(Ordering::Relaxed)
}

fn set(failed: &AtomicBool) {
    failed.store(true, Ordering::Relaxed);
}

/// Cut columns into what each stretch has of them.
fn tasks<'a>(stretches: &[u32], making: &'a mut [Making]) -> Vec<Task<'a>> {
    let mut first = 0;
    let mut tasks: Vec<Task> = stretches
        .iter()
        .map(|&rows| {
            let task = Task { first, rows, slots: Vec::with_capacity(making.len()) };
            first += rows;
            task
        })
        .collect();
    for column in making {
        let slots: Vec<Slot> = match column {
            Making::Decimals(pieces, scales) => {
                let slots = pieces.cut(stretches).zip(scales);
                slots.map(|(values, scale)| Slot::Decimals(Decimals { values, scale })).collect()
            }
            Making::Reals(values) => {
                cut(values, stretches).map(|values| Slot::Reals(Reals(values.iter_mut()))).collect()
            }
            Making::Codes(pieces, threads) => {
                let slots = pieces.cut(stretches).zip(threads);
                slots.map(|(piece, thread)| Slot::Codes(piece, thread)).collect()
            }
        };
        tasks.iter_mut().zip(slots).for_each(|(task, slot)| task.slots.push(slot));
    }
    tasks
}

/// What a thread reads with.
struct Reader<'a> {
    table: &'a Table,
    columns: &'a [(usize, Kind)],
    failed: &'a [AtomicBool],
    most_values: usize,
    thread: u32,
    /// For each column; only those of text use theirs.
    interners: Vec<Interner>,
    buffer: Vec<u8>,
    edges: Edges,
}

impl Reader<'_> {
    fn read(&mut self, mut task: Task) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut edges = std::mem::take(&mut self.edges);
        let table = self.table;
        let mut text = table.text(task.first, task.rows, &mut buffer)?;
        let (delimiter, columns) = (table.dialect().delimiter, table.columns().len());
        let step = (FIELDS_AT_ONCE / columns).max(1) as u32;
        let mut left = task.rows;
        while left > 0 {
            let rows = left.min(step);
            match Fields::find(delimiter, text, rows as usize, columns, &mut edges) {
                Some(fields) => {
                    self.give(Source::Fields(fields), &mut task.slots);
                    text = &text[fields.records().len()..];
                    left -= rows;
                }
                None => {
                    self.give(Source::Records(&table.parse(text, left)?), &mut task.slots);
                    left = 0;
                }
            }
        }
        (self.buffer, self.edges) = (buffer, edges);
        Ok(())
    }

    fn give(&mut self, source: Source, slots: &mut [Slot]) {
        for (at, slot) in slots.iter_mut().enumerate() {
            if is_set(&self.failed[at]) {
                continue;
            }
            let column = self.columns[at].0;
            let fits = match slot {
                Slot::Decimals(decimals) => source.give(column, decimals),
                Slot::Reals(reals) => source.give(column, reals),
                Slot::Codes(codes, thread) => {
                    **thread = self.thread;
                    let interner = &mut self.interners[at];
                    source.give(column, &mut Interned { codes, interner })
                        && self.interners[at].values().len() <= self.most_values
                }
            };
            if !fits {
                set(&self.failed[at]);
            }
        }
    }
}

impl Making {
    fn new(kind: Kind, stretches: &[u32]) -> Making {
        match kind {
            Kind::Decimals(scale) => {
                Making::Decimals(Pieces::new(stretches), vec![scale; stretches.len()])
            }
            Kind::Reals => {
                Making::Reals(vec![0.0; stretches.iter().map(|&rows| rows as usize).sum()])
            }
            Kind::Texts => Making::Codes(Pieces::new(stretches), vec![0; stretches.len()]),
        }
    }

    /// Bring all stretches to one understanding. `interners` are the threads' own.
    fn finish(
        self,
        stretches: &[u32],
        interners: Vec<Interner>,
        threads: usize,
    ) -> Result<Option<Column>> {
        Ok(match self {
            Making::Decimals(pieces, scales) => {
                numbers::join(pieces, stretches, &scales, threads)?.map(Column::Numbers)
            }
            Making::Reals(values) => Some(Column::Numbers(Numbers::Reals(values))),
            Making::Codes(pieces, readers) => {
                let pieces = (pieces, &readers[..]);
                Some(Column::Texts(texts::join(pieces, stretches, interners, threads)?))
            }
        })
    }
}
