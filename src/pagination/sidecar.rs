//! A row index kept in a file beside the data, so that the next open need not scan.
//!
//! It is believed only where the data file is, to the system's word, the very file that was
//! scanned: device, inode, length, both times, and last changed long enough before the scan that
//! no later change can hide within the clock's step. Even then each block is held against its
//! digest when it is read, so a wrong index gives an error and never wrong rows. Failing to read
//! or write a sidecar is no error: it is only ever a saving.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use xxhash_rust::xxh3::xxh3_128;

use super::index::{Layout, RowIndex};
use super::scan::{NO_START, Rules};
use super::source::{Source, Stamp};

/// Changes with the layout of the file and with what a scan accepts.
const MAGIC: &[u8; 16] = b"rekue-rowindex-1";

/// A file changed less than this before it was scanned may change again at the same time of its
/// clock, whose step is 4 ms on Linux, 10 ms on some systems and 2 s on FAT.
const SETTLED_NS: i128 = 3_000_000_000;

/// The sidecar of one data file.
pub struct Sidecar {
    path: PathBuf,
    /// What the index is of: the file and the rules it was scanned by.
    subject: Option<Vec<u8>>,
}

impl Sidecar {
    pub fn new(path: &Path, source: &Source, rules: &Rules) -> Sidecar {
        let subject = source.stamp().filter(|stamp| settled(stamp)).map(|stamp| {
            let mut subject = Vec::new();
            for part in [stamp.modified_ns, stamp.changed_ns] {
                subject.extend(part.to_le_bytes());
            }
            for part in [stamp.bytes, stamp.inode, stamp.device] {
                subject.extend(part.to_le_bytes());
            }
            for part in [rules.delimiters, rules.max_record_bytes, u64::from(rules.delimiter)] {
                subject.extend(part.to_le_bytes());
            }
            subject
        });
        Sidecar { path: path.to_owned(), subject }
    }

    /// The index, where there is one that holds.
    pub fn load(&self) -> Option<RowIndex> {
        let subject = self.subject.as_ref()?;
        // Reading a pipe waits for who writes to it, and a device may never end.
        if !fs::metadata(&self.path).ok()?.is_file() {
            return None;
        }
        let bytes = fs::read(&self.path).ok()?;
        let (body, digest) = bytes.split_last_chunk::<16>()?;
        if xxh3_128(body).to_le_bytes() != *digest {
            return None;
        }
        let body = body.strip_prefix(MAGIC)?.strip_prefix(&subject[..])?;
        let mut body = Reader(body);
        let digest = u128::from_le_bytes(body.take()?);
        let bytes = u64::from_le_bytes(body.take()?);
        let records = u32::from_le_bytes(body.take()?);
        let blocks = u32::from_le_bytes(body.take()?) as usize;
        let block = Layout::STANDARD.block;
        if blocks as u64 != bytes.div_ceil(block as u64) || body.0.len() != blocks * 10 {
            return None;
        }
        let index = RowIndex {
            block,
            records_before: body.numbers(blocks, u32::from_le_bytes)?,
            first_start: body.numbers(blocks, u16::from_le_bytes)?,
            digests: body.numbers(blocks, u32::from_le_bytes)?,
            records,
            bytes,
            digest,
        };
        let ordered = index.records_before.first().is_none_or(|&first| first == 0)
            && index.records_before.is_sorted()
            && index.records_before.last().is_none_or(|&last| last <= records)
            && index.first_start.iter().all(|&at| at == NO_START || usize::from(at) < block);
        ordered.then_some(index)
    }

    /// Keep `index`, whole or not at all.
    pub fn store(&self, index: &RowIndex) {
        let Some(subject) = &self.subject else { return };
        if index.block != Layout::STANDARD.block {
            return;
        }
        // What is no file is somebody's, and would be gone.
        if fs::metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            return;
        }
        let mut body = Vec::with_capacity(index.memory() + 256);
        body.extend(MAGIC);
        body.extend(subject);
        body.extend(index.digest.to_le_bytes());
        body.extend(index.bytes.to_le_bytes());
        body.extend(index.records.to_le_bytes());
        body.extend((index.records_before.len() as u32).to_le_bytes());
        body.extend(index.records_before.iter().flat_map(|n| n.to_le_bytes()));
        body.extend(index.first_start.iter().flat_map(|n| n.to_le_bytes()));
        body.extend(index.digests.iter().flat_map(|n| n.to_le_bytes()));
        let digest = xxh3_128(&body);
        body.extend(digest.to_le_bytes());
        let _ = self.write(&body); // no error: the next open scans again
    }

    fn write(&self, body: &[u8]) -> std::io::Result<()> {
        // Of its own name for each process and moment, so that two that write at once do not mix.
        let nonce = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos());
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{}-{nonce}.tmp", std::process::id()));
        let temporary = PathBuf::from(name);
        let written = fs::File::options()
            .write(true)
            .create_new(true)
            .open(&temporary)
            .and_then(|mut file| file.write_all(body))
            .and_then(|()| fs::rename(&temporary, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary); // nothing to clean up is fine too
        }
        written
    }
}

/// Whether the file last changed long enough ago for its times to tell any later change.
fn settled(stamp: &Stamp) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as i128);
    now - stamp.modified_ns.max(stamp.changed_ns) > SETTLED_NS
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (found, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*found)
    }

    fn numbers<const N: usize, T>(
        &mut self,
        count: usize,
        from: fn([u8; N]) -> T,
    ) -> Option<Vec<T>> {
        let (found, rest) = self.0.split_at_checked(count.checked_mul(N)?)?;
        self.0 = rest;
        Some(found.as_chunks::<N>().0.iter().map(|&bytes| from(bytes)).collect())
    }
}
