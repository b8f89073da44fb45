//! The border of `rekue/pagination`. Arguments come checked by `lib/pagination`; what would harm
//! if it were not is checked again here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use napi::bindgen_prelude::{AsyncTask, Buffer, Uint8Array};
use napi::{Env, JsError, Task};
use napi_derive::napi;

use super::to_napi;
use crate::error::{Error, Result};
use crate::pagination::ahead::Ahead;
use crate::pagination::column_cache::ColumnCache;
use crate::pagination::cursor::Signer;
use crate::pagination::dialect::Dialect;
use crate::pagination::index::Layout;
use crate::pagination::live::Live;
use crate::pagination::page::{self, Link, Linked};
use crate::pagination::query::{Order, Query};
use crate::pagination::table::Table;
use crate::pagination::view::View;

/// One version of a data set, and its tombstones. A query that is under way keeps this borrowed, so no
/// method may want it for itself.
#[napi]
pub struct PaginationTable {
    table: Arc<Table>,
    live: Arc<RwLock<Live>>,
    columns: Arc<ColumnCache>,
    ahead: Mutex<Option<Ahead>>,
}

/// How a file is to be opened.
#[napi(object)]
pub struct PaginationOpenOptions {
    pub delimiter: String,
    pub header: bool,
    pub max_record_bytes: f64,
    pub column_cache_bytes: f64,
    /// Read columns before a query wants them.
    pub read_ahead: bool,
    pub sidecar: Option<String>,
}

/// Index a file on a thread of the pool.
#[napi(catch_unwind)]
pub fn pagination_open(
    path: String,
    options: PaginationOpenOptions,
) -> napi::Result<AsyncTask<OpenTask>, String> {
    let max_record_bytes = options.max_record_bytes as u64;
    let dialect =
        Dialect::new(&options.delimiter, options.header, max_record_bytes).map_err(to_napi)?;
    Ok(AsyncTask::new(OpenTask {
        path: path.into(),
        dialect,
        sidecar: options.sidecar.map(PathBuf::from),
        column_cache_bytes: options.column_cache_bytes as usize,
        read_ahead: options.read_ahead,
    }))
}

/// Index rows that JavaScript has written as comma-separated text with a header.
#[napi(catch_unwind)]
pub fn pagination_from_text(
    text: String,
    column_cache_bytes: f64,
) -> napi::Result<PaginationTable, String> {
    let dialect = Dialect { max_record_bytes: u64::MAX, ..Dialect::default() };
    Table::from_memory(text.into_bytes(), dialect, Layout::STANDARD)
        .map(|table| PaginationTable::new(table, column_cache_bytes as usize))
        .map_err(to_napi)
}

#[napi]
impl PaginationTable {
    fn new(table: Table, column_cache_bytes: usize) -> Self {
        PaginationTable {
            table: Arc::new(table),
            live: Arc::default(),
            columns: Arc::new(ColumnCache::new(column_cache_bytes)),
            ahead: Mutex::default(),
        }
    }

    /// Begin to read columns before a query wants them.
    fn read_ahead(self) -> Self {
        self.set_ahead(Ahead::start(&self.table, &self.columns));
        self
    }

    fn set_ahead(&self, ahead: Option<Ahead>) {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = ahead;
    }

    /// The same rows, none of them deleted.
    #[napi(catch_unwind)]
    pub fn revived(&self) -> PaginationTable {
        PaginationTable {
            table: self.table.clone(),
            live: Arc::default(),
            columns: self.columns.clone(),
            ahead: Mutex::default(),
        }
    }

    /// Read nothing more but what is asked for: another version of the data has taken over.
    #[napi(catch_unwind)]
    pub fn retire(&self) {
        self.set_ahead(None);
    }

    #[napi(catch_unwind)]
    pub fn columns(&self) -> Vec<String> {
        self.table.columns().to_vec()
    }

    #[napi(catch_unwind)]
    pub fn version(&self) -> String {
        self.table.version().to_owned()
    }

