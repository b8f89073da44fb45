//! The border of `rekue i18n …`: requests and answers are JSON, and texts of files are in them, for
//! JavaScript reads and writes the files.

use napi_derive::napi;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::to_napi;
use crate::error::{Error, Result};
use crate::i18n::exchange::{self, import, po, xliff};
use crate::i18n::extract;
use crate::i18n::project::{Catalog, Locale, LocaleTexts, Project, ProjectTexts};
use crate::i18n::pseudo::Style;
use crate::i18n::{check, coverage, pseudo, types, update};

#[derive(Deserialize)]
struct CheckRequest {
    project: ProjectTexts,
    usage: Option<check::Usage>,
}

#[derive(Deserialize)]
struct ProjectRequest {
    project: ProjectTexts,
}

#[derive(Deserialize)]
struct LocaleRequest {
    project: ProjectTexts,
    locale: String,
}

#[derive(Deserialize)]
struct PseudoRequest {
    project: ProjectTexts,
    style: Style,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Format {
    Po,
    Xliff,
}

#[derive(Deserialize)]
struct ExportRequest {
    project: ProjectTexts,
    locale: String,
    format: Format,
}

#[derive(Deserialize)]
struct ImportRequest {
    project: ProjectTexts,
    locale: String,
    format: Format,
    text: String,
}

/// `{ project, usage? }` to an array of problems.
#[napi(catch_unwind, js_name = "i18nCheck")]
pub fn i18n_check(request: String) -> napi::Result<String, String> {
    let CheckRequest { project, usage } = read(&request)?;
    with_project(project, |project| check::check(project, usage.as_ref()))
}

/// `{ files, functions, locales }` to `{ calls, dynamic, errors }`.
#[napi(catch_unwind, js_name = "i18nExtract")]
pub fn i18n_extract(request: String) -> napi::Result<String, String> {
    answer(&extract::extract(read(&request)?).map_err(to_napi)?)
}

/// `{ project, locale }` to the files to write, and what is new in them.
#[napi(catch_unwind, js_name = "i18nUpdate")]
pub fn i18n_update(request: String) -> napi::Result<String, String> {
    let LocaleRequest { project, locale } = read(&request)?;
    with_locale(project, &locale, update::update)
}

/// `{ project }` to an array of figures.
#[napi(catch_unwind, js_name = "i18nCoverage")]
pub fn i18n_coverage(request: String) -> napi::Result<String, String> {
    let ProjectRequest { project } = read(&request)?;
    with_project(project, coverage::coverage)
}

/// `{ project, style }` to the files to write.
#[napi(catch_unwind, js_name = "i18nPseudo")]
pub fn i18n_pseudo(request: String) -> napi::Result<String, String> {
    let PseudoRequest { project, style } = read(&request)?;
    with_project(project, |project| pseudo::pseudo(&project.source, style))
}

/// `{ project }` to the text of a declaration file, as a JSON string.
#[napi(catch_unwind, js_name = "i18nTypes")]
pub fn i18n_types(request: String) -> napi::Result<String, String> {
    let ProjectRequest { project } = read(&request)?;
    with_project(project, |project| types::types(&project.source))
}

/// `{ project, locale, format }` to `{ text, skipped }`.
#[napi(catch_unwind, js_name = "i18nExport")]
pub fn i18n_export(request: String) -> napi::Result<String, String> {
    let ExportRequest { project, locale, format } = read(&request)?;
    with_locale(project, &locale, |project, catalog| {
        let units = exchange::units(project, catalog);
        let source = &project.source.locale.tag;
        let (text, skipped) = match format {
            Format::Po => (po::write(&units, source, &locale), Vec::new()),
            Format::Xliff => xliff::write(&units, source, &locale),
        };
        json!({ "text": text, "skipped": skipped })
    })
}

/// `{ project, locale, format, text }` to `{ files, changed, skipped }`, or to `{ unreadable: { line,
/// message } }`, or to `{ otherLocale }` where the file says that it is in another one.
#[napi(catch_unwind, js_name = "i18nImport")]
pub fn i18n_import(request: String) -> napi::Result<String, String> {
    let ImportRequest { project, locale, format, text } = read(&request)?;
    let translation = match format {
        Format::Po => po::read(&text),
        Format::Xliff => xliff::read(&text),
    };
    let translation = match translation {
        Ok(translation) => translation,
        Err(exchange::Unreadable { line, message }) => {
            return answer(&json!({ "unreadable": { "line": line, "message": message } }));
        }
    };
    if let Some(other) = &translation.locale
        && !other.eq_ignore_ascii_case(&locale)
    {
        return answer(&json!({ "otherLocale": other }));
    }
    with_locale(project, &locale, |project, catalog| import::import(project, catalog, translation))
}

/// `lib/i18n/project.js` makes the requests; one that is not as it should be is a defect of ours.
fn read<'r, T: Deserialize<'r>>(request: &'r str) -> napi::Result<T, String> {
    let defect = |error| to_napi(Error::Internal(format!("a request of i18n: {error}")));
    serde_json::from_str(request).map_err(defect)
}

fn answer(value: &impl Serialize) -> napi::Result<String, String> {
    serde_json::to_string(value).map_err(|error| to_napi(Error::Internal(error.to_string())))
}

fn with_project<T: Serialize>(
    texts: ProjectTexts,
    work: impl FnOnce(&Project<'_>) -> T,
) -> napi::Result<String, String> {
    let source = texts.source_locale;
    let locales: Vec<Locale> = texts.locales.into_iter().map(Locale::from).collect();
    let project = parsed(&locales, &source).map_err(to_napi)?;
    answer(&work(&project))
}

/// With a locale of the project, or an empty one where it is not there yet.
fn with_locale<T: Serialize>(
    texts: ProjectTexts,
    tag: &str,
    work: impl FnOnce(&Project<'_>, &Catalog<'_>) -> T,
) -> napi::Result<String, String> {
    let empty = LocaleTexts { locale: tag.to_owned(), ..LocaleTexts::default() };
    let empty = Locale::from(empty);
    with_project(texts, |project| match project.get(tag) {
        Some(catalog) => work(project, catalog),
        None => work(project, &Catalog::new(&empty)),
    })
}

fn parsed<'s>(locales: &'s [Locale], source: &str) -> Result<Project<'s>> {
    Project::new(locales, source).ok_or_else(|| Error::InvalidArg {
        argument: "source".to_owned(),
        message: format!("There are no catalogs of the source locale {source:?}"),
    })
}
