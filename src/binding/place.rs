//! A queue's options, and the store that they name.

use std::time::Duration;

use serde::Deserialize;

use crate::error::Result;
use crate::queue::store::redis::{Keys, RedisStore};
use crate::queue::store::sqlite::{Address, Patience, SqliteStore};
use crate::queue::store::{Holder, JobsCome, Signals, Store};
use crate::redis::Config;
use crate::redis::tls::Tls;

/// Options as `lib/queue/options.js` has checked and completed them; times are in ms.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    pub store: String,
    pub tls: Option<GivenTls>,
    pub prefix: String,
    pub hash_tag: bool,
    /// Stored with jobs that are processed here, before type and slot number.
    pub worker_id: String,
    pub lease_duration: u64,
    pub max_lost: u32,
    pub hung_after: u64,
    pub connect_timeout: u64,
    pub command_timeout: u64,
    pub promotion_interval: u64,
    pub promotion_limit: u32,
}

/// How connections are encrypted, where the user told.
#[derive(Deserialize)]
pub struct GivenTls {
    /// What the option is called that it came by.
    pub option: String,
    #[serde(flatten)]
    pub tls: Tls,
}

impl Options {
    pub fn holder(&self) -> Holder {
        Holder {
            name: holder_name(),
            worker_id: self.worker_id.clone(),
            lease_ms: self.lease_duration,
            max_lost: self.max_lost,
        }
    }
}

/// Where a queue's jobs are.
pub enum Place {
    Redis(Box<Config>),
    File(Address),
}

impl Place {
    pub fn read(options: &Options) -> Result<Self> {
        if Address::is_one(&options.store) {
            return Address::parse(&options.store).map(Place::File);
        }
        Config::new(
            "options.store",
            &options.store,
            Duration::from_millis(options.connect_timeout),
            Duration::from_millis(options.command_timeout),
        )
        .and_then(|config| config.check_prefix("options.prefix", &options.prefix))
        .and_then(|config| match &options.tls {
            Some(GivenTls { option, tls }) => config.with_tls(option, tls.clone()),
            None => Ok(config),
        })
        .map(|config| Place::Redis(Box::new(config)))
    }

    pub async fn open(
        self,
        options: &Options,
        holder: Holder,
        signals: Signals,
        jobs_come: JobsCome,
    ) -> Result<Box<dyn Store>> {
        Ok(match self {
            Place::Redis(config) => {
                let keys = Keys::new(&options.prefix, options.hash_tag);
                Box::new(RedisStore::open(*config, keys, holder, signals, jobs_come))
            }
            Place::File(address) => {
                let patience = Patience {
                    connect: Duration::from_millis(options.connect_timeout),
                    command: Duration::from_millis(options.command_timeout),
                };
                let prefix = options.prefix.clone();
                Box::new(SqliteStore::open(address, prefix, holder, signals, patience).await?)
            }
        })
    }
}

/// A name that no other process and no other queue bears.
fn holder_name() -> String {
    use std::hash::{BuildHasher, RandomState};
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", random(), random())
}
