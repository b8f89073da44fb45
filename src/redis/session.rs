//! One connection from its first attempt to its end, for a client that does the thinking: bytes
//! go out as they are given, replies and the turns of the connection's life come back as messages.
//!
//! Unlike [`super::Client`] it neither reconnects nor knows commands: transactions, subscriptions
//! and `MONITOR` belong to one connection, and so does the order of all replies on it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

use super::resp::{Garbled, Parser, Shape};
use super::stream::{self, Target};
use crate::bridge::Bridge;

// The kinds of messages beside replies (0 and 1, see `resp.rs`).
/// The connection stands.
const CONNECTED: u8 = 2;
/// It failed: what was tried, the system's error number or null, a text.
const FAILED: u8 = 3;
/// The server ended it.
const ENDED: u8 = 4;
/// It is gone; the last message.
const CLOSED: u8 = 5;
/// What the server sent is no reply of Redis.
const GARBLED: u8 = 6;

/// Bytes read at once.
const READ_BUFFER: usize = 64 * 1024;
/// Bytes of replies that may wait while JavaScript is busy; then reading pauses, and the server
/// notices. Together with the longest reply it stays below the longest string of V8.
const MOST_WAITING: usize = if cfg!(test) { 1024 * 1024 } else { 32 * 1024 * 1024 };
/// Between two looks whether JavaScript has taken what waits.
const PAUSE: Duration = Duration::from_millis(2);

/// What goes to a session.
pub enum Order {
    Write(Vec<u8>),
    /// From here on replies look like this.
    Shape(Shape),
}

