//! Where Redis is and how long to wait for it.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};

use super::address::Address;
use super::cluster::slot_of;
use super::tls::{Fault, Secure, Tls};
use crate::error::{Error, Result};

const REDIS_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;
/// See [`Config::quiet`]; for those who wait longer for their calls, and for those who do not.
const QUIET: Duration = Duration::from_secs(15);
const LEAST_QUIET: Duration = Duration::from_secs(1);
/// Silence after which the system asks whether the other end is still there, and how often.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const KEEP_ALIVE_AGAIN: Duration = Duration::from_secs(5);
/// How long the other end may leave bytes, or such questions, unacknowledged.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// Servers and the time limits of connections to them.
#[derive(Debug, Clone)]
pub struct Config {
    pub(super) site: Site,
    /// Limit for one attempt to connect.
    pub connect_timeout: Duration,
    /// Limit for one call, waiting for a connection included.
    pub command_timeout: Duration,
    /// So many replicas must have what is stored before it counts as stored.
    pub replicas: u32,
}

/// How the server to talk to is found.
#[derive(Debug, Clone)]
pub(super) enum Site {
    /// It is this one.
    Server(Server),
    /// Sentinels know which one is the master.
    Sentinels {
        sentinels: Vec<Address>,
        master: String,
        /// How to log in to a sentinel.
        login: RedisConnectionInfo,
        template: Template,
    },
    /// It is the one that has a slot; every node knows which that is.
    Cluster { seeds: Vec<Address>, slot: u16, template: Template },
}

/// A server, and how to talk to it.
#[derive(Debug, Clone)]
pub struct Server {
    pub info: ConnectionInfo,
    pub tls: Option<Secure>,
}

/// What connections to all servers of a site have in common.
#[derive(Debug, Clone)]
pub(super) struct Template(Server);

impl Template {
    /// How to connect to a server of the site.
    pub fn at(&self, address: &Address) -> Server {
        let addr = ConnectionAddr::Tcp(address.host.clone(), address.port);
        Server { info: self.0.info.clone().set_addr(addr), tls: self.0.tls.clone() }
    }

    /// The same with another login.
    pub fn logged_in(&self, login: RedisConnectionInfo) -> Template {
        let info = self.0.info.clone().set_redis_settings(login);
        Template(Server { info, tls: self.0.tls.clone() })
    }
}

impl Config {
    /// Read a URL: `redis://[user[:password]@]host[:port][/db]`, `redis+unix:///path[?db=N]`,
    /// `redis+sentinel://[user[:password]@]host[:port],…/MASTER[/db]` or
    /// `redis+cluster://[user[:password]@]host[:port],…`; with `rediss` for TLS.
    ///
    /// Behind a `?`, the last two take `replicas=N`, and sentinels `sentinelUser` and
    /// `sentinelPassword`. `argument` is what the caller's user calls the URL.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` for anything else. The message never repeats the URL: it may hold a
    /// password.
    pub fn new(
        argument: &str,
        url: &str,
        connect_timeout: Duration,
        command_timeout: Duration,
    ) -> Result<Self> {
        let read = match Parts::split(url) {
            Some(parts) => parts.read(),
            None => read_server(url).map(|server| (Site::Server(server), 0)),
        };
        let (site, replicas) =
            read.map_err(|why| refused(argument, &format!("{argument} {why}")))?;
        Ok(Config { site, connect_timeout, command_timeout, replicas })
    }

    /// Encrypt connections in another way than by default, where they are encrypted. `argument` is
    /// what the caller's user calls the options.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` for certificates or keys that cannot be used. The message repeats nothing of
    /// them.
    pub fn with_tls(mut self, argument: &str, tls: Tls) -> Result<Self> {
        let secure = Secure::new(tls).map_err(|Fault { option, why }| {
            let why = why.replace("tls.", &format!("{argument}."));
            let argument = format!("{argument}.{option}");
            refused(&argument, &format!("{argument} {why}"))
        })?;
        let server = match &mut self.site {
            Site::Server(server) => server,
            Site::Sentinels { template, .. } | Site::Cluster { template, .. } => &mut template.0,
        };
        server.tls = server.tls.take().map(|_| secure);
        Ok(self)
    }

