//! What a locale lacks of the source, has beyond it, or has not translated yet.

use super::problem::{Kind, Report};
use super::structure::place;
use crate::i18n::document::full_id;
use crate::i18n::marks;
use crate::i18n::project::{Catalog, Project};

pub fn check(project: &Project<'_>, catalog: &Catalog<'_>, report: &mut Report<'_>) {
    missing(project, catalog, report);
    let source = &project.source;
    for known in catalog.first_ones().filter(|known| !known.item.term) {
        let name = known.item.id;
        let tag = &source.locale.tag;
        let Some(original) = source.get(name) else {
            if !source.has_junk_of(name) {
                let message = format!("{name} is not in {tag}");
                let at = (known.file, known.item.start);
                report.add(Kind::Obsolete, at, Some(name.to_owned()), message);
            }
            continue;
        };
        for field in known.item.fields() {
            let id = full_id(name, field.name);
            let at = (known.file, field.start);
            if original.item.field(field.name).is_none() {
                let what = if field.name.is_some() { "attribute" } else { "value" };
                let message = format!("{name} has no such {what} in {tag}");
                report.add(Kind::Obsolete, at, Some(id), message);
            } else if marks::is_untranslated(known.item, field) {
                let message = format!("{id} still has the text of {tag}");
                report.add(Kind::Untranslated, at, Some(id), message);
            }
        }
    }
}

/// A regional locale holds what differs: what its parent has is not missing.
fn missing(project: &Project<'_>, catalog: &Catalog<'_>, report: &mut Report<'_>) {
    let parents = project.parents(&catalog.locale.tag);
    let tag = &catalog.locale.tag;
    let source = &project.source;
    for original in source.first_ones().filter(|known| !known.item.term) {
        let name = original.item.id;
        let own = catalog.get(name);
        let covered = own.is_none() && parents.iter().any(|parent| parent.get(name).is_some());
        if covered || catalog.has_junk_of(name) {
            continue;
        }
        // Problems of a locale carry its name, but the place to look at is in the source.
        let report = &mut SourcePlace { report, source };
        if let Some(known) = own {
            for field in original.item.fields() {
                if known.item.field(field.name).is_none() {
                    let id = full_id(name, field.name);
                    let what = if field.name.is_some() { "attribute" } else { "value" };
                    let here = place(tag, known.file, known.item.start);
                    let message = format!("{id}: {here} lacks this {what}");
                    report.add((original.file, field.start), id, message);
                }
            }
        } else {
            let message = format!("{tag} has no message {name}");
            report.add((original.file, original.item.start), name.to_owned(), message);
        }
    }
}

struct SourcePlace<'r, 'a, 's> {
    report: &'r mut Report<'a>,
    source: &'r Catalog<'s>,
}

impl SourcePlace<'_, '_, '_> {
    fn add(&mut self, at: (&crate::i18n::project::File, usize), id: String, message: String) {
        self.report.add(Kind::Missing, at, Some(id), message);
        if let Some(problem) = self.report.problems.last_mut() {
            problem.file = format!("{}/{}", self.source.locale.tag, at.0.name);
        }
    }
}
