//! A server's host and port.

use std::fmt;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

impl Address {
    /// Read `host`, `host:port`, `[v6]` or `[v6]:port`; `None` for anything else.
    pub fn read(text: &str, default_port: u16) -> Option<Self> {
        let (host, rest) = match text.strip_prefix('[') {
            Some(v6) => v6.split_once(']')?,
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match rest.strip_prefix(':') {
            Some(port) => port.parse().ok().filter(|port| *port > 0)?,
            None if rest.is_empty() => default_port,
            None => return None,
        };
        let odd = |c: char| c.is_whitespace() || c.is_control() || "@/?#[]%".contains(c);
        (!host.is_empty() && !host.contains(odd)).then(|| Address { host: host.to_owned(), port })
    }

    /// Read an address as Redis writes it, with the port behind the last colon, whatever the host.
    pub fn from_redis(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        Some(Address { host: host.to_owned(), port: port.parse().ok()? })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Address::read(text, 26379).map(|address| address.to_string())
    }

    #[test]
    fn a_port_may_be_left_out() {
        assert_eq!(read("a.example").as_deref(), Some("a.example:26379"));
        assert_eq!(read("10.0.0.1:7000").as_deref(), Some("10.0.0.1:7000"));
        assert_eq!(read("[::1]").as_deref(), Some("[::1]:26379"));
        assert_eq!(read("[::1]:7000").as_deref(), Some("[::1]:7000"));
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in ["", ":7000", "a:", "a:x", "a:0", "a:70000", "a b", "[::1", "[::1]7", "a@b"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn redis_writes_v6_without_brackets() {
        let address = Address::from_redis("::1:7000").unwrap();
        assert_eq!((address.host.as_str(), address.port), ("::1", 7000));
        assert_eq!(Address::from_redis("nonsense"), None);
    }
}
