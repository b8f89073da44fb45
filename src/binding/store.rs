//! What the command line does with stores: copies of files, and jobs from one store to another.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::LocalSet;

use super::place::{Options, Place};
use crate::error::{Error, Result};
use crate::queue::store::sqlite::{self, Address};
use crate::queue::store::transfer;

/// How long others may keep the file from a copy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Work on a thread of its own; answers JSON, `{ "value": … }` or `{ "code": …, "message": … }`.
pub struct StoreTask(Work);

enum Work {
    Backup { file: String, copy: String },
    Copy { from: String, to: String },
}

impl Task for StoreTask {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> napi::Result<String> {
        let done = match &self.0 {
            Work::Backup { file, copy } => backup(file, copy).map(|()| json!(null)),
            Work::Copy { from, to } => copy_jobs(from, to).map(|count| json!(count)),
        };
        Ok(match done {
            Ok(value) => json!({ "value": value }),
            Err(error) => json!({ "code": error.code(), "message": error.to_string() }),
        }
        .to_string())
    }

    fn resolve(&mut self, _env: Env, output: String) -> napi::Result<String> {
        Ok(output)
    }
}

/// Copy a store's file while it is in use.
#[napi(ts_return_type = "Promise<string>")]
pub fn store_backup(file: String, copy: String) -> AsyncTask<StoreTask> {
    AsyncTask::new(StoreTask(Work::Backup { file, copy }))
}

/// Copy all jobs; both are a queue's options as JSON.
#[napi(ts_return_type = "Promise<string>")]
pub fn store_copy(from: String, to: String) -> AsyncTask<StoreTask> {
    AsyncTask::new(StoreTask(Work::Copy { from, to }))
}

fn backup(file: &str, copy: &str) -> Result<()> {
    let url = if Address::is_one(file) { file.to_owned() } else { format!("sqlite:{file}") };
    sqlite::backup(&Address::parse(&url)?, &PathBuf::from(copy), PATIENCE)
}

fn copy_jobs(from: &str, to: &str) -> Result<usize> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Internal(format!("no I/O runtime: {}", error.kind())))?;
    LocalSet::new().block_on(&runtime, async {
        let (signals, _unheard) = unbounded_channel();
        let mut stores = Vec::new();
        for text in [from, to] {
            let options: Options = serde_json::from_str(text)
                .map_err(|error| Error::Internal(format!("options cannot be read: {error}")))?;
            let place = Place::read(&options)?;
            // Nobody waits for jobs here.
            let jobs_come = Arc::new(|| {});
            stores.push(place.open(&options, options.holder(), signals.clone(), jobs_come).await?);
        }
        let [from, to] = stores.as_slice() else { return Ok(0) };
        let copied = transfer::copy(from.as_ref(), to.as_ref()).await;
        stores.iter().for_each(|store| store.close());
        copied
    })
}