/// How a session ended.
enum End {
    Failed(&'static str, io::Error),
    Garbled(Garbled),
    ByServer,
    /// The orders ended, and all was written.
    ByUs,
}

/// Serve a connection until it ends, the sender of the orders is dropped (then all that was
/// written before still leaves), or `abort` is notified.
pub async fn run(
    target: Target,
    shape: Shape,
    orders: UnboundedReceiver<Order>,
    abort: Arc<Notify>,
    bridge: Arc<Bridge>,
) {
    let end = tokio::select! {
        () = abort.notified() => End::ByUs,
        end = serve(&target, shape, orders, &bridge) => end,
    };
    match end {
        End::Failed(what, error) => bridge.push(&failed(what, &error)),
        End::Garbled(Garbled(text)) => bridge.push(&json!([GARBLED, text]).to_string()),
        End::ByServer => bridge.push(&format!("[{ENDED}]")),
        End::ByUs => {}
    }
    bridge.push(&format!("[{CLOSED}]"));
}

/// The messages for a session that a defect stopped.
pub fn broken() -> String {
    let text = "a defect in rekue stopped this connection";
    format!("{},[{CLOSED}]", json!([FAILED, "connect", null, text]))
}

fn failed(what: &str, error: &io::Error) -> String {
    json!([FAILED, what, error.raw_os_error(), error.to_string()]).to_string()
}

async fn serve(
    target: &Target,
    shape: Shape,
    orders: UnboundedReceiver<Order>,
    bridge: &Bridge,
) -> End {
    let stream = match stream::open(target).await {
        Ok(stream) => stream,
        Err(error) => return End::Failed("connect", error),
    };
    bridge.push(&format!("[{CONNECTED}]"));
    let (reader, writer) = tokio::io::split(stream);
    let reshape = std::cell::Cell::new(shape);
    tokio::select! {
        end = read(reader, &reshape, bridge) => end,
        end = write(writer, orders, &reshape) => end,
    }
}

async fn read<S: AsyncRead>(
    mut reader: ReadHalf<S>,
    shape: &std::cell::Cell<Shape>,
    bridge: &Bridge,
) -> End {
    let mut parser = Parser::new(shape.get());
    let mut piece = vec![0; READ_BUFFER];
    let mut replies = Vec::new();
    loop {
        let length = match reader.read(&mut piece).await {
            Ok(0) => return End::ByServer,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return End::ByServer,
            Err(error) => return End::Failed("read", error),
        };
        parser.reshape(shape.get());
        let fed = parser.feed(&piece[..length], &mut replies);
        if !replies.is_empty() {
            while bridge.waiting() > 0 && bridge.waiting() + replies.len() > MOST_WAITING {
                sleep(PAUSE).await;
            }
            // The parser writes text only; what this would replace cannot be there.
            bridge.push(&String::from_utf8_lossy(&replies));
            replies.clear();
        }
        if let Err(garbled) = fed {
            return End::Garbled(garbled);
        }
    }
}

async fn write<S: AsyncWrite>(
    mut writer: WriteHalf<S>,
    mut orders: UnboundedReceiver<Order>,
    shape: &std::cell::Cell<Shape>,
) -> End {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Shape(wanted) => shape.set(wanted),
            Order::Write(bytes) => {
                if let Err(error) = writer.write_all(&bytes).await {
                    return End::Failed("write", error);
                }
                if orders.is_empty()
                    && let Err(error) = writer.flush().await
                {
                    return End::Failed("write", error);
                }
            }
        }
    }
    // Politely; a server that is gone already is no trouble any more.
    let _ = writer.shutdown().await;
    End::ByUs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::on_a_runtime;
    use tokio::io::AsyncBufReadExt;
    use tokio::net::TcpListener;
    use tokio::sync::mpsc::unbounded_channel;

    fn target(port: u16) -> Target {
        let address = Some(std::net::IpAddr::from([127, 0, 0, 1]));
        Target { path: None, address, port, keep_alive: Some(0), tls: None }
    }

    #[test]
    fn what_was_written_before_the_end_still_leaves() {
        on_a_runtime(async {
            let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = server.local_addr().unwrap().port();
            let (orders, received) = unbounded_channel();
            orders.send(Order::Write(b"PING\r\n".to_vec())).ok().unwrap();
            drop(orders);
            let bridge = Arc::new(Bridge::new(Box::new(|| {})));
            let session =
                run(target(port), Shape::default(), received, Arc::default(), bridge.clone());
            let heard = async {
                let (stream, _) = server.accept().await.unwrap();
                let mut lines = tokio::io::BufReader::new(stream).lines();
                lines.next_line().await.unwrap()
            };
            let ((), heard) = tokio::join!(session, heard);
            assert_eq!(heard.as_deref(), Some("PING"));
            assert_eq!(bridge.take().as_deref(), Some("[[2],[5]]"));
        });
    }

    #[test]
    fn reading_pauses_while_nobody_takes_what_came() {
        on_a_runtime(async {
            let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = server.local_addr().unwrap().port();
            let (orders, received) = unbounded_channel();
            let bridge = Arc::new(Bridge::new(Box::new(|| {})));
            let session =
                run(target(port), Shape::default(), received, Arc::default(), bridge.clone());
            let reply = format!("$65536\r\n{}\r\n", "x".repeat(65536));
            let total = 2 * MOST_WAITING / reply.len();
            let flood = async {
                let (mut stream, _) = server.accept().await.unwrap();
                for _ in 0..total {
                    stream.write_all(reply.as_bytes()).await.unwrap();
                }
            };
            let take = async {
                let mut count = 0;
                while count < total {
                    // Until the session has as much as it may, or all.
                    let mut before = 0;
                    while bridge.waiting() > before {
                        before = bridge.waiting();
                        sleep(PAUSE * 10).await;
                    }
                    assert!(bridge.waiting() <= MOST_WAITING + 8);
                    let taken = bridge.take().unwrap_or_default();
                    count += taken.matches("[0,").count();
                    sleep(PAUSE).await;
                }
                drop(orders);
            };
            tokio::join!(session, flood, take);
        });
    }

    #[test]
    fn a_refused_connection_tells_its_number() {
        on_a_runtime(async {
            let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = server.local_addr().unwrap().port();
            drop(server);
            let (_orders, received) = unbounded_channel();
            let bridge = Arc::new(Bridge::new(Box::new(|| {})));
            run(target(port), Shape::default(), received, Arc::default(), bridge.clone()).await;
            let heard: serde_json::Value = serde_json::from_str(&bridge.take().unwrap()).unwrap();
            assert_eq!(heard[0][1], "connect");
            assert!(heard[0][2].is_i64());
            assert_eq!(heard[1], json!([CLOSED]));
        });
    }
}
