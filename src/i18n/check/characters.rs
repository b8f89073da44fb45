//! Characters that are not seen: control codes, and signs of direction that are not taken back.

use super::problem::{Kind, Report};
use crate::i18n::document::full_id;
use crate::i18n::project::Catalog;
use crate::i18n::walk::{self, Visitor};

pub fn check(catalog: &Catalog<'_>, report: &mut Report<'_>) {
    for known in catalog.all() {
        for field in known.item.fields() {
            let mut texts = Texts::default();
            walk::pattern(&field.pattern, &mut texts);
            let id = || Some(full_id(&known.item.name(), field.name));
            if let Some((slice, within, found)) = texts.control {
                let at = known.file.source.offset_of(slice) + within;
                let message =
                    format!("the control character U+{:04X} is in the text", found as u32);
                report.add(Kind::ControlCharacter, (known.file, at), id(), message);
            }
            if let Some((slice, within, found)) = texts.open.pop().or(texts.closed) {
                let at = known.file.source.offset_of(slice) + within;
                let message = format!(
                    "U+{:04X} changes the direction of the text, and nothing belongs to it \
                     that takes it back",
                    found as u32
                );
                report.add(Kind::ControlCharacter, (known.file, at), id(), message);
            }
        }
    }
}

type Found<'s> = (&'s str, usize, char);

#[derive(Default)]
struct Texts<'s> {
    /// The first control character.
    control: Option<Found<'s>>,
    /// Signs of direction that wait for their ends.
    open: Vec<Found<'s>>,
    /// The first end of direction without a beginning.
    closed: Option<Found<'s>>,
}

impl<'s> Texts<'s> {
    fn look(&mut self, slice: &'s str, within: usize, found: char) {
        match found {
            '\n' | '\r' | '\t' => {}
            // Embeddings, overrides and isolates; the marks (LRM, RLM, ALM) act on nothing else.
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2066}'..='\u{2068}' => {
                self.open.push((slice, within, found));
            }
            '\u{202c}' | '\u{2069}' => {
                let isolate = |c: char| ('\u{2066}'..='\u{2068}').contains(&c);
                match self.open.last() {
                    Some(&(_, _, open)) if isolate(open) == (found == '\u{2069}') => {
                        self.open.pop();
                    }
                    _ => {
                        self.closed.get_or_insert((slice, within, found));
                    }
                }
            }
            '\u{feff}' | '\u{2028}' | '\u{2029}' => {
                self.control.get_or_insert((slice, within, found));
            }
            other if other.is_control() => {
                self.control.get_or_insert((slice, within, found));
            }
            _ => {}
        }
    }
}

impl<'s> Visitor<'s> for Texts<'s> {
    fn text(&mut self, text: &'s str) {
        for (within, found) in text.char_indices() {
            self.look(text, within, found);
        }
    }

    /// In a literal they may be written as escapes. A line feed there is deliberate.
    fn literal(&mut self, value: &'s str) {
        let mut rest = value;
        while let Some(found) = rest.chars().next() {
            let within = value.len() - rest.len();
            let (length, meant) = escape(rest).unwrap_or((found.len_utf8(), found));
            self.look(value, within, meant);
            rest = &rest[length..];
        }
    }
}

/// The length of an escape at the beginning of the text, and the character that it stands for.
fn escape(text: &str) -> Option<(usize, char)> {
    let digits = match text.as_bytes() {
        [b'\\', b'u', ..] => 4,
        [b'\\', b'U', ..] => 6,
        [b'\\', other, ..] => return Some((2, char::from(*other))),
        _ => return None,
    };
    let hex = text.get(2..2 + digits)?;
    let code = u32::from_str_radix(hex, 16).ok()?;
    Some((2 + digits, char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)))
}
