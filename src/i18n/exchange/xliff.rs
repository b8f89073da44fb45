//! XLIFF 1.2, the version that every translation tool reads: a unit is a `trans-unit` whose id is its
//! key. Placeables stand in `<ph>`, so that tools protect them; a unit's text is all text in it, so
//! nothing is lost if a tool takes the `<ph>` away.
//!
//! The reader knows no document types and no entities but XML's own five, and opens nothing.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Incoming, Translation, Unit, Unreadable};
use crate::i18n::lines::Lines;

/// Elements within each other.
const MAX_DEPTH: usize = 100;

/// The file for a locale. Units with characters that XML cannot hold are left out and returned.
pub fn write(units: &[Unit], source_locale: &str, locale: &str) -> (String, Vec<String>) {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str("<xliff version=\"1.2\" xmlns=\"urn:oasis:names:tc:xliff:document:1.2\">\n");
    let mut skipped = Vec::new();
    for group in units.chunk_by(|a, b| a.file == b.file) {
        out.push_str(&format!(
            "  <file original=\"{}\" datatype=\"plaintext\" source-language=\"{}\" \
             target-language=\"{}\">\n    <body>\n",
            escaped(&group[0].file, true),
            escaped(source_locale, true),
            escaped(locale, true)
        ));
        for unit in group {
            let texts = [Some(&unit.source), unit.target.as_ref()];
            if texts.into_iter().flatten().all(|text| text.chars().all(is_xml)) {
                one(unit, &mut out);
            } else {
                skipped.push(unit.id.clone());
            }
        }
        out.push_str("    </body>\n  </file>\n");
    }
    out.push_str("</xliff>\n");
    (out, skipped)
}

fn one(unit: &Unit, out: &mut String) {
    let key = escaped(&unit.key(), true);
    out.push_str(&format!("      <trans-unit id=\"{key}\" xml:space=\"preserve\">\n"));
    out.push_str(&format!("        <source>{}</source>\n", protected(&unit.source)));
    if let Some(target) = &unit.target {
        let target = protected(target);
        out.push_str(&format!("        <target state=\"translated\">{target}</target>\n"));
    }
    if !unit.comment.is_empty() {
        let comment: String = unit.comment.join("\n").chars().filter(|c| is_xml(*c)).collect();
        out.push_str(&format!("        <note>{}</note>\n", escaped(&comment, false)));
    }
    out.push_str("      </trans-unit>\n");
}

/// The text with its simple placeables in `<ph>`. A selector stays text: its variants are to be
/// translated.
fn protected(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut at, mut count) = (0, 0);
    while let Some(open) = text[at..].find('{').map(|i| at + i) {
        let inner = &text[open + 1..];
        let end = inner.find(['{', '}', '"', '\n']).filter(|&end| inner[end..].starts_with('}'));
        let close = end.map_or(open + 1, |end| open + end + 2);
        out.push_str(&escaped(&text[at..open], false));
        let piece = escaped(&text[open..close], false);
        if end.is_some() {
            count += 1;
            out.push_str(&format!("<ph id=\"{count}\">{piece}</ph>"));
        } else {
            out.push_str(&piece);
        }
        at = close;
    }
    out.push_str(&escaped(&text[at..], false));
    out
}

/// Whether XML 1.0 can hold a character.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn escaped(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A parser would make a line feed of it.
            '\r' => out.push_str("&#13;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            other => out.push(other),
        }
    }
    out
}

/// The unit that is being read.
#[derive(Default)]
struct Open {
    key: String,
    line: u32,
    source: String,
    target: Option<String>,
    translated: bool,
}

struct State {
    translation: Translation,
    /// Local names of the elements that are open.
    path: Vec<String>,
    unit: Option<Open>,
}

