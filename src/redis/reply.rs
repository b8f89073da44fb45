//! Taking replies apart without a panic, whatever the server sent.

use redis::Value;

use crate::error::{Error, Result};

/// The elements of an array reply.
pub fn array(value: Value) -> Result<Vec<Value>> {
    match value {
        Value::Array(items) | Value::Set(items) => Ok(items),
        Value::Nil => Ok(Vec::new()),
        other => Err(unexpected("an array", &other)),
    }
}

/// Text, or `None` for a nil. Bytes that are no UTF-8 are replaced: a poisoned field must not
/// stop a worker.
pub fn text(value: Value) -> Result<Option<String>> {
    match value {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => Ok(Some(
            String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        )),
        Value::SimpleString(text) => Ok(Some(text)),
        Value::Okay => Ok(Some("OK".to_owned())),
        Value::Int(number) => Ok(Some(number.to_string())),
        other => Err(unexpected("text", &other)),
    }
}

/// A whole number; a nil counts as 0.
pub fn integer(value: Value) -> Result<i64> {
    match value {
        Value::Int(number) => Ok(number),
        Value::Nil => Ok(0),
        other => {
            let text = text(other)?.unwrap_or_default();
            text.parse().map_err(|_| {
                Error::Internal(format!("Redis answered {text:?} where a number was due"))
            })
        }
    }
}

fn unexpected(due: &str, value: &Value) -> Error {
    let kind = match value {
        Value::ServerError(error) => return super::trouble::server_error(error),
        Value::Int(_) => "a number",
        Value::Array(_) => "an array",
        Value::BulkString(_) | Value::SimpleString(_) => "text",
        _ => "something else",
    };
    Error::Internal(format!("Redis answered {kind} where {due} was due"))
}
