//! Moving jobs from one store to another.

use super::{Imported, Selection, Store};
use crate::error::{Error, Result};

/// Jobs read and written in one step.
const STRIDE: usize = 500;

/// Copy every job with its log from one store to an empty one, and tell how many there were.
///
/// Jobs keep their ids, so that programs which remember them still find them. An active job
/// becomes inactive: its worker holds it in the old store, not in the new one.
///
/// # Errors
/// `ERR_INVALID_ARG` where the other store has jobs already; nothing was written then.
pub async fn copy(from: &dyn Store, to: &dyn Store) -> Result<usize> {
    let everything = Selection { job_type: None, state: None, from: 0, to: -1 };
    let present = to.list(&Selection { to: 0, ..everything.clone() }).await?;
    if !present.is_empty() {
        return Err(Error::InvalidArg {
            argument: "to".to_owned(),
            message: "the store to copy to has jobs already: give an empty one, or another prefix"
                .to_owned(),
        });
    }
    let mut ids = from.list(&everything).await?;
    ids.sort_by_key(|id| id.parse::<u64>().unwrap_or(u64::MAX));
    let work_time_ms = from.stats().await?.work_time_ms;
    let mut copied = 0;
    for ids in ids.chunks(STRIDE) {
        let mut jobs = Vec::with_capacity(ids.len());
        let words = from.words(ids).await?;
        for (job, words) in from.get(ids).await?.into_iter().zip(words) {
            let Some(mut job) = job else { continue };
            for (name, value) in &mut job.fields {
                if name == "state" && value == "active" {
                    "inactive".clone_into(value);
                }
            }
            let log = from.log(&job.id, 0).await?;
            jobs.push(Imported { job, log, words });
        }
        copied += jobs.len();
        to.import(&jobs, 0).await?;
    }
    to.import(&[], work_time_ms).await?;
    Ok(copied)
}
