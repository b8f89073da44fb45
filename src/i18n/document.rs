//! A catalog file as its authors see it: entries with their places in the text. `update`, `pseudo`
//! and `import` change the text at those places and leave every other byte alone, which no
//! serialiser of the tree could.

use std::ops::Range;

use fluent_syntax::ast::{self, Pattern};
use fluent_syntax::parser::{self, ParserError};

use super::indent;
use super::lines::{Lines, Position};
use super::nesting::{self, MAX_MARKS, MAX_NESTING};

const BOM: &str = "\u{feff}";

/// The text of a file, ready to be parsed in bounded depth.
pub struct Source {
    /// Without the byte order mark.
    text: String,
    bom: bool,
    /// The text with too deep entries blanked out, where there are any.
    masked: Option<String>,
    deep: Vec<Range<usize>>,
    lines: Lines,
}

impl Source {
    pub fn new(content: &str) -> Self {
        let (text, bom) = match content.strip_prefix(BOM) {
            Some(rest) => (rest.to_owned(), true),
            None => (content.to_owned(), false),
        };
        let deep = nesting::too_deep(&text);
        let masked = (!deep.is_empty()).then(|| mask(&text, &deep));
        let lines = Lines::new(&text);
        Self { text, bom, masked, deep, lines }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the file begins with a byte order mark, which then belongs in front of what is written.
    pub fn with_mark(&self, text: String) -> String {
        if self.bom { format!("{BOM}{text}") } else { text }
    }

    /// The end of line that this file uses.
    pub fn newline(&self) -> &'static str {
        let first = self.text.find('\n');
        if first.is_some_and(|at| self.text[..at].ends_with('\r')) { "\r\n" } else { "\n" }
    }

    pub fn position(&self, offset: usize) -> Position {
        self.lines.position(&self.text, offset)
    }

    fn parsed(&self) -> &str {
        self.masked.as_deref().unwrap_or(&self.text)
    }

    /// Where a slice that the document gave out lies in the text.
    pub fn offset_of(&self, slice: &str) -> usize {
        let parsed = self.parsed();
        (slice.as_ptr() as usize).saturating_sub(parsed.as_ptr() as usize).min(parsed.len())
    }

    pub fn document(&self) -> Document<'_> {
        let text = self.parsed();
        let (mut resource, errors) = match parser::parse(text) {
            Ok(resource) => (resource, Vec::new()),
            Err((resource, errors)) => (resource, errors),
        };
        indent::restore(text, &mut resource);
        Document { entries: Reader { text, source: self }.read(resource, errors) }
    }
}

fn mask(text: &str, ranges: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        for byte in &mut bytes[range.clone()] {
            if *byte != b'\n' && *byte != b'\r' {
                *byte = b' ';
            }
        }
    }
    // Whole entries were blanked, so no character was cut in two.
    String::from_utf8(bytes).unwrap_or_default()
}

/// The entries of a file in their order.
pub struct Document<'s> {
    pub entries: Vec<Entry<'s>>,
}

impl<'s> Document<'s> {
    /// Messages and terms.
    pub fn items(&self) -> impl Iterator<Item = &Item<'s>> {
        self.entries.iter().filter_map(|entry| match &entry.kind {
            Kind::Item(item) => Some(item),
            _ => None,
        })
    }
}

pub struct Entry<'s> {
    /// From its comment's first byte to behind the end of its last line.
    pub range: Range<usize>,
    pub kind: Kind<'s>,
}

pub enum Kind<'s> {
    Item(Item<'s>),
    Comment(Comment<'s>),
    Junk(Junk),
}

/// A message or a term.
pub struct Item<'s> {
    pub id: &'s str,
    pub term: bool,
    pub value: Option<Field<'s>>,
    pub attributes: Vec<Field<'s>>,
    pub comment: Option<Vec<&'s str>>,
    /// Where the entry begins without its comment; the sigil of a term belongs to it.
    pub start: usize,
}

impl<'s> Item<'s> {
    /// As others refer to it: `-brand` for a term.
    pub fn name(&self) -> String {
        if self.term { format!("-{}", self.id) } else { self.id.to_owned() }
    }

    /// The value and the attributes.
    pub fn fields(&self) -> impl Iterator<Item = &Field<'s>> {
        self.value.iter().chain(&self.attributes)
    }

    pub fn attribute(&self, name: &str) -> Option<&Field<'s>> {
        self.attributes.iter().find(|field| field.name == Some(name))
    }

    /// The field of this name; None is the value.
    pub fn field(&self, name: Option<&str>) -> Option<&Field<'s>> {
        match name {
            None => self.value.as_ref(),
            Some(name) => self.attribute(name),
        }
    }
}

