//! Opening connections.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::select_ok;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, ConnectionAddr, ConnectionInfo, ErrorKind, RedisConnectionInfo,
    RedisError, RedisResult,
};
use socket2::{SockRef, Socket};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::config::Server;
use super::distrust::{MAYBE_PLAIN, MAYBE_TLS, explain};
use super::trouble::to_error;
use crate::error::{Error, Result};

/// Bytes gathered before a write: whole batches leave in one system call.
const WRITE_BUFFER: usize = 256 * 1024;

/// Told how many bytes have come, before anybody has made sense of them.
pub type Herald = Arc<dyn Fn(usize) + Send + Sync>;

/// A connection with one user: it ends where this is dropped, whatever is under way on it.
pub struct Dedicated {
    pub link: MultiplexedConnection,
    driver: Driver,
}

impl Dedicated {
    /// Drop it, and wait until nothing more is read from the stream or written to it.
    async fn end(self) {
        let Dedicated { link, mut driver } = self;
        drop(link);
        driver.0.abort();
        // It was told to end: that it did so is no news.
        let _ = (&mut driver.0).await;
    }
}

/// The task that reads and writes.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Open a connection without a time limit for its calls.
pub async fn open(server: &Server, limit: Duration) -> Result<MultiplexedConnection> {
    let opened = login(server, async |server: &Server| dial(server, limit).await).await;
    explained(server, opened)
}

/// Open a connection for subscriptions, without any time limit.
pub async fn open_pubsub(server: &Server) -> RedisResult<PubSub> {
    login(server, async |server: &Server| match encrypted(server).await? {
        Some(stream) => PubSub::new(server.info.redis_settings(), stream).await,
        None => redis::Client::open(server.info.clone())?.get_async_pubsub().await,
    })
    .await
}

/// As [`open`], with a herald. Over TLS there is none: the bytes there tell nothing yet.
pub async fn open_heralded(server: &Server, limit: Duration, herald: Herald) -> Result<Dedicated> {
    let opened = login(server, async |server: &Server| {
        let Server { info, .. } = server;
        let settings = info.tcp_settings();
        let herald = herald.clone();
        if let Some(stream) = encrypted(server).await? {
            return drive(info, limit, stream, silent()).await;
        }
        match info.addr() {
            ConnectionAddr::Tcp(host, port) => {
                drive(info, limit, connect_tcp(host, *port, settings).await?, herald).await
            }
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await?;
                drive(info, limit, stream, herald).await
            }
            _ => Err(unreachable()),
        }
    });
    explained(server, in_time(limit, opened).await)
}

/// Open a connection, say on it what is to be said, and let go of it: the socket stays open, and
/// whatever comes on it from then on is for its holder. `None` over TLS.
pub async fn open_and_leave<T>(
    server: &Server,
    limit: Duration,
    say: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T>,
) -> Result<Option<(Socket, T)>> {
    if server.tls.is_some() {
        return Ok(None);
    }
    let opened = login(server, async |Server { info, .. }: &Server| {
        let settings = info.tcp_settings();
        let (socket, connection) = match info.addr() {
            ConnectionAddr::Tcp(host, port) => {
                let stream = connect_tcp(host, *port, settings).await?;
                (SockRef::from(&stream).try_clone()?, drive(info, limit, stream, silent()).await?)
            }
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await?;
                (SockRef::from(&stream).try_clone()?, drive(info, limit, stream, silent()).await?)
            }
            _ => return Err(unreachable()),
        };
        Ok((socket, connection))
    });
    let (socket, mut connection) = explained(server, in_time(limit, opened).await)?;
    let told = timeout(limit, say(&mut connection.link)).await;
    connection.end().await;
    let address = server.info.addr();
    let late = |_| Error::StoreUnavailable(format!("Redis at {address} did not answer in time"));
    Ok(Some((socket, told.map_err(late)??)))
}

fn options(limit: Duration) -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(limit))
        .set_response_timeout(None)
        .set_write_backpressure_boundary(WRITE_BUFFER)
}

