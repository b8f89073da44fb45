//! Gettext's PO: a unit is an entry whose context is its key.

use super::{Incoming, Translation, Unit, Unreadable};

/// The file for a locale.
pub fn write(units: &[Unit], source_locale: &str, locale: &str) -> String {
    let mut out = String::from("msgid \"\"\nmsgstr \"\"\n");
    for line in [
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=UTF-8".to_owned(),
        "Content-Transfer-Encoding: 8bit".to_owned(),
        format!("Language: {locale}"),
        format!("X-Source-Language: {source_locale}"),
        "X-Generator: rekue".to_owned(),
    ] {
        out.push_str(&format!("\"{line}\\n\"\n"));
    }
    for unit in units {
        out.push('\n');
        for line in &unit.comment {
            out.push_str(format!("#. {line}").trim_end());
            out.push('\n');
        }
        out.push_str(&format!("#: {source_locale}/{}:{}\n", unit.file, unit.line));
        field("msgctxt", &unit.key(), &mut out);
        field("msgid", &unit.source, &mut out);
        field("msgstr", unit.target.as_deref().unwrap_or_default(), &mut out);
    }
    out
}

fn field(keyword: &str, text: &str, out: &mut String) {
    out.push_str(keyword);
    if text.contains('\n') {
        out.push_str(" \"\"\n");
        for line in text.split_inclusive('\n') {
            out.push_str(&format!("\"{}\"\n", escaped(line)));
        }
    } else {
        out.push_str(&format!(" \"{}\"\n", escaped(text)));
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out
}

#[derive(Default)]
struct Entry {
    line: u32,
    fuzzy: bool,
    plural: bool,
    context: Option<String>,
    id: Option<String>,
    text: Option<String>,
}

/// What the lines of text that follow belong to.
#[derive(Clone, Copy)]
enum Part {
    None,
    Context,
    Id,
    Text,
    Ignored,
}

/// Read a file. Entries that are fuzzy, obsolete or not translated are no translations.
pub fn read(text: &str) -> Result<Translation, Unreadable> {
    let mut translation = Translation::default();
    let mut entry = Entry::default();
    let mut part = Part::None;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        let broken = |message: &str| Unreadable { line: number, message: message.to_owned() };
        if line.is_empty() || line.starts_with('#') {
            if entry.text.is_some() {
                close(std::mem::take(&mut entry), &mut translation);
                part = Part::None;
            }
            if let Some(flags) = line.strip_prefix("#,") {
                entry.fuzzy |= flags.split(',').any(|flag| flag.trim() == "fuzzy");
            }
            continue;
        }
        let (keyword, string) = match line.find('"') {
            Some(at) => (line[..at].trim_end(), &line[at..]),
            None => return Err(broken("a line must be a comment or hold a text in quotes")),
        };
        let string = unquoted(string).ok_or_else(|| broken("the text in quotes is not closed"))?;
        if !keyword.is_empty() {
            let begins = matches!(keyword, "msgctxt") || keyword == "msgid";
            if begins && entry.text.is_some() {
                close(std::mem::take(&mut entry), &mut translation);
            }
            if begins && entry.line == 0 {
                entry.line = number;
            }
            part = match keyword {
                "msgctxt" => Part::Context,
                "msgid" => Part::Id,
                "msgstr" => Part::Text,
                "msgid_plural" => {
                    entry.plural = true;
                    Part::Ignored
                }
                _ if keyword.starts_with("msgstr[") => {
                    entry.text.get_or_insert_default();
                    Part::Ignored
                }
                _ => return Err(broken("this is no keyword of PO")),
            };
        }
        let target = match part {
            Part::None => return Err(broken("a text must follow a keyword")),
            Part::Ignored => continue,
            Part::Context => &mut entry.context,
            Part::Id => &mut entry.id,
            Part::Text => &mut entry.text,
        };
        target.get_or_insert_default().push_str(&string);
    }
    close(entry, &mut translation);
    Ok(translation)
}

fn close(entry: Entry, translation: &mut Translation) {
    let (Some(source), Some(target)) = (entry.id, entry.text) else { return };
    let Some(key) = entry.context else {
        if source.is_empty() {
            let language = target.lines().find_map(|line| line.strip_prefix("Language:"));
            let language = language.map(|name| name.trim().replace('_', "-"));
            translation.locale = language.filter(|name| !name.is_empty());
        } else {
            translation.skipped.push((entry.line, "the entry has no msgctxt".to_owned()));
        }
        return;
    };
    if entry.plural {
        let message = "plural forms of PO have no place in Fluent, which has its own".to_owned();
        translation.skipped.push((entry.line, message));
    } else if !entry.fuzzy && !target.is_empty() {
        translation.units.push(Incoming { key, source, target, line: entry.line });
    }
}

/// What is between quotes; None if they are not closed at the end of the line.
fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    loop {
        match chars.next()? {
            '"' => return chars.as_str().trim().is_empty().then_some(out),
            '\\' => out.push(match chars.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }),
            other => out.push(other),
        }
    }
}
