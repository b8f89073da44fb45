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
    if let Some(usage) = usage {
        usage::check(source, usage, &mut problems);
    }
    for catalog in &project.others {
        if catalog.locale.is_pseudo() {
            continue;
        }
        let from = problems.len();
        alone(catalog, &mut problems);
        let report = &mut Report { locale: &catalog.locale.tag, problems: &mut problems };
        completeness::check(project, catalog, report);
        references::compare(source, catalog, report);
        markup::compare(source, catalog, report);
        // By place; what is missing has its place in the source, and comes last.
        let own = format!("{}/", catalog.locale.tag);
        problems[from..].sort_by(|a, b| {
            let key = |p: &Problem| (!p.file.starts_with(&own), p.file.clone(), p.line, p.column);
            key(a).cmp(&key(b))
        });
    }
    problems
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
