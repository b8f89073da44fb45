//! Whole columns in memory, in the form that filtering and sorting want.
//!
//! Most columns are of one kind from the first row to the last, so the rows at the start say what
//! a column is taken for. One that turns out otherwise further on is read once more.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::fields;
use super::numbers::{Collector, Numbers};
use super::table::{Stretch, Table};
use super::texts::{Part, Texts};
use crate::error::{Error, Result};

/// Blocks that a thread takes at a time: a quarter of a mebibyte of text.
const BLOCKS_PER_STRETCH: usize = 64;

/// One column.
#[derive(Debug)]
pub enum Column {
    Numbers(Numbers),
    Texts(Texts),
}

/// What a column is taken for; the later ones hold what the ones before them do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Decimals,
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

/// What one thread reads of one column.
enum Reading {
    Numbers {
        collector: Collector,
        runs: Vec<(u32, usize)>,
        exact: bool,
    },
    Texts(Part),
    /// It is not of the kind that it was taken for.
    Failed,
}

impl Column {
    /// Read some columns of a table; `wanted` ascends by column.
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
            for (at, readings) in open.into_iter().zip(read_all(table, &columns)?) {
                found[at] = join(readings, table.rows() as usize);
                if found[at].is_none() {
                    kinds[at] = if kinds[at] == Kind::Decimals { Kind::Reals } else { Kind::Texts };
                }
            }
        }
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        match self {
            Column::Numbers(numbers) => numbers.memory(),
            Column::Texts(texts) => texts.memory(),
        }
    }
}

impl Reading {
    fn new(kind: Kind) -> Reading {
        match kind {
            Kind::Texts => Reading::Texts(Part::default()),
            kind => {
                let exact = kind == Kind::Decimals;
                Reading::Numbers { collector: Collector::new(exact), runs: Vec::new(), exact }
            }
        }
    }

    /// Be ready for fields from row `first` on.
    fn start(&mut self, first: u32, rows: u32) {
        match self {
            Reading::Numbers { collector, runs, .. } => {
                runs.push((first, collector.numbers.len()));
            }
            Reading::Texts(part) => part.runs.push((first, Vec::with_capacity(rows as usize))),
            Reading::Failed => {}
        }
    }

    #[inline]
    fn push(&mut self, field: &[u8]) {
        match self {
            Reading::Numbers { collector, .. } => {
                if !collector.push(field) {
                    *self = Reading::Failed;
                }
            }
            Reading::Texts(Part { interner, runs }) => {
                let code = interner.intern(field);
                if let Some((_, run)) = runs.last_mut() {
                    run.push(code);
                }
            }
            Reading::Failed => {}
        }
    }

    /// Forget the fields since `start`.
    fn forget(&mut self) {
        match self {
            Reading::Numbers { collector, runs, .. } => {
                if let Some((_, length)) = runs.pop() {
                    match &mut collector.numbers {
                        Numbers::Decimals { values, .. } => values.truncate(length),
                        Numbers::Reals(values) => values.truncate(length),
                    }
                }
            }
            Reading::Texts(part) => drop(part.runs.pop()),
            Reading::Failed => {}
        }
    }
}

/// What the first rows take each column for.
fn first_kinds(table: &Table, wanted: &[Wanted]) -> Result<Vec<Kind>> {
    let records = table.read(0, table.rows().min(100))?;
    Ok(wanted
        .iter()
        .map(|wanted| {
            let fits = |exact: bool| {
                let mut collector = Collector::new(exact);
                (0..records.len())
                    .all(|row| collector.push(records.field(row, wanted.column).as_bytes()))
            };
            match wanted.as_text || records.is_empty() {
                true => Kind::Texts,
                false if fits(true) => Kind::Decimals,
                false if fits(false) => Kind::Reals,
                false => Kind::Texts,
            }
        })
        .collect())
}

