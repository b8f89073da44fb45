//! Translations put into a locale's catalogs.

use std::collections::HashMap;

use serde::Serialize;

use super::{Incoming, Translation};
use crate::i18n::document::{Item, Source, full_id};
use crate::i18n::edit::{Edits, line_at};
use crate::i18n::marks;
use crate::i18n::merge::{self, Additions, Merge};
use crate::i18n::print;
use crate::i18n::project::{Catalog, Known, Project};
use crate::i18n::update::{Changed, INDENT, add_field};

#[derive(Serialize, Default, Debug, PartialEq)]
pub struct Import {
    /// Files that change, and new ones.
    pub files: Vec<Changed>,
    /// The ids of what changed.
    pub changed: Vec<String>,
    /// Units that were not taken.
    pub skipped: Vec<Skipped>,
}

#[derive(Serialize, Debug, PartialEq)]
pub struct Skipped {
    pub line: u32,
    pub message: String,
}

/// A translation that belongs to a unit, in canonical text.
struct Accepted {
    id: String,
    name: String,
    attribute: Option<String>,
    text: String,
}

/// Take what differs from the catalog. `catalog` is a locale of the project or an empty new one.
pub fn import(project: &Project<'_>, catalog: &Catalog<'_>, translation: Translation) -> Import {
    let mut import = Import::default();
    for (line, message) in translation.skipped {
        import.skipped.push(Skipped { line, message });
    }
    let mut new: HashMap<String, Vec<Accepted>> = HashMap::new();
    let mut edits: Vec<Edits> = catalog.locale.files.iter().map(|_| Edits::default()).collect();
    let mut seen = std::collections::HashSet::new();
    for unit in &translation.units {
        let accepted = match accept(project, unit) {
            Ok(accepted) => accepted,
            Err(message) => {
                import.skipped.push(Skipped { line: unit.line, message });
                continue;
            }
        };
        if !seen.insert(accepted.id.clone()) {
            let message = format!("{} is there twice: the first counts", accepted.id);
            import.skipped.push(Skipped { line: unit.line, message });
            continue;
        }
        match catalog.get(&accepted.name) {
            Some(own) => {
                if write(&own, &accepted, &mut edits[own.file_index]) {
                    import.changed.push(accepted.id);
                }
            }
            None => {
                import.changed.push(accepted.id.clone());
                new.entry(accepted.name.clone()).or_default().push(accepted);
            }
        }
    }
    add(project, catalog, &new, &mut edits, &mut import);
    for (file, edits) in catalog.locale.files.iter().zip(edits) {
        if !edits.is_empty() {
            let text = file.source.with_mark(edits.apply(file.source.text()));
            import.files.push(Changed { name: file.name.clone(), text });
        }
    }
    import
}

/// Whether a unit is one of the project, is about the text that the source has now, and is a pattern.
fn accept(project: &Project<'_>, unit: &Incoming) -> Result<Accepted, String> {
    let id = unit.key.rsplit_once(':').map_or(unit.key.as_str(), |(_, id)| id);
    let (name, attribute) = match id.split_once('.') {
        Some((name, attribute)) => (name, Some(attribute)),
        None => (id, None),
    };
    let source = &project.source;
    let field = source.get(name).and_then(|known| known.item.field(attribute));
    let Some(field) = field else {
        return Err(format!("{} has no {}", source.locale.tag, shown(id)));
    };
    let original = print::pattern(&field.pattern);
    if canonical(&unit.source).as_deref() != Some(original.as_str()) {
        return Err(format!(
            "{id}: its text in {} is no longer the one that was translated; export again",
            source.locale.tag
        ));
    }
    let text = canonical(&unit.target).ok_or_else(|| {
        format!("{id}: the translation is not one Fluent pattern: {}", shown(&unit.target))
    })?;
    let (id, name) = (id.to_owned(), name.to_owned());
    Ok(Accepted { id, name, attribute: attribute.map(str::to_owned), text })
}

/// A part of what came from outside, for a message.
fn shown(text: &str) -> String {
    const SHOWN: usize = 60;
    let cut: String = text.chars().take(SHOWN).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{:?}{more}", cut)
}

/// The canonical text of a pattern, if it is one and nothing else.
fn canonical(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    let ftl = format!("k ={}\n", print::embed(&text, INDENT, "\n"));
    let source = Source::new(&ftl);
    let document = source.document();
    match document.entries.as_slice() {
        [_] => {}
        _ => return None,
    }
    let item = document.items().next()?;
    match (&item.value, item.id, item.attributes.is_empty()) {
        (Some(field), "k", true) => Some(print::pattern(&field.pattern)),
        _ => None,
    }
}

/// Put a text into an entry that is there. Returns whether that changes anything.
fn write(own: &Known<'_, '_>, accepted: &Accepted, edits: &mut Edits) -> bool {
    let item = own.item;
    let attribute = accepted.attribute.as_deref();
    let newline = own.file.source.newline();
    let Some(field) = item.field(attribute) else {
        add_field(own.file, item, attribute, &accepted.text, edits);
        return true;
    };
    let same = print::pattern(&field.pattern) == accepted.text;
    let marked = marks::is_untranslated(item, field);
    if !same {
        let indent = if attribute.is_some() { INDENT.repeat(2) } else { INDENT.to_owned() };
        edits.replace(field.body.clone(), print::embed(&accepted.text, &indent, newline));
    }
    if marked {
        // A translation that is the source's text is one, too.
        let lines = item.comment.iter().flatten().filter(|l| marks::is_mark_of(l, attribute));
        for line in lines {
            let at = own.file.source.offset_of(line);
            edits.remove(line_at(own.file.source.text(), at));
        }
    }
    !same || marked
}

/// Entries that the locale does not have yet: with the translations that came, and the source's
/// comment. Without a value where the source has one, `check` says so.
fn add(
    project: &Project<'_>,
    catalog: &Catalog<'_>,
    new: &HashMap<String, Vec<Accepted>>,
    edits: &mut [Edits],
    import: &mut Import,
) {
    let source = &project.source;
    for (file, document) in source.locale.files.iter().zip(&source.documents) {
        let mut additions = Additions::new();
        for (entry, item) in merge::lacking(document, catalog) {
            if let Some(fields) = new.get(&item.name()) {
                let comment = &file.source.text()[entry.range.start..item.start];
                additions
                    .insert(item.name(), comment.replace("\r\n", "\n") + &entry_text(item, fields));
            }
        }
        if additions.is_empty() {
            continue;
        }
        match catalog.locale.files.iter().position(|each| each.name == file.name) {
            Some(index) => {
                let target = (&catalog.locale.files[index], &catalog.documents[index]);
                let merge = Merge { source: (file, document), target, additions: &additions };
                merge.edit(&mut edits[index]);
            }
            None => {
                let text = merge::new_file(file, document, &additions);
                import.files.push(Changed { name: file.name.clone(), text });
            }
        }
    }
}

fn entry_text(item: &Item<'_>, fields: &[Accepted]) -> String {
    let mut text = format!("{} =", item.name());
    for field in item.fields() {
        let id = full_id(&item.name(), field.name);
        let Some(accepted) = fields.iter().find(|each| each.id == id) else { continue };
        if let Some(name) = field.name {
            text.push_str(&format!("\n{INDENT}.{name} ="));
            text.push_str(&print::embed(&accepted.text, &INDENT.repeat(2), "\n"));
        } else {
            text.push_str(&print::embed(&accepted.text, INDENT, "\n"));
        }
    }
    text + "\n"
}
