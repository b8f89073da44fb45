//! Where the file is, from the store's URL.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A store's file and how it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Address {
    pub location: Location,
    /// As the user gave it, for messages.
    pub name: String,
    /// Wait for the disk on every commit: an acknowledged job then survives a power cut.
    pub full_sync: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Location {
    File(PathBuf),
    Memory,
}

impl Address {
    /// Whether a store's URL is one of these.
    pub fn is_one(url: &str) -> bool {
        url.starts_with("sqlite:")
    }

    /// Read `sqlite:FILE`, `sqlite://FILE` or `sqlite::memory:`, with `?synchronous=normal|full`.
    /// The file's name is taken as it stands; a relative one counts from the current folder.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` for anything else.
    pub fn parse(url: &str) -> Result<Self> {
        let refuse = |why: String| Error::InvalidArg {
            argument: "store".to_owned(),
            message: format!("store {url:?} {why}"),
        };
        let rest =
            url.strip_prefix("sqlite:").ok_or_else(|| refuse("is no sqlite: URL".to_owned()))?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (file, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut full_sync = false;
        for option in query.split('&').filter(|option| !option.is_empty()) {
            full_sync = match option {
                "synchronous=full" => true,
                "synchronous=normal" => false,
                other => {
                    return Err(refuse(format!(
                        "has the option {other:?}; known are synchronous=normal (the default) and synchronous=full"
                    )));
                }
            };
        }
        let location = match file {
            "" => {
                return Err(refuse(
                    "names no file; give one as sqlite:FILE, or sqlite::memory:".to_owned(),
                ));
            }
            ":memory:" => Location::Memory,
            file => Location::File(std::path::absolute(Path::new(file)).map_err(|error| {
                refuse(format!("names a file that cannot be resolved: {}", error.kind()))
            })?),
        };
        Ok(Address { location, name: format!("sqlite:{file}"), full_sync })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_taken_as_they_stand() {
        let file = |url| Address::parse(url).unwrap().location;
        assert_eq!(file("sqlite:/a b/100%.db"), Location::File("/a b/100%.db".into()));
        assert_eq!(file("sqlite:///a/b.db"), Location::File("/a/b.db".into()));
        let here = std::env::current_dir().unwrap();
        assert_eq!(file("sqlite:jobs.db"), Location::File(here.join("jobs.db")));
        assert_eq!(file("sqlite::memory:"), Location::Memory);
    }

    #[test]
    fn the_query_sets_how_it_is_written() {
        let full = |url| Address::parse(url).unwrap().full_sync;
        assert!(full("sqlite:a.db?synchronous=full"));
        assert!(!full("sqlite:a.db?synchronous=normal"));
        assert!(!full("sqlite:a.db"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (url, words) in [
            ("sqlite:", "names no file"),
            ("sqlite:a.db?sync=full", "sync=full"),
            ("redis://x", "no sqlite"),
        ] {
            let error = Address::parse(url).unwrap_err();
            assert_eq!(error.code(), "ERR_INVALID_ARG");
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
