//! `rekue i18n coverage`: how much of the source each locale has.

use serde::Serialize;

use super::document::Item;
use super::marks;
use super::project::{Catalog, Project};

#[derive(Serialize, Debug, PartialEq)]
pub struct Coverage {
    pub locale: String,
    /// Messages of the source.
    pub total: usize,
    /// With all their fields, in the locale or one that it falls back to before the source.
    pub translated: usize,
    /// Copies of the source.
    pub untranslated: usize,
    pub missing: usize,
    /// Of the messages that are translated; 100 where there are none.
    pub percent: f64,
}

enum State {
    Translated,
    Untranslated,
    Missing,
}

/// Of every locale but the source and pseudo-locales.
pub fn coverage(project: &Project<'_>) -> Vec<Coverage> {
    let catalogs = project.others.iter().filter(|catalog| !catalog.locale.is_pseudo());
    catalogs.map(|catalog| of(project, catalog)).collect()
}

fn of(project: &Project<'_>, catalog: &Catalog<'_>) -> Coverage {
    let locale = catalog.locale.tag.clone();
    let mut chain = vec![catalog];
    chain.extend(project.parents(&locale));
    let (mut total, mut translated, mut untranslated, mut missing) = (0, 0, 0, 0);
    for original in project.source.first_ones().filter(|known| !known.item.term) {
        total += 1;
        match state(&chain, original.item) {
            State::Translated => translated += 1,
            State::Untranslated => untranslated += 1,
            State::Missing => missing += 1,
        }
    }
    let percent = if total == 0 { 100.0 } else { translated as f64 * 100.0 / total as f64 };
    Coverage { locale, total, translated, untranslated, missing, percent }
}

fn state(chain: &[&Catalog<'_>], original: &Item<'_>) -> State {
    let Some(known) = chain.iter().find_map(|catalog| catalog.get(original.id)) else {
        return State::Missing;
    };
    let mut state = State::Translated;
    for field in original.fields() {
        match known.item.field(field.name) {
            None => return State::Missing,
            Some(own) if marks::is_untranslated(known.item, own) => state = State::Untranslated,
            Some(_) => {}
        }
    }
    state
}
