//! What errors of Redis mean: which pass by themselves, and what the user hears of the others.

use redis::{ErrorKind, RedisError, ServerError, Value};

use crate::error::Error;

/// How errors tell of a login that does not hold.
pub const REFUSES: &str = "refuses user or password";

/// Troubles that pass without the caller's doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    ScriptsForgotten,
    /// The server cannot take it now: ask it again.
    Busy,
    /// The server is not, or not any more, the one to ask.
    Elsewhere,
}

/// Whether an error tells of such a trouble. `cluster`: redirections can be followed.
pub fn judge(code: &str, details: Option<&str>, cluster: bool) -> Option<Trouble> {
    match code {
        "NOSCRIPT" => Some(Trouble::ScriptsForgotten),
        // A slot on its way to another node: what is read and written in one step must not be
        // spread over two, so it waits until all is there.
        "ASK" if cluster => Some(Trouble::Busy),
        "MOVED" if cluster => Some(Trouble::Elsewhere),
        "TRYAGAIN" | "BUSY" | "NOREPLICAS" => Some(Trouble::Busy),
        "LOADING" | "READONLY" | "MASTERDOWN" | "CLUSTERDOWN" | "UNBLOCKED" => {
            Some(Trouble::Elsewhere)
        }
        // Before Redis 7 the error of a script tells its cause in its text.
        _ if details.is_some_and(|text| text.contains("-READONLY ")) => Some(Trouble::Elsewhere),
        _ => None,
    }
}

/// The first of some replies that tells of such a trouble.
pub fn passing(replies: &[Value], cluster: bool) -> Option<(Trouble, &ServerError)> {
    replies.iter().find_map(|reply| {
        let Value::ServerError(error) = reply else { return None };
        judge(error.code(), error.details(), cluster).map(|trouble| (trouble, error))
    })
}

/// What an error says, without what it says of a script of ours.
fn details(error: &ServerError) -> &str {
    let details = error.details().unwrap_or("no details");
    details.split_once(" script: ").map_or(details, |(details, _)| details)
}

/// The error for an answer of the server.
pub fn server_error(error: &ServerError) -> Error {
    let details = details(error);
    match error.code() {
        code if code == "MISCONF" || details.contains("-MISCONF ") => Error::StoreFull(
            "Redis refuses writes, it cannot save them (MISCONF): see its log, make room on its disk \
             or let its user write there"
                .to_owned(),
        ),
        "OOM" => Error::StoreFull(format!(
            "Redis refuses writes, its memory is full ({details}): raise maxmemory or remove jobs"
        )),
        // A script that hit the limit reports it in the text of its own error.
        _ if details.contains("OOM ") || details.contains("'maxmemory'") => Error::StoreFull(
            "Redis refuses writes, its memory is full: raise maxmemory or remove jobs".to_owned(),
        ),
        "NOAUTH" | "WRONGPASS" | "NOPERM" => Error::StoreUnavailable(format!(
            "Redis refuses access ({}): check user and password of the store's URL",
            error.code()
        )),
        code @ ("MOVED" | "ASK" | "CROSSSLOT") => Error::StoreUnavailable(format!(
            "this Redis is a node of a cluster ({code} {details}): give its nodes as \
             redis+cluster://HOST:PORT,HOST:PORT"
        )),
        // A server that starts or changes its part: connecting goes on until it is ready.
        code @ ("LOADING" | "READONLY" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" | "BUSY"
        | "NOREPLICAS") => Error::StoreUnavailable(format!("Redis answered {code}: {details}")),
        code => Error::Internal(format!("Redis answered {code}: {details}")),
    }
}

/// The error for what stays in the way of a call although it should pass.
pub fn lasting(error: &ServerError) -> Error {
    let details = details(error);
    match error.code() {
        "ASK" | "TRYAGAIN" => Error::StoreUnavailable(format!(
            "the queue's slot is on its way to another node of the cluster ({} {details})",
            error.code()
        )),
        code => Error::StoreUnavailable(format!("Redis answered {code}: {details}")),
    }
}

/// The error for a failure on the way to the server.
pub fn to_error(error: &RedisError) -> Error {
    match error.kind() {
        ErrorKind::AuthenticationFailed => {
            Error::StoreUnavailable(format!("Redis {REFUSES}: check the store's URL"))
        }
        ErrorKind::InvalidClientConfig => Error::InvalidArg {
            argument: "store".to_owned(),
            message: format!("store is no usable address: {}", error.detail().unwrap_or("unknown")),
        },
        _ if error.is_connection_refusal() => {
            Error::StoreUnavailable("connection refused".to_owned())
        }
        _ if error.is_timeout() => Error::StoreUnavailable("no answer in time".to_owned()),
        ErrorKind::Io => Error::StoreUnavailable(format!("connection lost ({error})")),
        _ => Error::StoreUnavailable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirections_are_followed_on_a_cluster_only() {
        assert_eq!(judge("MOVED", Some("1 a:1"), true), Some(Trouble::Elsewhere));
        assert_eq!(judge("MOVED", Some("1 a:1"), false), None);
        assert_eq!(judge("ASK", Some("1 a:1"), true), Some(Trouble::Busy));
        assert_eq!(judge("ASK", Some("1 a:1"), false), None);
    }

    #[test]
    fn a_replica_is_known_by_the_text_of_an_old_scripts_error() {
        let text = "Error running script (call to f_1): @user_script:6: -READONLY You can't write";
        assert_eq!(judge("ERR", Some(text), false), Some(Trouble::Elsewhere));
        assert_eq!(judge("ERR", Some("unknown command"), false), None);
    }
}
