//! Jobs in Redis, in Kue's own layout: old and new processes share a queue.

mod absence;
mod add;
mod annotate;
mod direct_adds;
mod early_call;
mod import;
mod keys;
mod notes;
mod pace;
mod policy;
mod read;
mod repair;
mod rights;
mod scripts;
mod search;
mod settle;
mod stand_by;
mod waiter;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redis::{Cmd, Pipeline, Value};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub use keys::Keys;

use self::absence::Absence;
use self::add::AddCall;
use self::direct_adds::DirectAdds;
use self::notes::Notes;
use self::pace::Pace;
use self::scripts::SCRIPTS;
use self::stand_by::StandBy;
use self::waiter::Waiter;
use super::{
    Batch, Changes, DirectLine, Held, Holder, Imported, JobsCome, Note, Promoted, Selection,
    Settled, Signal, Signals, Stats, Store,
};
use crate::error::{Error, Result};
use crate::queue::job::{Added, JobRecord, NewJob, number_text};
use crate::queue::repair::{Order, Report};
use crate::queue::search::Words;
use crate::queue::state::State;
use crate::redis::client::Turn;
use crate::redis::pubsub::{self, Heard};
use crate::redis::trouble::server_error;
use crate::redis::{Client, Config, reply};

/// How long a ttl must be over before somebody else than the job's worker acts on it.
const TTL_GRACE_MS: u64 = 1000;

/// A store in one Redis.
pub struct RedisStore {
    client: Client,
    keys: Keys,
    holder: Holder,
    signals: Signals,
    waiter: Rc<Waiter>,
    waiting: JoinHandle<()>,
    pace: Pace,
    adding: AddCall,
    /// Of calls that must not take effect twice.
    notes: Rc<Notes>,
    /// The last one that was opened.
    direct: RefCell<Option<Arc<DirectAdds>>>,
    /// See [`RedisStore::open`].
    own_channel: String,
    listening: Cell<bool>,
    subscription: RefCell<Option<JoinHandle<()>>>,
    /// Rings when the server begins a new life.
    new_life: Rc<Notify>,
    looking: RefCell<Option<JoinHandle<()>>>,
    absence: Absence,
}

impl RedisStore {
    /// Make a store; it connects with its first call. `jobs_come` is told of jobs that come to a
    /// worker that waits, a moment before the signal.
    pub fn open(
        config: Config,
        keys: Keys,
        holder: Holder,
        signals: Signals,
        jobs_come: JobsCome,
    ) -> Self {
        let heard = signals.clone();
        let config = config.for_key(&keys.key("ids"));
        let waiter = Rc::new(Waiter::default());
        let waits = waiter.clone();
        let new_life = Rc::new(Notify::new());
        let begins = new_life.clone();
        let client = Client::new(config, scripts::load(), move |turn| {
            let _ = heard.send(match turn {
                Turn::Failed(error) => Signal::Trouble(error.clone()),
                Turn::NewLife => {
                    waits.look_again();
                    begins.notify_one();
                    Signal::Reborn
                }
            });
        });
        let waiting = waiter.clone().run(client.clone(), keys.clone(), signals.clone(), jobs_come);
        let waiting = tokio::task::spawn_local(waiting);
        let config = client.config();
        // By this channel, on which nothing is ever sent, scripts know this store's own subscription
        // among those to the events.
        let own_channel = keys.key(&format!("rekue:listener:{}", holder.name));
        let mut head = script(config, &keys, &SCRIPTS.add);
        head.arg(listeners_elsewhere(config)).arg(&own_channel);
        RedisStore {
            adding: AddCall::new(head, &keys, &holder.name, config.command_timeout),
            own_channel,
            notes: Rc::new(Notes::new(client.clone())),
            direct: RefCell::default(),
            client,
            keys,
            holder,
            signals,
            waiter,
            waiting,
            pace: Pace::default(),
            listening: Cell::new(false),
            subscription: RefCell::default(),
            new_life,
            looking: RefCell::default(),
            absence: Absence::new(Instant::now()),
        }
    }

