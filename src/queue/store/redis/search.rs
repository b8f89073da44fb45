//! The index of search. Its keys are ours, and there are none where no queue of this prefix ever
//! switched search on.

use redis::{Pipeline, Value};

use super::scripts::SCRIPTS;
use super::{RedisStore, read};
use crate::error::Result;
use crate::queue::search::Words;
use crate::redis::reply;

impl RedisStore {
    /// Enter a job that is not in the index.
    pub(super) fn index(&self, pipeline: &mut Pipeline, id: &str, Words(words): &Words) {
        if words.is_empty() {
            return;
        }
        for (word, count) in words {
            pipeline.cmd("ZADD").arg(self.keys.word(word)).arg(*count).arg(id);
        }
        let words: Vec<(&String, &u32)> = words.iter().collect();
        pipeline.cmd("HSET").arg(self.keys.words_of(id)).arg(words);
    }

    pub(super) async fn find(&self, Words(words): &Words) -> Result<Vec<String>> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = self.script(&SCRIPTS.search);
        for word in words.keys() {
            command.arg(word);
        }
        read::texts(self.one(command).await?)
    }

    pub(super) async fn words_of(&self, ids: &[String]) -> Result<Vec<Option<Words>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for id in ids {
            pipeline.cmd("HGETALL").arg(self.keys.words_of(id));
        }
        self.all(&pipeline).await?.into_iter().map(read_words).collect()
    }
}

fn read_words(value: Value) -> Result<Option<Words>> {
    let pairs = read::pairs(reply::array(value)?)?;
    let words =
        pairs.into_iter().map(|(word, count)| (word.into_owned(), count.parse().unwrap_or(1)));
    let words = Words(words.collect());
    Ok((!words.0.is_empty()).then_some(words))
}
