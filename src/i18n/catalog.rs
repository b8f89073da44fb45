//! The catalogs of a directory, `DIR/LOCALE/*.ftl`, read and compiled on several threads.
//!
//! Only names that the directory lists are ever opened: a locale that a user asks for is compared
//! with them and reaches no path.

use std::fs::{self, File};
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::compile::{Program, compile};
use super::source::{Mistake, PARSER_STACK_BYTES};
use crate::error::{Error, Result};

/// The most bytes of one file; a thousand messages have some fifty thousand.
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// More threads than this wait for the disk, or for each other.
const MAX_THREADS: usize = 8;
const EXTENSION: &str = ".ftl";

/// All catalogs of a directory at one time.
#[derive(Debug, Default)]
pub struct Catalogs {
    pub locales: Vec<Locale>,
}

/// What one folder holds.
#[derive(Debug)]
pub struct Locale {
    /// The folder's name, a well-formed language tag.
    pub name: String,
    /// By name; of two messages with one id the first counts.
    pub files: Vec<Catalog>,
}

/// One file.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// `LOCALE/name.ftl`, with a slash on every system.
    pub name: String,
    /// JSON, as `compile` describes it.
    pub program: Arc<str>,
    /// What is wrong with the file as it is on disk now.
    pub mistakes: Vec<Mistake>,
    /// Whether `program` is of an earlier version, because the one on disk is broken.
    pub stale: bool,
}

/// Read and compile a directory.
///
/// With `wanted`, only these locales, each of which must be there. With `previous`, a file with a
/// mistake keeps the program that it had then. A file that cannot be read, and had none, fails
/// the whole.
pub fn load(
    directory: &Path,
    wanted: Option<&[String]>,
    previous: Option<&Catalogs>,
) -> Result<Catalogs> {
    let listed = list(directory, wanted)?;
    let files: Vec<_> = listed.iter().flat_map(|folder| &folder.files).collect();
    let programs = in_parallel(&files, |file| read(&file.path).map(compile));
    let mut programs = programs.into_iter();

    let mut catalogs = Catalogs::default();
    for folder in &listed {
        let mut locale = Locale { name: folder.name.clone(), files: Vec::new() };
        for file in &folder.files {
            let program = programs.next().unwrap_or_else(|| Err(defect()));
            let before = previous.and_then(|catalogs| catalogs.find(&folder.name, &file.name));
            locale.files.push(catalog(file, program, before)?);
        }
        catalogs.locales.push(locale);
    }
    Ok(catalogs)
}

impl Catalogs {
    fn find(&self, locale: &str, file: &str) -> Option<&Catalog> {
        let locale = self.locales.iter().find(|found| found.name == locale)?;
        locale.files.iter().find(|found| found.name == file)
    }

    /// Every mistake with the name of its file.
    pub fn mistakes(&self) -> impl Iterator<Item = (&str, &Mistake)> {
        self.locales
            .iter()
            .flat_map(|locale| &locale.files)
            .flat_map(|file| file.mistakes.iter().map(|mistake| (file.name.as_str(), mistake)))
    }
}

/// The new version of a file, or the last good one.
fn catalog(
    file: &Listed,
    program: std::result::Result<Program, Mistake>,
    before: Option<&Catalog>,
) -> Result<Catalog> {
    let (program, mistakes) = match program {
        Ok(program) => (Some(program.json.into()), program.mistakes),
        Err(mistake) => (None, vec![mistake]),
    };
    if !mistakes.is_empty()
        && let Some(before) = before
    {
        return Ok(Catalog { mistakes, stale: true, ..before.clone() });
    }
    match (program, mistakes.first()) {
        (Some(program), _) => {
            Ok(Catalog { name: file.name.clone(), program, mistakes, stale: false })
        }
        (None, mistake) => {
            let Mistake { line, column, message } = mistake.cloned().unwrap_or_else(defect);
            Err(Error::Ftl { file: file.name.clone(), line, column, message })
        }
    }
}

/// A folder of the directory.
#[derive(Debug)]
struct Folder {
    name: String,
    files: Vec<Listed>,
}

#[derive(Debug)]
struct Listed {
    name: String,
    path: PathBuf,
}

/// The folders that are named like locales and hold catalogs, by name or as wanted.
fn list(directory: &Path, wanted: Option<&[String]>) -> Result<Vec<Folder>> {
    let unreadable = |error: io::Error| Error::InvalidArg {
        argument: "dir".into(),
        message: format!(
            "dir must be a directory with a folder for each locale, but {} cannot be read: {error}",
            directory.display()
        ),
    };
    let mut folders = Vec::new();
    for name in names(directory).map_err(unreadable)? {
        let path = directory.join(&name);
        if !is_locale(&name) || !path.is_dir() {
            continue;
        }
        let mut files: Vec<_> = names(&path)
            .map_err(unreadable)?
            .into_iter()
            .filter(|file| file.ends_with(EXTENSION) && !file.starts_with('.'))
            .map(|file| Listed { path: path.join(&file), name: format!("{name}/{file}") })
            .filter(|file| file.path.is_file())
            .collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        if !files.is_empty() {
            folders.push(Folder { name, files });
        }
    }
    folders.sort_by(|a, b| a.name.cmp(&b.name));
    refuse_twins(&folders)?;
    let Some(wanted) = wanted else { return Ok(folders) };
    wanted
        .iter()
        .map(|name| {
            let at = folders.iter().position(|folder| folder.name == *name);
            at.map(|at| folders.swap_remove(at)).ok_or_else(|| Error::UnsupportedLocale {
                locale: name.clone(),
                message: format!(
                    "There are no catalogs of {name:?}: no file {name}/*{EXTENSION} in {}",
                    directory.display()
                ),
            })
        })
        .collect()
}