    /// Rows, deleted ones counted.
    #[napi(catch_unwind)]
    pub fn rows(&self) -> u32 {
        self.table.rows()
    }

    /// Bytes of memory that the row index takes.
    #[napi(catch_unwind)]
    pub fn index_bytes(&self) -> f64 {
        self.table.index_memory() as f64
    }

    /// What tells this content from any other: the version, and which rows are deleted.
    #[napi(catch_unwind)]
    pub fn state(&self) -> String {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        format!("{}-{:016x}", self.table.version(), live.digest())
    }

    #[napi(catch_unwind)]
    pub fn delete(&self, index: u32) -> napi::Result<bool, String> {
        if index >= self.table.rows() {
            return Err(to_napi(Error::IndexOutOfRange {
                index: index.to_string(),
                last: u64::from(self.table.rows()).checked_sub(1),
            }));
        }
        Ok(self.live.write().unwrap_or_else(PoisonError::into_inner).delete(index))
    }

    #[napi(catch_unwind)]
    pub fn view(&self) -> PaginationView {
        PaginationView(View::all(self.table.clone(), self.live.clone()))
    }

    /// Answer a query, `{ filter, sort }` as JSON, on a thread of the pool.
    #[napi(catch_unwind)]
    pub fn query(&self, query: String) -> AsyncTask<QueryTask> {
        AsyncTask::new(QueryTask {
            table: self.table.clone(),
            live: self.live.clone(),
            columns: self.columns.clone(),
            query,
        })
    }

    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.set_ahead(None);
        self.table.close();
    }
}

/// Rows in an order, from which pages are cut.
#[napi]
pub struct PaginationView(View);

/// A rendered page, and what tells the pages beside it from it.
#[napi(object)]
pub struct PaginationLinked {
    pub body: Buffer,
    pub next: Option<String>,
    pub previous: Option<String>,
    pub last: Option<String>,
}

#[napi]
impl PaginationView {
    #[napi(catch_unwind)]
    pub fn length(&self) -> u32 {
        self.0.len()
    }

    /// Bytes of memory that the order takes.
    #[napi(catch_unwind)]
    pub fn bytes(&self) -> f64 {
        self.0.memory() as f64
    }

    /// The same rows with these columns only.
    #[napi(catch_unwind)]
    pub fn select(&self, columns: Vec<String>) -> napi::Result<PaginationView, String> {
        self.0.select(Some(&columns)).map(PaginationView).map_err(to_napi)
    }

    #[napi(catch_unwind)]
    pub fn get_page(&self, page: f64, page_size: f64) -> napi::Result<String, String> {
        text(page::rows(&self.0, page as u64, page_size as u64))
    }

    #[napi(catch_unwind)]
    pub fn get_hyper(&self, page: f64, page_size: f64) -> napi::Result<String, String> {
        text(page::hyper(&self.0, page as u64, page_size as u64))
    }

    #[napi(catch_unwind)]
    pub fn get_hyper_index(&self, index: f64, page_size: f64) -> napi::Result<String, String> {
        text(page::hyper_index(&self.0, index as u64, page_size as u64))
    }

    #[napi(catch_unwind)]
    pub fn page(
        &self,
        page: f64,
        page_size: f64,
        before: String,
        after: String,
    ) -> napi::Result<String, String> {
        text(page::page(&self.0, page as u64, page_size as u64, &Link { before, after }))
    }

    /// As `pageJson`, into the start of `target`: how many bytes that were, or would have been.
    ///
    /// A Buffer over memory of ours costs more than the page in it: a finalizer, and memory that
    /// is given back only by the garbage collector.
    #[napi(catch_unwind)]
    pub fn page_json_into(
        &self,
        mut target: Uint8Array,
        page: f64,
        page_size: f64,
        before: String,
        after: String,
    ) -> napi::Result<u32, String> {
        let json = page::page(&self.0, page as u64, page_size as u64, &Link { before, after })
            .map_err(to_napi)?;
        // SAFETY: this is JavaScript's thread, and `target` is private to lib/pagination/view.js,
        // so nothing else reads or writes it during this call.
        if let Some(target) = unsafe { target.as_mut() }.get_mut(..json.len()) {
            target.copy_from_slice(&json);
        }
        Ok(json.len() as u32)
    }

