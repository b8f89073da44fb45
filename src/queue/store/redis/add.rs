//! Adding jobs.
//!
//! Two round trips for a batch of any size: ids and the time, then everything in one transaction.
//! Plain commands cost Redis a third of what a script costs here, and an id that is known before
//! the job is written makes the write repeatable.

use std::collections::{BTreeMap, BTreeSet};

use redis::{Pipeline, Value};

use super::keys::member;
use super::{RedisStore, sound};
use crate::error::{Error, Result};
use crate::queue::events::message;
use crate::queue::job::{Added, NewJob, number_text, write_string};
use crate::redis::reply;

/// Members and scores for one sorted set, gathered for one ZADD.
type Scores = Vec<(String, String)>;

impl RedisStore {
    pub(super) async fn add_jobs(&self, jobs: &[NewJob]) -> Result<Vec<Added>> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let added = self.reserve(jobs.len()).await?;
        let transaction = self.transaction(jobs, &added);
        let deadline = self.client.deadline();
        loop {
            if let Some(values) = self.client.call_once(&transaction, deadline).await? {
                check(values)?;
                return Ok(added);
            }
            // The connection broke with the transaction on its way. Whole or not at all: its first
            // job tells whether it took effect.
            let mut exists = redis::cmd("EXISTS");
            exists.arg(self.keys.job(&added[0].id.to_string()));
            if reply::integer(self.one(exists).await?)? == 1 {
                return Ok(added);
            }
        }
    }

    async fn reserve(&self, count: usize) -> Result<Vec<Added>> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("INCRBY").arg(self.keys.key("ids")).arg(count);
        pipeline.cmd("TIME");
        let mut values = self.all(&pipeline).await?.into_iter();
        let last = values.next().map_or(Ok(0), reply::integer)?;
        let mut clock = reply::array(values.next().unwrap_or(Value::Nil))?.into_iter();
        let seconds = clock.next().map_or(Ok(0), reply::integer)?;
        let micros = clock.next().map_or(Ok(0), reply::integer)?;
        let created_at = u64::try_from(seconds * 1000 + micros / 1000).unwrap_or(0);
        let last = u64::try_from(last).unwrap_or(0);
        let first = (last + 1)
            .checked_sub(count as u64)
            .ok_or_else(|| Error::Internal("the counter of job ids is out of order".to_owned()))?;
        Ok((first..=last).map(|id| Added { id, created_at }).collect())
    }

    fn transaction(&self, jobs: &[NewJob], added: &[Added]) -> Pipeline {
        let mut pipeline = Pipeline::with_capacity(2 * jobs.len() + 16);
        pipeline.cmd("MULTI");
        let mut types = BTreeSet::new();
        let mut all: Scores = Vec::with_capacity(jobs.len());
        let mut by_set: BTreeMap<String, Scores> = BTreeMap::new();
        let mut tokens: BTreeMap<&str, usize> = BTreeMap::new();
        let mut events = Vec::new();
        for (job, Added { id, created_at }) in jobs.iter().zip(added) {
            let id = id.to_string();
            let zid = member(&id);
            let priority = number_text(job.priority);
            let delay = job.delay.filter(|ms| *ms > 0.0);
            let state = if delay.is_some() { "delayed" } else { "inactive" };
            let promote_at = *created_at + delay.unwrap_or(0.0) as u64;
            let hash = pipeline.cmd("HSET").arg(self.keys.job(&id));
            if let Some(attempts) = job.attempts {
                hash.arg("max_attempts").arg(number_text(attempts));
            }
            hash.arg("type").arg(&job.job_type);
            hash.arg("created_at").arg(*created_at).arg("promote_at").arg(promote_at);
            if let Some(delay) = delay {
                hash.arg("delay").arg(number_text(delay));
            }
            if let Some(ttl) = job.ttl {
                hash.arg("ttl").arg(number_text(ttl));
            }
            if let Some(remove) = &job.remove_on_complete {
                hash.arg("removeOnComplete").arg(remove);
            }
            if let Some(backoff) = &job.backoff {
                hash.arg("backoff").arg(backoff);
            }
            hash.arg("updated_at").arg(*created_at).arg("priority").arg(&priority);
            hash.arg("data").arg(job.data.get()).arg("state").arg(state);

            types.insert(job.job_type.as_str());
            all.push((priority.clone(), zid.clone()));
            let by_type = self.keys.jobs(Some(&job.job_type), Some(state));
            by_set.entry(by_type).or_default().push((priority.clone(), zid.clone()));
            let score = if delay.is_some() { promote_at.to_string() } else { priority };
            by_set.entry(self.keys.jobs(None, Some(state))).or_default().push((score, zid));
            if delay.is_none() {
                *tokens.entry(&job.job_type).or_default() += 1;
                let mut type_json = String::new();
                write_string(&job.job_type, &mut type_json);
                events.push(message(&id, "enqueue", &[&type_json]));
            }
        }
        pipeline
            .cmd("SADD")
            .arg(self.keys.key("job:types"))
            .arg(types.into_iter().collect::<Vec<_>>());
        pipeline.cmd("ZADD").arg(self.keys.jobs(None, None)).arg(all);
        for (set, scores) in by_set {
            pipeline.cmd("ZADD").arg(set).arg(scores);
        }
        for (job_type, count) in tokens {
            pipeline.cmd("LPUSH").arg(self.keys.tokens(job_type)).arg(vec!["1"; count]);
        }
        let channel = self.keys.key("events");
        for event in events {
            pipeline.cmd("PUBLISH").arg(&channel).arg(event);
        }
        pipeline.cmd("EXEC");
        pipeline
    }
}

/// Errors show in the reply of the command that is refused while queued (and EXEC then refuses
/// all), or inside EXEC's reply.
fn check(mut values: Vec<Value>) -> Result<()> {
    let executed = values.pop().unwrap_or(Value::Nil);
    sound(values)?;
    sound(vec![executed]).and_then(|mut executed| {
        sound(reply::array(executed.pop().unwrap_or(Value::Nil))?).map(drop)
    })
}
