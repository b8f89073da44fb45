//! Opening a stream of bytes to a server: TCP, a unix socket, or TLS over TCP.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::distrust::explain;
use super::tls::{Secure, Tls};

/// Where to, and how.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// A unix socket; wins over address and port.
    pub path: Option<String>,
    /// Names are looked up before, in JavaScript, so that a failure is Node's own error.
    pub address: Option<IpAddr>,
    #[serde(default)]
    pub port: u16,
    /// ms of silence before the first probe; `None` probes never.
    pub keep_alive: Option<u64>,
    pub tls: Option<Tls>,
}

/// A stream to a server.
pub trait Stream: AsyncRead + AsyncWrite {}
impl<T: AsyncRead + AsyncWrite> Stream for T {}

/// Open a stream.
///
/// # Errors
/// That of the system where it is one (its number tells Node which), or a text.
pub async fn open(target: &Target) -> io::Result<Box<dyn Stream + Unpin>> {
    if let Some(path) = &target.path {
        #[cfg(unix)]
        return Ok(Box::new(tokio::net::UnixStream::connect(path).await?));
        #[cfg(not(unix))]
        return Err(io::Error::other(format!("no unix sockets here, so not {path:?}")));
    }
    let Some(address) = target.address else {
        return Err(io::Error::other("neither a path nor an address is given"));
    };
    let tcp = TcpStream::connect((address, target.port)).await?;
    // A batch is written at once; waiting for the acknowledgement of the one before only delays.
    tcp.set_nodelay(true)?;
    if let Some(ms) = target.keep_alive {
        let socket = SockRef::from(&tcp);
        socket.set_keepalive(true)?;
        if ms > 0 {
            socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_millis(ms)))?;
        }
    }
    let Some(tls) = &target.tls else { return Ok(Box::new(tcp)) };
    let secure = Secure::new(tls.clone()).map_err(io::Error::other)?;
    let encrypted = secure.encrypt(&address.to_string(), tcp).await;
    Ok(Box::new(encrypted.map_err(|error| match error.raw_os_error() {
        Some(_) => error,
        None => io::Error::other(explain(&error)),
    })?))
}
