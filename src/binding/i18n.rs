//! The border of `rekue/i18n`: catalogs come over once per locale and version, headers once each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use napi::bindgen_prelude::AsyncTask;
use napi::{Env, JsError, Task};
use napi_derive::napi;
use serde_json::json;

use super::to_napi;
use crate::error::{Error, Result};
use crate::i18n::catalog::{self, Catalogs};
use crate::i18n::negotiate::negotiate;

/// The compiled catalogs of a directory at one time.
#[napi]
pub struct MessageCatalogs {
    directory: PathBuf,
    wanted: Option<Vec<String>>,
    catalogs: Arc<Catalogs>,
}

/// Read a directory on threads of its own.
#[napi(catch_unwind, js_name = "i18nLoad")]
pub fn i18n_load(directory: String, wanted: Option<Vec<String>>) -> AsyncTask<LoadTask> {
    AsyncTask::new(LoadTask { directory: directory.into(), wanted, previous: None })
}

/// The index of the supported locale that an `Accept-Language` asks for, or `fallback`.
#[napi(catch_unwind, js_name = "i18nNegotiate")]
pub fn i18n_negotiate(header: String, supported: Vec<String>, fallback: u32) -> u32 {
    negotiate(&header, &supported, fallback as usize) as u32
}

#[napi]
impl MessageCatalogs {
    /// The locales' names.
    #[napi(catch_unwind)]
    pub fn locales(&self) -> Vec<String> {
        self.catalogs.locales.iter().map(|locale| locale.name.clone()).collect()
    }

    /// The programs of a locale's files, JSON as `src/i18n/compile.rs` describes it.
    #[napi(catch_unwind)]
    pub fn programs(&self, locale: u32) -> Vec<String> {
        let locale = self.catalogs.locales.get(locale as usize);
        let files = locale.map(|locale| locale.files.as_slice()).unwrap_or_default();
        files.iter().map(|file| file.program.to_string()).collect()
    }

    /// What is wrong with the files as they are on disk: JSON, an array of `{ file, line, column,
    /// message }`.
    #[napi(catch_unwind)]
    pub fn mistakes(&self) -> String {
        let mistakes = self.catalogs.mistakes().map(|(file, mistake)| {
            let (line, column) = (mistake.line, mistake.column);
            json!({ "file": file, "line": line, "column": column, "message": mistake.message })
        });
        serde_json::Value::from_iter(mistakes).to_string()
    }

    /// Read the directory anew; files that are broken now keep what they had here.
    #[napi(catch_unwind)]
    pub fn reload(&self) -> AsyncTask<LoadTask> {
        AsyncTask::new(LoadTask {
            directory: self.directory.clone(),
            wanted: self.wanted.clone(),
            previous: Some(self.catalogs.clone()),
        })
    }
}

/// Reading a directory.
pub struct LoadTask {
    directory: PathBuf,
    wanted: Option<Vec<String>>,
    previous: Option<Arc<Catalogs>>,
}

impl Task for LoadTask {
    type Output = Result<Catalogs>;
    type JsValue = MessageCatalogs;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        // A panic on a thread of the pool would end the process.
        let work =
            || catalog::load(&self.directory, self.wanted.as_deref(), self.previous.as_deref());
        Ok(catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            Err(Error::Internal("A defect of rekue stopped this call; please report it".into()))
        }))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output
            .map(|catalogs| MessageCatalogs {
                directory: std::mem::take(&mut self.directory),
                wanted: self.wanted.take(),
                catalogs: Arc::new(catalogs),
            })
            .map_err(|error| napi::Error::from(JsError::from(to_napi(error)).into_unknown(env)))
    }
}
