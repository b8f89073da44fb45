//! `rekue i18n export` and `import`: messages for translation tools, and back.
//!
//! A unit is one pattern in its canonical text: a message's value, an attribute, a term. On the way
//! back it is compared in that form, so that what nobody changed is not touched, and only what
//! differs is written, in its place. What comes in is not trusted: it names units of the project or
//! nothing, and must be one pattern.

pub mod import;
pub mod po;
pub mod xliff;

use super::document::full_id;
use super::marks;
use super::print;
use super::project::{Catalog, Project};

/// A pattern of the source and what the locale has for it.
#[derive(Debug, PartialEq)]
pub struct Unit {
    pub file: String,
    /// `message`, `message.attribute` or `-term`.
    pub id: String,
    /// The lines of the entry's comment.
    pub comment: Vec<String>,
    /// Of the entry in its file.
    pub line: u32,
    pub source: String,
    pub target: Option<String>,
}

impl Unit {
    /// The key under which it comes back.
    pub fn key(&self) -> String {
        format!("{}:{}", self.file, self.id)
    }
}

/// What a translation file says about a unit.
#[derive(Debug, PartialEq)]
pub struct Incoming {
    pub key: String,
    pub source: String,
    pub target: String,
    /// In the translation file.
    pub line: u32,
}

/// A translation file as it was read.
#[derive(Debug, Default, PartialEq)]
pub struct Translation {
    pub units: Vec<Incoming>,
    /// The locale that it says it is in.
    pub locale: Option<String>,
    /// Units that were left out, with their lines and why.
    pub skipped: Vec<(u32, String)>,
}

/// What makes a translation file unreadable as a whole.
#[derive(Debug, PartialEq)]
pub struct Unreadable {
    pub line: u32,
    pub message: String,
}

/// All units in the order of the source's files; a regional locale's are its own texts.
pub fn units(project: &Project<'_>, catalog: &Catalog<'_>) -> Vec<Unit> {
    let mut units = Vec::new();
    for known in project.source.first_ones() {
        let own = catalog.get(&known.item.name());
        for field in known.item.fields() {
            // A term's attributes are for choosing, not for reading.
            if known.item.term && field.name.is_some() {
                continue;
            }
            let own_field = own.and_then(|own| own.item.field(field.name).map(|f| (own.item, f)));
            let target = own_field.filter(|(item, field)| !marks::is_untranslated(item, field));
            let comment = known.item.comment.iter().flatten();
            units.push(Unit {
                file: known.file.name.clone(),
                id: full_id(&known.item.name(), field.name),
                comment: comment.map(|line| line.trim_end().to_owned()).collect(),
                line: known.file.source.position(field.start).line,
                source: print::pattern(&field.pattern),
                target: target.map(|(_, field)| print::pattern(&field.pattern)),
            });
        }
    }
    units
}
