//! Where Redis is and how long to wait for it.

use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{ConnectionInfo, IntoConnectionInfo};

use crate::error::{Error, Result};

/// A server's address and the time limits of a connection to it.
#[derive(Debug, Clone)]
pub struct Config {
    pub(super) info: ConnectionInfo,
    /// Limit for one attempt to connect.
    pub connect_timeout: Duration,
    /// Limit for one call, waiting for a connection included.
    pub command_timeout: Duration,
}

impl Config {
    /// Read a URL: `redis://[user[:password]@]host[:port][/db]`, `rediss://…` for TLS, or
    /// `redis+unix:///path[?db=N]`.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` for anything else. The message never repeats the URL: it may hold a
    /// password.
    pub fn new(url: &str, connect_timeout: Duration, command_timeout: Duration) -> Result<Self> {
        let refuse = |why: &str| Error::InvalidArg {
            argument: "store".to_owned(),
            message: format!(
                "store must be a URL such as redis://127.0.0.1:6379/0, rediss://host or redis+unix:///path, but {why}"
            ),
        };
        if redis::parse_redis_url(url).is_none() {
            return Err(refuse("its scheme is not one of these"));
        }
        let info = url
            .into_connection_info()
            .map_err(|error| refuse(error.detail().unwrap_or("it could not be read")))?;
        // Off by default in the client: with Nagle's algorithm a small batch would wait for the
        // acknowledgement of the one before.
        let info = info.set_tcp_settings(TcpSettings::default().set_nodelay(true));
        Ok(Config { info, connect_timeout, command_timeout })
    }

    /// The address for messages: host and port or socket path, never user or password.
    pub fn address(&self) -> String {
        self.info.addr().to_string()
    }

    pub(super) fn open(&self) -> Result<redis::Client> {
        redis::Client::open(self.info.clone()).map_err(|error| super::client::to_error(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_address_leaves_out_user_and_password() {
        let config = Config::new("redis://kim:secret@10.0.0.1:7000/3", SECOND, SECOND).unwrap();
        assert_eq!(config.address(), "10.0.0.1:7000");
    }

    #[test]
    fn another_scheme_is_refused_without_repeating_the_url() {
        let error = Config::new("http://kim:secret@host", SECOND, SECOND).unwrap_err();
        assert_eq!(error.code(), "ERR_INVALID_ARG");
        assert!(!error.to_string().contains("secret"));
    }
}
