//! `rekue i18n pseudo`: catalogs in which every text is readable, but visibly not the source's: with
//! accents and a third longer (en-XA), or from right to left (ar-XB). What is not so on the screen
//! was not taken from a catalog; what is cut off has no room for other languages.

use std::ops::Range;

use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use serde::Deserialize;

use super::document::Kind;
use super::edit::Edits;
use super::project::Catalog;
use super::update::Changed;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    Accented,
    Bidi,
}

/// RIGHT-TO-LEFT OVERRIDE and POP DIRECTIONAL FORMATTING.
const OVERRIDE: char = '\u{202e}';
const POP: char = '\u{202c}';

/// The catalogs of the pseudo-locale, one for each of the source's.
pub fn pseudo(source: &Catalog<'_>, style: Style) -> Vec<Changed> {
    let files = source.locale.files.iter().zip(&source.documents);
    let changed = files.map(|(file, document)| {
        let text = file.source.text();
        let mut edits = Edits::default();
        for entry in &document.entries {
            match &entry.kind {
                Kind::Item(item) => {
                    for field in item.fields() {
                        each_text(&field.pattern, &mut |slice| {
                            let start = file.source.offset_of(slice);
                            edits.replace(start..start + slice.len(), transform(slice, style));
                        });
                    }
                }
                Kind::Junk(_) => edits.remove(entry.range.clone()),
                Kind::Comment(_) => {}
            }
        }
        let header = format!(
            "### Made from {} by `rekue i18n pseudo`: changes here are lost.{}",
            source.locale.tag,
            file.source.newline().repeat(2)
        );
        let text = file.source.with_mark(header + &edits.apply(text));
        Changed { name: file.name.clone(), text }
    });
    changed.collect()
}

fn each_text<'s>(pattern: &Pattern<&'s str>, found: &mut impl FnMut(&'s str)) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => found(value),
            PatternElement::Placeable { expression } => each_text_in(expression, found),
        }
    }
}

fn each_text_in<'s>(expression: &Expression<&'s str>, found: &mut impl FnMut(&'s str)) {
    match expression {
        Expression::Select { variants, .. } => {
            for variant in variants {
                each_text(&variant.value, found);
            }
        }
        Expression::Inline(InlineExpression::Placeable { expression }) => {
            each_text_in(expression, found);
        }
        Expression::Inline(_) => {}
    }
}

/// Letters only: blanks, tags, entities and all other signs stay.
fn transform(text: &str, style: Style) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    for kept in markup(text) {
        words(&text[at..kept.start], style, &mut out);
        out.push_str(&text[kept.clone()]);
        at = kept.end;
    }
    words(&text[at..], style, &mut out);
    out
}

fn words(text: &str, style: Style, out: &mut String) {
    for word in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        let letters = word.trim_end_matches(|c: char| !c.is_alphabetic());
        match style {
            Style::Accented => letters.chars().for_each(|c| accented(c, out)),
            Style::Bidi if letters.is_empty() => {}
            Style::Bidi => {
                out.push(OVERRIDE);
                out.push_str(letters);
                out.push(POP);
            }
        }
        out.push_str(&word[letters.len()..]);
    }
}

/// Vowels twice: that makes a text about a third longer.
fn accented(letter: char, out: &mut String) {
    const PLAIN: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const ACCENTED: &str = "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑȦƁƇḒḖƑƓĦĪĴĶĿḾȠǾƤɊŘŞŦŬṼẆẊẎẐ";
    let found = PLAIN.find(letter).and_then(|at| ACCENTED.chars().nth(at));
    let new = found.unwrap_or(letter);
    out.push(new);
    if matches!(letter.to_ascii_lowercase(), 'a' | 'e' | 'o' | 'u') {
        out.push(new);
    }
}

/// Tags and entities.
fn markup(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find(['<', '&']).map(|i| at + i) {
        let rest = &text[open + 1..];
        let end = if text[open..].starts_with('<') {
            let tag = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
            rest.find('>').filter(|_| tag)
        } else {
            let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '#');
            name.filter(|&end| end > 0 && rest[end..].starts_with(';'))
        };
        at = open + 1;
        if let Some(end) = end {
            found.push(open..open + end + 2);
            at = open + end + 2;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_change_and_markup_does_not() {
        let text = "Hi <a href=\"x\">you & me</a> &amp; < 3\n";
        let accented = transform(text, Style::Accented);
        assert_eq!(accented, "Ħī <a href=\"x\">ẏǿǿŭŭ & ḿḗḗ</a> &amp; < 3\n");
        let bidi = transform(text, Style::Bidi);
        assert_eq!(
            bidi,
            "\u{202e}Hi\u{202c} <a href=\"x\">\u{202e}you\u{202c} & \u{202e}me\u{202c}</a> &amp; < 3\n"
        );
    }
}