    fn script(&self, which: &scripts::Script) -> Cmd {
        script(self.client.config(), &self.keys, which)
    }

    /// See [`listeners_elsewhere`].
    fn listeners_elsewhere(&self) -> u8 {
        listeners_elsewhere(self.client.config())
    }

    /// Give the jobs of a holder to others, if its lease is over. Tells how many go back.
    async fn take_back(&self, holder: &str) -> Result<i64> {
        let mut command = self.script(&SCRIPTS.reclaim);
        command.arg(holder).arg(self.holder.max_lost);
        let counts = reply::array(self.one(command).await?)?;
        counts.into_iter().next().map_or(Ok(0), reply::integer)
    }

    /// Call one command and give its value.
    async fn one(&self, command: Cmd) -> Result<Value> {
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(command);
        sound_last(self.client.call(&pipeline).await?.values)
    }

    /// Call a pipeline and give its values, or the first error among them.
    async fn all(&self, pipeline: &Pipeline) -> Result<Vec<Value>> {
        self.all_until(pipeline, self.client.deadline()).await
    }

    async fn all_until(&self, pipeline: &Pipeline, deadline: Instant) -> Result<Vec<Value>> {
        sound(self.client.call_until(pipeline, Some(deadline)).await?.values)
    }
}

/// A call of a script of this store.
fn script(config: &Config, keys: &Keys, which: &scripts::Script) -> Cmd {
    // A slot on its way to another node answers for the keys that are still there, key by key; a
    // script in the midst of its work would miss the others. One that is never there makes the node
    // refuse the script as a whole until the slot has arrived.
    let guard = config.is_cluster().then(|| keys.key("rekue:nothing"));
    scripts::call(which, &keys.key("ids"), guard.as_deref(), keys.prefix())
}

/// For scripts that publish: whether listeners may be on servers that the script's cannot count, so
/// that it must publish whatever it knows.
fn listeners_elsewhere(config: &Config) -> u8 {
    u8::from(config.has_others())
}

/// Whether the failure of a subscription tells that the server does not want it, rather than that it
/// cannot be reached.
fn is_refusal(text: &str) -> bool {
    text.contains("NoPerm") || text.contains("unknown command")
}

/// The values, or the first error among them.
fn sound(values: Vec<Value>) -> Result<Vec<Value>> {
    match values.iter().find_map(|value| match value {
        Value::ServerError(error) => Some(server_error(error)),
        _ => None,
    }) {
        Some(error) => Err(error),
        None => Ok(values),
    }
}

/// The last value, where only that counts.
fn sound_last(mut values: Vec<Value>) -> Result<Value> {
    match values.pop().unwrap_or(Value::Nil) {
        Value::ServerError(error) => Err(server_error(&error)),
        value => Ok(value),
    }
}

#[async_trait(?Send)]
impl Store for RedisStore {
    async fn add(
        &self,
        jobs: &[NewJob],
        sent: Option<u32>,
        deadline: Instant,
    ) -> Result<Vec<Added>> {
        self.add_jobs(jobs, sent, deadline).await
    }

    async fn direct(&self) -> Result<Option<Arc<dyn DirectLine>>> {
        Ok(self.open_direct().await?.map(|line| line as Arc<dyn DirectLine>))
    }

    fn spent(&self, numbers: &[u32]) {
        let noted = numbers.iter().map(|number| DirectAdds::note(&self.adding, *number));
        self.notes.spent(noted);
    }

    async fn settle(&self, batch: &Batch) -> Result<Settled> {
        self.settle_batch(batch).await
    }

    async fn annotate(&self, notes: &[(String, Note)]) -> Result<()> {
        self.annotate_jobs(notes).await
    }

    async fn promote(&self, limit: u32) -> Result<Promoted> {
        let mut command = self.script(&SCRIPTS.promote);
        command.arg(limit);
        let mut parts = reply::array(self.one(command).await?)?.into_iter();
        let mut next = || parts.next().map_or(Ok(0), reply::integer);
        let (count, now, due) = (next()?, next()?, next()?);
        let next_in_ms = (due >= 0).then(|| u64::try_from(due - now).unwrap_or(0));
        Ok(Promoted { count: u64::try_from(count).unwrap_or(0), next_in_ms })
    }

