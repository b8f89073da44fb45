//! What errors of Redis mean: which pass by themselves, and what the user hears of the others.

use redis::{ErrorKind, RedisError, ServerError, Value};

use super::distrust::explain_later;
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
        _ if details
            .is_some_and(|text| text.contains("-READONLY ") || text.contains("-MASTERDOWN ")) =>
        {
            Some(Trouble::Elsewhere)
        }
        _ if details.is_some_and(|text| text.contains("-NOREPLICAS ")) => Some(Trouble::Busy),
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

/// What an error says, without what it says of a script of ours, and without the arguments of a call
/// that the server does not know: they hold jobs, or the scripts themselves.
fn details(error: &ServerError) -> &str {
    told(error.details())
}

fn told(details: Option<&str>) -> &str {
    let details = details.unwrap_or("no details");
    let details =
        details.split_once(", with args beginning with").map_or(details, |(name, _)| name);
    // An error may speak of a script before: what is cut off begins with the script's hash.
    match details.rsplit_once(" script: ") {
        Some((said, script)) if is_hash(script.as_bytes()) => said.trim_end_matches(','),
        _ => details,
    }
}

fn is_hash(text: &[u8]) -> bool {
    text.get(..40).is_some_and(|hash| hash.iter().all(u8::is_ascii_hexdigit))
}

/// The error for an answer of the server.
pub fn server_error(error: &ServerError) -> Error {
    answer(error.code(), details(error))
}

fn answer(code: &str, details: &str) -> Error {
    let unavailable = |reason: String| Error::StoreUnavailable(reason);
    match code {
        _ if code == "MISCONF" || details.contains("-MISCONF ") => Error::StoreFull(
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
        "NOAUTH" | "WRONGPASS" => unavailable(format!(
            "Redis refuses access ({code}): check user and password of the store's URL"
        )),
        _ if code == "NOPERM" || lacks_right(details) => unavailable(format!(
            "the user of the store's URL has not all the rights that are needed (Redis answered \
             {code}: {details}): ACL LOG on the server names the last one that was missing, and \
             docs/redis.md lists all"
        )),
        "MOVED" | "ASK" | "CROSSSLOT" => unavailable(format!(
            "this Redis is a node of a cluster ({code} {details}): give its nodes as \
             redis+cluster://HOST:PORT,HOST:PORT"
        )),
        // A server that starts or changes its part: connecting goes on until it is ready.
        "LOADING" | "READONLY" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" | "BUSY"
        | "NOREPLICAS" => unavailable(format!("Redis answered {code}: {details}")),
        _ if lacks_command(details) => unavailable(format!(
            "Redis does not know a command that a queue needs (it answered {code}: {details}): its \
             settings may rename or disable it (rename-command), or it is too old, or no Redis"
        )),
        _ if is_foreign(code, details) => Error::StoreRefused(format!(
            "a key of the queue holds something else than the queue wrote (Redis answered {code}: \
             {details}): does another program use the same prefix and database?"
        )),
        _ if details.contains("invalid bulk length") => Error::TooLarge(
            "Redis takes no text as large as this: raise proto-max-bulk-len, or keep it elsewhere and \
             store where it is"
                .to_owned(),
        ),
        "ERR" if details.contains("max number of clients") => unavailable(format!(
            "Redis takes no more connections ({details}): raise maxclients or close some"
        )),
        _ => Error::Internal(format!("Redis answered {code}: {details}")),
    }
}

/// Whether a script was not allowed what it did: the code is not NOPERM then.
fn lacks_right(details: &str) -> bool {
    details.contains("ACL failure in script") || details.contains("user executing the script can't")
}

fn lacks_command(details: &str) -> bool {
    ["unknown command", "unknown subcommand", "Unknown subcommand", "Unknown Redis command"]
        .iter()
        .any(|says| details.contains(says))
}

/// Whether an error tells of a key whose value is of another kind. Before Redis 7 the error of a script
/// tells its cause in its text.
fn is_foreign(code: &str, details: &str) -> bool {
    let says = ["WRONGTYPE ", "value is not an integer", "value is not a valid float"];
    code == "WRONGTYPE" || says.iter().any(|says| details.contains(says))
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
        ErrorKind::Io => Error::StoreUnavailable(match error.detail() {
            // Of a handshake, see `connect.rs`.
            Some(reason) => reason.to_owned(),
            None => {
                let lost = error.to_string();
                explain_later(&lost).unwrap_or_else(|| format!("connection lost ({lost})"))
            }
        }),
        _ => match error.code() {
            Some(code) => match answer(code, told(error.detail())) {
                // Not of a script: what the server says of a plain call is the server's trouble.
                Error::Internal(reason) => Error::StoreUnavailable(reason),
                other => other,
            },
            None => Error::StoreUnavailable(error.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_repeats_no_arguments_and_nothing_of_a_script() {
        let hash = "a".repeat(40);
        for (said, kept) in [
            (
                "unknown command 'SCRIPT', with args beginning with: 'LOAD' 'local x' ",
                "unknown command 'SCRIPT'",
            ),
            (&*format!("Wrong kind script: {hash}, on @user_script:5."), "Wrong kind"),
            (
                &*format!(
                    "ACL failure in script: User m may not script: {hash}, on @user_script:5."
                ),
                "ACL failure in script: User m may not",
            ),
            ("ACL failure in script: User m may not", "ACL failure in script: User m may not"),
        ] {
            assert_eq!(told(Some(said)), kept);
        }
    }

    #[test]
    fn trouble_of_the_surroundings_is_no_defect() {
        for (code, details, says) in [
            ("NOPERM", "User m has no permissions to run the 'info' command", "'info'"),
            ("ERR", "ACL failure in script: User m has no permissions", "rights"),
            ("ERR", "The user executing the script can't run this command", "rights"),
            ("ERR", "unknown command 'SCRIPT'", "rename-command"),
            ("ERR", "Unknown Redis command called from script", "rename-command"),
            ("WRONGTYPE", "Operation against a key", "prefix"),
            ("ERR", "Error running script: @user_script:5: WRONGTYPE Operation", "prefix"),
            ("ERR", "value is not an integer or out of range", "prefix"),
            ("ERR", "max number of clients reached", "maxclients"),
        ] {
            let error = answer(code, details);
            assert_eq!(error.code(), "ERR_STORE_UNAVAILABLE", "{details}");
            assert!(error.to_string().contains(says), "{error}");
        }
        let defect = answer("ERR", "user_script:5: attempt to index a nil value");
        assert_eq!(defect.code(), "ERR_INTERNAL");
    }

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
