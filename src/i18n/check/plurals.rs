//! Plural categories: those that a locale lacks are never chosen, those that it has and a selector
//! does not are read in the default form.

use super::problem::{Kind, Report};
use crate::i18n::document::full_id;
use crate::i18n::facts::{Choice, Rule};
use crate::i18n::project::{Catalog, Category};

pub fn check(catalog: &Catalog<'_>, report: &mut Report<'_>) {
    let plurals = &catalog.locale.plurals;
    for known in catalog.all() {
        for (field, facts) in known.fields() {
            for choice in &facts.choices {
                let (categories, what) = match choice.rule {
                    Rule::Cardinal => (&plurals.cardinal, "plural"),
                    Rule::Ordinal => (&plurals.ordinal, "ordinal"),
                    Rule::Name => continue,
                };
                if categories.is_empty() {
                    continue;
                }
                let id = full_id(&known.item.name(), field.name);
                for key in choice.keys.iter().filter(|key| !key.number) {
                    if categories.iter().all(|each| each.name != key.text) {
                        let names: Vec<&str> =
                            categories.iter().map(|each| each.name.as_str()).collect();
                        let message = format!(
                            "{} has no {what} category [{}], only {}",
                            catalog.locale.tag,
                            key.text,
                            names.join(", ")
                        );
                        let at = known.file.source.offset_of(key.text);
                        report.add(Kind::Plural, (known.file, at), Some(id.clone()), message);
                    }
                }
                let missing: Vec<String> = missing(choice, categories);
                if let (false, Some(first)) = (missing.is_empty(), choice.keys.first()) {
                    let message = format!(
                        "no variant for the {what} category {}, which {} has",
                        missing.join(", "),
                        catalog.locale.tag
                    );
                    let at = (known.file, known.file.source.offset_of(first.text));
                    report.add(Kind::PluralMissing, at, Some(id), message);
                }
            }
        }
    }
}

fn missing(choice: &Choice<'_>, categories: &[Category]) -> Vec<String> {
    // A selector of exact numbers alone, with a default, has nothing to do with categories.
    if choice.keys.iter().all(|key| key.number || key.default) {
        return Vec::new();
    }
    let has = |category: &Category| {
        choice.keys.iter().any(|key| {
            key.text == category.name
                || key.default && category.name == "other"
                || key.number
                    && category.only.is_some_and(|only| key.text.parse() == Ok(f64::from(only)))
        })
    };
    categories.iter().filter(|each| !has(each)).map(|each| format!("[{}]", each.name)).collect()
}
