//! `rekue i18n init` and `update`: bring a locale to the state of the source.
//!
//! What is missing is copied from the source and marked as not translated; what the source no longer
//! has is set aside as a comment where it stood, and comes back from there. All else stays byte for
//! byte: order, comments, spacing.

use serde::Serialize;

use super::document::{Entry, Field, Item, Kind, Source, full_id};
use super::edit::{Edits, line_at, with_newline};
use super::marks::{self, SET_ASIDE};
use super::merge::{self, Additions, Merge};
use super::print;
use super::project::{Catalog, File, Known, Project};

/// Of what belongs to an entry.
pub const INDENT: &str = "    ";

/// A file as it should be written.
#[derive(Serialize, Debug, PartialEq)]
pub struct Changed {
    pub name: String,
    pub text: String,
}

#[derive(Serialize, Default, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// Files that change, and new ones.
    pub files: Vec<Changed>,
    /// Names of what was copied from the source: messages, terms, `message.attribute`.
    pub added: Vec<String>,
    /// What was set aside once, and came back.
    pub restored: Vec<String>,
    pub set_aside: Vec<String>,
    /// Copies of a text that the source has changed since.
    pub refreshed: Vec<String>,
}

/// Bring `catalog`, a locale of the project or an empty new one, to the state of the source.
pub fn update(project: &Project<'_>, catalog: &Catalog<'_>) -> Update {
    let mut update = Update::default();
    let source = &project.source;
    // All files first: what comes back may have been set aside in another one.
    let additions = additions(project, catalog, &mut update);
    let files = source.locale.files.iter().zip(&source.documents).zip(&additions);
    for ((file, document), additions) in files {
        let same = |each: &File| each.name == file.name;
        let Some(index) = catalog.locale.files.iter().position(same) else {
            // Without any entry, only a new locale needs it, to be one.
            if !additions.is_empty() || catalog.locale.files.is_empty() {
                let text = merge::new_file(file, document, additions);
                update.files.push(Changed { name: file.name.clone(), text });
            }
            continue;
        };
        let target = (&catalog.locale.files[index], &catalog.documents[index]);
        let mut edits = Edits::default();
        Merge { source: (file, document), target, additions }.edit(&mut edits);
        own_entries(source, catalog, index, &mut edits, &mut update);
        finish(target.0, edits, &mut update);
    }
    // Files that the source does not have may hold messages of other files.
    for (index, file) in catalog.locale.files.iter().enumerate() {
        if source.locale.file(&file.name).is_none() {
            let mut edits = Edits::default();
            own_entries(source, catalog, index, &mut edits, &mut update);
            finish(file, edits, &mut update);
        }
    }
    update
}

/// What each file of the source has and the locale lacks.
fn additions(project: &Project<'_>, catalog: &Catalog<'_>, update: &mut Update) -> Vec<Additions> {
    let source = &project.source;
    let parents = project.parents(&catalog.locale.tag);
    let kept = set_aside_in(catalog);
    let files = source.locale.files.iter().zip(&source.documents);
    let additions = files.map(|(file, document)| {
        let mut additions = Additions::new();
        for (entry, item) in merge::lacking(document, catalog) {
            let name = item.name();
            let second = source.get(&name).is_none_or(|first| !std::ptr::eq(first.item, item));
            let inherited = parents.iter().any(|parent| parent.get(&name).is_some());
            if second || inherited || catalog.has_junk_of(&name) {
                continue;
            }
            if let Some(old) = kept.iter().find(|kept| kept.name == name) {
                additions.insert(name.clone(), format!("{}\n", old.text));
                update.restored.push(name);
            } else {
                additions.insert(name.clone(), copy(file, entry, item));
                update.added.push(name);
            }
        }
        additions
    });
    additions.collect()
}

fn finish(file: &File, edits: Edits, update: &mut Update) {
    if !edits.is_empty() {
        let text = file.source.with_mark(edits.apply(file.source.text()));
        update.files.push(Changed { name: file.name.clone(), text });
    }
}

/// The entries that a file has: gone, changed, incomplete or translated by now.
fn own_entries(
    source: &Catalog<'_>,
    catalog: &Catalog<'_>,
    index: usize,
    edits: &mut Edits,
    update: &mut Update,
) {
    let file = &catalog.locale.files[index];
    let document = &catalog.documents[index];
    for entry in &document.entries {
        match &entry.kind {
            Kind::Item(item) => match source.get(&item.name()) {
                Some(original) => fields(&original, file, item, edits, update),
                None if item.term || source.has_junk_of(&item.name()) => {}
                None => {
                    set_aside(file, entry, item, edits);
                    update.set_aside.push(item.name());
                }
            },
            Kind::Comment(_) => {
                if let Some(kept) = kept_in(entry)
                    && update.restored.contains(&kept.name)
                {
                    edits.remove(merge::with_gap(file.source.text(), entry));
                }
            }
            Kind::Junk(_) => {}
        }
    }
}

