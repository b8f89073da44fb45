//! Repair: what a process that died in the midst of several steps left behind.
//!
//! Here every change is one step, but old Kue processes share the store, and what they leave is
//! theirs: jobs that wait where nobody looks, tokens out of step, members of sets without a job.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

/// How thoroughly to look, and what to do about what is found.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Otherwise it is only told.
    pub mend: bool,
    /// Everything; otherwise only what keeps jobs from being run, by a few counts.
    pub thorough: bool,
    /// Only what is still the same after this time is wrong: an old process may be in the midst of
    /// its steps.
    pub wait: Duration,
}

/// Jobs named in a report; the counts tell of all.
const MOST_NAMED: usize = 100;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// How many of each kind.
    pub found: BTreeMap<String, u64>,
    /// Jobs with something wrong, the first ones.
    pub jobs: Vec<String>,
}

impl Report {
    pub fn note(&mut self, kind: &str, count: u64) {
        if count > 0 {
            *self.found.entry(kind.to_owned()).or_default() += count;
        }
    }

    pub fn note_job(&mut self, kind: &str, id: &str) {
        self.note(kind, 1);
        if self.jobs.len() < MOST_NAMED {
            self.jobs.push(id.to_owned());
        }
    }

    pub fn to_json(&self) -> String {
        json!({ "found": self.found, "jobs": self.jobs }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_all_and_names_some() {
        let mut report = Report::default();
        (0..150).for_each(|id| report.note_job("orphan", &id.to_string()));
        report.note("tokens", 0);
        assert_eq!(report.found.get("orphan"), Some(&150));
        assert_eq!((report.found.len(), report.jobs.len()), (1, MOST_NAMED));
        assert!(Report::default().to_json().contains(r#""found":{}"#));
    }
}
