//! How deep placeables and calls are nested, and how much there is of them, told before they are
//! parsed: the parser and the drop of its tree recurse, and a native stack that overflows would take
//! the process with it. It also compares each named argument with all before it.

use std::ops::Range;

/// More than anyone writes, and far from what a thread's stack holds.
pub const MAX_NESTING: usize = 100;

/// Of the characters `{`, `(` and `:` in one entry.
pub const MAX_MARKS: usize = 1000;

/// What the machine is inside of, as far as it decides what the next bytes mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Between braces or parentheses: string literals hide what they hold.
    Expression,
    /// Behind a selector's arrow: text again, in which only braces count.
    Variants,
}

/// The byte ranges of the entries that are nested deeper than [`MAX_NESTING`], or have more than
/// [`MAX_MARKS`].
///
/// Where the parser would give up, this machine may go on and count something that is not there. It
/// starts anew where the parser can begin to recurse again, at a line with `name =` in its first
/// column.
pub fn too_deep(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut frames: Vec<Frame> = Vec::new();
    let (mut entry, mut deep, mut marks, mut at) = (0, false, 0, 0);
    while at < bytes.len() {
        let line_start = at == 0 || bytes[at - 1] == b'\n';
        if line_start && starts_entry(&bytes[at..]) {
            if deep {
                found.push(entry..at);
            }
            (entry, deep, marks) = (at, false, 0);
            frames.clear();
        }
        match (bytes[at], frames.last().copied()) {
            (b'{', _) | (b'(', Some(Frame::Expression)) => frames.push(Frame::Expression),
            (b'}', Some(_)) | (b')', Some(Frame::Expression)) => {
                frames.pop();
            }
            (b'"', Some(Frame::Expression)) => at += literal_length(&bytes[at + 1..]),
            (b'-', Some(Frame::Expression)) if bytes.get(at + 1) == Some(&b'>') => {
                frames.pop();
                frames.push(Frame::Variants);
            }
            _ => {}
        }
        marks += usize::from(matches!(bytes.get(at), Some(b'{' | b'(' | b':')));
        deep |= frames.len() > MAX_NESTING || marks > MAX_MARKS;
        at += 1;
    }
    if deep {
        found.push(entry..bytes.len());
    }
    found
}

/// Whether a line begins with `name =`, `-name =` or a comment.
fn starts_entry(line: &[u8]) -> bool {
    if line.first() == Some(&b'#') {
        return true;
    }
    let name = line.strip_prefix(b"-").unwrap_or(line);
    if !name.first().is_some_and(u8::is_ascii_alphabetic) {
        return false;
    }
    let rest = name.iter().skip_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    rest.copied().find(|&b| b != b' ') == Some(b'=')
}

/// Bytes of a string literal behind its opening quote, up to and with the closing one.
fn literal_length(rest: &[u8]) -> usize {
    let mut at = 0;
    while at < rest.len() && rest[at] != b'\n' {
        match rest[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at.min(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(start: usize, end: Option<usize>) -> Vec<Range<usize>> {
        end.map(|end| start..end).into_iter().collect()
    }

    #[test]
    fn what_people_write_is_not_deep() {
        let text =
            "a = { $n ->\n    [one] ({ \"{\" } (((\n   *[other] { NUMBER($n, x: \"(((\") }\n }\n";
        assert!(too_deep(&text.repeat(MAX_NESTING * 2)).is_empty());
        assert!(too_deep(&format!("a = {}\n", "( ".repeat(MAX_MARKS))).is_empty());
    }

    #[test]
    fn each_way_to_nest_is_seen() {
        for piece in ["{", "{ F(", "{ F(\n", "{ \n", "{ F(\"}}))\", "] {
            let ftl = format!("before = x\ndeep = {}\nafter = y\n", piece.repeat(2000));
            let ranges = too_deep(&ftl);
            assert_eq!(ranges, one(11, ftl.find("after")), "{piece}");
        }
    }

    #[test]
    fn too_many_are_too_many() {
        let ftl = format!("a = {{ F({}) }}\nb = 1\n", "a: 1, ".repeat(MAX_MARKS));
        assert_eq!(too_deep(&ftl), one(0, ftl.find("b =")));
        assert!(too_deep(&"a = { F(a: 1) }\n".repeat(MAX_MARKS)).is_empty());
    }

    #[test]
    fn a_bomb_inside_variants_is_seen() {
        let ftl = format!("a = {}", "{ $n ->\n [x] \"".repeat(500));
        assert_eq!(too_deep(&ftl), one(0, Some(ftl.len())));
    }
}