/// The text of an entry of the source, with marks in its comment.
fn copy(file: &File, entry: &Entry<'_>, item: &Item<'_>) -> String {
    let text = file.source.text();
    let mut out = with_newline(&text[entry.range.start..item.start], "\n");
    if !item.term {
        for field in item.fields() {
            out.push_str(&mark(field));
        }
    }
    out.push_str(with_newline(&text[item.start..entry.range.end], "\n").trim_end());
    out.push('\n');
    out
}

fn mark(field: &Field<'_>) -> String {
    format!("# {}\n", marks::untranslated(field.name, &print::pattern(&field.pattern)))
}

/// Complete an entry, refresh copies of what has changed, and take marks away from what has been
/// translated.
fn fields(
    original: &Known<'_, '_>,
    file: &File,
    item: &Item<'_>,
    edits: &mut Edits,
    update: &mut Update,
) {
    let text = file.source.text();
    let newline = file.source.newline();
    for line in item.comment.iter().flatten().filter(|line| marks::is_mark(line)) {
        let marked = item.fields().find(|field| marks::is_mark_of(line, field.name));
        if marked.is_none_or(|field| !marks::is_untranslated(item, field)) {
            edits.remove(line_at(text, file.source.offset_of(line)));
        }
    }
    for field in original.item.fields() {
        let name = full_id(&item.name(), field.name);
        let canonical = print::pattern(&field.pattern);
        let Some(own) = item.field(field.name) else {
            if !item.term {
                add_field(file, item, field.name, &canonical, edits);
                edits.insert(item.start, with_newline(&mark(field), newline));
                update.added.push(name);
            }
            continue;
        };
        if marks::is_untranslated(item, own) && print::pattern(&own.pattern) != canonical {
            edits.replace(own.body.clone(), print::embed(&canonical, INDENT, newline));
            for line in item.comment.iter().flatten() {
                if marks::is_mark_of(line, field.name) {
                    let at = line_at(text, file.source.offset_of(line));
                    edits.replace(at, with_newline(&mark(field), newline));
                }
            }
            update.refreshed.push(name);
        }
    }
}

/// Put an attribute behind the others, or a value behind the equals sign.
pub fn add_field(
    file: &File,
    item: &Item<'_>,
    attribute: Option<&str>,
    canonical: &str,
    edits: &mut Edits,
) {
    let newline = file.source.newline();
    match attribute {
        Some(name) => {
            let end = item.fields().map(|field| field.body.end).max().unwrap_or(item.start);
            let body = print::embed(canonical, &INDENT.repeat(2), newline);
            edits.insert(end, format!("{newline}{INDENT}.{name} ={body}"));
        }
        None => {
            let text = file.source.text();
            let end = text[item.start..].find('=').map_or(item.start, |at| item.start + at + 1);
            edits.insert(end, print::embed(canonical, INDENT, newline));
        }
    }
}

/// Turn an entry into a comment. A copy of the source that nobody has translated is just removed.
fn set_aside(file: &File, entry: &Entry<'_>, item: &Item<'_>, edits: &mut Edits) {
    let text = file.source.text();
    if item.fields().all(|field| marks::is_untranslated(item, field)) {
        edits.remove(merge::with_gap(text, entry));
        return;
    }
    let mut comment = format!("# {SET_ASIDE}\n");
    for line in text[entry.range.clone()].lines() {
        let line = line.trim_end();
        comment.push_str(if line.is_empty() { "#" } else { "# " });
        comment.push_str(line);
        comment.push('\n');
    }
    // Without blank lines around it, it would be about its neighbour, or a part of its comment.
    let before = text[..entry.range.start].trim_end_matches([' ', '\r']);
    let before = before.strip_suffix('\n').unwrap_or(before).trim_end_matches([' ', '\r']);
    if !before.is_empty() && !before.ends_with('\n') {
        comment.insert(0, '\n');
    }
    let after = &text[entry.range.end..];
    if !after.is_empty() && !after[line_at(after, 0)].trim().is_empty() {
        comment.push('\n');
    }
    edits.replace(entry.range.clone(), with_newline(&comment, file.source.newline()));
}

/// An entry in a comment.
struct Kept {
    name: String,
    text: String,
}

fn set_aside_in(catalog: &Catalog<'_>) -> Vec<Kept> {
    let entries = catalog.documents.iter().flat_map(|document| &document.entries);
    entries.filter_map(kept_in).collect()
}

fn kept_in(entry: &Entry<'_>) -> Option<Kept> {
    let Kind::Comment(comment) = &entry.kind else { return None };
    let (first, rest) = comment.lines.split_first()?;
    if comment.level != 1 || first.trim() != SET_ASIDE {
        return None;
    }
    let text = rest.join("\n").replace('\r', "");
    let source = Source::new(&text);
    let document = source.document();
    let name = document.items().next()?.name();
    (document.items().count() == 1).then(|| Kept { name, text: text.trim_end().to_owned() })
}