/// A pattern and its place.
pub struct Field<'s> {
    /// Of an attribute; None for the value.
    pub name: Option<&'s str>,
    pub pattern: Pattern<&'s str>,
    /// Where it begins: an attribute at its dot, a value at its entry.
    pub start: usize,
    /// The pattern's text, from behind the equals sign to the end of its last line, without that
    /// line's end.
    pub body: Range<usize>,
}

pub struct Comment<'s> {
    /// The number of its signs, 1 to 3.
    pub level: u8,
    pub lines: Vec<&'s str>,
}

pub struct Junk {
    /// What the parser did not understand.
    pub reason: String,
    pub at: usize,
    /// The id of what may have been meant.
    pub id: Option<String>,
}

struct Reader<'s> {
    /// What was parsed: all slices of the tree lie in it.
    text: &'s str,
    source: &'s Source,
}

impl<'s> Reader<'s> {
    fn read(&self, resource: ast::Resource<&'s str>, errors: Vec<ParserError>) -> Vec<Entry<'s>> {
        let mut errors = errors.into_iter();
        let mut entries: Vec<Entry<'s>> = Vec::with_capacity(resource.body.len());
        for entry in resource.body {
            let (start, kind) = match entry {
                ast::Entry::Message(message) => {
                    let ast::Message { id, value, attributes, comment } = message;
                    self.item(id.name, false, value, attributes, comment)
                }
                ast::Entry::Term(term) => {
                    let ast::Term { id, value, attributes, comment } = term;
                    self.item(id.name, true, Some(value), attributes, comment)
                }
                ast::Entry::Comment(comment) => self.comment(1, comment),
                ast::Entry::GroupComment(comment) => self.comment(2, comment),
                ast::Entry::ResourceComment(comment) => self.comment(3, comment),
                ast::Entry::Junk { content } => self.junk(content, errors.next()),
            };
            entries.push(Entry { range: start..start, kind });
        }
        entries.extend(self.source.deep.iter().map(|range| self.too_deep(range)));
        entries.sort_by_key(|entry| entry.range.start);
        self.close(&mut entries);
        entries
    }

    fn offset(&self, slice: &str) -> usize {
        self.source.offset_of(slice)
    }

    fn line_start(&self, offset: usize) -> usize {
        self.text[..offset].rfind('\n').map_or(0, |at| at + 1)
    }

    fn item(
        &self,
        id: &'s str,
        term: bool,
        value: Option<Pattern<&'s str>>,
        attributes: Vec<ast::Attribute<&'s str>>,
        comment: Option<ast::Comment<&'s str>>,
    ) -> (usize, Kind<'s>) {
        let start = self.offset(id) - usize::from(term);
        let field = |name: Option<&'s str>, pattern, after: usize, start| {
            let equals = memchr::memchr(b'=', &self.text.as_bytes()[after..]).unwrap_or(0);
            let body = after + equals + 1;
            Field { name, pattern, start, body: body..body }
        };
        let value = value.map(|pattern| field(None, pattern, self.offset(id) + id.len(), start));
        let attributes = attributes.into_iter().map(|ast::Attribute { id, value }| {
            let name = self.offset(id.name);
            field(Some(id.name), value, name + id.name.len(), name - 1)
        });
        let attributes = attributes.collect();
        let comment = comment.map(|comment| comment.content);
        let first = comment.as_ref().and_then(|lines| lines.first());
        let begin = first.map_or(start, |line| self.line_start(self.offset(line)));
        (begin, Kind::Item(Item { id, term, value, attributes, comment, start }))
    }

    fn comment(&self, level: u8, comment: ast::Comment<&'s str>) -> (usize, Kind<'s>) {
        let lines = comment.content;
        // A lone `#` that ends the file has no line to point at.
        let at = lines.first().map_or(self.text.trim_end().len(), |line| self.offset(line));
        (self.line_start(at), Kind::Comment(Comment { level, lines }))
    }

    fn junk(&self, content: &str, error: Option<ParserError>) -> (usize, Kind<'s>) {
        let start = self.offset(content);
        let at = error.as_ref().map_or(start, |error| error.pos.start);
        // Errors that are known at an entry's end alone point there: say where the entry is.
        let at = if at >= start + content.trim_end().len() { start } else { at };
        let reason = error.map_or_else(|| "not understood".to_owned(), |error| error.to_string());
        (start, Kind::Junk(Junk { reason, at, id: leading_id(content) }))
    }

