//! HTML in messages: each variant's tags must be balanced, and be those of the source.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};

use super::problem::{Kind, Report};
use crate::i18n::document::full_id;
use crate::i18n::project::Catalog;

/// More ways through a pattern's variants than this are not followed.
const MAX_PATHS: usize = 256;

/// Elements that have no end tag.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

#[derive(Clone, PartialEq)]
struct Tag<'s> {
    /// As written, from `<` to `>`.
    slice: &'s str,
    /// In lower case.
    name: String,
    end: bool,
    alone: bool,
}

pub fn check(catalog: &Catalog<'_>, report: &mut Report<'_>) {
    for known in catalog.all() {
        for field in known.item.fields() {
            if let Some((tag, message)) = unbalanced(&field.pattern) {
                let id = full_id(&known.item.name(), field.name);
                let at = known.file.source.offset_of(tag);
                report.add(Kind::Markup, (known.file, at), Some(id), message);
            }
        }
    }
}

/// Elements and attributes that differ from the source's. A message that is a part of some markup
/// in the source too was reported there.
pub fn compare(source: &Catalog<'_>, catalog: &Catalog<'_>, report: &mut Report<'_>) {
    for known in catalog.first_ones() {
        let Some(original) = source.get(&known.item.name()) else { continue };
        for field in known.item.fields() {
            let Some(theirs) = original.item.field(field.name) else { continue };
            let (ours, theirs) = (elements(&field.pattern), elements(&theirs.pattern));
            let id = full_id(&known.item.name(), field.name);
            let tag = &source.locale.tag;
            for (name, (slice, attributes)) in &ours {
                let at = (known.file, known.file.source.offset_of(slice));
                let Some((_, known_attributes)) = theirs.get(name) else {
                    let message = format!("{slice} is here, but not in {tag}");
                    report.add(Kind::Markup, at, Some(id.clone()), message);
                    continue;
                };
                for attribute in attributes.difference(known_attributes) {
                    let message = format!("<{name}> has no attribute {attribute} in {tag}");
                    report.add(Kind::Markup, at, Some(id.clone()), message);
                }
            }
            for (name, (slice, _)) in &theirs {
                if !ours.contains_key(name) {
                    let message = format!("{slice} is in {tag}, but not here");
                    let at = (known.file, field.start);
                    report.add(Kind::Markup, at, Some(id.clone()), message);
                }
            }
        }
    }
}

/// The first tag that lacks its other half, in any variant.
fn unbalanced<'s>(pattern: &Pattern<&'s str>) -> Option<(&'s str, String)> {
    paths(pattern).into_iter().find_map(|tags| {
        let mut open: Vec<Tag<'s>> = Vec::new();
        for tag in tags {
            if tag.alone || (!tag.end && VOID.contains(&tag.name.as_str())) {
                continue;
            }
            if !tag.end {
                open.push(tag);
            } else if open.last().is_some_and(|last| last.name == tag.name) {
                open.pop();
            } else {
                let begun = open.iter().any(|each| each.name == tag.name);
                return Some(match open.last().filter(|_| begun) {
                    Some(last) => {
                        (last.slice, format!("{} has no end before {}", last.slice, tag.slice))
                    }
                    None => (tag.slice, format!("{} ends what nothing begins", tag.slice)),
                });
            }
        }
        open.pop().map(|tag| (tag.slice, format!("{} has no end", tag.slice)))
    })
}

/// Begin tags by name, with the first as written and all their attributes' names.
fn elements<'s>(pattern: &Pattern<&'s str>) -> BTreeMap<String, (&'s str, BTreeSet<String>)> {
    let mut found: BTreeMap<String, (&'s str, BTreeSet<String>)> = BTreeMap::new();
    for tag in paths(pattern).into_iter().flatten().filter(|tag| !tag.end) {
        let attributes = attributes(tag.slice);
        found.entry(tag.name).or_insert((tag.slice, BTreeSet::new())).1.extend(attributes);
    }
    found
}

/// The tags along the way of the default variants first, then along each other variant in turn with
/// the defaults elsewhere: every variant is seen, without every combination.
fn paths<'s>(pattern: &Pattern<&'s str>) -> Vec<Vec<Tag<'s>>> {
    let mut paths: Vec<Vec<Tag<'s>>> = vec![Vec::new()];
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => append(&mut paths, &tags(value)),
            PatternElement::Placeable { expression } => through(expression, &mut paths),
        }
    }
    paths
}

fn through<'s>(expression: &Expression<&'s str>, paths: &mut Vec<Vec<Tag<'s>>>) {
    match expression {
        Expression::Inline(InlineExpression::StringLiteral { value }) => {
            append(paths, &tags(value))
        }
        Expression::Inline(InlineExpression::Placeable { expression }) => {
            through(expression, paths);
        }
        Expression::Inline(_) => {}
        Expression::Select { variants, .. } => {
            let base = paths[0].clone();
            let mut others = Vec::new();
            for variant in variants {
                let mut inner = self::paths(&variant.value);
                if variant.default {
                    append(paths, &inner.remove(0));
                }
                others.extend(inner);
            }
            for inner in others {
                if paths.len() < MAX_PATHS {
                    paths.push(base.iter().chain(&inner).cloned().collect());
                }
            }
        }
    }
}

fn append<'s>(paths: &mut [Vec<Tag<'s>>], tags: &[Tag<'s>]) {
    for path in paths {
        path.extend_from_slice(tags);
    }
}

/// `<name …>`, `</name>` and `<name …/>`; a lone `<` is text.
fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|i| at + i) {
        at = open + 1;
        let end = text[at..].starts_with('/');
        let name = &text[at + usize::from(end)..];
        let length = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != ':');
        let name = &name[..length.unwrap_or(name.len())];
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let Some(close) = text[at..].find(['<', '>']).map(|i| at + i) else { break };
        if text[close..].starts_with('<') {
            continue;
        }
        let slice = &text[open..=close];
        let name = name.to_ascii_lowercase();
        found.push(Tag { slice, name, end, alone: slice.ends_with("/>") });
        at = close + 1;
    }
    found
}

/// The names of a tag's attributes. A value with a placeable in it is in another piece of text, so
/// its tag is not seen as one; what is here is whole.
fn attributes(tag: &str) -> Vec<String> {
    let mut names = Vec::new();
    let inner = tag.trim_start_matches('<').trim_end_matches(['>', '/']);
    let mut rest = inner.find(char::is_whitespace).map_or("", |at| &inner[at..]);
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        if end == 0 {
            return names;
        }
        names.push(rest[..end].to_ascii_lowercase());
        rest = rest[end..].trim_start();
        let Some(value) = rest.strip_prefix('=').map(str::trim_start) else { continue };
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        rest = match quote {
            Some(quote) => value[1..].split_once(quote).map_or("", |(_, after)| after),
            None => value.find(char::is_whitespace).map_or("", |at| &value[at..]),
        };
    }
}
