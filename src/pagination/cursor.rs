//! Cursors: a place in a query's rows that a client can keep but not read, make or bend.
//!
//! A cursor is `kind | direction | position | query | version | tag` in base64url, 42 bytes. The tag is
//! the first half of HMAC-SHA-256 (RFC 2104; the cut as RFC 2104 section 5 allows), compared in
//! constant time, and is checked before anything else is read. The position counts rows in the
//! query's order with deleted ones left in, which is why deletions move no cursor.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

const KIND: u8 = 1;
const BODY_BYTES: usize = 26;
const TAG_BYTES: usize = 16;
const ENCODED_CHARS: usize = 56;

/// Which way a cursor leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the rows from `position` on.
    Forward,
    /// To the rows before `position`.
    Backward,
}

/// A place between two rows, and which way to go from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub direction: Direction,
    pub position: u64,
}

/// What cursors are bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    pub query: [u8; 8],
    pub version: [u8; 8],
}

impl Binding {
    /// Bind to a query, in any form that is the same for the same query, and a version.
    pub fn new(query: &str, version: &str) -> Binding {
        Binding { query: short_digest(query), version: short_digest(version) }
    }
}

fn short_digest(text: &str) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let mut short = [0; 8];
    short.copy_from_slice(&digest[..8]);
    short
}

/// Makes and reads cursors under one secret.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// Sign under `secret`, or under one that this process makes up once.
    ///
    /// # Errors
    /// `ERR_INTERNAL` where the system has no randomness.
    pub fn new(secret: Option<&[u8]>) -> Result<Signer> {
        let key = match secret {
            Some(secret) => secret,
            None => process_secret()?,
        };
        Hmac::new_from_slice(key)
            .map(Signer)
            .map_err(|_| Error::Internal("The cursor secret cannot be used".into()))
    }

    pub fn encode(&self, cursor: Cursor, binding: &Binding) -> String {
        let mut bytes = Vec::with_capacity(BODY_BYTES + TAG_BYTES);
        bytes.push(KIND);
        bytes.push(u8::from(cursor.direction == Direction::Backward));
        bytes.extend(cursor.position.to_be_bytes());
        bytes.extend(binding.query);
        bytes.extend(binding.version);
        let tag = self.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend(&tag[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// # Errors
    /// `ERR_INVALID_CURSOR` for one that is not of this secret or not of this query,
    /// `ERR_STALE_CURSOR` for one of another version.
    pub fn decode(&self, text: &str, binding: &Binding) -> Result<Cursor> {
        if text.len() != ENCODED_CHARS {
            return Err(forged());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| forged())?;
        let (body, tag) = bytes.split_at_checked(BODY_BYTES).ok_or_else(forged)?;
        self.0.clone().chain_update(body).verify_truncated_left(tag).map_err(|_| forged())?;
        let body: &[u8; BODY_BYTES] = body.try_into().map_err(|_| forged())?;
        let [kind, direction, rest @ ..] = body;
        let (position, bound) = rest.split_first_chunk::<8>().ok_or_else(forged)?;
        if *kind != KIND || *direction > 1 {
            return Err(forged());
        }
        if bound[..8] != binding.query {
            return Err(Error::InvalidCursor {
                reason: "query",
                message: "The cursor is of another query; a cursor goes with the filter and sort \
                          that it was made for"
                    .into(),
            });
        }
        if bound[8..] != binding.version {
            return Err(Error::StaleCursor);
        }
        let direction = if *direction == 1 { Direction::Backward } else { Direction::Forward };
        Ok(Cursor { direction, position: u64::from_be_bytes(*position) })
    }
}

fn forged() -> Error {
    Error::InvalidCursor {
        reason: "signature",
        message: "The cursor was not made here, or was made under another secret".into(),
    }
}

/// A secret for those who give none: good for as long as this process lives.
fn process_secret() -> Result<&'static [u8]> {
    static SECRET: OnceLock<[u8; 32]> = OnceLock::new();
    if let Some(secret) = SECRET.get() {
        return Ok(secret);
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|_| Error::Internal("The system gave no random bytes".into()))?;
    Ok(SECRET.get_or_init(|| secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURSOR: Cursor = Cursor { direction: Direction::Backward, position: 77 };

    #[test]
    fn a_cursor_is_read_as_it_was_made() -> Result<()> {
        let (signer, binding) = (Signer::new(None)?, Binding::new("q", "v"));
        let text = signer.encode(CURSOR, &binding);
        assert_eq!(text.len(), ENCODED_CHARS);
        assert_eq!(signer.decode(&text, &binding), Ok(CURSOR));
        Ok(())
    }

    #[test]
    fn no_bit_of_a_cursor_can_be_changed() -> Result<()> {
        let (signer, binding) = (Signer::new(None)?, Binding::new("q", "v"));
        let bytes = URL_SAFE_NO_PAD.decode(signer.encode(CURSOR, &binding)).unwrap_or_default();
        for bit in 0..bytes.len() * 8 {
            let mut bent = bytes.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            let error = signer.decode(&URL_SAFE_NO_PAD.encode(bent), &binding).err();
            assert_eq!(error.map(|e| e.code()), Some("ERR_INVALID_CURSOR"), "bit {bit}");
        }
        Ok(())
    }

    #[test]
    fn another_query_secret_or_version_is_told_apart() -> Result<()> {
        let (signer, binding) = (Signer::new(Some(b"one"))?, Binding::new("q", "v"));
        let text = signer.encode(CURSOR, &binding);
        let code = |signer: &Signer, binding: Binding| {
            signer.decode(&text, &binding).err().map(|e| e.code())
        };
        assert_eq!(code(&signer, Binding::new("p", "v")), Some("ERR_INVALID_CURSOR"));
        assert_eq!(code(&signer, Binding::new("q", "w")), Some("ERR_STALE_CURSOR"));
        assert_eq!(code(&Signer::new(Some(b"two"))?, binding), Some("ERR_INVALID_CURSOR"));
        Ok(())
    }
}