    #[napi(catch_unwind)]
    pub fn page_json(
        &self,
        page: f64,
        page_size: f64,
        before: String,
        after: String,
    ) -> napi::Result<Buffer, String> {
        page::page(&self.0, page as u64, page_size as u64, &Link { before, after })
            .map(Buffer::from)
            .map_err(to_napi)
    }

    #[napi(catch_unwind)]
    pub fn index_json(
        &self,
        index: f64,
        page_size: f64,
        before: String,
        after: String,
    ) -> napi::Result<PaginationLinked, String> {
        linked(page::index(&self.0, index as u64, page_size as u64, &Link { before, after }))
    }

    #[napi(catch_unwind)]
    pub fn after(
        &self,
        cursor: Option<String>,
        limit: f64,
        secret: Option<Uint8Array>,
    ) -> napi::Result<String, String> {
        let page = Signer::new(secret.as_deref()).and_then(|signer| {
            page::after(&self.0, cursor.as_deref(), limit as u64, &signer, None)
        });
        text(page.map(|page| page.json))
    }

    #[napi(catch_unwind)]
    pub fn after_json(
        &self,
        cursor: Option<String>,
        limit: f64,
        secret: Option<Uint8Array>,
        before: String,
        after: String,
    ) -> napi::Result<PaginationLinked, String> {
        let link = Link { before, after };
        linked(Signer::new(secret.as_deref()).and_then(|signer| {
            page::after(&self.0, cursor.as_deref(), limit as u64, &signer, Some(&link))
        }))
    }
}

fn text(json: Result<Vec<u8>>) -> napi::Result<String, String> {
    json.and_then(|json| {
        String::from_utf8(json).map_err(|_| Error::Internal("A page is not UTF-8".into()))
    })
    .map_err(to_napi)
}

fn linked(page: Result<Linked>) -> napi::Result<PaginationLinked, String> {
    page.map(|page| PaginationLinked {
        body: page.json.into(),
        next: page.next,
        previous: page.previous,
        last: page.last,
    })
    .map_err(to_napi)
}

/// Opening a file.
pub struct OpenTask {
    path: PathBuf,
    dialect: Dialect,
    sidecar: Option<PathBuf>,
    column_cache_bytes: usize,
    read_ahead: bool,
}

impl Task for OpenTask {
    type Output = Result<PaginationTable>;
    type JsValue = PaginationTable;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(guarded(|| {
            let table = Table::open(&self.path, self.dialect, self.sidecar.as_deref())?;
            let table = PaginationTable::new(table, self.column_cache_bytes);
            Ok(if self.read_ahead { table.read_ahead() } else { table })
        }))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output.map_err(|error| rejection(env, error))
    }
}

/// Answering a query.
pub struct QueryTask {
    table: Arc<Table>,
    live: Arc<RwLock<Live>>,
    columns: Arc<ColumnCache>,
    query: String,
}

impl Task for QueryTask {
    type Output = Result<Order>;
    type JsValue = PaginationView;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(guarded(|| {
            let query: Query = serde_json::from_str(&self.query)
                .map_err(|error| Error::Internal(format!("A query cannot be read: {error}")))?;
            query.run(&self.table, &self.columns)
        }))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output
            .map(|order| {
                let (table, live) = (self.table.clone(), self.live.clone());
                PaginationView(View::ordered(table, live, order, &self.query))
            })
            .map_err(|error| rejection(env, error))
    }
}

/// Run work on a thread where a panic would end the process: it becomes an error instead.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Error::Internal("A defect of rekue stopped this call; please report it".into()))
    })
}

/// The error with which a promise is rejected, with our code.
fn rejection(env: Env, error: Error) -> napi::Error {
    napi::Error::from(JsError::from(to_napi(error)).into_unknown(env))
}