/// Make a connection, and where the server knows no such user, another one with the password alone:
/// before Redis 6 a user name meant nothing, and hosts gave one out that Kue never sent.
///
/// # Errors
/// That of the first, where none is let in.
async fn login<T>(
    server: &Server,
    make: impl AsyncFn(&Server) -> RedisResult<T>,
) -> RedisResult<T> {
    let refused = match make(server).await {
        Err(error) if error.kind() == ErrorKind::AuthenticationFailed => error,
        made => return made,
    };
    let named = server.info.redis_settings();
    let (Some(_), Some(password)) = (named.username(), named.password()) else {
        return Err(refused);
    };
    let nameless = RedisConnectionInfo::default()
        .set_password(password)
        .set_db(named.db())
        .set_protocol(named.protocol());
    let info = server.info.clone().set_redis_settings(nameless);
    make(&Server { info, tls: server.tls.clone() }).await.map_err(|_| refused)
}

async fn dial(server: &Server, limit: Duration) -> RedisResult<MultiplexedConnection> {
    if server.tls.is_none() {
        let opener = redis::Client::open(server.info.clone())?;
        return opener.get_multiplexed_async_connection_with_config(&options(limit)).await;
    }
    let opened = async {
        let Some(stream) = encrypted(server).await? else { return Err(unreachable()) };
        let login = server.info.redis_settings();
        MultiplexedConnection::new_with_config(login, stream, options(limit)).await
    };
    let (link, driver) = in_time(limit, opened).await?;
    // It ends with the last clone of the link.
    tokio::spawn(driver);
    Ok(link)
}

/// A stream to the server over TLS; `None` where it is talked to without.
async fn encrypted(server: &Server) -> RedisResult<Option<TlsStream<TcpStream>>> {
    let (Some(tls), ConnectionAddr::Tcp(host, port)) = (&server.tls, server.info.addr()) else {
        return Ok(None);
    };
    let stream = connect_tcp(host, *port, server.info.tcp_settings()).await?;
    let failed = |error: io::Error| match error.kind() {
        // Of TLS itself: one does not trust the other, or it is no TLS. Nothing was lost by that.
        io::ErrorKind::InvalidData | io::ErrorKind::Other => {
            RedisError::from((ErrorKind::Io, "TLS failed", explain(&error)))
        }
        _ => error.into(),
    };
    Ok(Some(tls.encrypt(host, stream).await.map_err(failed)?))
}

async fn in_time<T>(
    limit: Duration,
    opening: impl Future<Output = RedisResult<T>>,
) -> RedisResult<T> {
    let late = |_| RedisError::from(io::Error::from(io::ErrorKind::TimedOut));
    timeout(limit, opening).await.map_err(late)?
}

/// For an address of a kind that this platform has no connections to.
fn unreachable() -> RedisError {
    RedisError::from((ErrorKind::InvalidClientConfig, "no such connections on this platform"))
}

fn silent() -> Herald {
    Arc::new(|_| {})
}

fn explained<T>(server: &Server, opened: RedisResult<T>) -> Result<T> {
    opened.map_err(|error| match to_error(&error) {
        Error::StoreUnavailable(reason) => {
            let dropped = error.is_connection_dropped() && !error.is_connection_refusal();
            let hint = match &server.tls {
                // A server without TLS takes the handshake for the beginning of a command.
                Some(_) if error.is_timeout() => format!(": {MAYBE_PLAIN}"),
                None if dropped => format!(": {MAYBE_TLS}"),
                _ => String::new(),
            };
            let address = server.info.addr();
            Error::StoreUnavailable(format!("cannot connect to Redis at {address}: {reason}{hint}"))
        }
        other => other,
    })
}

/// To the first of the host's addresses that answers.
async fn connect_tcp(host: &str, port: u16, settings: &TcpSettings) -> io::Result<TcpStream> {
    let addresses = lookup_host((host, port)).await?;
    let attempts: Vec<_> = addresses.map(|address| Box::pin(TcpStream::connect(address))).collect();
    if attempts.is_empty() {
        return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, "the host has no address"));
    }
    let (stream, _) = select_ok(attempts).await?;
    stream.set_nodelay(settings.nodelay())?;
    let socket = SockRef::from(&stream);
    if let Some(keep_alive) = settings.keepalive() {
        socket.set_tcp_keepalive(keep_alive)?;
    }
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(settings.user_timeout())?;
    Ok(stream)
}