/// Read columns with all threads: for each, what each thread read of it.
fn read_all(table: &Table, columns: &[(usize, Kind)]) -> Result<Vec<Vec<Reading>>> {
    let blocks = table.blocks();
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let failed: Vec<AtomicBool> = columns.iter().map(|_| AtomicBool::new(false)).collect();
    let places: Vec<usize> = columns.iter().map(|&(column, _)| column).collect();
    let work = || {
        let mut readings: Vec<Reading> =
            columns.iter().map(|&(_, kind)| Reading::new(kind)).collect();
        loop {
            let from = next.fetch_add(BLOCKS_PER_STRETCH, Ordering::Relaxed);
            // When none can succeed any more, the rest need not be read.
            if from >= blocks || failed.iter().all(|failed| failed.load(Ordering::Relaxed)) {
                return readings;
            }
            let to = (from + BLOCKS_PER_STRETCH).min(blocks);
            let done = table.stretch(from, to).and_then(|stretch| match stretch {
                Some(stretch) => read_stretch(table, &stretch, &places, &mut readings),
                None => Ok(()),
            });
            for (reading, failed) in readings.iter().zip(&failed) {
                if matches!(reading, Reading::Failed) {
                    failed.store(true, Ordering::Relaxed);
                }
            }
            if let Err(error) = done {
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                next.store(blocks, Ordering::Relaxed);
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, |n| n.get());
    let threads = threads.min(blocks.div_ceil(BLOCKS_PER_STRETCH)).max(1);
    let by_thread = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut all = vec![work()];
        for other in others {
            all.push(other.join().map_err(|_| Error::Internal("Reading a column failed".into()))?);
        }
        Ok(all)
    })?;
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut by_column: Vec<Vec<Reading>> = columns.iter().map(|_| Vec::new()).collect();
    for readings in by_thread {
        for ((column, reading), failed) in by_column.iter_mut().zip(readings).zip(&failed) {
            let failed = failed.load(Ordering::Relaxed);
            column.push(if failed { Reading::Failed } else { reading });
        }
    }
    Ok(by_column)
}

fn read_stretch(
    table: &Table,
    stretch: &Stretch,
    columns: &[usize],
    readings: &mut [Reading],
) -> Result<()> {
    let start = |readings: &mut [Reading]| {
        for reading in readings {
            reading.start(stretch.first_row, stretch.rows);
        }
    };
    start(readings);
    let mut add = |at: usize, raw: &[u8]| readings[at].push(&fields::unquote(raw));
    let delimiter = table.dialect().delimiter;
    if fields::pick(delimiter, &stretch.bytes, stretch.rows, columns, &mut add) {
        return Ok(());
    }
    readings.iter_mut().for_each(Reading::forget);
    start(readings);
    let records = table.parse(stretch)?;
    for (reading, &column) in readings.iter_mut().zip(columns) {
        for row in 0..records.len() {
            reading.push(records.field(row, column).as_bytes());
        }
    }
    Ok(())
}

/// Put together what threads have read of a column; `None` where it is of another kind.
fn join(readings: Vec<Reading>, rows: usize) -> Option<Column> {
    let mut texts = Vec::new();
    let mut numbers = Vec::new();
    for reading in readings {
        match reading {
            Reading::Failed => return None,
            Reading::Texts(part) => texts.push(part),
            Reading::Numbers { collector, runs, exact } => numbers.push((collector, runs, exact)),
        }
    }
    if !texts.is_empty() {
        return Some(Column::Texts(Texts::join(texts, rows)));
    }
    if numbers.iter().all(|(_, _, exact)| *exact) {
        let scale = numbers
            .iter()
            .map(|(collector, _, _)| match collector.numbers {
                Numbers::Decimals { scale, .. } => scale,
                Numbers::Reals(_) => 0,
            })
            .max()?;
        let mut values = vec![0; rows];
        for (mut collector, runs, _) in numbers {
            if !collector.rescale(scale) {
                return None;
            }
            if let Numbers::Decimals { values: found, .. } = &collector.numbers {
                place(&mut values, found, &runs);
            }
        }
        return Some(Column::Numbers(Numbers::Decimals { values, scale }));
    }
    let mut values = vec![0.0; rows];
    for (collector, runs, _) in numbers {
        if let Numbers::Reals(found) = &collector.numbers {
            place(&mut values, found, &runs);
        }
    }
    Some(Column::Numbers(Numbers::Reals(values)))
}

/// Put runs of values, each with its first row and where in `found` it starts, where they belong.
fn place<T: Copy>(values: &mut [T], found: &[T], runs: &[(u32, usize)]) {
    for (at, &(first, start)) in runs.iter().enumerate() {
        let end = runs.get(at + 1).map_or(found.len(), |&(_, next)| next);
        let first = first as usize;
        values[first..first + (end - start)].copy_from_slice(&found[start..end]);
    }
}