/// Read a file.
pub fn read(text: &str) -> Result<Translation, Unreadable> {
    let lines = Lines::new(text);
    let mut reader = Reader::from_str(text);
    let mut state = State { translation: Translation::default(), path: Vec::new(), unit: None };
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let line = lines.position(text, at).line;
        let broken = |message: String| Unreadable { line, message };
        match reader.read_event().map_err(|error| broken(error.to_string()))? {
            Event::Start(start) => {
                state.open(&start, line).map_err(broken)?;
                if state.path.len() > MAX_DEPTH {
                    return Err(broken(format!(
                        "there are more than {MAX_DEPTH} elements within each other"
                    )));
                }
            }
            Event::Empty(start) => {
                state.open(&start, line).map_err(broken)?;
                state.close();
            }
            Event::End(_) => state.close(),
            Event::Text(text) => {
                state.text(&text);
            }
            Event::CData(data) => {
                state.text(&data);
            }
            Event::GeneralRef(reference) => {
                let name: &str = &reference;
                let resolved = resolve(name);
                let resolved =
                    resolved.ok_or_else(|| broken(format!("&{name}; is no entity of XML")))?;
                state.text(resolved.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => {
                return Err(broken("a document type is not allowed here".to_owned()));
            }
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    match state.path.last() {
        Some(name) => {
            let line = lines.position(text, text.len()).line;
            Err(Unreadable { line, message: format!("the element {name} has no end") })
        }
        None => Ok(state.translation),
    }
}

fn resolve(name: &str) -> Option<char> {
    let number =
        |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => match name.strip_prefix("#x") {
            Some(digits) => number(digits, 16),
            None => number(name.strip_prefix('#')?, 10),
        },
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
    for each in start.attributes() {
        let each = each.map_err(|error| error.to_string())?;
        if each.key.local_name().as_ref() == name {
            return unescaped(&each.value).map(|text| Some(text.into_owned()));
        }
    }
    Ok(None)
}

fn unescaped(raw: &str) -> Result<Cow<'_, str>, String> {
    if !raw.contains('&') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = after.split_once(';').ok_or("an & must be written as &amp;")?;
        out.push(resolve(name).ok_or_else(|| format!("&{name}; is no entity of XML"))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

impl State {
    fn open(&mut self, start: &BytesStart<'_>, line: u32) -> Result<(), String> {
        let name = start.local_name().as_ref().to_owned();
        if self.path.is_empty() && name != "xliff" {
            return Err(format!("the file is not XLIFF: it begins with <{name}>"));
        }
        match name.as_str() {
            "xliff" => {
                let version = attribute(start, "version")?.unwrap_or_default();
                if !version.starts_with("1.") {
                    return Err(format!("this is XLIFF {version:?}, and 1.2 is what is read here"));
                }
            }
            "file" => {
                let locale = attribute(start, "target-language")?;
                self.translation.locale = locale.or(self.translation.locale.take());
            }
            "trans-unit" => {
                let key = attribute(start, "id")?.ok_or("a trans-unit has no id")?;
                self.unit = Some(Open { key, line, translated: true, ..Open::default() });
            }
            _ => {}
        }
        if let Some(unit) = &mut self.unit {
            let own = self.path.last().is_some_and(|parent| parent == "trans-unit");
            if name == "target" && own {
                let state = attribute(start, "state")?;
                unit.translated = !matches!(state.as_deref(), Some("new" | "needs-translation"));
                unit.target = Some(String::new());
            }
            // What a tool made of an inline element whose text it does not carry.
            if let Some(equivalent) = attribute(start, "equiv-text")?.filter(|_| name != "ph") {
                self.path.push(name);
                self.text(&equivalent);
                return Ok(());
            }
        }
        self.path.push(name);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        // Suggestions (alt-trans) and notes have texts, too: only the unit's own count.
        let Some(at) = self.path.iter().rposition(|name| name == "trans-unit") else { return };
        let Some(unit) = &mut self.unit else { return };
        match self.path.get(at + 1).map(String::as_str) {
            Some("source") => unit.source.push_str(text),
            Some("target") => unit.target.get_or_insert_default().push_str(text),
            _ => {}
        }
    }

    fn close(&mut self) {
        if self.path.pop().is_none_or(|name| name != "trans-unit") {
            return;
        }
        let Some(unit) = self.unit.take() else { return };
        let Open { key, line, source, target, translated } = unit;
        if let Some(target) = target.filter(|text| translated && !text.is_empty()) {
            self.translation.units.push(Incoming { key, source, target, line });
        }
    }
}
