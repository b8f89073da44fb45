//! Junk, and what is there twice.

use std::collections::HashMap;

use super::problem::{Kind, Report};
use crate::i18n::document::{self, Item, full_id};
use crate::i18n::project::{Catalog, File};

pub fn check(catalog: &Catalog<'_>, report: &mut Report<'_>) {
    for (file, document) in catalog.locale.files.iter().zip(&catalog.documents) {
        for entry in &document.entries {
            if let document::Kind::Junk(junk) = &entry.kind {
                let message = format!("this is not Fluent: {}", junk.reason);
                report.add(Kind::Junk, (file, junk.at), junk.id.clone(), message);
            }
        }
    }
    let mut first: HashMap<String, (&File, usize)> = HashMap::new();
    for known in catalog.all() {
        let name = known.item.name();
        if let Some((file, offset)) = first.get(&name) {
            let place = place(report.locale, file, *offset);
            let message =
                format!("{name} is already at {place}; that one is used, this one is not");
            report.add(Kind::Duplicate, (known.file, known.item.start), Some(name), message);
        } else {
            first.insert(name, (known.file, known.item.start));
        }
        attributes(known.file, known.item, report);
        for (field, facts) in known.fields() {
            for choice in &facts.choices {
                for (i, key) in choice.keys.iter().enumerate() {
                    if choice.keys[..i].iter().any(|other| other.text == key.text) {
                        let id = full_id(&known.item.name(), field.name);
                        let message = format!("the variant [{}] is there twice", key.text);
                        let at = known.file.source.offset_of(key.text);
                        report.add(Kind::Duplicate, (known.file, at), Some(id), message);
                    }
                }
            }
        }
    }
}

fn attributes(file: &File, item: &Item<'_>, report: &mut Report<'_>) {
    let mut first = HashMap::new();
    for field in &item.attributes {
        if let Some(offset) = first.insert(field.name, field.start) {
            let id = full_id(&item.name(), field.name);
            let place = place(report.locale, file, offset);
            let message = format!("the attribute {id} is already at {place}");
            report.add(Kind::Duplicate, (file, field.start), Some(id), message);
        }
    }
}

pub fn place(locale: &str, file: &File, offset: usize) -> String {
    let position = file.source.position(offset);
    format!("{locale}/{}:{}:{}", file.name, position.line, position.column)
}