    async fn overdue(&self, limit: u32) -> Result<Vec<JobRecord>> {
        let mut command = self.script(&SCRIPTS.overdue);
        command.arg(TTL_GRACE_MS).arg(limit);
        let mut parts = reply::array(self.one(command).await?)?.into_iter();
        let mut jobs = Vec::new();
        while let (Some(id), Some(fields)) = (parts.next(), parts.next()) {
            let id = reply::text(id)?.unwrap_or_default();
            jobs.push(JobRecord { id, fields: read::pairs(reply::array(fields)?)? });
        }
        Ok(jobs)
    }

    async fn announce(&self, message: &str) -> Result<()> {
        let mut command = redis::cmd("PUBLISH");
        command.arg(self.keys.key("events")).arg(message);
        self.one(command).await.map(drop)
    }

    async fn renew(&self) -> Result<(bool, u64)> {
        let mut command = self.script(&SCRIPTS.renew);
        command.arg(&self.holder.name).arg(self.holder.lease_ms);
        let sent = Instant::now();
        let answer = self.one(command).await.inspect_err(|_| self.absence.failed());
        let mut parts = reply::array(answer?)?.into_iter();
        let mine = parts.next().map_or(Ok(0), reply::integer)? == 1;
        let server_ms = parts.next().map_or(Ok(0), reply::integer)?;
        let lease = Duration::from_millis(self.holder.lease_ms);
        let mut back = 0;
        let leaves_alone = self.absence.leaves_alone(sent, Instant::now(), lease);
        if !self.pace.steady(u64::try_from(server_ms).unwrap_or(0), lease) || leaves_alone {
            return Ok((mine, back));
        }
        let mut refusal = None;
        for lost in parts {
            let Some(lost) = reply::text(lost)? else { continue };
            match self.take_back(&lost).await {
                Ok(count) => back += u64::try_from(count).unwrap_or(0),
                // It may be for a key of this holder, or of one of its jobs.
                Err(error @ (Error::StoreRefused(_) | Error::Internal(_))) => refusal = Some(error),
                Err(error) => return Err(error),
            }
        }
        refusal.map_or(Ok((mine, back)), Err)
    }

    async fn held(&self) -> Result<Vec<Held>> {
        let mut command = self.script(&SCRIPTS.adopt);
        command.arg(&self.holder.name);
        read::held(self.one(command).await?)
    }

    async fn get(&self, ids: &[String]) -> Result<Vec<Option<JobRecord>>> {
        self.get_jobs(ids).await
    }

    async fn list(&self, selection: &Selection) -> Result<Vec<String>> {
        self.list_ids(selection).await
    }

    async fn count(&self, job_type: Option<&str>, state: State) -> Result<u64> {
        let mut command = redis::cmd("ZCARD");
        command.arg(self.keys.jobs(job_type, Some(state.name())));
        reply::integer(self.one(command).await?).map(|count| u64::try_from(count).unwrap_or(0))
    }

    async fn missing(&self, ids: &[u64]) -> Result<Vec<u64>> {
        self.missing_jobs(ids).await
    }

    async fn stats(&self) -> Result<Stats> {
        self.read_stats().await
    }

    async fn types(&self) -> Result<Vec<String>> {
        let mut command = redis::cmd("SMEMBERS");
        command.arg(self.keys.key("job:types"));
        read::texts(self.one(command).await?)
    }

    async fn log(&self, id: &str, from: u32) -> Result<Vec<String>> {
        let mut command = redis::cmd("LRANGE");
        command.arg(self.keys.log(id)).arg(from).arg(-1);
        read::texts(self.one(command).await?)
    }

    async fn field(&self, id: &str, name: &str) -> Result<Option<String>> {
        let mut command = redis::cmd("HGET");
        command.arg(self.keys.job(id)).arg(name);
        reply::text(self.one(command).await?)
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        let mut command = redis::cmd("HGET");
        command.arg(self.keys.key("settings")).arg(name);
        reply::text(self.one(command).await?)
    }

