//! What is said on a new connection before it is used: who are you, and what will be needed.

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, Value};

use super::config::Site;
use super::predecessor::{self, Identity};
use super::trouble::{server_error, to_error};
use super::{Config, reply};
use crate::error::{Error, Result};

/// The commands, and how their replies are read.
pub struct Greeting {
    /// The questions, in a round trip of their own: a server that wants a password ends a connection on
    /// which it hears as much as the scripts are before one, and does not say why.
    questions: Pipeline,
    /// Whether the server is asked for its part: only a master may serve.
    asks_role: bool,
    prelude: Pipeline,
}

impl Greeting {
    /// `prelude` is what the user of the connection wants to be sent.
    pub fn new(config: &Config, prelude: Pipeline) -> Self {
        let mut questions = Pipeline::with_capacity(predecessor::ANSWERS + 1);
        predecessor::ask(&mut questions);
        let asks_role = matches!(config.site, Site::Sentinels { .. });
        if asks_role {
            questions.cmd("ROLE");
        }
        Greeting { questions, asks_role, prelude }
    }

    pub fn prelude(&self) -> &Pipeline {
        &self.prelude
    }

    /// Send all; answers what the server calls the connection, where it tells.
    ///
    /// # Errors
    /// Where the server cannot serve now.
    pub async fn send(
        &self,
        connection: &mut MultiplexedConnection,
        address: &str,
    ) -> Result<Option<Identity>> {
        let mut send = async |commands: &Pipeline| {
            let sent = connection.send_packed_commands(commands, 0, commands.len());
            sent.await.map_err(|error| to_error(&error))
        };
        let mut values = send(&self.questions).await?.into_iter();
        let told: Vec<_> = values.by_ref().take(predecessor::ANSWERS).collect();
        for value in &told {
            if let Value::ServerError(error) = value
                && error.code() == "NOAUTH"
            {
                return Err(server_error(error));
            }
        }
        check_mode(told.last(), address)?;
        if self.asks_role {
            check_role(values.next().unwrap_or(Value::Nil), address)?;
        }
        if self.prelude.is_empty() {
            return Ok(predecessor::read(told));
        }
        for value in send(&self.prelude).await? {
            if let Value::ServerError(error) = value {
                return Err(server_error(&error));
            }
        }
        Ok(predecessor::read(told))
    }
}

/// A sentinel knows few commands, and would be found out by the first that it does not.
fn check_mode(info: Option<&Value>, address: &str) -> Result<()> {
    let info = info.cloned().map_or(Ok(None), reply::text).ok().flatten().unwrap_or_default();
    if !info.lines().any(|line| line == "redis_mode:sentinel") {
        return Ok(());
    }
    Err(Error::StoreUnavailable(format!(
        "at {address} is a sentinel, not a server: give sentinels as \
         redis+sentinel://HOST:PORT,HOST:PORT/MASTER"
    )))
}

/// Sentinels may be behind: the server itself knows whether it is the master.
fn check_role(value: Value, address: &str) -> Result<()> {
    if let Value::ServerError(error) = &value {
        return Err(match error.code() {
            "NOPERM" => Error::StoreUnavailable(format!(
                "Redis at {address} does not tell whether it is the master: allow the user +role"
            )),
            _ => server_error(error),
        });
    }
    let role = reply::array(value)?.into_iter().next().map_or(Ok(None), reply::text)?;
    match role.as_deref() {
        Some("master") => Ok(()),
        _ => Err(Error::StoreUnavailable(format!("Redis at {address} is no master now"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentinel_is_refused() {
        let info = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let sentinel = info("# Server\r\nredis_mode:sentinel\r\n");
        let error = check_mode(Some(&sentinel), "a:1").unwrap_err();
        assert!(error.to_string().contains("redis+sentinel://"), "{error}");
        assert!(check_mode(Some(&info("redis_mode:standalone\r\n")), "a:1").is_ok());
        assert!(check_mode(Some(&Value::Nil), "a:1").is_ok());
    }

    #[test]
    fn a_replica_is_refused() {
        let role = |text: &str| Value::Array(vec![Value::BulkString(text.as_bytes().to_vec())]);
        assert!(check_role(role("master"), "a:1").is_ok());
        let error = check_role(role("slave"), "a:1").unwrap_err();
        assert_eq!(error.to_string(), "Redis at a:1 is no master now");
        assert!(check_role(Value::Nil, "a:1").is_err());
    }
}
