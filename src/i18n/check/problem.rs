//! What `check` reports.

use serde::Serialize;

use crate::i18n::lines::Position;
use crate::i18n::project::File;

/// A finding with its place.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Problem {
    pub kind: Kind,
    pub severity: Severity,
    /// Whose catalog it is about; none for a call in the code.
    pub locale: Option<String>,
    /// `LOCALE/NAME.ftl`, or a file of the code.
    pub file: String,
    pub line: u32,
    pub column: u32,
    /// The message, `message.attribute` or `-term` that it is about.
    pub id: Option<String>,
    pub message: String,
}

#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A part of a file that is not Fluent.
    Junk,
    /// A message, attribute or variant that is there twice.
    Duplicate,
    /// A message or attribute of the source, or used in the code, that is not there.
    Missing,
    /// Copied from the source by `init` or `update`, and not translated yet.
    Untranslated,
    /// A message or attribute that the source does not have.
    Obsolete,
    /// A message that no code uses, or a term that no message does.
    Unused,
    /// A message, term, attribute or function that does not exist.
    UnknownReference,
    /// Arguments that differ from the source's, or from those of a call.
    Arguments,
    /// A plural category that the locale lacks.
    Plural,
    /// A plural category of the locale that a selector does not have.
    PluralMissing,
    /// A message that refers to itself, by however many others.
    Cycle,
    /// HTML that is not balanced, or differs from the source's.
    Markup,
    /// A character that is not seen, or turns the text behind it around.
    ControlCharacter,
}

#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Error,
    Warning,
}

impl Kind {
    /// A warning is nothing that a user would see as wrong.
    pub fn severity(self) -> Severity {
        match self {
            Kind::Untranslated | Kind::Obsolete | Kind::PluralMissing | Kind::Unused => {
                Severity::Warning
            }
            _ => Severity::Error,
        }
    }
}

/// Collects problems of one locale.
pub struct Report<'a> {
    pub locale: &'a str,
    pub problems: &'a mut Vec<Problem>,
}

impl Report<'_> {
    /// `offset` is where in the file's text it is.
    pub fn add(&mut self, kind: Kind, at: (&File, usize), id: Option<String>, message: String) {
        let (file, offset) = at;
        let Position { line, column } = file.source.position(offset);
        self.problems.push(Problem {
            kind,
            severity: kind.severity(),
            locale: Some(self.locale.to_owned()),
            file: format!("{}/{}", self.locale, file.name),
            line,
            column,
            id,
            message,
        });
    }
}