    /// Silence after which a connection is asked whether it still lives: a half-open socket is to be
    /// noticed before a call needs it.
    pub(super) fn quiet(&self) -> Duration {
        self.command_timeout.clamp(LEAST_QUIET, QUIET)
    }

    /// Whether connections are encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        match &self.site {
            Site::Server(server) => server.tls.is_some(),
            Site::Sentinels { template, .. } | Site::Cluster { template, .. } => {
                template.0.tls.is_some()
            }
        }
    }

    /// Whether keys must share a slot to be used together.
    pub fn is_cluster(&self) -> bool {
        matches!(self.site, Site::Cluster { .. })
    }

    /// Whether the server is known to be one of several, which pass on to each other what is
    /// published.
    pub fn has_others(&self) -> bool {
        self.replicas > 0 || !matches!(self.site, Site::Server(_))
    }

    /// Refuse a prefix that makes no hash tag, where one is needed.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG` on a cluster, for a prefix that begins with the end of a tag.
    pub fn check_prefix(self, argument: &str, prefix: &str) -> Result<Self> {
        if self.is_cluster() && prefix.starts_with('}') {
            let message = format!(
                "{argument} must not begin with }} on a cluster, where it is the hash tag that keeps \
                 keys together, but it was {prefix:?}"
            );
            return Err(refused(argument, &message));
        }
        Ok(self)
    }

    /// On a cluster, the node to talk to is the one that has this key.
    #[must_use]
    pub fn for_key(mut self, key: &str) -> Self {
        if let Site::Cluster { slot, .. } = &mut self.site {
            *slot = slot_of(key.as_bytes());
        }
        self
    }

    /// The address for messages, never with user or password.
    pub fn address(&self) -> String {
        let list = |addresses: &[Address]| {
            addresses.iter().map(Address::to_string).collect::<Vec<_>>().join(", ")
        };
        match &self.site {
            Site::Server(server) => server.info.addr().to_string(),
            Site::Sentinels { sentinels, master, .. } => {
                format!("{master:?} (by the sentinels {})", list(sentinels))
            }
            Site::Cluster { seeds, .. } => format!("the cluster of {}", list(seeds)),
        }
    }
}

fn refused(argument: &str, message: &str) -> Error {
    Error::InvalidArg { argument: argument.to_owned(), message: message.to_owned() }
}

fn read_server(url: &str) -> std::result::Result<Server, String> {
    let refuse = |why: &str| {
        format!(
            "must be a URL such as redis://127.0.0.1:6379/0, rediss://host, redis+unix:///path, \
             redis+sentinel://host,host/MASTER or redis+cluster://host,host, but {why}"
        )
    };
    if redis::parse_redis_url(url).is_none() {
        return Err(refuse("its scheme is not one of these"));
    }
    let info = url
        .into_connection_info()
        .map(settled)
        .map_err(|error| refuse(error.detail().unwrap_or("it could not be read")))?;
    let (addr, tls) = match info.addr() {
        ConnectionAddr::TcpTls { insecure: true, .. } => {
            return Err(refuse("#insecure is not for here: servers are checked"));
        }
        // What the connector of the Redis crate cannot be told, ours is.
        ConnectionAddr::TcpTls { host, port, .. } => {
            (ConnectionAddr::Tcp(host.clone(), *port), Some(Secure::by_default()))
        }
        addr => (addr.clone(), None),
    };
    Ok(Server { info: info.set_addr(addr), tls })
}

/// The settings of every connection.
fn settled(info: ConnectionInfo) -> ConnectionInfo {
    let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE).with_interval(KEEP_ALIVE_AGAIN);
    // Nagle's algorithm is on by default in the client: with it a small batch would wait for the
    // acknowledgement of the one before.
    let settings = TcpSettings::default().set_nodelay(true).set_keepalive(keep_alive);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(UNACKNOWLEDGED);
    info.set_tcp_settings(settings)
}

