//! `rekue i18n check`: what is wrong with the catalogs of a project, and with how the code uses them.
//!
//! One file a question; each gets parsed catalogs and adds to the report. Nothing here reads a file,
//! and the work is linear in the text, with bounds where Fluent allows more than that.

mod characters;
mod completeness;
mod cycles;
mod markup;
mod plurals;
mod problem;
mod references;
mod structure;
mod usage;

use problem::Report;
pub use problem::{Kind, Problem, Severity};
pub use usage::Usage;

use super::project::{Catalog, Project};

/// All problems: those of the source locale first, then those of each other one, in the order of
/// their files.
pub fn check(project: &Project<'_>, usage: Option<&Usage>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let source = &project.source;
    alone(source, &mut problems);
    by_place(&mut problems, source);
    if let Some(usage) = usage {
        usage::check(source, usage, &mut problems);
    }
    for catalog in project.others.iter().filter(|catalog| !catalog.locale.is_pseudo()) {
        let from = problems.len();
        alone(catalog, &mut problems);
        let report = &mut Report { locale: &catalog.locale.tag, problems: &mut problems };
        completeness::check(project, catalog, report);
        references::compare(source, catalog, report);
        markup::compare(source, catalog, report);
        by_place(&mut problems[from..], catalog);
    }
    problems
}

/// What is missing in a locale has its place in the source, and comes last.
fn by_place(problems: &mut [Problem], catalog: &Catalog<'_>) {
    let own = format!("{}/", catalog.locale.tag);
    problems.sort_by(|a, b| {
        let key = |p: &Problem| (!p.file.starts_with(&own), p.line, p.column);
        let (a_key, b_key) = (key(a), key(b));
        (a_key.0, &a.file, a_key.1, a_key.2).cmp(&(b_key.0, &b.file, b_key.1, b_key.2))
    });
}

/// What can be told of a locale without the others.
fn alone(catalog: &Catalog<'_>, problems: &mut Vec<Problem>) {
    let report = &mut Report { locale: &catalog.locale.tag, problems };
    structure::check(catalog, report);
    references::check(catalog, report);
    plurals::check(catalog, report);
    cycles::check(catalog, report);
    markup::check(catalog, report);
    characters::check(catalog, report);
}
