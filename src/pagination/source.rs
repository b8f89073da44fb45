//! Where the bytes of a table come from: a file read by position, or memory.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::time::UNIX_EPOCH;

use crate::error::{CsvProblem, Error, Result};

/// What the system says of a file's content without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub bytes: u64,
    pub modified_ns: i128,
    /// Change of content or attributes, which no program can set back; 0 where there is none.
    pub changed_ns: i128,
    pub inode: u64,
    pub device: u64,
    pub links: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        let modified_ns = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_nanos() as i128);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Stamp {
                bytes: metadata.len(),
                modified_ns,
                changed_ns: i128::from(metadata.ctime()) * 1_000_000_000
                    + i128::from(metadata.ctime_nsec()),
                inode: metadata.ino(),
                device: metadata.dev(),
                links: metadata.nlink(),
            }
        }
        #[cfg(not(unix))]
        Stamp { bytes: metadata.len(), modified_ns, changed_ns: 0, inode: 0, device: 0, links: 1 }
    }

    /// Whether a file with this stamp still holds what it held when it had the stamp `then`.
    ///
    /// Unlinking a file, or renaming another over it, changes the time of its last change but
    /// nothing in it, and is how careful programs replace a file: its readers go on undisturbed.
    fn holds(&self, then: &Stamp) -> bool {
        self.bytes == then.bytes
            && self.modified_ns == then.modified_ns
            && (self.changed_ns == then.changed_ns || self.links != then.links)
    }
}

/// Bytes that can be read by position.
#[derive(Debug)]
pub enum Source {
    /// `None` once closed.
    File {
        file: RwLock<Option<File>>,
        stamp: Stamp,
    },
    Memory(Vec<u8>),
}

impl Source {
    /// Open a file for reading by position.
    ///
    /// # Errors
    /// `ERR_CSV` where it cannot be opened or is no regular file.
    pub fn open(path: &Path) -> Result<Source> {
        // To open a named pipe would wait for somebody who writes to it.
        regular(path.metadata())?;
        let file = File::open(path).map_err(|error| cannot_read(&error))?;
        let metadata = regular(file.metadata())?;
        Ok(Source::File { stamp: Stamp::of(&metadata), file: RwLock::new(Some(file)) })
    }

    pub fn len(&self) -> u64 {
        match self {
            Source::File { stamp, .. } => stamp.bytes,
            Source::Memory(bytes) => bytes.len() as u64,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The stamp that the file had when it was opened.
    pub fn stamp(&self) -> Option<&Stamp> {
        match self {
            Source::File { stamp, .. } => Some(stamp),
            Source::Memory(_) => None,
        }
    }

    /// Fill `buffer` with what stands at `offset`.
    ///
    /// # Errors
    /// `ERR_CSV` where reading fails or the file has become shorter; `ERR_DATASET_CLOSED`.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        match self {
            Source::File { file, .. } => {
                let file = file.read().unwrap_or_else(PoisonError::into_inner);
                let file = file.as_ref().ok_or(Error::DatasetClosed)?;
                read_exact_at(file, buffer, offset).map_err(|error| match error.kind() {
                    io::ErrorKind::UnexpectedEof => changed(offset),
                    _ => cannot_read(&error),
                })
            }
            Source::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let found = start
                    .checked_add(buffer.len())
                    .and_then(|end| bytes.get(start..end))
                    .ok_or_else(|| changed(offset))?;
                buffer.copy_from_slice(found);
                Ok(())
            }
        }
    }

    /// Fail if the file is no longer what it was when it was opened.
    ///
    /// # Errors
    /// `ERR_CSV` with the reason `changed`; `ERR_DATASET_CLOSED`.
    pub fn check_unchanged(&self, offset: u64) -> Result<()> {
        let Source::File { file, stamp } = self else { return Ok(()) };
        let file = file.read().unwrap_or_else(PoisonError::into_inner);
        let file = file.as_ref().ok_or(Error::DatasetClosed)?;
        let now = file.metadata().map_err(|error| cannot_read(&error))?;
        if Stamp::of(&now).holds(stamp) { Ok(()) } else { Err(changed(offset)) }
    }

    /// Let go of the file; later reads fail.
    pub fn close(&self) {
        if let Source::File { file, .. } = self {
            file.write().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !buffer.is_empty() {
        match file.seek_read(buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = &mut buffer[read..];
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The error for a file that is not what it was.
pub fn changed(offset: u64) -> Error {
    Error::Csv {
        problem: CsvProblem::Changed,
        line: 0,
        offset,
        message: "The data set changed since it was opened; reload() reads it anew".into(),
    }
}

fn regular(metadata: io::Result<Metadata>) -> Result<Metadata> {
    let metadata = metadata.map_err(|error| cannot_read(&error))?;
    if metadata.is_file() {
        return Ok(metadata);
    }
    Err(Error::Csv {
        problem: CsvProblem::Read,
        line: 0,
        offset: 0,
        message: "The data set is not a regular file".into(),
    })
}

/// The system's word on why, without the path: who opens the file has a name for it, and a read
/// that fails later may be told to somebody else's client.
fn cannot_read(error: &io::Error) -> Error {
    Error::Csv {
        problem: CsvProblem::Read,
        line: 0,
        offset: 0,
        message: format!("The data set cannot be read: {error}"),
    }
}
