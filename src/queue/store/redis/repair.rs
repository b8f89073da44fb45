//! Repair of Kue's layout, in small steps: no script looks at more than a hundred jobs, and keys are
//! found by SCAN and ZSCAN.

use std::collections::{BTreeMap, HashMap};

use redis::{Cmd, Value};
use tokio::time::sleep;

use super::keys::{id_of, member};
use super::scripts::SCRIPTS;
use super::{RedisStore, read};
use crate::error::Result;
use crate::queue::repair::{Order, Report};
use crate::queue::state::State;
use crate::queue::store::Store;
use crate::redis::reply;

/// Ids judged by one script: about a millisecond of Redis's time.
const STRIDE: usize = 100;
/// Keys looked at by one SCAN.
const SCAN_COUNT: usize = 500;

/// Which ids are judged.
#[derive(Clone, Copy, PartialEq)]
enum Judged {
    All,
    /// Only those without a job: the others are judged elsewhere.
    Orphans,
    /// Members of sets that are none of Kue's, by themselves: no job leads to them.
    Members,
}

impl Judged {
    fn name(self) -> &'static str {
        match self {
            Judged::All => "all",
            Judged::Orphans => "orphans",
            Judged::Members => "members",
        }
    }
}

/// Something wrong with a job.
struct Finding {
    /// Of a job, or a member.
    id: String,
    is_member: bool,
    kind: String,
    fingerprint: String,
}

/// What the counts say.
struct Census {
    /// Jobs that wait, and those of them that stand in their type's set.
    waiting: u64,
    listed: u64,
    leftovers: u64,
    /// Types with tokens and waiting jobs, where the numbers differ.
    types: BTreeMap<String, (u64, u64)>,
}

impl Census {
    /// How many tokens each type lacks.
    fn lacking(&self) -> BTreeMap<&str, u64> {
        self.types
            .iter()
            .filter(|(_, (tokens, waiting))| waiting > tokens)
            .map(|(name, (tokens, waiting))| (name.as_str(), waiting - tokens))
            .collect()
    }

    fn surplus(&self) -> u64 {
        self.types.values().map(|(tokens, waiting)| tokens.saturating_sub(*waiting)).sum()
    }
}

impl RedisStore {
    pub(super) async fn repair_jobs(&self, order: &Order) -> Result<Report> {
        let mut report = Report::default();
        let before = self.census(&[], false).await?;
        let suspects = if order.thorough {
            self.look_everywhere(&mut report, order.mend).await?
        } else if before.waiting > before.listed {
            self.look_at_set(&self.keys.jobs(None, Some("inactive")), Judged::All).await?
        } else {
            Vec::new()
        };
        if !suspects.is_empty() || !before.lacking().is_empty() {
            sleep(order.wait).await;
        }
        self.judge_again(&suspects, order.mend, &mut report).await?;
        self.balance_tokens(&before, order.mend, &mut report).await?;
        Ok(report)
    }

    /// Everything that exists, and everything that is named.
    async fn look_everywhere(&self, report: &mut Report, mend: bool) -> Result<Vec<Finding>> {
        let mut findings = self.look_at_keys(report, mend).await?;
        let mut sets = vec![self.keys.jobs(None, None)];
        let types = self.types().await?;
        for state in State::ALL {
            sets.push(self.keys.jobs(None, Some(state.name())));
            sets.extend(types.iter().map(|name| self.keys.jobs(Some(name), Some(state.name()))));
        }
        for set in sets {
            findings.extend(self.look_at_set(&set, Judged::Orphans).await?);
        }
        findings.sort_by(|one, other| (&one.id, one.is_member).cmp(&(&other.id, other.is_member)));
        findings.dedup_by(|one, other| (&one.id, one.is_member) == (&other.id, other.is_member));
        Ok(findings)
    }