async fn drive<S>(
    info: &ConnectionInfo,
    limit: Duration,
    stream: S,
    herald: Herald,
) -> RedisResult<Dedicated>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = Heralded { stream, herald };
    let login = info.redis_settings();
    let (link, driver) =
        MultiplexedConnection::new_with_config(login, stream, options(limit)).await?;
    Ok(Dedicated { link, driver: Driver(tokio::spawn(driver)) })
}

/// A stream whose bytes are announced.
struct Heralded<S> {
    stream: S,
    herald: Herald,
}

impl<S: AsyncRead + Unpin> AsyncRead for Heralded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        (self.herald)(buffer.filled().len() - before);
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heralded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use redis::IntoConnectionInfo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::redis::on_a_runtime;

    /// As it is sent.
    const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

    fn server_at(url: &str) -> Server {
        Server { info: url.into_connection_info().unwrap(), tls: None }
    }

    /// Says OK to whatever is said to introduce a connection.
    async fn welcome(server: &TcpListener) -> TcpStream {
        let (mut stream, _) = server.accept().await.unwrap();
        let mut said = [0; 4096];
        let length = stream.read(&mut said).await.unwrap();
        let commands = said[..length].iter().filter(|byte| **byte == b'*').count();
        stream.write_all("+OK\r\n".repeat(commands).as_bytes()).await.unwrap();
        stream
    }

    #[test]
    fn bytes_are_announced_and_the_end_is_at_once() {
        on_a_runtime(async {
            let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("redis://{}", server.local_addr().unwrap());
            let server_at = server_at(&url);
            let heard = Arc::new(Mutex::new(Vec::new()));
            let herald = {
                let heard = heard.clone();
                Arc::new(move |bytes| heard.lock().unwrap().push(bytes))
            };
            let opening = open_heralded(&server_at, Duration::from_secs(5), herald);
            let (opened, mut stream) = tokio::join!(opening, welcome(&server));
            let opened = opened.unwrap();
            heard.lock().unwrap().clear();

            let mut link = opened.link.clone();
            let ping = redis::cmd("PING");
            let answer = async {
                stream.read_exact(&mut [0; PING.len()]).await.unwrap();
                stream.write_all(b"+PONG\r\n").await.unwrap();
            };
            let (pong, ()) = tokio::join!(link.send_packed_command(&ping), answer);
            assert_eq!(pong.unwrap(), redis::Value::SimpleString("PONG".to_owned()));
            assert_eq!(*heard.lock().unwrap(), [7]);

            // Also with a call under way, and a clone that is kept.
            let call = tokio::spawn(async move { link.send_packed_command(&ping).await });
            stream.read_exact(&mut [0; PING.len()]).await.unwrap();
            drop(opened);
            assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 0);
            assert!(call.await.unwrap().is_err());
        });
    }

    #[test]
    fn a_server_that_is_not_there_is_named() {
        on_a_runtime(async {
            let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = server.local_addr().unwrap().to_string();
            drop(server);
            let server_at = server_at(&format!("redis://{address}"));
            let opened = open_heralded(&server_at, Duration::from_secs(5), Arc::new(|_| {})).await;
            let error = opened.err().unwrap();
            assert_eq!(error.code(), "ERR_STORE_UNAVAILABLE");
            let text = error.to_string();
            assert!(text.starts_with(&format!("cannot connect to Redis at {address}: ")), "{text}");
        });
    }

    #[test]
    fn a_server_that_says_nothing_is_given_up() {
        on_a_runtime(async {
            let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("redis://{}", server.local_addr().unwrap());
            let server_at = server_at(&url);
            let opened =
                open_heralded(&server_at, Duration::from_millis(50), Arc::new(|_| {})).await;
            assert_eq!(opened.err().unwrap().code(), "ERR_STORE_UNAVAILABLE");
        });
    }
}
