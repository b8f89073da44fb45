//! A whole column in memory, in the form that filtering and sorting want: each different value
//! once, in order, and for each row the number of its value. A comparison with a constant is then
//! a comparison of small numbers, and so is one of two rows, whatever the column holds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::fields;
use super::interner::{Interner, Values};
use super::number::Numbers;
use super::table::{Stretch, Table};
use crate::error::{Error, Result};

/// Blocks that a thread takes at a time: a quarter of a mebibyte of text.
const BLOCKS_PER_STRETCH: usize = 64;

/// One column.
#[derive(Debug)]
pub struct Column {
    /// For each row, the number of its value.
    pub codes: Vec<u32>,
    /// The different values, in order: as numbers if all are, else by their bytes, which is by
    /// code point.
    pub values: Values,
    /// The values as numbers, if all are.
    pub numbers: Option<Numbers>,
    /// For each value, how many smaller ones there are, where that is not its number: `1` and
    /// `1.0` are two values, and equal.
    pub ranks: Option<Vec<u32>>,
}

impl Column {
    /// Read some columns of a table; `wanted` ascends.
    ///
    /// # Errors
    /// As `Table::read`.
    pub fn read(table: &Table, wanted: &[usize]) -> Result<Vec<Column>> {
        let parts = read_parts(table, wanted)?;
        let rows = table.rows() as usize;
        let mut by_column: Vec<Vec<Part>> = wanted.iter().map(|_| Vec::new()).collect();
        for part in parts {
            for (column, part) in by_column.iter_mut().zip(part) {
                column.push(part);
            }
        }
        thread::scope(|scope| {
            let threads: Vec<_> = by_column
                .into_iter()
                .map(|parts| scope.spawn(move || Column::join(parts, rows)))
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread.join().map_err(|_| Error::Internal("Reading a column failed".into()))
                })
                .collect()
        })
    }

    /// The rank of a value: equal for equal values, and in their order.
    pub fn rank(&self, code: u32) -> u32 {
        match &self.ranks {
            Some(ranks) => ranks.get(code as usize).copied().unwrap_or(code),
            None => code,
        }
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        (self.codes.len() + self.ranks.as_ref().map_or(0, Vec::len)) * 4
            + self.values.memory()
            + self.numbers.as_ref().map_or(0, |numbers| numbers.len() * 8)
    }

    fn join(parts: Vec<Part>, rows: usize) -> Column {
        let mut all = Interner::default();
        let mut runs = Vec::new();
        for (number, part) in parts.into_iter().enumerate() {
            if number == 0 {
                all = part.interner;
                runs.push((None, part.runs));
            } else {
                let values = part.interner.values();
                let map: Vec<u32> =
                    (0..values.len() as u32).map(|code| all.intern(values.get(code))).collect();
                runs.push((Some(map), part.runs));
            }
        }
        let (order, numbers) = order(all.values());
        let mut place = vec![0; order.len()];
        let mut values = Values::default();
        for (code, &found) in order.iter().enumerate() {
            place[found as usize] = code as u32;
            values.push(all.values().get(found));
        }
        let mut codes = vec![0; rows];
        for (map, runs) in runs {
            for (first, run) in runs {
                let first = first as usize;
                for (code, found) in codes[first..first + run.len()].iter_mut().zip(run) {
                    let found = map.as_ref().map_or(found, |map| map[found as usize]);
                    *code = place[found as usize];
                }
            }
        }
        let ranks = numbers.as_ref().and_then(Numbers::ranks);
        Column { codes, values, numbers, ranks }
    }
}

/// What one thread read of one column: values by numbers of its own, and the rows they are in.
#[derive(Default)]
struct Part {
    interner: Interner,
    runs: Vec<(u32, Vec<u32>)>,
}

fn read_parts(table: &Table, wanted: &[usize]) -> Result<Vec<Vec<Part>>> {
    let blocks = table.blocks();
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let work = || {
        let mut parts: Vec<Part> = wanted.iter().map(|_| Part::default()).collect();
        loop {
            let from = next.fetch_add(BLOCKS_PER_STRETCH, Ordering::Relaxed);
            if from >= blocks {
                return parts;
            }
            let to = (from + BLOCKS_PER_STRETCH).min(blocks);
            let done = table.stretch(from, to).and_then(|stretch| match stretch {
                Some(stretch) => read_stretch(table, &stretch, wanted, &mut parts),
                None => Ok(()),
            });
            if let Err(error) = done {
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                next.store(blocks, Ordering::Relaxed);
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, |n| n.get());
    let threads = threads.min(blocks.div_ceil(BLOCKS_PER_STRETCH)).max(1);
    let parts = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = vec![work()];
        for other in others {
            parts
                .push(other.join().map_err(|_| Error::Internal("Reading a column failed".into()))?);
        }
        Ok(parts)
    })?;
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(parts),
    }
}

fn read_stretch(
    table: &Table,
    stretch: &Stretch,
    wanted: &[usize],
    parts: &mut [Part],
) -> Result<()> {
    let start = |parts: &mut [Part]| {
        for part in parts {
            part.runs.push((stretch.first_row, Vec::with_capacity(stretch.rows as usize)));
        }
    };
    start(parts);
    let picked = {
        let mut add = |number: usize, raw: &[u8]| {
            let Part { interner, runs } = &mut parts[number];
            let code = interner.intern(&fields::unquote(raw));
            if let Some((_, run)) = runs.last_mut() {
                run.push(code);
            }
        };
        let delimiter = table.dialect().delimiter;
        fields::pick(delimiter, &stretch.bytes, stretch.rows, wanted, &mut add)
    };
    if picked {
        return Ok(());
    }
    for part in parts.iter_mut() {
        part.runs.pop();
    }
    start(parts);
    let records = table.parse(stretch)?;
    for (part, &column) in parts.iter_mut().zip(wanted) {
        let Part { interner, runs } = part;
        if let Some((_, run)) = runs.last_mut() {
            for row in 0..records.len() {
                run.push(interner.intern(records.field(row, column).as_bytes()));
            }
        }
    }
    Ok(())
}

/// The values in order, and as numbers in that order if all are numbers.
fn order(values: &Values) -> (Vec<u32>, Option<Numbers>) {
    let count = values.len() as u32;
    if let Some(numbers) = Numbers::parse((0..count).map(|code| values.get(code))) {
        let mut order: Vec<u32> = (0..count).collect();
        order.sort_unstable_by(|&a, &b| {
            numbers.compare(a, b).then_with(|| values.get(a).cmp(values.get(b)))
        });
        let numbers = numbers.permuted(&order);
        return (order, Some(numbers));
    }
    // Most comparisons end in the first eight bytes: keep those at hand.
    let mut order: Vec<(u64, u32)> = (0..count)
        .map(|code| {
            let value = values.get(code);
            let mut prefix = [0; 8];
            let length = value.len().min(8);
            prefix[..length].copy_from_slice(&value[..length]);
            (u64::from_be_bytes(prefix), code)
        })
        .collect();
    order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| values.get(a.1).cmp(values.get(b.1))));
    (order.into_iter().map(|(_, code)| code).collect(), None)
}