    /// The jobs and logs that exist, and leases that nobody looks after.
    async fn look_at_keys(&self, report: &mut Report, mend: bool) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let (jobs, leases) = (self.keys.job(""), self.keys.key("rekue:lease:"));
        let pattern = |prefix: &str| format!("{}*", escape(prefix));
        let (mut cursor, mut ids) = ("0".to_owned(), Vec::new());
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(&cursor).arg("MATCH").arg(pattern(&jobs)).arg("COUNT").arg(SCAN_COUNT);
            let keys = self.scan(scan, &mut cursor).await?;
            let named = keys.iter().filter_map(|key| key.strip_prefix(&jobs));
            ids.extend(
                named
                    .map(|name| name.strip_suffix(":log").unwrap_or(name))
                    .filter(|id| *id != "types")
                    .map(str::to_owned),
            );
            let over = cursor == "0";
            if over || ids.len() >= STRIDE {
                findings.extend(self.judge(&ids, Judged::All, false).await?);
                ids.clear();
            }
            if over {
                break;
            }
        }
        let mut cursor = "0".to_owned();
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(&cursor).arg("MATCH").arg(pattern(&leases)).arg("COUNT").arg(SCAN_COUNT);
            for key in self.scan(scan, &mut cursor).await? {
                let Some(holder) = key.strip_prefix(&leases) else { continue };
                let mut score = redis::cmd("ZSCORE");
                score.arg(self.keys.key("rekue:leases")).arg(holder);
                if self.one(score).await? == Value::Nil {
                    report.note("lease", 1);
                    if mend {
                        // Its jobs go to others: a lease without an end is over.
                        self.take_back(holder).await?;
                    }
                }
            }
            if cursor == "0" {
                return Ok(findings);
            }
        }
    }

    /// The members of a sorted set.
    async fn look_at_set(&self, set: &str, judged: Judged) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let mut cursor = "0".to_owned();
        loop {
            let mut scan = redis::cmd("ZSCAN");
            scan.arg(set).arg(&cursor).arg("COUNT").arg(STRIDE);
            let members = self.scan(scan, &mut cursor).await?;
            let (ids, odd): (Vec<String>, Vec<String>) =
                members.into_iter().step_by(2).partition(|zid| member(id_of(zid)) == *zid);
            let ids: Vec<String> = ids.iter().map(|zid| id_of(zid).to_owned()).collect();
            findings.extend(self.judge(&ids, judged, false).await?);
            findings.extend(self.judge(&odd, Judged::Members, false).await?);
            if cursor == "0" {
                return Ok(findings);
            }
        }
    }

    /// One step of a SCAN or its kin.
    pub(super) async fn scan(&self, command: Cmd, cursor: &mut String) -> Result<Vec<String>> {
        let mut parts = reply::array(self.one(command).await?)?.into_iter();
        *cursor = parts.next().map_or(Ok(None), reply::text)?.unwrap_or_else(|| "0".to_owned());
        parts.next().map_or_else(|| Ok(Vec::new()), read::texts)
    }

    async fn judge(&self, ids: &[String], judged: Judged, mend: bool) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for part in ids.chunks(STRIDE) {
            let mut command = self.script(&SCRIPTS.repair);
            command.arg(if mend { "mend" } else { "look" });
            command.arg(judged.name()).arg(part);
            let mut words = read::texts(self.one(command).await?)?.into_iter();
            while let (Some(id), Some(kind), Some(fingerprint)) =
                (words.next(), words.next(), words.next())
            {
                let is_member = judged == Judged::Members;
                findings.push(Finding { id, is_member, kind, fingerprint });
            }
        }
        Ok(findings)
    }

    /// Only what is still as it was is wrong.
    async fn judge_again(
        &self,
        suspects: &[Finding],
        mend: bool,
        report: &mut Report,
    ) -> Result<()> {
        let (members, jobs): (Vec<_>, Vec<_>) =
            suspects.iter().partition(|finding| finding.is_member);
        let parts = jobs.chunks(STRIDE).map(|part| (part, Judged::All));
        for (part, judged) in
            parts.chain(members.chunks(STRIDE).map(|part| (part, Judged::Members)))
        {
            let ids: Vec<String> = part.iter().map(|finding| finding.id.clone()).collect();
            let known: HashMap<&str, &Finding> =
                part.iter().map(|finding| (finding.id.as_str(), *finding)).collect();
            let mut wrong = self.judge(&ids, judged, false).await?;
            wrong.retain(|now| {
                known.get(now.id.as_str()).is_some_and(|before| {
                    before.kind == now.kind && before.fingerprint == now.fingerprint
                })
            });
            if mend {
                let ids: Vec<String> = wrong.iter().map(|finding| finding.id.clone()).collect();
                self.judge(&ids, judged, true).await?;
            }
            wrong.iter().for_each(|finding| report.note_job(&finding.kind, &finding.id));
        }
        Ok(())
    }

    /// A token that is on its way to a worker is missing for a moment; only what is missing before
    /// and after counts.
    async fn balance_tokens(&self, before: &Census, mend: bool, report: &mut Report) -> Result<()> {
        let now = self.census(&[], false).await?;
        let lacked = before.lacking();
        let missing: Vec<(&str, u64)> = now
            .lacking()
            .into_iter()
            .filter_map(|(name, count)| Some((name, count.min(*lacked.get(name)?))))
            .collect();
        report.note("tokens", missing.iter().map(|(_, count)| count).sum());
        report.note("tokens", now.surplus());
        report.note("lease", now.leftovers);
        if mend && (!missing.is_empty() || now.surplus() + now.leftovers > 0) {
            self.census(&missing, true).await?;
        }
        Ok(())
    }

    async fn census(&self, tokens: &[(&str, u64)], mend: bool) -> Result<Census> {
        let mut command = self.script(&SCRIPTS.census);
        command.arg(if mend { "mend" } else { "look" });
        for (job_type, count) in tokens {
            command.arg(*job_type).arg(*count);
        }
        let mut parts = reply::array(self.one(command).await?)?.into_iter();
        let number = |parts: &mut std::vec::IntoIter<Value>| -> Result<u64> {
            let number = parts.next().map_or(Ok(0), reply::integer)?;
            Ok(u64::try_from(number).unwrap_or(0))
        };
        let (waiting, listed, leftovers) =
            (number(&mut parts)?, number(&mut parts)?, number(&mut parts)?);
        let mut types = BTreeMap::new();
        while let Some(name) = parts.next() {
            let name = reply::text(name)?.unwrap_or_default();
            types.insert(name, (number(&mut parts)?, number(&mut parts)?));
        }
        Ok(Census { waiting, listed, leftovers, types })
    }
}

/// A text that a pattern of Redis takes as it is.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '^') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_no_pattern() {
        assert_eq!(escape("q[1]*:"), "q\\[1\\]\\*:");
    }

    #[test]
    fn types_lack_tokens_or_have_too_many() {
        let types = [("a", (1, 3)), ("b", (5, 2)), ("c", (1, 2))];
        let types = types.map(|(name, numbers)| (name.to_owned(), numbers)).into();
        let census = Census { waiting: 7, listed: 7, leftovers: 0, types };
        assert_eq!(census.lacking(), BTreeMap::from([("a", 2), ("c", 1)]));
        assert_eq!(census.surplus(), 3);
    }
}