    async fn search(&self, words: &Words) -> Result<Vec<String>> {
        self.find(words).await
    }

    async fn words(&self, ids: &[String]) -> Result<Vec<Option<Words>>> {
        self.words_of(ids).await
    }

    async fn update(&self, id: &str, changes: &Changes) -> Result<bool> {
        let mut command = self.script(&SCRIPTS.update);
        command.arg(id).arg(number_text(changes.priority));
        match changes.delay_ms {
            Some(delay) => command.arg(delay),
            None => command.arg(""),
        };
        match &changes.words {
            None => drop(command.arg("")),
            Some(Words(words)) => {
                command.arg(words.len());
                for (word, count) in words {
                    command.arg(word).arg(*count);
                }
            }
        }
        for (name, value) in &changes.fields {
            command.arg(name).arg(value);
        }
        Ok(reply::integer(self.one(command).await?)? == 1)
    }

    async fn set_state(&self, id: &str, state: State) -> Result<bool> {
        let mut command = self.script(&SCRIPTS.set_state);
        command.arg(id).arg(state.name());
        Ok(reply::integer(self.one(command).await?)? == 1)
    }

    async fn remove(&self, id: &str) -> Result<bool> {
        let mut command = self.script(&SCRIPTS.remove);
        command.arg(id);
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(command);
        let reply = self.client.call(&pipeline).await?;
        // The sending before, whose answer was lost, may have removed it.
        Ok(reply::integer(sound_last(reply.values)?)? == 1 || reply.repeated)
    }

    async fn import(&self, jobs: &[Imported], work_time_ms: u64) -> Result<()> {
        self.import_jobs(jobs, work_time_ms).await
    }

    async fn repair(&self, order: &Order) -> Result<Report> {
        self.repair_jobs(order).await
    }

    fn watch(&self, job_types: Vec<String>, stand_by: Option<Batch>) {
        let stand_by = stand_by.map(|claim| {
            let command = self.settle_command(&claim);
            StandBy::new(claim, command, self.signals.clone())
        });
        self.waiter.watch(job_types, stand_by);
    }

    fn serves(&self) -> bool {
        true
    }

    async fn stop_watching(&self) {
        // It needs the connection to give up its wait.
        if self.client.is_connected() {
            self.waiter.stop().await;
        }
        self.waiting.abort();
    }

    fn listen(&self) {
        if self.listening.replace(true) {
            return;
        }
        let finder = self.client.finder().clone();
        let (channel, mark) = (self.keys.key("events"), Some(self.own_channel.clone()));
        let (signals, client) = (self.signals.clone(), self.client.clone());
        // What was said of the subscription since it last stood.
        let mut told = HashSet::new();
        let subscription =
            tokio::task::spawn_local(pubsub::subscribe(finder, channel, mark, move |heard| {
                if client.is_closed() {
                    return false;
                }
                let signal = match heard {
                    Heard::Subscribed => {
                        told.clear();
                        Signal::Listening
                    }
                    Heard::Lost(error) => {
                        let text = error.to_string();
                        let refused = is_refusal(&text);
                        // It is tried again within a second, for as long as it takes.
                        if told.insert(text) {
                            let _ = signals.send(Signal::Trouble(error));
                        }
                        Signal::Deaf { refused }
                    }
                    Heard::Message(bytes) => match String::from_utf8(bytes) {
                        Ok(text) => Signal::Event(text),
                        // No message of Kue's; the next one may be.
                        Err(_) => return true,
                    },
                };
                signals.send(signal).is_ok()
            }));
        self.subscription.replace(Some(subscription));
    }

    fn connect(&self) {
        self.client.connect();
        self.look_at_policy();
        self.looking.replace(Some(self.look_at_rights(self.new_life.clone())));
    }

    fn close(&self) {
        for task in [self.subscription.take(), self.looking.take()].into_iter().flatten() {
            task.abort();
        }
        self.client.close();
    }
}
