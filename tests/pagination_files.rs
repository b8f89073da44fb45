//! Files that change under an open table, and sidecars.

use std::fs::{self, File, FileTimes};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rekue::error::{CsvProblem, Error};
use rekue::pagination::dialect::Dialect;
use rekue::pagination::table::Table;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn text(rows: usize) -> String {
    (0..rows).fold("n,name\n".to_owned(), |text, n| text + &format!("{n},name number {n}\n"))
}

fn open(path: &Path, sidecar: Option<&Path>) -> Result<Table, Error> {
    Table::open(path, Dialect::default(), sidecar)
}

fn problem<T>(result: Result<T, Error>) -> Option<CsvProblem> {
    match result {
        Err(Error::Csv { problem, .. }) => Some(problem),
        _ => None,
    }
}

/// Let a file seem to have been left alone for a while.
fn age(path: &Path, seconds: u64) -> Outcome {
    let time = SystemTime::now() - Duration::from_secs(seconds);
    File::options().write(true).open(path)?.set_times(FileTimes::new().set_modified(time))?;
    Ok(())
}

#[test]
fn a_file_that_shrinks_gives_an_error() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("data.csv");
    fs::write(&path, text(10_000))?;
    let table = open(&path, None)?;
    File::options().write(true).open(&path)?.set_len(5000)?;
    assert_eq!(problem(table.read(9_000, 10)), Some(CsvProblem::Changed));
    assert_eq!(problem(table.read(0, 10)), Some(CsvProblem::Changed));
    Ok(())
}

#[test]
fn a_file_that_grows_gives_an_error() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("data.csv");
    fs::write(&path, text(100))?;
    let table = open(&path, None)?;
    File::options().append(true).open(&path)?.write_all(b"100,more\n")?;
    assert_eq!(problem(table.read(0, 10)), Some(CsvProblem::Changed));
    Ok(())
}

/// Whoever sets the time of a file back after writing to it deceives its stamp, not its digests.
#[test]
fn a_change_that_no_time_tells_is_found_in_the_bytes() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("data.csv");
    fs::write(&path, text(10_000))?;
    let linked = directory.path().join("link.csv");
    let table = open(&path, None)?;
    let modified = fs::metadata(&path)?.modified()?;
    let mut file = File::options().write(true).open(&path)?;
    file.seek(SeekFrom::Start(50))?;
    file.write_all(b"X")?;
    file.set_times(FileTimes::new().set_modified(modified))?;
    // Another link excuses the time of the last change.
    fs::hard_link(&path, &linked)?;
    assert_eq!(problem(table.read(0, 10)), Some(CsvProblem::Changed));
    assert!(table.read(9_000, 10).is_ok(), "blocks that did not change are still good");
    Ok(())
}

#[test]
fn a_file_replaced_by_another_is_read_on_as_it_was() -> Outcome {
    let directory = tempfile::tempdir()?;
    let (path, other) = (directory.path().join("data.csv"), directory.path().join("new.csv"));
    fs::write(&path, text(100))?;
    let table = open(&path, None)?;
    fs::write(&other, "n,name\n7,other\n")?;
    fs::rename(&other, &path)?;
    assert_eq!(table.read(99, 1)?.field(0, 1), "name number 99");
    assert_eq!(open(&path, None)?.read(0, 1)?.field(0, 1), "other");
    Ok(())
}

#[test]
fn what_is_no_regular_file_is_refused() -> Outcome {
    let directory = tempfile::tempdir()?;
    assert_eq!(problem(open(directory.path(), None)), Some(CsvProblem::Read));
    assert_eq!(problem(open(&directory.path().join("none"), None)), Some(CsvProblem::Read));
    Ok(())
}

#[test]
fn a_closed_table_reads_no_more() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("data.csv");
    fs::write(&path, text(100))?;
    let table = open(&path, None)?;
    table.close();
    assert_eq!(table.read(0, 1).err(), Some(Error::DatasetClosed));
    Ok(())
}

