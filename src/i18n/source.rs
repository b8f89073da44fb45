//! The text of a catalog, cut into pieces that a parser can be trusted with.
//!
//! fluent-syntax is recursive, and compares every named argument with all before it: on text of
//! an enemy's choice it would overflow the stack or work for hours. A line that begins with
//! `id =` starts a message wherever it stands (inside a placeable it would be an error, and text
//! that goes on is indented), so each message is a piece of its own, and its size is bounded.

use std::ops::Range;

use fluent_syntax::ast::Resource;
use fluent_syntax::parser;

use super::indent;

/// The most bytes of one message: a long legal text has a tenth of it.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// The most characters of a message that open something (`{`, `(`) or name an argument (`:`).
pub const MAX_MESSAGE_MARKS: usize = 1000;
/// The stack of a thread that parses: what `MAX_MESSAGE_MARKS` nested placeables take in a build
/// without optimisation, twice.
pub const PARSER_STACK_BYTES: usize = 32 * 1024 * 1024;

/// What is wrong at a place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    pub message: String,
}

/// A catalog's text with the line feeds of Unix and without a byte order mark.
#[derive(Debug)]
pub struct Source {
    text: String,
    /// Where each line starts.
    lines: Vec<usize>,
}

impl Source {
    pub fn new(text: String) -> Self {
        let mut text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        if text.contains("\r\n") {
            text = text.replace("\r\n", "\n");
        }
        let lines = std::iter::once(0)
            .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1))
            .collect();
        Source { text, lines }
    }

    /// The text that [`Source::pieces`] cuts and offsets count in.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of an offset, both from 1; the column counts characters.
    pub fn place(&self, offset: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        (line as u32, before.chars().count() as u32 + 1)
    }

    /// A mistake at an offset.
    pub fn mistake(&self, offset: usize, message: impl Into<String>) -> Mistake {
        let (line, column) = self.place(offset);
        Mistake { line, column, message: message.into() }
    }

    /// Each message with what follows it up to the next; what stands before the first comes first.
    pub fn pieces(&self) -> impl Iterator<Item = Range<usize>> {
        let mut starts =
            self.lines.iter().copied().filter(|at| self.starts_message(*at)).peekable();
        let head = 0..starts.peek().copied().unwrap_or(self.text.len());
        let tail = std::iter::from_fn(move || {
            let start = starts.next()?;
            Some(start..starts.peek().copied().unwrap_or(self.text.len()))
        });
        std::iter::once(head).chain(tail).filter(|piece| !piece.is_empty())
    }

    /// Whether `id =` or `-id =` stands at a line's start.
    fn starts_message(&self, at: usize) -> bool {
        let line = self.text.as_bytes().get(at..).unwrap_or_default();
        let line = line.strip_prefix(b"-").unwrap_or(line);
        let named = line
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')))
            .unwrap_or(line.len());
        line.first().is_some_and(u8::is_ascii_alphabetic)
            && line[named..].iter().find(|byte| **byte != b' ') == Some(&b'=')
    }

    /// Parse one piece; mistakes come with their place in the whole.
    pub fn parse(&self, piece: Range<usize>, mistakes: &mut Vec<Mistake>) -> Resource<&str> {
        let start = piece.start;
        let text = self.text.get(piece).unwrap_or_default();
        if let Some(reason) = unbearable(text) {
            mistakes.push(self.mistake(start, reason));
            return Resource { body: Vec::new() };
        }
        let mut resource = parser::parse_runtime(text).unwrap_or_else(|(resource, errors)| {
            mistakes.extend(errors.into_iter().map(|error| {
                let offset = floor_char_boundary(text, error.pos.start);
                self.mistake(start + offset, error.kind.to_string())
            }));
            resource
        });
        indent::restore(text, &mut resource);
        resource
    }
}

/// Why a piece must not be parsed, if so.
fn unbearable(text: &str) -> Option<String> {
    if text.len() > MAX_MESSAGE_BYTES {
        return Some(format!("A message is larger than {MAX_MESSAGE_BYTES} bytes"));
    }
    let marks = memchr::memchr3_iter(b'{', b'(', b':', text.as_bytes()).count();
    (marks > MAX_MESSAGE_MARKS).then(|| {
        format!("A message holds more than {MAX_MESSAGE_MARKS} of the characters {{, ( and :")
    })
}

/// The parser counts bytes, and may point into a character.
fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        let source = Source::new(text.to_owned());
        source.pieces().map(|piece| source.text()[piece].to_owned()).collect()
    }

    #[test]
    fn a_piece_is_a_message_with_what_follows_it() {
        assert_eq!(
            pieces(
                "# comment\nfirst = one\n  more\n    .attr = x\n\njunk\n-term  = { $a ->\n *[b] =\n}\n"
            ),
            [
                "# comment\n",
                "first = one\n  more\n    .attr = x\n\njunk\n",
                "-term  = { $a ->\n *[b] =\n}\n"
            ]
        );
        assert_eq!(pieces(""), Vec::<String>::new());
        assert_eq!(pieces("1a = b\n-= c\n= d"), ["1a = b\n-= c\n= d"]);
    }

    #[test]
    fn mistakes_are_placed_in_the_whole_file() {
        let source = Source::new("\u{feff}a = b\r\n\r\nc = é { $x\r\nd = e\r\n".to_owned());
        let mut mistakes = Vec::new();
        let parsed: usize =
            source.pieces().map(|piece| source.parse(piece, &mut mistakes).body.len()).sum();
        assert_eq!(parsed, 3);
        assert_eq!(mistakes.len(), 1);
        assert_eq!((mistakes[0].line, mistakes[0].column), (4, 1));
    }

    #[test]
    fn a_message_of_an_enemy_is_refused_unparsed() {
        for text in [
            format!("deep = {}", "{".repeat(100_000)),
            format!("deep = {{ {}", "FOO(".repeat(100_000)),
            format!(
                "args = {{ F({}) }}",
                (0..40_000).map(|n| format!("a{n}:1,")).collect::<String>()
            ),
            format!("long = {}", "x".repeat(MAX_MESSAGE_BYTES)),
        ] {
            let source = Source::new(format!("before = x\n{text}\nafter = y\n"));
            let mut mistakes = Vec::new();
            let parsed: usize =
                source.pieces().map(|piece| source.parse(piece, &mut mistakes).body.len()).sum();
            assert_eq!((parsed, mistakes.len(), mistakes[0].line), (2, 1, 2));
        }
    }

    #[test]
    fn the_deepest_message_that_is_parsed_fits_the_stack() {
        let work = || {
            for (open, close) in [("{", "}"), ("FOO(", ")")] {
                let count = MAX_MESSAGE_MARKS - 1;
                let text = format!("a = {{{}$x{}}}\n", open.repeat(count), close.repeat(count));
                let source = Source::new(text);
                let mut mistakes = Vec::new();
                for piece in source.pieces() {
                    assert_eq!(source.parse(piece, &mut mistakes).body.len(), 1);
                }
                assert_eq!(mistakes, []);
            }
        };
        let thread = std::thread::Builder::new().stack_size(PARSER_STACK_BYTES / 2);
        thread.spawn(work).unwrap().join().unwrap();
    }
}
