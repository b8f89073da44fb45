//! A file of schema 2 in the hands of a version that knows more: every job is there as it was, what
//! was held is held, and a step that was broken off has changed nothing.

use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rekue::error::Error;
use rekue::queue::search::Words;
use rekue::queue::state::State;
use rekue::queue::store::sqlite::{Address, Patience, SqliteStore};
use rekue::queue::store::{
    Batch, Claimant, Fence, Holder, Outcome, Promoted, Selection, Settlement, Store, Verdict,
};
use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;
use tokio::sync::mpsc::unbounded_channel;

const SCHEMA_2: &str = include_str!("sqlite_migration/schema-2.sql");
const STEP_3: &str = include_str!("../src/queue/store/sqlite/schema-3-states.sql");
/// What stands before the names of a prefix's tables, and the prefix.
const QUEUES: [(&str, &str); 2] = [("", "q"), ("eu:", "eu")];
/// `reku`, in the field for who owns a file.
const APPLICATION_ID: i32 = 0x7265_6b75;
const LEASE_MS: u64 = 100;

/// A file of schema 2 that holds two queues.
struct Old {
    folder: TempDir,
}

impl Old {
    fn new() -> Self {
        let old = Old { folder: TempDir::new().unwrap() };
        let connection = old.connect();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        for (before, _) in QUEUES {
            connection.execute_batch(&SCHEMA_2.replace('@', before)).unwrap();
        }
        connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        connection.pragma_update(None, "user_version", 2).unwrap();
        old
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("jobs.db")
    }

    fn connect(&self) -> Connection {
        Connection::open(self.file()).unwrap()
    }
}

