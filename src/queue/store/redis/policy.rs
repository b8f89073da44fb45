//! A look at how the server treats a full memory.
//!
//! A queue's keys have no expiry, so the `volatile-…` policies leave them alone; the `allkeys-…`
//! ones throw jobs away without a word as soon as `maxmemory` is reached.

use redis::Value;

use super::RedisStore;
use crate::queue::store::Signal;
use crate::redis::{Client, reply};

/// The code of the warning.
pub const EVICTION: &str = "REKUE_EVICTION";

impl RedisStore {
    /// Look once, in the background. Where the server does not tell (an ACL may forbid the
    /// question), there is nothing to warn of.
    pub(super) fn look_at_policy(&self) {
        let (client, signals) = (self.client.clone(), self.signals.clone());
        tokio::task::spawn_local(async move {
            if let Some(policy) = policy(&client).await.filter(|policy| evicts(policy)) {
                let address = client.config().address();
                let message = format!(
                    "Redis at {address} has the maxmemory-policy {policy}: when its memory is full \
                     it removes keys of any kind, and with them jobs. Set maxmemory-policy to \
                     noeviction"
                );
                // Nobody hears it where the queue is closed already.
                let _ = signals.send(Signal::Warning { code: EVICTION, message });
            }
        });
    }
}

async fn policy(client: &Client) -> Option<String> {
    let mut info = redis::pipe();
    info.cmd("INFO").arg("memory");
    let answer = client.call(&info).await.ok()?.values.into_iter().next()?;
    match answer {
        Value::ServerError(_) => None,
        answer => field(&reply::text(answer).ok()??, "maxmemory_policy"),
    }
}

fn field(info: &str, name: &str) -> Option<String> {
    let line = |line: &str| line.strip_prefix(name)?.strip_prefix(':').map(str::to_owned);
    info.lines().find_map(line)
}

fn evicts(policy: &str) -> bool {
    policy.starts_with("allkeys-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_read_from_the_servers_report() {
        let info = "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\nallocator:x\r\n";
        assert_eq!(field(info, "maxmemory_policy").as_deref(), Some("allkeys-lru"));
        assert_eq!(field(info, "maxmemory").as_deref(), Some("0"));
        assert_eq!(field("# Memory\r\n", "maxmemory_policy"), None);
    }

    #[test]
    fn only_policies_that_remove_any_key_endanger_jobs() {
        assert!(evicts("allkeys-lfu"));
        assert!(!evicts("noeviction") && !evicts("volatile-lru"));
    }
}
