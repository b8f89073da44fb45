//! The index of search. Its keys are ours, and there are none where no queue of this prefix ever
//! switched search on.

use std::cmp::Reverse;
use std::collections::HashMap;

use redis::{Pipeline, Value};

use super::scripts::SCRIPTS;
use super::{RedisStore, read};
use crate::error::Result;
use crate::queue::search::Words;
use crate::redis::reply;

/// Jobs that one call looks at, and how often it looks for one of them under a word: about a
/// millisecond of Redis's time, in which nobody else is served.
const JOBS_PER_CALL: usize = 500;
const LOOKS_PER_CALL: usize = 2000;

impl RedisStore {
    /// Enter a job that is not in the index.
    pub(super) fn index(&self, pipeline: &mut Pipeline, id: &str, Words(words): &Words) {
        if words.is_empty() {
            return;
        }
        for (word, count) in words {
            pipeline.cmd("ZADD").arg(self.keys.word(word)).arg(*count).arg(id);
        }
        let words: Vec<(&String, &u32)> = words.iter().collect();
        pipeline.cmd("HSET").arg(self.keys.words_of(id)).arg(words);
    }

    /// In steps, however many jobs have the words: those of the rarest word, some at a time, are
    /// looked for under the others. What changes meanwhile is found or not, as with any later
    /// answer; what stays as it is, is found.
    pub(super) async fn find(&self, Words(words): &Words) -> Result<Vec<String>> {
        let Some((rarest, others)) = self.rarest_first(words.keys()).await? else {
            return Ok(Vec::new());
        };
        // A member may come twice.
        let mut found = HashMap::new();
        let mut cursor = "0".to_owned();
        loop {
            let mut scan = redis::cmd("ZSCAN");
            scan.arg(self.keys.word(rarest)).arg(&cursor).arg("COUNT").arg(JOBS_PER_CALL);
            let mut parts = self.scan(scan, &mut cursor).await?.into_iter();
            let mut jobs = Vec::new();
            while let (Some(id), Some(times)) = (parts.next(), parts.next()) {
                jobs.push((id, times.parse().unwrap_or(1)));
            }
            for jobs in jobs.chunks(JOBS_PER_CALL) {
                found.extend(self.with_all_of(jobs.to_vec(), &others).await?);
            }
            if cursor == "0" {
                break;
            }
        }
        let mut found: Vec<(String, u64)> = found.into_iter().collect();
        found.sort_by_cached_key(|(id, times)| {
            let newest_first = Reverse(id.parse::<u64>().unwrap_or(0));
            (Reverse(*times), newest_first)
        });
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    /// The word that the fewest jobs have, and the others, the rarer first; `None` where there is no
    /// word, or one that no job has.
    async fn rarest_first<'a>(
        &self,
        words: impl Iterator<Item = &'a String>,
    ) -> Result<Option<(&'a String, Vec<&'a String>)>> {
        let words: Vec<&String> = words.collect();
        if words.is_empty() {
            return Ok(None);
        }
        let mut pipeline = Pipeline::with_capacity(words.len());
        for word in &words {
            pipeline.cmd("ZCARD").arg(self.keys.word(word));
        }
        let counts = self.all(&pipeline).await?.into_iter().map(reply::integer);
        let mut counted = counts
            .zip(words)
            .map(|(count, word)| Ok((count?, word)))
            .collect::<Result<Vec<_>>>()?;
        counted.sort();
        let mut sorted = counted.iter();
        Ok(match sorted.next() {
            Some((count, rarest)) if *count > 0 => {
                Some((*rarest, sorted.map(|(_, word)| *word).collect()))
            }
            _ => None,
        })
    }

    /// Those of some jobs that are there and have all of these words as well, with how often they
    /// have them in all.
    async fn with_all_of(
        &self,
        jobs: Vec<(String, u64)>,
        words: &[&String],
    ) -> Result<Vec<(String, u64)>> {
        let mut left = jobs;
        let mut parts = words.chunks(LOOKS_PER_CALL);
        let mut part = parts.next().unwrap_or_default();
        loop {
            let mut passed = Vec::with_capacity(left.len());
            for jobs in left.chunks(LOOKS_PER_CALL / part.len().max(1)) {
                let mut command = self.script(&SCRIPTS.search);
                command.arg(jobs.len());
                for (id, _) in jobs {
                    command.arg(id);
                }
                for word in part {
                    command.arg(word);
                }
                let times: HashMap<&String, u64> = jobs.iter().map(|(id, n)| (id, *n)).collect();
                let mut answer = read::texts(self.one(command).await?)?.into_iter();
                while let (Some(id), Some(more)) = (answer.next(), answer.next()) {
                    let before = times.get(&id).copied().unwrap_or_default();
                    passed.push((id, before + more.parse().unwrap_or(0)));
                }
            }
            left = passed;
            match parts.next() {
                Some(next) if !left.is_empty() => part = next,
                _ => return Ok(left),
            }
        }
    }

    pub(super) async fn words_of(&self, ids: &[String]) -> Result<Vec<Option<Words>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for id in ids {
            pipeline.cmd("HGETALL").arg(self.keys.words_of(id));
        }
        self.all(&pipeline).await?.into_iter().map(read_words).collect()
    }
}

fn read_words(value: Value) -> Result<Option<Words>> {
    let pairs = read::pairs(reply::array(value)?)?;
    let words =
        pairs.into_iter().map(|(word, count)| (word.into_owned(), count.parse().unwrap_or(1)));
    let words = Words(words.collect());
    Ok((!words.0.is_empty()).then_some(words))
}