/// Where a sidecar has the digest of the file: behind its mark and what it is of.
const DIGEST_AT: usize = 16 + 2 * 16 + 6 * 8;

fn blocks(path: &Path) -> Result<usize, std::io::Error> {
    Ok(fs::metadata(path)?.len().div_ceil(4096) as usize)
}

/// A sidecar speaks only of files whose last change is a few seconds past, and that time no
/// program can set; so this test waits for it once.
#[test]
fn a_sidecar_is_believed_only_while_the_file_is_the_same() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("data.csv");
    let sidecar = directory.path().join("data.csv.rekue-index");
    fs::write(&path, text(10_000))?;
    let fresh = open(&path, Some(&sidecar))?;
    assert!(!sidecar.exists(), "a file just written may change again within the clock's step");
    age(&path, 60)?;
    std::thread::sleep(Duration::from_millis(3_200));
    assert_eq!(open(&path, Some(&sidecar))?.version(), fresh.version());
    let kept = fs::read(&sidecar)?;

    // It is used: one that gives the file another digest gives the table another version.
    let mut other = kept.clone();
    other[DIGEST_AT] ^= 1;
    let body = other.len() - 16;
    let whole = xxhash_rust::xxh3::xxh3_128(&other[..body]).to_le_bytes();
    other[body..].copy_from_slice(&whole);
    fs::write(&sidecar, &other)?;
    let table = open(&path, Some(&sidecar))?;
    assert_ne!(table.version(), fresh.version());
    assert_eq!(table.read(9_999, 1)?.field(0, 1), "name number 9999");

    // One that is of other bytes gives an error at the first read of them, never other rows.
    let mut other = kept.clone();
    let first_block_digest = body - blocks(&path)? * 4;
    other[first_block_digest] ^= 1;
    let whole = xxhash_rust::xxh3::xxh3_128(&other[..body]).to_le_bytes();
    other[body..].copy_from_slice(&whole);
    fs::write(&sidecar, &other)?;
    let table = open(&path, Some(&sidecar))?;
    assert_eq!(problem(table.read(0, 1)), Some(CsvProblem::Changed));
    assert!(table.read(9_999, 1).is_ok());

    // Damaged, it is passed over and written anew.
    for damage in [0, 20, 100, kept.len() / 2, kept.len() - 1] {
        let mut bytes = kept.clone();
        bytes[damage] ^= 1;
        fs::write(&sidecar, &bytes)?;
        assert_eq!(open(&path, Some(&sidecar))?.rows(), 10_000);
        assert_eq!(fs::read(&sidecar)?, kept, "byte {damage}");
    }
    fs::write(&sidecar, &kept[..kept.len() / 2])?;
    assert_eq!(open(&path, Some(&sidecar))?.rows(), 10_000);

    // Of another dialect it is another's.
    let dialect = Dialect { delimiter: b';', header: false, ..Dialect::default() };
    fs::write(&sidecar, &kept)?;
    assert_eq!(Table::open(&path, dialect, Some(&sidecar))?.columns().len(), 1);

    // What is no file is neither read, which might never end, nor replaced.
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let pipe = directory.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status()?.success());
        let device = Path::new("/dev/full");
        for place in [pipe.as_path(), device].into_iter().filter(|place| place.exists()) {
            assert_eq!(open(&path, Some(place))?.rows(), 10_000);
        }
        assert!(fs::metadata(&pipe)?.file_type().is_fifo());
    }

    // Changed to the same length and the same time of modification, the file is scanned again.
    fs::write(&sidecar, &kept)?;
    let modified = fs::metadata(&path)?.modified()?;
    let changed = text(10_000).replace("name number 5\n", "name number X\n");
    fs::write(&path, changed)?;
    File::options().write(true).open(&path)?.set_times(FileTimes::new().set_modified(modified))?;
    let table = open(&path, Some(&sidecar))?;
    assert_eq!(table.read(5, 1)?.field(0, 1), "name number X");
    assert_ne!(table.version(), fresh.version());
    Ok(())
}
