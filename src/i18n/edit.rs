//! Changes of a text at known places. What no edit covers stays as it is, byte for byte.

use std::ops::Range;

#[derive(Default)]
pub struct Edits {
    list: Vec<(Range<usize>, String)>,
}

impl Edits {
    pub fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.list.push((range, text.into()));
    }

    /// Several insertions at one place keep their order.
    pub fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    pub fn remove(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The edited text. Of edits that overlap, the one that begins first counts.
    pub fn apply(mut self, text: &str) -> String {
        self.list.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = String::with_capacity(text.len() + 1024);
        let mut at = 0;
        for (range, new) in self.list {
            if range.start >= at {
                out.push_str(&text[at..range.start]);
                out.push_str(&new);
                at = range.end;
            }
        }
        out.push_str(&text[at..]);
        out
    }
}

/// The line that an offset is in, with its end.
pub fn line_at(text: &str, offset: usize) -> Range<usize> {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at + 1);
    start..end
}

/// A text with the ends of line of the file that it goes into.
pub fn with_newline(text: &str, newline: &str) -> String {
    let unix = text.replace("\r\n", "\n");
    if newline == "\n" { unix } else { unix.replace('\n', newline) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_in_the_order_of_the_text() {
        let mut edits = Edits::default();
        edits.replace(4..5, "E");
        edits.insert(2, "x");
        edits.insert(2, "y");
        edits.remove(2..3);
        edits.replace(2..4, "lost");
        assert_eq!(edits.apply("abcdef"), "abxydEf");
        assert_eq!(line_at("ab\ncd\r\nef", 4), 3..7);
        assert_eq!(line_at("ab\ncd", 5), 3..5);
    }
}
