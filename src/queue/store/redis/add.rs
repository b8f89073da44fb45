//! Adding jobs.
//!
//! Two round trips for a batch of any size: ids and the time, then everything in one transaction.
//! Plain commands cost Redis a third of what a script costs here, and an id that is known before
//! the job is written makes the write repeatable.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use redis::{Cmd, Pipeline, Value};
use tokio::time::Instant;

use super::keys::member;
use super::{RedisStore, sound};
use crate::error::{Error, Result};
use crate::queue::events::message;
use crate::queue::job::{Added, NewJob, number_text, write_string};
use crate::queue::store::Expect;
use crate::redis::client::Once;
use crate::redis::reply;

/// How long one question for replicas holds the connection that all calls share.
const REPLICATION: Duration = Duration::from_millis(100);

/// Scores and members for one sorted set, gathered for one ZADD.
type Scores = Vec<(String, String)>;

impl RedisStore {
    pub(super) async fn add_jobs(
        &self,
        jobs: &[NewJob],
        deadline: Instant,
        expect: &Expect<'_>,
    ) -> Result<Vec<Added>> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let (mut added, mut life) = self.reserve(jobs.len(), deadline).await?;
        expect(&added);
        let mut witness = self.witness(jobs, &added);
        let mut transaction = self.transaction(jobs, &added, &witness);
        loop {
            let stored = match self.client.call_once(&transaction, deadline, life).await? {
                Once::Answered(values) => {
                    check(values)?;
                    true
                }
                // The connection broke with the transaction on its way, or before. Whole or not at
                // all: the witness tells whether it took effect. The old connection was ended
                // before, so it cannot take effect after the look.
                Once::Lost | Once::Over => {
                    let (stored, now) = self.has_seen(&witness, deadline).await?;
                    if !stored && now != life {
                        // Ids of a server that is gone mean nothing: the one in its place may not
                        // have heard of them, and give them to others.
                        (added, life) = self.reserve(jobs.len(), deadline).await?;
                        expect(&added);
                        witness = self.witness(jobs, &added);
                        transaction = self.transaction(jobs, &added, &witness);
                    } else {
                        life = now;
                    }
                    stored
                }
            };
            if stored && self.is_replicated(life, deadline).await? {
                self.dismiss(witness);
                return Ok(added);
            }
        }
    }

    fn witness(&self, jobs: &[NewJob], added: &[Added]) -> Witness {
        let stays = |job: &NewJob| job.remove_on_complete.is_none();
        let created_at = added.first().map_or(0, |added| added.created_at).to_string();
        match jobs.iter().zip(added).find(|(job, _)| stays(job)) {
            Some((job, added)) => Witness::Job {
                key: self.keys.job(&added.id.to_string()),
                fields: [created_at, job.job_type.clone(), job.data.get().to_owned()],
            },
            None => {
                let first = added.first().map_or(0, |added| added.id);
                Witness::Note { key: self.keys.key(&format!("rekue:added:{first}")), created_at }
            }
        }
    }

    /// Whether a transaction took effect, and the server's life in which that was asked. Ids may
    /// have been given to others by a server that had not heard of them: what is found must be
    /// what was written.
    async fn has_seen(&self, witness: &Witness, deadline: Instant) -> Result<(bool, u64)> {
        let mut pipeline = redis::pipe();
        let expected = match witness {
            Witness::Job { key, fields } => {
                pipeline.cmd("HMGET").arg(key).arg(&["created_at", "type", "data"]);
                fields.as_slice()
            }
            Witness::Note { key, created_at } => {
                pipeline.cmd("MGET").arg(key);
                std::slice::from_ref(created_at)
            }
        };
        let reply = self.client.call_until(&pipeline, Some(deadline)).await?;
        let value = sound(reply.values)?.pop().unwrap_or(Value::Nil);
        let found = reply::array(value)?.into_iter().map(reply::text);
        let found = found.collect::<Result<Vec<_>>>()?;
        let as_written = found.iter().map(Option::as_ref).eq(expected.iter().map(Some));
        Ok((as_written, reply.life))
    }

    /// Nobody will ask it.
    fn dismiss(&self, witness: Witness) {
        let Witness::Note { key, .. } = witness else { return };
        let client = self.client.clone();
        tokio::task::spawn_local(async move {
            let mut forget = redis::pipe();
            forget.cmd("DEL").arg(key);
            // Where this fails, it goes by itself.
            let _ = client.call(&forget).await;
        });
    }

    /// Wait until as many replicas as were asked for have everything that was written. `false`
    /// where the server's life ended before that.
    async fn is_replicated(&self, life: u64, deadline: Instant) -> Result<bool> {
        let wanted = self.client.config().replicas;
        if wanted == 0 {
            return Ok(true);
        }
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // Redis looks at such limits ten times a second only.
            let patience = (left / 4).min(REPLICATION);
            let mut pipeline = redis::pipe();
            // WAIT counts from the last write of its own connection, which may be a new one: this
            // writes and changes nothing.
            pipeline.cmd("INCRBY").arg(self.keys.key("ids")).arg(0);
            // At least one: none would mean for ever.
            pipeline.cmd("WAIT").arg(wanted).arg(patience.as_millis().max(1) as u64);
            let have = match self.client.call_once(&pipeline, deadline, life).await? {
                Once::Answered(values) => sound(values)?.pop(),
                Once::Lost => continue,
                Once::Over => return Ok(false),
            };
            let have = have.map_or(Ok(0), reply::integer)?;
            if have >= i64::from(wanted) {
                return Ok(true);
            }
            if patience < REPLICATION {
                return Err(Error::StoreUnavailable(format!(
                    "stored, but only {have} of the replicas={wanted} that the URL asks for have it"
                )));
            }
        }
    }

    /// Ids and the time, and the server's life in which they count.
    async fn reserve(&self, count: usize, deadline: Instant) -> Result<(Vec<Added>, u64)> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("INCRBY").arg(self.keys.key("ids")).arg(count);
        pipeline.cmd("TIME");
        let reply = self.client.call_until(&pipeline, Some(deadline)).await?;
        let life = reply.life;
        let mut values = sound(reply.values)?.into_iter();
        let last = values.next().map_or(Ok(0), reply::integer)?;
        let mut clock = reply::array(values.next().unwrap_or(Value::Nil))?.into_iter();
        let seconds = clock.next().map_or(Ok(0), reply::integer)?;
        let micros = clock.next().map_or(Ok(0), reply::integer)?;
        let created_at = u64::try_from(seconds * 1000 + micros / 1000).unwrap_or(0);
        let last = u64::try_from(last).unwrap_or(0);
        let first = (last + 1)
            .checked_sub(count as u64)
            .ok_or_else(|| Error::Internal("the counter of job ids is out of order".to_owned()))?;
        Ok(((first..=last).map(|id| Added { id, created_at }).collect(), life))
    }

    fn transaction(&self, jobs: &[NewJob], added: &[Added], witness: &Witness) -> Pipeline {
        let count = jobs.len();
        let mut pipeline = Pipeline::with_capacity(2 * count + 16);
        pipeline.add_command(command("MULTI", 1, 8));
        if let Witness::Note { key, created_at } = witness {
            // Nobody asks for it after the deadline of the call.
            let kept = 2 * self.client.config().command_timeout.as_millis();
            pipeline.cmd("SET").arg(key).arg(created_at).arg("PX").arg(kept.max(1000).to_string());
        }
        let mut all = zadd(&self.keys.jobs(None, None), count);
        let mut waiting = Gathered::default();
        let mut delayed = Gathered::default();
        let mut events = Vec::with_capacity(count);
        let channel = self.keys.key("events");
        for (job, Added { id, created_at }) in jobs.iter().zip(added) {
            let id = id.to_string();
            let zid = member(&id);
            let priority = number_text(job.priority);
            let delay = job.delay.filter(|ms| *ms > 0.0);
            let promote_at = *created_at + delay.unwrap_or(0.0) as u64;
            pipeline.add_command(self.hash(job, &id, *created_at, promote_at, &priority));
            if let Some(words) = &job.words {
                self.index(&mut pipeline, &id, words);
            }
            all.arg(&priority).arg(&zid);
            let (gathered, score) = match delay {
                Some(_) => (&mut delayed, promote_at.to_string()),
                None => (&mut waiting, priority.clone()),
            };
            gathered.all.push((score, zid.clone()));
            gathered.by_type.entry(&job.job_type).or_default().push((priority, zid));
            if delay.is_none() {
                let mut type_json = String::with_capacity(job.job_type.len() + 2);
                write_string(&job.job_type, &mut type_json);
                let mut publish = command("PUBLISH", 3, 128);
                publish.arg(&channel).arg(message(&id, "enqueue", &[&type_json]));
                events.push(publish);
            }
        }
        let types: BTreeSet<&str> = jobs.iter().map(|job| job.job_type.as_str()).collect();
        pipeline
            .cmd("SADD")
            .arg(self.keys.key("job:types"))
            .arg(types.into_iter().collect::<Vec<_>>());
        pipeline.add_command(all);
        self.enter(&mut pipeline, "inactive", &waiting);
        self.enter(&mut pipeline, "delayed", &delayed);
        for (job_type, jobs) in &waiting.by_type {
            pipeline.cmd("LPUSH").arg(self.keys.tokens(job_type)).arg(vec!["1"; jobs.len()]);
        }
        for event in events {
            pipeline.add_command(event);
        }
        pipeline.cmd("EXEC");
        pipeline
    }

    /// Writes the job itself, its fields in the order in which Kue writes them.
    fn hash(
        &self,
        job: &NewJob,
        id: &str,
        created_at: u64,
        promote_at: u64,
        priority: &str,
    ) -> Cmd {
        let data = job.data.get();
        let mut hash = command("HSET", 26, 256 + data.len());
        hash.arg(self.keys.job(id));
        if let Some(attempts) = job.attempts {
            hash.arg("max_attempts").arg(number_text(attempts));
        }
        hash.arg("type").arg(&job.job_type);
        hash.arg("created_at").arg(created_at).arg("promote_at").arg(promote_at);
        let delay = job.delay.filter(|ms| *ms > 0.0);
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
        let state = if delay.is_some() { "delayed" } else { "inactive" };
        hash.arg("updated_at").arg(created_at).arg("priority").arg(priority);
        hash.arg("data").arg(data).arg("state").arg(state);
        hash
    }

    /// Puts jobs into the sets of a state.
    fn enter(&self, pipeline: &mut Pipeline, state: &str, gathered: &Gathered) {
        if gathered.all.is_empty() {
            return;
        }
        let mut fill = |key: String, scores: &Scores| {
            let mut command = zadd(&key, scores.len());
            for (score, zid) in scores {
                command.arg(score).arg(zid);
            }
            pipeline.add_command(command);
        };
        fill(self.keys.jobs(None, Some(state)), &gathered.all);
        for (job_type, scores) in &gathered.by_type {
            fill(self.keys.jobs(Some(job_type), Some(state)), scores);
        }
    }
}

/// What tells, should the answer be lost, that a transaction took effect.
enum Witness {
    /// A job that stays when it is complete, and some of what is written of it.
    Job { key: String, fields: [String; 3] },
    /// A note: the jobs may have run and be gone before anybody looks.
    Note { key: String, created_at: String },
}

/// Jobs that enter one state.
#[derive(Default)]
struct Gathered<'a> {
    all: Scores,
    by_type: BTreeMap<&'a str, Scores>,
}

/// A command with room for what it will hold, so that it does not grow by moving.
fn command(name: &str, args: usize, bytes: usize) -> Cmd {
    let mut command = Cmd::with_capacity(args, bytes);
    command.arg(name);
    command
}

/// Adds to a sorted set; `count` pairs of score and member are to follow.
fn zadd(key: &str, count: usize) -> Cmd {
    let mut command = command("ZADD", 2 + 2 * count, 64 + 24 * count);
    command.arg(key);
    command
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