/// The parts of a URL with several hosts, as they stand there.
struct Parts<'a> {
    tls: bool,
    sentinel: bool,
    login: Option<&'a str>,
    hosts: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Parts<'a> {
    /// `None` for a URL of another kind.
    fn split(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (tls, sentinel) = match scheme {
            "redis+sentinel" => (false, true),
            "rediss+sentinel" => (true, true),
            "redis+cluster" => (false, false),
            "rediss+cluster" => (true, false),
            _ => return None,
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (Some(login), hosts),
            None => (None, authority),
        };
        Some(Parts { tls, sentinel, login, hosts, path, query })
    }

    fn read(&self) -> std::result::Result<(Site, u32), String> {
        let (form, default_port) = if self.sentinel {
            ("redis+sentinel://HOST:26379,HOST:26379/MASTER", SENTINEL_PORT)
        } else {
            ("redis+cluster://HOST:6379,HOST:6379", REDIS_PORT)
        };
        let refuse = |why: &str| format!("must be a URL like {form}, but {why}");
        let hosts = self.hosts.split(',').map(|host| Address::read(host, default_port));
        let hosts: Vec<Address> =
            hosts.collect::<Option<_>>().ok_or_else(|| refuse("a host in it is none"))?;
        let mut redis = RedisConnectionInfo::default();
        if let Some(login) = self.login {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            redis = log_in(redis, user, password).ok_or_else(|| {
                refuse("its user or password is not percent-encoded as it should be")
            })?;
        }
        let mut login = RedisConnectionInfo::default();
        let (mut user, mut password, mut replicas) = (String::new(), String::new(), 0);
        let mut db = None;
        for pair in self.query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "sentinelUser" if self.sentinel => user = value.to_owned(),
                "sentinelPassword" if self.sentinel => password = value.to_owned(),
                "db" if self.sentinel => db = Some(value),
                "replicas" => {
                    replicas = value.parse().map_err(|_| {
                        refuse(&format!("replicas={:?} is no number", shown(value)))
                    })?;
                }
                _ => return Err(refuse(&format!("it has no parameter {:?}", shown(name)))),
            }
        }
        login = log_in(login, &user, &password)
            .ok_or_else(|| refuse("sentinelUser or sentinelPassword is not percent-encoded"))?;
        let template = |redis: RedisConnectionInfo| {
            let tls = self.tls.then(Secure::by_default);
            ConnectionAddr::Tcp(String::new(), REDIS_PORT)
                .into_connection_info()
                .map(|info| Template(Server { info: settled(info.set_redis_settings(redis)), tls }))
        };
        let unusable = |error: redis::RedisError| refuse(error.detail().unwrap_or("it is not"));
        if !self.sentinel {
            if !self.path.trim_matches('/').is_empty() && self.path != "0" {
                return Err(refuse("it names a database, and a cluster has only one"));
            }
            let template = template(redis).map_err(unusable)?;
            return Ok((Site::Cluster { seeds: hosts, slot: 0, template }, replicas));
        }
        // No master's name has one: Sentinel takes letters, digits and . - _.
        if self.path.contains('@') {
            return Err(refuse(
                "there is an @ behind its hosts: user and password stand before them, \
                 percent-encoded",
            ));
        }
        let (master, path_db) = self.path.split_once('/').unwrap_or((self.path, ""));
        let master = decode(master).filter(|master| !master.is_empty());
        let master = master.ok_or_else(|| refuse("it does not name the master behind a /"))?;
        let db = match db.unwrap_or(path_db) {
            "" => 0,
            db => db.parse::<u32>().map_err(|_| {
                refuse(&format!("it must name its database by a number, not by {:?}", shown(db)))
            })?,
        };
        let template = template(redis.set_db(i64::from(db))).map_err(unusable)?;
        Ok((Site::Sentinels { sentinels: hosts, master, login, template }, replicas))
    }
}

/// A part of a URL as messages may repeat it: with an @ in it, it may hold a password that somebody
/// put in the wrong place.
fn shown(part: &str) -> &str {
    if part.contains('@') { "***" } else { part }
}

