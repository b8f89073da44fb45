//! The index of search.

use std::collections::BTreeMap;

use rusqlite::{Result, params};

use super::database::Database;
use super::row::key;
use crate::queue::search::Words;

/// Enter a job that is not in the index.
pub fn index(db: &Database, id: i64, Words(words): &Words) -> Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    let mut insert = db.prepare("INSERT INTO words (word, job, n) VALUES (?1, ?2, ?3)")?;
    for (word, count) in words {
        insert.execute(params![word, id, count])?;
    }
    Ok(())
}

/// Take a job out of the index.
pub fn unindex(db: &Database, id: i64) -> Result<()> {
    db.prepare("DELETE FROM words WHERE job = ?1")?.execute([id]).map(drop)
}

/// The jobs that have every one of these words.
pub fn search(db: &Database, Words(words): &Words) -> Result<Vec<String>> {
    let asked: Vec<&String> = words.keys().collect();
    let mut select = db.prepare(
        "SELECT job FROM words WHERE word IN (SELECT value FROM json_each(?1))
         GROUP BY job HAVING count(*) = ?2 ORDER BY sum(n) DESC, job DESC",
    )?;
    // No query has so many words that their number does not fit.
    let count = i64::try_from(asked.len()).unwrap_or(i64::MAX);
    let found = select.query_map(params![serde_json::json!(asked).to_string(), count], |row| {
        row.get::<_, i64>(0)
    })?;
    found.map(|id| Ok(id?.to_string())).collect()
}

/// The words by which each of these jobs is found.
pub fn words_of(db: &Database, ids: &[String]) -> Result<Vec<Option<Words>>> {
    let mut select = db.prepare("SELECT word, n FROM words WHERE job = ?1")?;
    ids.iter()
        .map(|id| {
            let Some(id) = key(id) else { return Ok(None) };
            let found = select.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let words = Words(found.collect::<Result<BTreeMap<String, u32>>>()?);
            Ok((!words.0.is_empty()).then_some(words))
        })
        .collect()
}
