//! What messages refer to, and the arguments they need.

use std::collections::HashSet;

use super::problem::{Kind, Report};
use crate::i18n::document::full_id;
use crate::i18n::facts;
use crate::i18n::project::Catalog;

const FUNCTIONS: [&str; 2] = ["NUMBER", "DATETIME"];

/// References are resolved within a locale alone, as in every implementation of Fluent.
pub fn check(catalog: &Catalog<'_>, report: &mut Report<'_>) {
    let mut used_terms = HashSet::new();
    for known in catalog.all() {
        for (field, facts) in known.fields() {
            let id = full_id(&known.item.name(), field.name);
            // A term's sigil stands before its name.
            let mut add = |slice: &str, sigil: &str, message: String| {
                let at = known.file.source.offset_of(slice) - sigil.len();
                report.add(Kind::UnknownReference, (known.file, at), Some(id.clone()), message);
            };
            for (references, sigil) in [(&facts.messages, ""), (&facts.terms, "-")] {
                for reference in references {
                    let name = format!("{sigil}{}", reference.id);
                    match catalog.get(&name) {
                        None => {
                            add(reference.id, sigil, format!("there is no {name} in this locale"))
                        }
                        Some(found) => match reference.attribute {
                            None if found.item.value.is_none() => {
                                add(
                                    reference.id,
                                    sigil,
                                    format!("{name} has attributes but no value"),
                                );
                            }
                            Some(attribute) if found.item.attribute(attribute).is_none() => {
                                add(attribute, "", format!("{name} has no attribute .{attribute}"));
                            }
                            _ => {}
                        },
                    }
                    if sigil == "-" {
                        used_terms.insert(reference.id);
                    }
                }
            }
            for function in &facts.functions {
                if !FUNCTIONS.contains(function) {
                    let known = FUNCTIONS.join(" and ");
                    add(function, "", format!("there is no function {function}(), only {known}"));
                }
            }
        }
    }
    for known in catalog.first_ones() {
        if known.item.term && !used_terms.contains(known.item.id) {
            let name = known.item.name();
            let message = format!("no message of this locale uses {name}");
            report.add(Kind::Unused, (known.file, known.item.start), Some(name), message);
        }
    }
}

/// Arguments that differ from the source's.
pub fn compare(source: &Catalog<'_>, catalog: &Catalog<'_>, report: &mut Report<'_>) {
    for known in catalog.first_ones().filter(|known| !known.item.term) {
        let Some(original) = source.get(known.item.id) else { continue };
        for (field, facts) in known.fields() {
            if original.item.field(field.name).is_none() {
                continue;
            }
            let id = known.item.id;
            let Some(theirs) = facts::arguments(catalog, source, id, field.name) else { continue };
            let Some(ours) = facts::arguments(source, source, id, field.name) else { continue };
            let full = full_id(id, field.name);
            for &name in theirs.difference(&ours) {
                let direct = facts.variables.iter().find(|(each, _)| *each == name);
                let sigil = |name| known.file.source.offset_of(name) - 1;
                let at = direct.map_or(field.start, |(each, _)| sigil(each));
                let message = format!(
                    "${name} is no argument of {full} in {}, which has {}",
                    source.locale.tag,
                    list(ours.iter().copied())
                );
                report.add(Kind::Arguments, (known.file, at), Some(full.clone()), message);
            }
            for &name in ours.difference(&theirs) {
                let message = format!("{full} has ${name} in {}, but not here", source.locale.tag);
                let at = (known.file, field.start);
                report.add(Kind::Arguments, at, Some(full.clone()), message);
            }
        }
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("${name}")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
