//! The code beside the catalogs: ids that it uses and nobody wrote, messages that it does not use,
//! and calls that do not give what a message needs.

use std::collections::HashSet;

use serde::Deserialize;

use super::problem::{Kind, Problem, Report, Severity};
use crate::i18n::facts;
use crate::i18n::project::Catalog;

/// What `extract` has found.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub calls: Vec<UsedMessage>,
    /// Whether there are calls whose id is not in the code: any message may be used by them.
    #[serde(default)]
    pub dynamic: bool,
    /// Ids that such calls use, as their author says; `*` stands for any text.
    #[serde(default)]
    pub dynamic_ids: Vec<String>,
}

/// A call with an id.
#[derive(Deserialize)]
pub struct UsedMessage {
    pub id: String,
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub arguments: Vec<String>,
    /// Whether it may give more arguments than these.
    pub open: bool,
}

pub fn check(source: &Catalog<'_>, usage: &Usage, problems: &mut Vec<Problem>) {
    let tag = &source.locale.tag;
    let mut used: HashSet<&str> = HashSet::new();
    for call in &usage.calls {
        let (name, attribute) = match call.id.split_once('.') {
            Some((name, attribute)) => (name, Some(attribute)),
            None => (call.id.as_str(), None),
        };
        used.insert(name);
        let mut add = |kind: Kind, message: String| {
            problems.push(Problem {
                kind,
                severity: kind.severity(),
                locale: None,
                file: call.file.clone(),
                line: call.line,
                column: call.column,
                id: Some(call.id.clone()),
                message,
            });
        };
        let known = source.get(name).filter(|known| !known.item.term);
        let Some(known) = known else {
            if !source.has_junk_of(name) {
                add(Kind::Missing, format!("{tag} has no message {name}"));
            }
            continue;
        };
        if known.item.field(attribute).is_none() {
            let what = attribute.map_or("value".to_owned(), |name| format!("attribute .{name}"));
            add(Kind::Missing, format!("{name} has no {what} in {tag}"));
            continue;
        }
        if call.open {
            continue;
        }
        for needed in facts::arguments(source, source, name, attribute).unwrap_or_default() {
            if !call.arguments.iter().any(|given| given == needed) {
                add(Kind::Arguments, format!("{} needs ${needed}, which is not given", call.id));
            }
        }
    }
    unused(source, usage, used, problems);
}

fn unused<'u>(
    source: &'u Catalog<'_>,
    usage: &Usage,
    mut used: HashSet<&'u str>,
    problems: &mut Vec<Problem>,
) {
    for known in source.all() {
        used.extend(known.fields().flat_map(|(_, facts)| &facts.messages).map(|to| to.id));
    }
    let report = &mut Report { locale: &source.locale.tag, problems };
    for known in source.first_ones().filter(|known| !known.item.term) {
        let id = known.item.id;
        if used.contains(id) || usage.dynamic_ids.iter().any(|pattern| matches(pattern, id)) {
            continue;
        }
        let at = (known.file, known.item.start);
        report.add(Kind::Unused, at, Some(id.to_owned()), format!("no code uses {id}"));
        // Without calls that could use any id, it is certain.
        if let (false, Some(problem)) = (usage.dynamic, report.problems.last_mut()) {
            problem.severity = Severity::Error;
        }
    }
}

/// Whether an id is as a pattern says, in which `*` stands for any text.
fn matches(pattern: &str, id: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = id.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(previous) = last.replace(part) {
            match rest.find(previous) {
                Some(at) => rest = &rest[at + previous.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, id, expected) in [
            ("error-*", "error-404", true),
            ("error-*", "error-", true),
            ("error-*", "an-error-1", false),
            ("*-title", "page-title", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("a*a", "a", false),
            ("exact", "exact", true),
            ("exact", "exactly", false),
            ("*", "anything", true),
        ] {
            assert_eq!(matches(pattern, id), expected, "{pattern} {id}");
        }
    }
}
