//! Asking several servers the same: each knows, some may be gone, some may be behind.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use redis::{Pipeline, Value};
use tokio::time::{Instant, timeout, timeout_at};

use super::address::Address;
use super::config::Server;
use super::connect::open;
use super::distrust::MAYBE_PLAIN;
use super::trouble::to_error;
use crate::error::Result;

/// How long to wait for the others once one has answered: those that are there need no longer,
/// and those that are not would cost a time-out on every failover.
const GRACE: Duration = Duration::from_millis(150);

/// Ask all at once. Gives what could be read, and why the others were of no use.
pub async fn survey<T>(
    servers: Vec<(Address, Server)>,
    limit: Duration,
    question: &Pipeline,
    read: impl Fn(Vec<Value>, &Address) -> std::result::Result<T, String>,
) -> (Vec<T>, Vec<String>) {
    let ask = async |address: Address, server: Server| {
        let asked = timeout(limit, ask(&server, limit, question)).await;
        let encrypted = server.tls.is_some();
        match asked {
            Ok(Ok(answer)) => read(answer, &address),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) if encrypted => Err(format!("{address} did not answer in time: {MAYBE_PLAIN}")),
            Err(_) => Err(format!("{address} did not answer in time")),
        }
    };
    let mut asked: FuturesUnordered<_> =
        servers.into_iter().map(|(address, server)| ask(address, server)).collect();
    let (mut answers, mut failures) = (Vec::new(), Vec::new());
    let mut until = Instant::now() + limit;
    while let Ok(Some(answer)) = timeout_at(until, asked.next()).await {
        match answer {
            Ok(answer) => {
                if answers.is_empty() {
                    until = until.min(Instant::now() + GRACE);
                }
                answers.push(answer);
            }
            Err(failure) => failures.push(failure),
        }
    }
    (answers, failures)
}

async fn ask(server: &Server, limit: Duration, question: &Pipeline) -> Result<Vec<Value>> {
    let mut connection = open(server, limit).await?;
    let answer = connection.send_packed_commands(question, 0, question.len()).await;
    answer.map_err(|error| to_error(&error))
}
