//! Questions and changes that JavaScript asks one at a time.

use std::time::Duration;

use serde_json::json;

use super::engine::Core;
use super::job::{JobRecord, write_id};
use super::protocol::Call;
use super::repair::Order;
use super::state::State;
use super::store::{Changes, Note, Selection};
use crate::bridge::LONGEST_BYTES;
use crate::error::{Error, Result};

/// Answer a call with JSON.
pub async fn answer(core: &Core, call: Call) -> Result<String> {
    let store = &core.store;
    let json_of = |value: serde_json::Value| Ok(value.to_string());
    let existing = |id: &str, done: bool| {
        if done { Ok("null".to_owned()) } else { Err(Error::JobNotFound(id.to_owned())) }
    };
    match call {
        Call::Get(ids) => write_jobs(&store.get(&ids).await?),
        Call::Range { job_type, state, from, to } => {
            let ids = store.list(&Selection { job_type, state, from, to }).await?;
            let jobs = store.get(&ids).await?;
            write_jobs(&jobs)
        }
        Call::Ids { job_type, state } => {
            let selection = Selection { job_type, state: Some(state), from: 0, to: -1 };
            Ok(write_ids(&store.list(&selection).await?))
        }
        Call::Count { job_type, state } => {
            Ok(store.count(job_type.as_deref(), state).await?.to_string())
        }
        Call::Stats => {
            let stats = store.stats().await?;
            let mut fields = serde_json::Map::new();
            for (state, count) in State::ALL.into_iter().zip(stats.counts) {
                fields.insert(state.name().to_owned(), json!(count));
            }
            fields.insert("workTime".to_owned(), json!(stats.work_time_ms));
            json_of(fields.into())
        }
        Call::Types => json_of(json!(store.types().await?)),
        Call::LogOf { id, from } => json_of(json!(store.log(&id, from).await?)),
        Call::FieldOf { id, name } => json_of(json!(store.field(&id, &name).await?)),
        Call::SetField { id, name, value } => {
            // What was noted before must arrive before.
            core.write_notes().await;
            store.annotate(&[(id, Note::Field(name, value))]).await?;
            Ok("null".to_owned())
        }
        Call::Setting(name) => json_of(json!(store.setting(&name).await?)),
        Call::Search(words) => Ok(write_ids(&store.search(&words).await?)),
        Call::Find { words, newest, from, to } => {
            let mut ids = store.search(&words).await?;
            ids.sort_by_cached_key(|id| id.parse::<u64>().unwrap_or(0));
            if newest {
                ids.reverse();
            }
            let count = to.saturating_add(1).saturating_sub(from);
            let wanted: Vec<String> = ids.iter().skip(from).take(count).cloned().collect();
            let jobs = write_jobs(&store.get(&wanted).await?)?;
            Ok(format!(r#"{{"total":{},"jobs":{jobs}}}"#, ids.len()))
        }
        Call::Update { id, priority, delay, fields, words } => {
            let changes = Changes { priority, delay_ms: delay, fields, words };
            let done = store.update(&id, &changes).await?;
            if let Some(delay) = delay {
                core.promoter.due_in(Duration::from_millis(delay));
            }
            existing(&id, done)
        }
        Call::SetState { id, state } => existing(&id, store.set_state(&id, state).await?),
        Call::Remove(id) => existing(&id, store.remove(&id).await?),
        Call::Repair { mend, wait } => {
            let order = Order { mend, thorough: true, wait: Duration::from_millis(wait) };
            Ok(store.repair(&order).await?.to_json())
        }
        Call::Direct => {
            let line = store.direct().await?;
            let opened = line.is_some();
            line.into_iter().for_each(|line| core.direct.fill(line));
            if core.closed.get() {
                core.direct.clear();
            }
            Ok(opened.to_string())
        }
        Call::Flush(_) | Call::Close(_) => Ok("null".to_owned()),
    }
}

fn write_ids(ids: &[String]) -> String {
    let mut text = String::from("[");
    for (index, id) in ids.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_id(id, &mut text);
    }
    text.push(']');
    text
}

fn write_jobs(jobs: &[Option<JobRecord>]) -> Result<String> {
    let mut text = String::from("[");
    for (index, job) in jobs.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        match job {
            Some(job) => job.write_json(&mut text),
            None => text.push_str("null"),
        }
        // Not only at the end: the rest may be as much again.
        if text.len() > LONGEST_BYTES {
            return Err(too_long());
        }
    }
    text.push(']');
    Ok(text)
}

/// An answer that no string of JavaScript can hold.
pub fn too_long() -> Error {
    Error::TooLarge(format!(
        "the answer is longer than {} MB, the longest text that JavaScript can hold: ask for less at \
         a time, such as a smaller range of jobs",
        LONGEST_BYTES >> 20
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_too_long_is_an_error_that_names_the_way_out() {
        let data = format!("\"{}\"", "x".repeat(LONGEST_BYTES / 4));
        let job =
            || Some(JobRecord { id: "1".to_owned(), fields: vec![("data".into(), data.clone())] });
        assert!(write_jobs(&[job(), None, job()]).is_ok());
        let error = write_jobs(&[job(), job(), job(), job()]).unwrap_err();
        assert_eq!(error.code(), "ERR_STORE_UNAVAILABLE");
        assert!(error.to_string().contains("a smaller range"));
    }
}
