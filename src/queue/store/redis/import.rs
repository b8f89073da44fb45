//! Writing jobs that come from another store.

use super::keys::member;
use super::{RedisStore, sound, sound_last};
use crate::error::Result;
use crate::queue::store::Imported;
use crate::redis::reply;

impl RedisStore {
    pub(super) async fn import_jobs(&self, jobs: &[Imported], work_time_ms: u64) -> Result<()> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("MULTI");
        if work_time_ms > 0 {
            pipeline.cmd("INCRBY").arg(self.keys.key("stats:work-time")).arg(work_time_ms);
        }
        let mut last = 0;
        for Imported { job, log, words } in jobs {
            let zid = member(&job.id);
            last = last.max(job.id.parse::<u64>().unwrap_or(0));
            pipeline.cmd("HSET").arg(self.keys.job(&job.id)).arg(&job.fields);
            let job_type = job.get("type").unwrap_or_default();
            let state = job.get("state").unwrap_or_default();
            let priority = job.get("priority").unwrap_or("0");
            let due = job.get("promote_at").filter(|_| state == "delayed");
            pipeline.cmd("SADD").arg(self.keys.key("job:types")).arg(job_type);
            for (key, score) in [
                (self.keys.jobs(None, None), priority),
                (self.keys.jobs(None, Some(state)), due.unwrap_or(priority)),
                (self.keys.jobs(Some(job_type), Some(state)), priority),
            ] {
                pipeline.cmd("ZADD").arg(key).arg(score).arg(&zid);
            }
            if state == "inactive" {
                pipeline.cmd("LPUSH").arg(self.keys.tokens(job_type)).arg("1");
            }
            if let Some(words) = words {
                self.index(&mut pipeline, &job.id, words);
            }
            if !log.is_empty() {
                pipeline.cmd("RPUSH").arg(self.keys.log(&job.id)).arg(log);
            }
        }
        if last > 0 {
            // Nobody else adds to a store that is being filled.
            pipeline.cmd("SET").arg(self.keys.key("ids")).arg(last);
        }
        pipeline.cmd("EXEC");
        let mut values = self.client.call(&pipeline).await?.values;
        let executed = values.pop().unwrap_or(redis::Value::Nil);
        sound(values)?;
        sound(reply::array(sound_last(vec![executed])?)?).map(drop)
    }
}