fn version(connection: &Connection) -> i64 {
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// Every row of every table that schema 2 had, by the columns that it had, and the tables' indexes.
fn contents(connection: &Connection) -> BTreeMap<String, Vec<Vec<Value>>> {
    let old = Connection::open_in_memory().unwrap();
    for (before, _) in QUEUES {
        old.execute_batch(&SCHEMA_2.replace('@', before)).unwrap();
    }
    let mut tables =
        old.prepare("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE TABLE%'").unwrap();
    let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let read = |name: String| {
        let statement = old.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let columns = statement.column_names().join(", ");
        let sql = format!("SELECT {columns} FROM \"{name}\" ORDER BY 1, 2");
        let mut select = connection.prepare(&sql).unwrap();
        let count = select.column_count();
        let rows = select.query_map([], |row| (0..count).map(|at| row.get(at)).collect());
        (name, rows.unwrap().collect::<rusqlite::Result<_>>().unwrap())
    };
    names.map(|name| read(name.unwrap())).collect()
}

fn indexes(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL ORDER BY 1";
    let mut select = connection.prepare(sql).unwrap();
    select.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

async fn open(file: &Path, prefix: &str, holder: &str) -> Result<SqliteStore, Error> {
    let address = Address::parse(&format!("sqlite:{}", file.display())).unwrap();
    let holder = Holder {
        name: holder.to_owned(),
        worker_id: "kue:host:1".to_owned(),
        lease_ms: LEASE_MS,
        max_lost: 3,
    };
    let patience = Patience { connect: Duration::from_secs(5), command: Duration::from_secs(5) };
    SqliteStore::open(address, prefix.to_owned(), holder, unbounded_channel().0, patience).await
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

fn claim(job_type: &str, slots: u32, fence: u64) -> Batch {
    Batch {
        job_type: job_type.to_owned(),
        settlements: Vec::new(),
        slots: (0..slots).collect(),
        fence: Fence(fence),
        tokens: 0,
    }
}

fn completed(job_type: &str, id: &str, fence: u64) -> Batch {
    let settlement = Settlement {
        id: id.to_owned(),
        claimant: Claimant::Holder(Fence(fence)),
        attempts: 1,
        outcome: Outcome::Complete { result: None, remove: false },
        told: false,
    };
    Batch { settlements: vec![settlement], ..claim(job_type, 0, fence + 100) }
}

async fn listed(store: &SqliteStore, job_type: Option<&str>, state: Option<State>) -> Vec<String> {
    let job_type = job_type.map(str::to_owned);
    store.list(&Selection { job_type, state, from: 0, to: -1 }).await.unwrap()
}

async fn found(store: &SqliteStore, words: &[&str]) -> Vec<String> {
    let words = words.iter().map(|word| ((*word).to_owned(), 1)).collect();
    store.search(&Words(words)).await.unwrap()
}

#[test]
fn every_queue_of_the_file_comes_along_unchanged() {
    let old = Old::new();
    let before = contents(&old.connect());
    assert_eq!(before["jobs"].len(), 11);
    assert_eq!(before["eu:jobs"], before["jobs"]);
    run(async {
        // Opened for one of them alone.
        open(&old.file(), "q", "me").await.unwrap().close();
        let now = old.connect();
        assert_eq!(version(&now), 3);
        assert_eq!(contents(&now), before);
        for (name, _) in QUEUES {
            let made = indexes(&now);
            assert!(made.contains(&format!("{name}jobs_inactive")), "{made:?}");
            assert!(!made.contains(&format!("{name}jobs_by_place")), "{made:?}");
        }
        let check: String = now.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
    });
}

#[test]
fn its_jobs_are_listed_counted_and_found() {
    let old = Old::new();
    run(async {
        for (_, prefix) in QUEUES {
            let store = open(&old.file(), prefix, "me").await.unwrap();
            let stats = store.stats().await.unwrap();
            assert_eq!((stats.counts, stats.work_time_ms), ([4, 3, 1, 1, 2], 1000));
            let inactive = Some(State::Inactive);
            assert_eq!(listed(&store, Some("mail"), inactive).await, ["3", "1", "2", "4"]);
            assert_eq!(listed(&store, None, Some(State::Delayed)).await, ["11", "10"]);
            assert_eq!(listed(&store, Some("video"), Some(State::Active)).await, ["7", "6"]);
            assert_eq!(listed(&store, None, None).await.len(), 11);
            assert_eq!(store.count(Some("video"), State::Complete).await.unwrap(), 1);
            assert_eq!(store.types().await.unwrap(), ["mail", "video"]);
            assert_eq!(store.log("9", 0).await.unwrap(), ["a line", "another \"line\""]);
            assert_eq!(found(&store, &["ANFS"]).await, ["9", "3"]);
            assert_eq!(found(&store, &["ANFS", "TL"]).await, ["9"]);
            assert_eq!(store.setting("colour").await.unwrap().as_deref(), Some("blue"));
            let job = store.get(&["3".to_owned()]).await.unwrap().pop().unwrap().unwrap();
            for (field, value) in [
                ("type", "mail"),
                ("state", "inactive"),
                ("priority", "-10.5"),
                ("data", "{\"text\":\"ü \\\"x\\\"\"}"),
                ("backoff", "{\"type\":\"fixed\",\"delay\":7}"),
                ("colour", "red"),
            ] {
                assert_eq!(job.get(field), Some(value), "{field}");
            }
            store.close();
        }
    });
}

#[test]
fn its_jobs_are_claimed_and_worked_off() {
    let old = Old::new();
    run(async {
        let store = open(&old.file(), "q", "me").await.unwrap();
        let claimed = store.settle(&claim("mail", 10, 1)).await.unwrap().jobs;
        let ids: Vec<&str> = claimed.iter().map(|(job, _)| job.id.as_str()).collect();
        assert_eq!(ids, ["3", "1", "2", "4"]);
        for id in ids {
            let settled = store.settle(&completed("mail", id, 1)).await.unwrap();
            assert_eq!(settled.verdicts, [Verdict::Recorded]);
        }
        assert_eq!(store.stats().await.unwrap().counts, [0, 3, 5, 1, 2]);
        let Promoted { count, .. } = store.promote(10).await.unwrap();
        assert_eq!(count, 1, "one of the delayed was due");
        let claimed = store.settle(&claim("video", 10, 2)).await.unwrap().jobs;
        assert_eq!(claimed.iter().map(|(job, _)| job.id.as_str()).collect::<Vec<_>>(), ["11"]);
        store.close();
    });
}

#[test]
fn what_was_held_is_held_by_the_same() {
    let old = Old::new();
    run(async {
        let here = open(&old.file(), "q", "here").await.unwrap();
        let wrong = here.settle(&completed("video", "6", 8)).await.unwrap();
        assert_eq!(wrong.verdicts, [Verdict::NotHeld], "another fence");
        let right = here.settle(&completed("video", "6", 9)).await.unwrap();
        assert_eq!(right.verdicts, [Verdict::Recorded]);
        // The lease that is over is taken back by whoever looks for long enough.
        let mut back = 0;
        for _ in 0..50 {
            back += here.renew().await.unwrap().1;
            tokio::time::sleep(Duration::from_millis(LEASE_MS / 5)).await;
        }
        assert_eq!(back, 1);
        assert_eq!(listed(&here, None, Some(State::Active)).await, ["7"]);
        assert!(listed(&here, Some("mail"), Some(State::Inactive)).await.contains(&"5".to_owned()));
        here.close();
    });
}

#[test]
fn new_ids_are_above_those_that_were_given() {
    let old = Old::new();
    run(async {
        let store = open(&old.file(), "q", "me").await.unwrap();
        let job = serde_json::json!({ "type": "mail", "priority": 0.0 });
        let spec = serde_json::from_value(job).unwrap();
        let data = serde_json::value::RawValue::from_string("{}".to_owned()).unwrap();
        let job = rekue::queue::job::NewJob { spec: std::sync::Arc::new(spec), data };
        let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
        assert_eq!(store.add(&[job], None, deadline).await.unwrap()[0].id, 21);
        store.close();
    });
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let old = Old::new();
    let connection = old.connect();
    // In the way of the last queue's step, when the first one's is done.
    connection.execute_batch("CREATE INDEX \"eu:jobs_delayed\" ON \"eu:jobs\" (delay)").unwrap();
    let before = (contents(&connection), indexes(&connection));
    run(async {
        let error = open(&old.file(), "q", "me").await.err().unwrap();
        assert!(error.to_string().contains("jobs.db"), "{error}");
        assert_eq!(version(&connection), 2);
        assert_eq!((contents(&connection), indexes(&connection)), before);
        connection.execute_batch("DROP INDEX \"eu:jobs_delayed\"").unwrap();
        open(&old.file(), "q", "me").await.unwrap().close();
        assert_eq!(version(&connection), 3);
        assert_eq!(contents(&connection), before.0);
    });
}

#[test]
fn a_step_that_a_crash_broke_off_is_taken_again() {
    let old = Old::new();
    let connection = old.connect();
    let before = contents(&connection);
    // Nothing stays in memory, so that the log has all of the step but its commit.
    connection
        .execute_batch(&format!("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; {STEP_3}"))
        .unwrap();
    connection
        .execute_batch("UPDATE jobs SET room = zeroblob(9000); PRAGMA user_version = 3")
        .unwrap();
    // A file as the crash leaves it: what other connections have in memory is not in it.
    let crashed = TempDir::new().unwrap();
    let copy = crashed.path().join("jobs.db");
    let log = |file: &Path| PathBuf::from(format!("{}-wal", file.display()));
    fs::copy(old.file(), &copy).unwrap();
    let bytes = fs::copy(log(&old.file()), log(&copy)).unwrap();
    assert!(bytes > 9000 * 11, "the step is in the log");
    let left = Connection::open(&copy).unwrap();
    assert_eq!((version(&left), contents(&left)), (2, before.clone()));
    run(async {
        open(&copy, "q", "me").await.unwrap().close();
        assert_eq!((version(&left), contents(&left)), (3, before));
    });
}

#[test]
fn a_file_of_the_future_is_refused_and_left_alone() {
    let old = Old::new();
    let connection = old.connect();
    connection.pragma_update(None, "user_version", 4).unwrap();
    // The last one to close writes the log into the file.
    connection.close().unwrap();
    let before = fs::read(old.file()).unwrap();
    run(async {
        let error = open(&old.file(), "q", "me").await.err().unwrap();
        assert_eq!(error.code(), "ERR_INVALID_ARG");
        assert!(error.to_string().contains("schema 4, this one knows 3"), "{error}");
    });
    assert_eq!(fs::read(old.file()).unwrap(), before);
}