/// Add user and password, percent-encoded, where they are not empty.
fn log_in(
    mut info: RedisConnectionInfo,
    user: &str,
    password: &str,
) -> Option<RedisConnectionInfo> {
    if !user.is_empty() {
        info = info.set_username(decode(user)?);
    }
    if !password.is_empty() {
        info = info.set_password(decode(password)?);
    }
    Some(info)
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn read(url: &str) -> Result<Config> {
        Config::new("store", url, SECOND, SECOND)
    }

    #[test]
    fn the_address_leaves_out_user_and_password() {
        let address = |url| read(url).unwrap().address();
        assert_eq!(address("redis://kim:secret@10.0.0.1:7000/3"), "10.0.0.1:7000");
        assert_eq!(
            address("redis+sentinel://kim:secret@a,b:7/main?sentinelPassword=hidden"),
            "\"main\" (by the sentinels a:26379, b:7)"
        );
        assert_eq!(address("redis+cluster://:secret@a,[::1]:7"), "the cluster of a:6379, [::1]:7");
    }

    #[test]
    fn a_bad_url_is_refused_without_repeating_it() {
        for (url, says) in [
            ("http://kim:secret@host", "scheme"),
            ("redis+sentinel://kim:secret@a,b", "name the master"),
            ("redis+sentinel://kim:secret@a,b/", "name the master"),
            ("redis+sentinel://kim:secret@a,,b/m", "a host"),
            ("redis+sentinel:///m", "a host"),
            ("redis+sentinel://kim:secret@a:x/m", "a host"),
            ("redis+sentinel://kim:secret@a/m/x", "database"),
            ("redis+sentinel://kim:secret@a/m?replica=1", "\"replica\""),
            ("redis+sentinel://kim:secret@a/m?replicas=-1", "replicas"),
            ("redis+cluster://", "a host"),
            ("redis+cluster://kim:secret@a/1", "database"),
            ("redis+cluster://kim:secret@a?db=1", "\"db\""),
            ("redis+cluster://kim:%ffsecret@a", "percent"),
            ("redis+sentinel://a/kim:secret@m", "before them"),
            ("redis+sentinel://a/m/kim:secret@b", "before them"),
            ("redis+sentinel://a/m?db=kim:secret@b", "\"***\""),
            ("redis+sentinel://a/m?kim:secret@b", "\"***\""),
            ("redis+cluster://a?replicas=kim:secret@b", "\"***\""),
            ("redis+sentinel:///kim:secret@a/m", "a host"),
            ("redis:kim:secret@a", "such as"),
            ("redis:/kim:secret@a", "such as"),
            ("redis:///kim:secret@a/0", "such as"),
        ] {
            let error = read(url).unwrap_err();
            assert_eq!(error.code(), "ERR_INVALID_ARG");
            assert!(error.to_string().contains(says), "{url}: {error}");
            assert!(!error.to_string().contains("secret"), "{url}: {error}");
        }
    }

    #[test]
    fn a_sentinel_url_tells_two_logins_apart() {
        let config = read(
            "rediss+sentinel://kim:p%40ss@a,b/my%20main/3?sentinelUser=s&sentinelPassword=t&replicas=2",
        );
        let config = config.unwrap();
        let Site::Sentinels { master, login, template, .. } = &config.site else { panic!() };
        let at = template.at(&Address { host: "c".to_owned(), port: 7 });
        assert_eq!((master.as_str(), config.replicas), ("my main", 2));
        assert_eq!((login.username(), login.password()), (Some("s"), Some("t")));
        let redis = at.info.redis_settings();
        assert_eq!(
            (redis.username(), redis.password(), redis.db()),
            (Some("kim"), Some("p@ss"), 3)
        );
        assert!(at.tls.is_some());
        assert!(matches!(at.info.addr(), ConnectionAddr::Tcp(host, 7) if host == "c"));
    }

    #[test]
    fn a_cluster_is_asked_for_the_slot_of_the_keys() {
        let config = read("redis+cluster://a").unwrap().for_key("{q}:ids");
        let Site::Cluster { slot, .. } = config.site else { panic!() };
        assert_eq!(slot, slot_of(b"q"));
    }
}
