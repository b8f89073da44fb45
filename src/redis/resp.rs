//! Replies as Redis sends them (RESP 2), turned into JSON while they arrive.
//!
//! What a server sends is read once, whatever the sizes of the pieces: a half-read array keeps its
//! place on a stack, so that a reply of a million elements costs no more in a thousand pieces than
//! in one.
//!
//! A reply becomes `[kind, value]`. In the value a nil is `null`, an array an array, a number a
//! number, text a string, an error `{"e": message}`. In replies of the kind [`BYTES`] each
//! character of a string is one byte (Latin-1), so that nothing is lost that is no UTF-8.

use std::borrow::Cow;
use std::io::Write;

/// A reply whose strings are text; bytes that are no UTF-8 were replaced.
const TEXT: u8 = b'0';
/// A reply whose strings hold one byte per character.
const BYTES: u8 = b'1';

/// The longest reply, as JSON: a string of V8 holds little more.
const LONGEST: usize = 480 * 1024 * 1024;
/// How deep arrays may nest; no command comes near.
const DEEPEST: usize = 512;

/// How replies shall look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape {
    /// Keep bytes: replies are of the kind [`BYTES`].
    pub bytes: bool,
    /// Numbers become strings (as `{"n": digits}` among bytes), so that none is rounded.
    pub string_numbers: bool,
}

/// The state between two pieces.
#[derive(Default)]
pub struct Parser {
    /// How the reply in hand looks.
    shape: Shape,
    /// How the next one shall look.
    wanted: Shape,
    /// What could not be read yet.
    pending: Vec<u8>,
    /// How long `pending` must be before another try makes sense.
    needed: usize,
    /// Elements still to come, for each array that is open.
    open: Vec<u64>,
    /// The reply in hand.
    reply: Vec<u8>,
}

/// What no server of this protocol sends; nothing after it can be read.
#[derive(Debug, PartialEq)]
pub struct Garbled(pub String);

enum Token {
    /// It ends at this offset.
    Read(usize),
    /// It takes at least this many bytes.
    Short(usize),
}

impl Parser {
    pub fn new(shape: Shape) -> Self {
        Parser { wanted: shape, ..Parser::default() }
    }

    /// Let the replies that begin from now on look otherwise.
    pub fn reshape(&mut self, shape: Shape) {
        self.wanted = shape;
    }

    /// Read a piece, and append each reply that is complete now to `out`, with commas between.
    ///
    /// # Errors
    /// [`Garbled`] where the bytes are no reply; the parser is of no more use then.
    pub fn feed(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), Garbled> {
        if self.pending.is_empty() {
            let read = self.read(piece, out)?;
            self.pending.extend_from_slice(&piece[read..]);
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.pending);
        bytes.extend_from_slice(piece);
        if bytes.len() >= self.needed {
            let read = self.read(&bytes, out)?;
            bytes.drain(..read);
        }
        self.pending = bytes;
        Ok(())
    }

    /// Read all tokens that are complete; answers where the first incomplete one starts.
    fn read(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<usize, Garbled> {
        let mut at = 0;
        while at < bytes.len() {
            if self.open.is_empty() {
                self.shape = self.wanted;
                self.reply.clear();
                let kind = if self.shape.bytes { BYTES } else { TEXT };
                self.reply.extend_from_slice(&[b'[', kind, b',']);
            }
            match self.token(&bytes[at..], out)? {
                Token::Read(length) => at += length,
                Token::Short(needed) => {
                    self.needed = needed;
                    break;
                }
            }
        }
        Ok(at)
    }

    fn token(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<Token, Garbled> {
        // At once: what is no reply may never end its line.
        if !b"+-:$*".contains(&bytes[0]) {
            return Err(Garbled(format!(
                "Protocol error, got {:?} as reply type byte",
                char::from(bytes[0]).to_string()
            )));
        }
        let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") else {
            return Ok(Token::Short(bytes.len() + 1));
        };
        let line = &bytes[1..end];
        let next = end + 2;
        match bytes[0] {
            b'+' => self.text(line),
            b'-' => {
                self.reply.extend_from_slice(b"{\"e\":");
                write_text(&mut self.reply, &String::from_utf8_lossy(line));
                self.reply.push(b'}');
            }
            b':' => self.number(line)?,
            b'$' => match length(line)? {
                None => self.reply.extend_from_slice(b"null"),
                Some(length) if self.reply.len() + length > LONGEST => {
                    return Err(too_long());
                }
                Some(length) => {
                    let end = next + length;
                    if bytes.len() < end + 2 {
                        return Ok(Token::Short(end + 2));
                    }
                    self.text(&bytes[next..end]);
                    self.complete(out)?;
                    return Ok(Token::Read(end + 2));
                }
            },
            _ => match length(line)? {
                None => self.reply.extend_from_slice(b"null"),
                Some(0) => self.reply.extend_from_slice(b"[]"),
                Some(_) if self.open.len() == DEEPEST => {
                    return Err(Garbled("Protocol error, arrays nest too deep".to_owned()));
                }
                Some(length) => {
                    self.reply.push(b'[');
                    self.open.push(length as u64);
                    return Ok(Token::Read(next));
                }
            },
        }
        self.complete(out)?;
        Ok(Token::Read(next))
    }

    fn text(&mut self, bytes: &[u8]) {
        if self.shape.bytes {
            let text: String = bytes.iter().copied().map(char::from).collect();
            write_text(&mut self.reply, &text);
        } else {
            let text: Cow<'_, str> = String::from_utf8_lossy(bytes);
            write_text(&mut self.reply, &text);
        }
    }

    fn number(&mut self, line: &[u8]) -> Result<(), Garbled> {
        let number = parse_number(line)?;
        // Writing to a Vec cannot fail.
        let _ = match (self.shape.string_numbers, self.shape.bytes) {
            (false, _) => write!(self.reply, "{number}"),
            (true, false) => write!(self.reply, "\"{number}\""),
            (true, true) => write!(self.reply, "{{\"n\":\"{number}\"}}"),
        };
        Ok(())
    }

    /// A value is there: close the arrays that it fills, and hand over the reply if that was all.
    fn complete(&mut self, out: &mut Vec<u8>) -> Result<(), Garbled> {
        if self.reply.len() > LONGEST {
            return Err(too_long());
        }
        while let Some(left) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                self.reply.push(b',');
                return Ok(());
            }
            self.reply.push(b']');
            self.open.pop();
        }
        self.reply.push(b']');
        if !out.is_empty() {
            out.push(b',');
        }
        out.append(&mut self.reply);
        Ok(())
    }
}

