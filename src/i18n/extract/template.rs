//! Templates: EJS (`<% … %>`), the braces of Nunjucks, Handlebars and their like (`{{ … }}`,
//! `{% … %}`), and the scripts of pages.

use super::script::{self, Language};
use super::{Finds, Given, Names};

pub fn read(text: &str, names: &Names, finds: &mut Finds<'_>) {
    if text.contains("<%") {
        ejs(text, names, finds);
    } else {
        scripts(text, names, finds);
    }
    braces(text, names, finds);
}

/// All code of a template as one program, for a block may begin in one tag and end in another. Text
/// becomes blanks, so that every offset stays. Where that is no program, the calls are read alone.
fn ejs(text: &str, names: &Names, finds: &mut Finds<'_>) {
    let mut code: Vec<u8> =
        text.bytes().map(|b| if matches!(b, b'\n' | b'\r') { b } else { b' ' }).collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("<%").map(|i| at + i) {
        let kind = text.as_bytes().get(open + 2).copied().unwrap_or(b' ');
        if kind == b'%' {
            at = open + 3;
            continue;
        }
        let Some(close) = text[open + 2..].find("%>").map(|i| open + 2 + i) else {
            finds.unreadable(open, "the tag <% has no end".to_owned());
            break;
        };
        at = close + 2;
        if kind == b'#' {
            continue;
        }
        let start = open + 2 + usize::from(matches!(kind, b'=' | b'-' | b'_'));
        let end = match text.as_bytes().get(close.wrapping_sub(1)) {
            Some(b'-' | b'_') if close > start => close - 1,
            _ => close,
        };
        let (start, end) = (start.min(end), end);
        code[start..end].copy_from_slice(&text.as_bytes()[start..end]);
        // An expression ends in a line of its own: a comment may be its last.
        let (before, after) =
            if matches!(kind, b'=' | b'-') { (*b";(", *b"\n)") } else { (*b"\n ", *b"\n ") };
        code[open..open + 2].copy_from_slice(&before);
        code[close..close + 2].copy_from_slice(&after);
        parts.push(start..end);
    }
    // Whole tags were copied, cut at ASCII signs.
    let code = String::from_utf8(code).unwrap_or_default();
    if script::read(&code, 0, Language::in_templates(), names, finds).is_err() {
        for part in parts {
            calls(&text[part.clone()], part.start, names, finds);
        }
    }
}

/// The contents of `<script>` elements.
fn scripts(text: &str, names: &Names, finds: &mut Finds<'_>) {
    let lower = text.to_ascii_lowercase();
    let mut at = 0;
    while let Some(open) = lower[at..].find("<script").map(|i| at + i) {
        let Some(start) = lower[open..].find('>').map(|i| open + i + 1) else { return };
        let end = lower[start..].find("</script").map_or(text.len(), |i| start + i);
        at = end;
        let tag = &lower[open..start];
        if tag.contains("json") || tag.contains("text/template") {
            continue;
        }
        let typescript = tag.contains("lang=\"ts\"") || tag.contains("lang='ts'");
        let language = Language::in_pages(typescript);
        if script::read(&text[start..end], start, language, names, finds).is_err() {
            // The script of a template: what is between braces is read as such.
            calls(&without_braces(&text[start..end]), start, names, finds);
        }
    }
}

fn without_braces(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for part in tags(text) {
        bytes[part.outer].fill(b' ');
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn braces(text: &str, names: &Names, finds: &mut Finds<'_>) {
    for part in tags(text) {
        let inner = &text[part.inner.clone()];
        if !calls(inner, part.inner.start, names, finds) && part.mustache {
            helpers(inner, part.inner.start, names, finds);
        }
    }
}

struct Tag {
    inner: std::ops::Range<usize>,
    outer: std::ops::Range<usize>,
    mustache: bool,
}

/// `{{ … }}`, `{{{ … }}}` and `{% … %}`, without comments. An object literal may end a tag's code
/// (`{{ t('id', { n: 1 }) }}`): braces are counted, and those in texts are not.
fn tags(text: &str) -> Vec<Tag> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'{', &bytes[at..]).map(|i| at + i) {
        at = open + 1;
        let rest = &text[open..];
        let (mustache, start) = if rest.starts_with("{{{") {
            (true, open + 3)
        } else if rest.starts_with("{{") {
            (true, open + 2)
        } else if rest.starts_with("{%") {
            (false, open + 2)
        } else {
            continue;
        };
        if text[start..].starts_with("!--") {
            at = text[start..].find("--}}").map_or(text.len(), |i| start + i);
            continue;
        }
        let Some(end) = tag_end(bytes, start, mustache) else { continue };
        let outer = open..end + 2;
        if !text[start..].starts_with('!') {
            found.push(Tag { inner: start..end, outer, mustache });
        }
        at = end;
    }
    found
}

