//! Entries of the source put into a locale's file where a reader of both would look for them: behind
//! the entry that they follow in the source.

use std::collections::HashMap;
use std::ops::Range;

use super::document::{Document, Entry, Item, Kind};
use super::edit::{Edits, line_at, with_newline};
use super::project::{Catalog, File};

/// The texts of entries to add, by name; an entry ends with a line feed.
pub type Additions = HashMap<String, String>;

/// Edits of the locale's file of the same name as this one of the source.
pub struct Merge<'m, 's> {
    pub source: (&'s File, &'m Document<'s>),
    pub target: (&'s File, &'m Document<'s>),
    pub additions: &'m Additions,
}

impl Merge<'_, '_> {
    pub fn edit(&self, edits: &mut Edits) {
        let (source_file, source) = self.source;
        let (_, document) = self.target;
        let mut cursor = head(document);
        let mut group: Option<&Entry<'_>> = None;
        let mut previous_end = 0;
        for entry in &source.entries {
            match &entry.kind {
                Kind::Comment(comment) if comment.level == 2 => {
                    let same = document.entries.iter().find(|other| {
                        matches!(&other.kind, Kind::Comment(it) if it.level == 2 && it.lines == comment.lines)
                    });
                    match same {
                        Some(other) => (cursor, group) = (Cursor::after(other), None),
                        None => group = Some(entry),
                    }
                }
                Kind::Item(item) => {
                    let name = item.name();
                    if let Some(there) = find(document, &name) {
                        (cursor, group) = (Cursor::after(there), None);
                    } else if let Some(text) = self.additions.get(&name) {
                        let source_text = source_file.source.text();
                        let mut new = String::new();
                        if let Some(group) = group.take() {
                            new.push('\n');
                            new.push_str(source_text[group.range.clone()].trim_end());
                            new.push_str("\n\n");
                        } else if cursor.needs_gap
                            || has_gap(&source_text[previous_end..entry.range.start])
                        {
                            new.push('\n');
                        }
                        new.push_str(text);
                        self.insert(&cursor, &new, edits);
                        cursor.needs_gap = false;
                    }
                }
                Kind::Comment(_) | Kind::Junk(_) => {}
            }
            previous_end = entry.range.end;
        }
    }

    fn insert(&self, cursor: &Cursor, new: &str, edits: &mut Edits) {
        let source = &self.target.0.source;
        let text = source.text();
        let before = &text[..cursor.at];
        let mut new = if before.is_empty() { new.trim_start_matches('\n') } else { new }.to_owned();
        if !before.is_empty() && !before.ends_with('\n') {
            new.insert(0, '\n');
        }
        // Text that came first in the file keeps its distance.
        if before.is_empty() && !text.is_empty() && !text.starts_with(['\n', '\r']) {
            new.push('\n');
        }
        edits.insert(cursor.at, with_newline(&new, source.newline()));
    }
}

struct Cursor {
    at: usize,
    /// Behind a comment, which is not about what follows.
    needs_gap: bool,
}

impl Cursor {
    fn after(entry: &Entry<'_>) -> Self {
        Self { at: entry.range.end, needs_gap: matches!(entry.kind, Kind::Comment(_)) }
    }
}

/// Behind the comments about the whole file.
fn head(document: &Document<'_>) -> Cursor {
    let about_file =
        |entry: &&Entry<'_>| matches!(&entry.kind, Kind::Comment(comment) if comment.level == 3);
    let last = document.entries.iter().take_while(about_file).last();
    last.map_or(Cursor { at: 0, needs_gap: false }, Cursor::after)
}

fn find<'d, 's>(document: &'d Document<'s>, name: &str) -> Option<&'d Entry<'s>> {
    let is = |item: &Item<'_>| item.name() == name;
    document.entries.iter().find(|entry| matches!(&entry.kind, Kind::Item(item) if is(item)))
}

/// Whether a blank line separates what stands before and after.
fn has_gap(between: &str) -> bool {
    between.contains('\n')
}

/// The names that this locale's file of the source's name lacks, in the source's order.
pub fn lacking<'m>(
    source: &'m Document<'_>,
    catalog: &'m Catalog<'_>,
) -> impl Iterator<Item = (&'m Entry<'m>, &'m Item<'m>)> {
    source.entries.iter().filter_map(|entry| match &entry.kind {
        Kind::Item(item) if catalog.get(&item.name()).is_none() => Some((entry, item)),
        _ => None,
    })
}

/// A file that the locale does not have yet: the source's with its comments, and only what is to be
/// added.
pub fn new_file(file: &File, document: &Document<'_>, additions: &Additions) -> String {
    let text = file.source.text();
    let mut edits = Edits::default();
    for entry in &document.entries {
        match &entry.kind {
            Kind::Comment(_) => {}
            Kind::Item(item) if additions.contains_key(&item.name()) => {
                let new = with_newline(&additions[&item.name()], file.source.newline());
                edits.replace(entry.range.clone(), new);
            }
            Kind::Item(_) | Kind::Junk(_) => edits.remove(with_gap(text, entry)),
        }
    }
    file.source.with_mark(edits.apply(text))
}

/// An entry's range with the blank line behind it.
pub fn with_gap(text: &str, entry: &Entry<'_>) -> Range<usize> {
    let next = line_at(text, entry.range.end);
    let blank = text[next.clone()].trim().is_empty();
    entry.range.start..if blank { next.end } else { entry.range.end }
}
