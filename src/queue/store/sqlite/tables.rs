//! One file, several queues: the tables of each prefix have names of their own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// Kue's default prefix. Its tables bear plain names, which is what one wants to type in a shell.
const PLAIN_PREFIX: &str = "q";

/// The names that statements use. None of them is the name of a column.
const NAMES: [&str; 19] = [
    "jobs",
    "jobs_by_place",
    "jobs_inactive",
    "jobs_active",
    "jobs_complete",
    "jobs_failed",
    "jobs_delayed",
    "jobs_due",
    "types",
    "workers",
    "counts",
    "counters",
    "logs",
    "holders",
    "peers",
    "events",
    "settings",
    "words",
    "words_by_job",
];

/// Turns statements over plain names into those of one prefix.
pub struct Tables {
    prefix: String,
    /// By the address of the statement's text: they are constants.
    texts: RefCell<HashMap<usize, Arc<str>>>,
}

impl Tables {
    pub fn new(prefix: &str) -> Self {
        Tables { prefix: prefix.to_owned(), texts: RefCell::default() }
    }

    /// The name of a table of this prefix, not quoted.
    pub fn name(&self, table: &str) -> String {
        if self.prefix == PLAIN_PREFIX {
            table.to_owned()
        } else {
            format!("{}:{table}", self.prefix)
        }
    }

    /// The statement for this prefix; `None` where it can be used as it is.
    pub fn translated(&self, sql: &'static str) -> Option<Arc<str>> {
        if self.prefix == PLAIN_PREFIX {
            return None;
        }
        let mut texts = self.texts.borrow_mut();
        let text = texts.entry(sql.as_ptr() as usize);
        Some(text.or_insert_with(|| self.translate(sql).into()).clone())
    }

    /// The statement for this prefix, for texts that are made on the spot.
    pub fn translate(&self, sql: &str) -> String {
        if self.prefix == PLAIN_PREFIX {
            return sql.to_owned();
        }
        // A prefix may hold anything, a line break too, which would end a comment.
        let code: Vec<&str> =
            sql.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code)).collect();
        let sql = code.join("\n");
        let mut out = String::with_capacity(2 * sql.len());
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut rest = sql.as_str();
        while !rest.is_empty() {
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            let (name, tail) = rest.split_at(end);
            if NAMES.contains(&name) {
                out.push_str(&quote(&self.name(name)));
            } else {
                out.push_str(name);
            }
            let end = tail.find(word).unwrap_or(tail.len());
            out.push_str(&tail[..end]);
            rest = &tail[end..];
        }
        out
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_prefix_has_plain_names() {
        assert_eq!(Tables::new("q").translated("SELECT 1 FROM jobs"), None);
    }

    #[test]
    fn comments_are_left_out_where_a_prefix_could_end_them() {
        let tables = Tables::new("a\nb");
        assert_eq!(
            tables.translate("SELECT 1 -- of jobs\nFROM logs"),
            "SELECT 1 \nFROM \"a\nb:logs\""
        );
    }

    #[test]
    fn other_prefixes_have_names_of_their_own() {
        let tables = Tables::new("my \"app\"");
        assert_eq!(
            tables.translate("SELECT type FROM jobs WHERE id IN (SELECT job FROM logs)"),
            "SELECT type FROM \"my \"\"app\"\":jobs\" WHERE id IN (SELECT job FROM \"my \"\"app\"\":logs\")"
        );
    }
}