    fn too_deep(&self, range: &Range<usize>) -> Entry<'s> {
        let content = &self.source.text[range.clone()];
        let reason = format!(
            "placeables and calls are nested deeper than {MAX_NESTING}, or there are more than \
             {MAX_MARKS} of them"
        );
        let kind = Kind::Junk(Junk { reason, at: range.start, id: leading_id(content) });
        Entry { range: range.start..range.start, kind }
    }

    /// An entry reaches to the blank lines in front of the next one, a field to the next field.
    fn close(&self, entries: &mut [Entry<'s>]) {
        let text = self.source.text();
        let starts: Vec<usize> = entries.iter().map(|entry| entry.range.start).collect();
        for (i, entry) in entries.iter_mut().enumerate() {
            let limit = starts.get(i + 1).copied().unwrap_or(text.len());
            let end = entry.range.start + content_end(&text[entry.range.start..limit]);
            entry.range.end = match memchr::memchr(b'\n', &text.as_bytes()[end..limit]) {
                Some(at) => end + at + 1,
                None => limit,
            };
            let Kind::Item(item) = &mut entry.kind else { continue };
            let mut next = end;
            for field in item.attributes.iter_mut().rev().chain(&mut item.value) {
                let from = field.body.start.min(next);
                field.body = from..from + content_end(&text[from..next]);
                next = field.start;
            }
        }
    }
}

/// The end of what is not blank.
fn content_end(text: &str) -> usize {
    text.trim_end_matches([' ', '\r', '\n']).len()
}

/// The id of an entry that could not be parsed.
fn leading_id(content: &str) -> Option<String> {
    let name = content.strip_prefix('-').unwrap_or(content);
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    let id = &name[..end.unwrap_or(name.len())];
    let sigil = &content[..content.len() - name.len()];
    id.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| format!("{sigil}{id}"))
}

/// `id` or `id.attribute`.
pub fn full_id(name: &str, attribute: Option<&str>) -> String {
    match attribute {
        Some(attribute) => format!("{name}.{attribute}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ftl: &str) -> Vec<String> {
        let source = Source::new(ftl);
        source
            .document()
            .entries
            .iter()
            .map(|e| source.text()[e.range.clone()].to_owned())
            .collect()
    }

    #[test]
    fn entries_have_their_places() {
        let ftl = "### File\n\n# about a\na = A\n  b\n    .x = X\n\n\n-t = T\nbad }\n# end";
        assert_eq!(
            texts(ftl),
            ["### File\n", "# about a\na = A\n  b\n    .x = X\n", "-t = T\n", "bad }\n", "# end"]
        );
        assert_eq!(texts("\u{feff}a = ä\r\n\r\nb =\r\n  c\r\n"), ["a = ä\r\n", "b =\r\n  c\r\n"]);
        assert_eq!(texts("a = 1\n#"), ["a = 1\n", "#"]);
        assert_eq!(texts("#\n#\na = 1"), ["#\n#\na = 1"]);
        assert!(texts("\n \n").is_empty());
    }

    #[test]
    fn fields_have_their_places() {
        let source = Source::new("k=v  \n  .a =  { $x ->\n *[o] y\n }\n  .b = {\"=\"}  \n");
        let document = source.document();
        let item = document.items().next().expect("an item");
        let bodies: Vec<&str> =
            item.fields().map(|field| &source.text()[field.body.clone()]).collect();
        assert_eq!(bodies, ["v", "  { $x ->\n *[o] y\n }", " {\"=\"}"]);
        assert_eq!(source.position(item.attributes[1].start), Position { line: 5, column: 3 });
    }

    #[test]
    fn columns_count_characters_and_lines_end_at_line_feeds() {
        let source = Source::new("\u{feff}a = \u{1f600}ä}\r\n\tb");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        let brace = source.text().find('}').expect("a brace");
        assert_eq!(source.position(brace), Position { line: 1, column: 7 });
        assert_eq!(source.position(brace + 4), Position { line: 2, column: 2 });
        assert_eq!(source.position(10_000), Position { line: 2, column: 3 });
    }

    #[test]
    fn a_bomb_is_junk_and_its_neighbours_live() {
        let ftl = format!("a = 1\nbomb = {}\nb = 2\n", "{".repeat(200_000));
        let source = Source::new(&ftl);
        let document = source.document();
        assert_eq!(document.items().map(|item| item.id).collect::<Vec<_>>(), ["a", "b"]);
        let junk = document.entries.iter().find_map(|entry| match &entry.kind {
            Kind::Junk(junk) => Some((junk.id.clone(), source.position(junk.at).line)),
            _ => None,
        });
        assert_eq!(junk, Some((Some("bomb".to_owned()), 2)));
    }
}