fn tag_end(bytes: &[u8], start: usize, mustache: bool) -> Option<usize> {
    let (mut depth, mut at) = (0usize, start);
    let mut quote = None;
    while at < bytes.len() {
        match (bytes[at], quote) {
            (b'\\', Some(_)) => at += 1,
            (byte, Some(mark)) if byte == mark => quote = None,
            (_, Some(_)) => {}
            (mark @ (b'"' | b'\'' | b'`'), None) => quote = Some(mark),
            (b'{', None) => depth += 1,
            (b'}', None) if depth > 0 => depth -= 1,
            (b'}', None) if mustache && bytes.get(at + 1) == Some(&b'}') => return Some(at),
            (b'%', None) if !mustache && bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Read each call `name(…)` in code that is not JavaScript as a whole (filters, `and`, keywords).
/// Returns whether there were any.
fn calls(code: &str, base: usize, names: &Names, finds: &mut Finds<'_>) -> bool {
    let mut any = false;
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'(', &code.as_bytes()[at..]).map(|i| at + i) {
        at = open + 1;
        let name = last_word(&code[..open]);
        if !names.is_known(name) {
            continue;
        }
        let start = open - name.len();
        any = true;
        let Some(length) = call_length(&code[open..]) else {
            finds.unreadable(base + start, format!("the call of {name} has no end"));
            continue;
        };
        let call = &code[start..open + length];
        if let Err((offset, message)) =
            script::read(call, base + start, Language::in_templates(), names, finds)
        {
            finds.unreadable(offset, message);
        }
        // Calls within this one were read with it.
        at = open + length;
    }
    any
}

fn last_word(text: &str) -> &str {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    &text[text.trim_end_matches(word).len()..]
}

/// From a parenthesis to behind its partner.
fn call_length(code: &str) -> Option<usize> {
    let bytes = code.as_bytes();
    let (mut depth, mut at) = (0usize, 0);
    let mut quote = None;
    while at < bytes.len() {
        match (bytes[at], quote) {
            (b'\\', Some(_)) => at += 1,
            (byte, Some(mark)) if byte == mark => quote = None,
            (_, Some(_)) => {}
            (mark @ (b'"' | b'\'' | b'`'), None) => quote = Some(mark),
            (b'(', None) => depth += 1,
            (b')', None) if depth == 1 => return Some(at + 1),
            (b')', None) => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The helpers of Handlebars: `{{t "id" n=1}}`, `{{#if (t "id")}}`.
fn helpers(code: &str, base: usize, names: &Names, finds: &mut Finds<'_>) {
    let words = words(code);
    for (i, &(at, word)) in words.iter().enumerate() {
        let begins = i == 0 || words[i - 1].1 == "(";
        if !begins || !names.is_translate(word.trim_start_matches(['~', '#', '&'])) {
            continue;
        }
        let parameters = words[i + 1..].iter().map(|(_, word)| *word);
        let parameters: Vec<&str> = parameters.take_while(|word| *word != ")").collect();
        let Some(id) = parameters.first() else { continue };
        let names = parameters[1..].iter().filter_map(|word| word.split_once('='));
        let names = names.map(|(name, _)| name.to_owned()).collect();
        match id.strip_prefix(['"', '\'']) {
            Some(text) => {
                let text = text.strip_suffix(['"', '\'']).unwrap_or(text);
                finds.call(base + at, text.to_owned(), &Given { names, open: false });
            }
            None if id.contains('=') => {}
            None => finds.dynamic(base + at),
        }
    }
}

/// Words, texts in quotes and parentheses; a quote inside of a word (`n="1"`) belongs to it.
fn words(code: &str) -> Vec<(usize, &str)> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'(' | b')' => at += 1,
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            _ => {
                while at < bytes.len()
                    && !bytes[at].is_ascii_whitespace()
                    && !matches!(bytes[at], b'(' | b')')
                {
                    if matches!(bytes[at], b'"' | b'\'') {
                        let end = memchr::memchr(bytes[at], &bytes[at + 1..]);
                        at = end.map_or(bytes.len() - 1, |i| at + 1 + i);
                    }
                    at += 1;
                }
            }
        }
        found.push((start, &code[start..at]));
    }
    found
}
