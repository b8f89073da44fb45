//! What the tools write into catalogs for themselves, as comments, and how they read it again.
//!
//! A field that was copied from the source is marked in its entry's comment, with a hash of the copied
//! text: once the text is another, somebody has translated it, whether or not they took the mark
//! away. An entry that the source no longer has is kept as a comment under [`SET_ASIDE`].

use xxhash_rust::xxh3::xxh3_64;

use super::document::{Field, Item};
use super::print;

const UNTRANSLATED: &str = "rekue: untranslated";

/// The first line of a comment that holds an entry.
pub const SET_ASIDE: &str = "rekue: set aside";

/// The mark of a field that holds this canonical text of the source.
pub fn untranslated(attribute: Option<&str>, canonical: &str) -> String {
    let hash = xxh3_64(canonical.as_bytes()) as u32;
    match attribute {
        Some(name) => format!("{UNTRANSLATED} .{name} {hash:08x}"),
        None => format!("{UNTRANSLATED} {hash:08x}"),
    }
}

/// Whether a line of a comment marks this field; None is the value.
pub fn is_mark_of(line: &str, attribute: Option<&str>) -> bool {
    let Some(rest) = line.trim().strip_prefix(UNTRANSLATED) else { return false };
    let mut words = rest.split_whitespace();
    match attribute {
        Some(name) => words.next().and_then(|word| word.strip_prefix('.')) == Some(name),
        None => words.next().is_some_and(|word| !word.starts_with('.')),
    }
}

/// Whether a line of a comment is a mark at all.
pub fn is_mark(line: &str) -> bool {
    line.trim().starts_with(UNTRANSLATED)
}

/// Whether a field is marked and still has the text that it was given.
pub fn is_untranslated(item: &Item<'_>, field: &Field<'_>) -> bool {
    let Some(comment) = &item.comment else { return false };
    if !comment.iter().any(|line| is_mark_of(line, field.name)) {
        return false;
    }
    let mark = untranslated(field.name, &print::pattern(&field.pattern));
    comment.iter().any(|line| line.trim() == mark)
}