/// Case makes no difference in a language tag.
fn refuse_twins(folders: &[Folder]) -> Result<()> {
    let twins = folders.iter().enumerate().find_map(|(at, folder)| {
        let twin = folders[..at].iter().find(|twin| twin.name.eq_ignore_ascii_case(&folder.name));
        twin.map(|twin| (&twin.name, &folder.name))
    });
    let Some((one, other)) = twins else { return Ok(()) };
    Err(Error::InvalidArg {
        argument: "dir".into(),
        message: format!("dir has the folders {one} and {other}, which are the same locale"),
    })
}

/// The names in a directory that are UTF-8.
fn names(directory: &Path) -> io::Result<Vec<String>> {
    let entries: io::Result<Vec<_>> = fs::read_dir(directory)?.collect();
    Ok(entries?.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

/// Whether a name is a language tag as `Intl` takes it: a language, then perhaps a script, a
/// region and variants. Extensions have no business in a folder's name.
pub fn is_locale(name: &str) -> bool {
    let mut subtags = name.split('-').peekable();
    let language = subtags.next().unwrap_or_default();
    let letters = |tag: &str| tag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let digits = |tag: &str| tag.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(language.len(), 2 | 3 | 5..=8) || !letters(language) {
        return false;
    }
    subtags.next_if(|tag| tag.len() == 4 && letters(tag));
    subtags.next_if(|tag| tag.len() == 2 && letters(tag) || tag.len() == 3 && digits(tag));
    let mut variants: Vec<String> = Vec::new();
    subtags.all(|tag| {
        let starts_with_digit = tag.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        let variant = matches!(tag.len(), 5..=8) || tag.len() == 4 && starts_with_digit;
        let tag = tag.to_ascii_lowercase();
        let new = variant
            && tag.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !variants.contains(&tag);
        variants.push(tag);
        new
    })
}

/// A file's text; the mistake if there is none to be had.
fn read(path: &Path) -> std::result::Result<String, Mistake> {
    let whole_file = |message: String| Mistake { line: 1, column: 1, message };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| whole_file(format!("The file cannot be read: {error}")))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(whole_file(format!("The file is larger than {MAX_FILE_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..good]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Mistake {
            line: line as u32,
            column: column as u32,
            message: "The file is not UTF-8".to_owned(),
        }
    })
}

/// Do the same to every item, on as many threads as the machine has use for; results in order.
fn in_parallel<T: Sync>(
    items: &[T],
    work: impl Fn(&T) -> std::result::Result<Program, Mistake> + Sync,
) -> Vec<std::result::Result<Program, Mistake>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let worker = || {
        let mut mine = Vec::new();
        while let Some((at, item)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            items.get(at).map(|item| (at, item))
        } {
            // A panic in the parser must cost one file, not the process.
            let result = catch_unwind(AssertUnwindSafe(|| work(item)));
            mine.push((at, result.unwrap_or_else(|_| Err(defect()))));
        }
        results.lock().unwrap_or_else(PoisonError::into_inner).extend(mine);
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads.min(MAX_THREADS).min(items.len()) {
            let builder = thread::Builder::new().name("rekue-i18n".into());
            // Where no thread can be had, those that are there do the work; none at all leaves
            // every file without a result, which is reported below.
            let _ = builder.stack_size(PARSER_STACK_BYTES).spawn_scoped(scope, worker);
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    if results.len() < items.len() {
        let no_thread = || Mistake {
            line: 1,
            column: 1,
            message: "The system gave no thread to read the file on".to_owned(),
        };
        return items.iter().map(|_| Err(no_thread())).collect();
    }
    results.into_iter().map(|(_, result)| result).collect()
}

fn defect() -> Mistake {
    let message = "A defect of rekue stopped the reading of this file; please report it".to_owned();
    Mistake { line: 1, column: 1, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_a_language_tag_without_extensions() {
        for good in
            ["en", "fr-CA", "zh-Hant-TW", "es-419", "sl-rozaj-biske", "de-CH-1996", "haw", "EN-us"]
        {
            assert!(is_locale(good), "{good}");
        }
        for bad in [
            "",
            "e",
            "en_US",
            "english-",
            "..",
            "en/../x",
            "en-US-US",
            "ar-u-nu-latn",
            "x-private",
            "en--US",
            "abcd",
            "e1",
            "de-1996-1996",
            "node_modules",
        ] {
            assert!(!is_locale(bad), "{bad}");
        }
    }
}
