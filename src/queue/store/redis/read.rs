//! Reading jobs, ids and numbers.

use std::borrow::Cow;

use redis::{Pipeline, Value};

use super::RedisStore;
use super::keys::id_of;
use crate::error::Result;
use crate::queue::job::JobRecord;
use crate::queue::state::State;
use crate::queue::store::{Fence, Held, Selection, Stats};
use crate::redis::reply;

/// Jobs counted by one call, so that it does not hold the server for long.
const MOST_COUNTED: usize = 1000;

impl RedisStore {
    pub(super) async fn get_jobs(&self, ids: &[String]) -> Result<Vec<Option<JobRecord>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = Pipeline::with_capacity(ids.len());
        for id in ids {
            pipeline.cmd("HGETALL").arg(self.keys.job(id));
        }
        let values = self.client.call(&pipeline).await?.values;
        ids.iter()
            .zip(values)
            .map(|(id, value)| {
                // A key of another kind in a job's place is no job.
                let fields = match value {
                    Value::ServerError(error) if error.code() == "WRONGTYPE" => Vec::new(),
                    Value::Map(entries) => {
                        pairs(entries.into_iter().flat_map(|(name, value)| [name, value]))?
                    }
                    other => pairs(reply::array(other)?)?,
                };
                Ok((!fields.is_empty()).then(|| JobRecord { id: id.clone(), fields }))
            })
            .collect()
    }

    /// As a rule none is missing: so they are counted first.
    pub(super) async fn missing_jobs(&self, ids: &[u64]) -> Result<Vec<u64>> {
        let mut missing = Vec::new();
        for part in ids.chunks(MOST_COUNTED) {
            let keys: Vec<String> = part.iter().map(|id| self.keys.job(&id.to_string())).collect();
            let mut count = redis::cmd("EXISTS");
            count.arg(&keys);
            if usize::try_from(reply::integer(self.one(count).await?)?) == Ok(part.len()) {
                continue;
            }
            let mut each = Pipeline::with_capacity(part.len());
            for key in keys {
                each.cmd("EXISTS").arg(key);
            }
            for (id, there) in part.iter().zip(self.all(&each).await?) {
                if reply::integer(there)? == 0 {
                    missing.push(*id);
                }
            }
        }
        Ok(missing)
    }

    pub(super) async fn list_ids(&self, selection: &Selection) -> Result<Vec<String>> {
        let key = self.keys.jobs(selection.job_type.as_deref(), selection.state.map(State::name));
        let mut command = redis::cmd("ZRANGE");
        command.arg(key).arg(selection.from).arg(selection.to);
        let members = texts(self.one(command).await?)?;
        Ok(members.iter().map(|member| id_of(member).to_owned()).collect())
    }

    pub(super) async fn read_stats(&self) -> Result<Stats> {
        let mut pipeline = redis::pipe();
        for state in State::ALL {
            pipeline.cmd("ZCARD").arg(self.keys.jobs(None, Some(state.name())));
        }
        pipeline.cmd("GET").arg(self.keys.key("stats:work-time"));
        let mut values = self.all(&pipeline).await?.into_iter();
        let mut next = || -> Result<u64> {
            let number = values.next().map_or(Ok(0), reply::integer)?;
            Ok(u64::try_from(number).unwrap_or(0))
        };
        let mut stats = Stats::default();
        for count in &mut stats.counts {
            *count = next()?;
        }
        stats.work_time_ms = next()?;
        Ok(stats)
    }
}

/// A job's fields by name.
pub(super) type Fields = Vec<(Cow<'static, str>, String)>;

/// Names and values that alternate; a value that is no text is left out.
pub(super) fn pairs(values: impl IntoIterator<Item = Value>) -> Result<Fields> {
    let mut values = values.into_iter();
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (values.next(), values.next()) {
        if let (Some(name), Some(value)) = (reply::text(name)?, reply::text(value)?) {
            pairs.push((name.into(), value));
        }
    }
    Ok(pairs)
}

pub(super) fn texts(value: Value) -> Result<Vec<String>> {
    reply::array(value)?.into_iter().filter_map(|item| reply::text(item).transpose()).collect()
}

/// Of each id, fence, type and attempts.
pub(super) fn held(value: Value) -> Result<Vec<Held>> {
    let mut parts = texts(value)?.into_iter();
    let mut held = Vec::new();
    while let (Some(id), Some(fence), Some(job_type), Some(attempts)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    {
        if let Ok(fence) = fence.parse() {
            // What somebody wrote there that is no number counts as none, as for a claim.
            let attempts = attempts.parse().unwrap_or(0);
            held.push(Held { id, fence: Fence(fence), job_type, attempts });
        }
    }
    Ok(held)
}
