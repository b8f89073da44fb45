//! The connection before this one, and how to be sure that it says no more.
//!
//! What a client sent on a connection that it gave up may still be on its way: in a network that
//! stalls, or in a server that was paused. If it took effect after the same call was sent again,
//! the call would take effect twice, whatever was checked in between. So before a new connection is
//! used, the server is told to end the old one.

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, Value};

use super::reply;

/// A connection as the server knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The run of the server, which differs after each start.
    run: String,
    id: i64,
}

impl Identity {
    /// The command that ends the connection.
    pub fn kill(&self) -> Cmd {
        kill(self.id)
    }
}

fn kill(id: i64) -> Cmd {
    let mut command = redis::cmd("CLIENT");
    command.arg("KILL").arg("ID").arg(id);
    command
}

/// Whether the server lets this user end connections.
pub async fn may_end(connection: &mut MultiplexedConnection) -> bool {
    // No connection is called that.
    matches!(connection.send_packed_command(&kill(i64::MAX)).await, Ok(Value::Int(_)))
}

/// The commands that ask for it; they go with others.
pub fn ask(pipeline: &mut Pipeline) {
    pipeline.cmd("CLIENT").arg("ID");
    pipeline.cmd("INFO").arg("server");
}

/// How many replies they have.
pub const ANSWERS: usize = 2;

/// Read the replies. `None` where the server does not tell (an ACL may forbid it): then a late call
/// cannot be kept out.
pub fn read(values: Vec<Value>) -> Option<Identity> {
    let mut values = values.into_iter();
    let id = reply::integer(values.next()?).ok().filter(|id| *id > 0)?;
    let info = reply::text(values.next()?).ok()??;
    let run = info.lines().find_map(|line| line.strip_prefix("run_id:"))?;
    Some(Identity { run: run.to_owned(), id })
}

/// Whether both are connections to one run of one server.
pub fn same_run(one: Option<&Identity>, other: Option<&Identity>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.run == other.run)
}

/// End `old`, if it was a connection to the server of `new`. After a failover it was not, and its
/// number may be a stranger's.
pub async fn end(
    old: &Identity,
    new: &Identity,
    connection: &mut MultiplexedConnection,
) -> redis::RedisResult<()> {
    if old.run != new.run || old.id == new.id {
        return Ok(());
    }
    match connection.send_packed_command(&old.kill()).await {
        // Forbidden: as above.
        Err(error) if !error.is_io_error() => Ok(()),
        answer => answer.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn a_connection_is_known_by_its_number_and_the_servers_run() {
        let told = read(vec![Value::Int(7), bulk("# Server\r\nrun_id:abc\r\nport:1\r\n")]);
        assert_eq!(told, Some(Identity { run: "abc".to_owned(), id: 7 }));
    }

    #[test]
    fn a_server_that_does_not_tell_is_no_failure() {
        assert_eq!(read(vec![Value::Int(7), bulk("# Server\r\n")]), None);
        assert_eq!(read(Vec::new()), None);
    }
}