fn too_long() -> Garbled {
    Garbled("a reply is longer than JavaScript can hold".to_owned())
}

fn write_text(reply: &mut Vec<u8>, text: &str) {
    // Neither can writing to a Vec fail nor is there a text that JSON cannot hold.
    let _ = serde_json::to_writer(reply, text);
}

fn parse_number(line: &[u8]) -> Result<i64, Garbled> {
    std::str::from_utf8(line).ok().and_then(|text| text.parse().ok()).ok_or_else(|| {
        Garbled(format!(
            "Protocol error, got {:?} where a number was due",
            String::from_utf8_lossy(line)
        ))
    })
}

/// The length of a string or array; `None` stands for a nil.
fn length(line: &[u8]) -> Result<Option<usize>, Garbled> {
    Ok(usize::try_from(parse_number(line)?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(shape: Shape, bytes: &[u8], piece: usize) -> String {
        let mut parser = Parser::new(shape);
        let mut out = Vec::new();
        for piece in bytes.chunks(piece) {
            parser.feed(piece, &mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    const EACH_KIND: &[u8] = b"+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n$0\r\n\r\n$4\r\na\"\r\n\r\n*-1\r\n*0\r\n*2\r\n*2\r\n:1\r\n$1\r\nx\r\n-WRONGTYPE y\r\n";

    #[test]
    fn replies_are_the_same_in_pieces_of_any_size() {
        let whole = concat!(
            r#"[0,"OK"],[0,{"e":"ERR no"}],[0,-7],[0,null],[0,""],[0,"a\"\r\n"],[0,null],[0,[]],"#,
            r#"[0,[[1,"x"],{"e":"WRONGTYPE y"}]]"#
        );
        for piece in 1..=EACH_KIND.len() {
            assert_eq!(parse(Shape::default(), EACH_KIND, piece), whole, "pieces of {piece}");
        }
    }

    #[test]
    fn bytes_keep_what_is_no_utf8_and_text_replaces_it() {
        let bytes = b"$3\r\n\xffa\x01\r\n";
        assert_eq!(parse(Shape::default(), bytes, 4), "[0,\"\u{fffd}a\\u0001\"]");
        let shape = Shape { bytes: true, string_numbers: false };
        assert_eq!(parse(shape, bytes, 4), "[1,\"\u{ff}a\\u0001\"]");
    }

    #[test]
    fn numbers_can_be_strings() {
        let line = b":9223372036854775807\r\n";
        let text = Shape { bytes: false, string_numbers: true };
        assert_eq!(parse(text, line, 5), "[0,\"9223372036854775807\"]");
        let bytes = Shape { bytes: true, string_numbers: true };
        assert_eq!(parse(bytes, line, 5), "[1,{\"n\":\"9223372036854775807\"}]");
    }

    #[test]
    fn what_is_no_reply_is_an_error_and_no_panic() {
        for bytes in [&b"HTTP/1.1 400\r\n"[..], b":12x\r\n", b"$x\r\n", b"\r\n", b"?"] {
            let mut parser = Parser::default();
            assert!(parser.feed(bytes, &mut Vec::new()).is_err());
        }
    }
}
