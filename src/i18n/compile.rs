//! From a catalog's text to a program, JSON that `lib/i18n/program.js` reads.
//!
//! ```text
//! program    = [ id, pattern | null, attributes | 0, … ]      three a message; a term's id has its '-'
//! attributes = [ name, pattern, … ]
//! pattern    = "text" | [ "text" | expression, … ]
//! expression = [0, variable] | [1, number, fractionDigits] | [2, "literal"]
//!            | [3, message, attribute | 0] | [4, "-term", attribute | 0, named]
//!            | [5, FUNCTION, [expression…], named]
//!            | [6, selector, [key, pattern, …], index of the default]
//! key        = "identifier" | number
//! named      = [ name, "text" | [1, number, fractionDigits], … ]
//! ```

use std::fmt::Write;
use std::ops::Range;

use fluent_syntax::ast::{
    Attribute, CallArguments, Entry, Expression, Identifier, InlineExpression, NamedArgument,
    Pattern, PatternElement, VariantKey,
};
use fluent_syntax::unicode::unescape_unicode_to_string;

use super::source::{Mistake, Source};

/// How deep expressions may be nested: more placeables than this are never expanded anyway.
const MAX_DEPTH: usize = 100;

/// A compiled file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Program {
    pub json: String,
    pub messages: usize,
    pub mistakes: Vec<Mistake>,
}

/// Compile a file's text. What cannot be parsed is left out and listed.
pub fn compile(text: String) -> Program {
    let source = Source::new(text);
    let mut mistakes = Vec::new();
    let mut writer = Writer { out: String::with_capacity(source.text().len() + 16) };
    let mut messages = 0;
    writer.out.push('[');
    for piece in source.pieces() {
        for entry in source.parse(piece.clone(), &mut mistakes).body {
            let before = writer.out.len();
            match writer.entry(&entry, messages == 0) {
                Ok(written) => messages += usize::from(written),
                Err(TooDeep) => {
                    writer.out.truncate(before);
                    mistakes.push(too_deep(&source, &piece));
                }
            }
        }
    }
    writer.out.push(']');
    writer.out.shrink_to_fit();
    Program { json: writer.out, messages, mistakes }
}

struct TooDeep;
type Written<T = ()> = Result<T, TooDeep>;

fn too_deep(source: &Source, piece: &Range<usize>) -> Mistake {
    source.mistake(
        piece.start,
        format!("A message nests placeables or arguments more than {MAX_DEPTH} deep"),
    )
}

struct Writer {
    out: String,
}

impl Writer {
    /// Whether there was a message or a term to write.
    fn entry(&mut self, entry: &Entry<&str>, first: bool) -> Written<bool> {
        let (prefix, id, value, attributes) = match entry {
            Entry::Message(m) => ("", m.id.name, m.value.as_ref(), &m.attributes),
            Entry::Term(t) => ("-", t.id.name, Some(&t.value), &t.attributes),
            _ => return Ok(false),
        };
        if !first {
            self.out.push(',');
        }
        self.out.extend(["\"", prefix, id, "\","]);
        match value {
            Some(pattern) => self.pattern(pattern, 0)?,
            None => self.out.push_str("null"),
        }
        self.out.push(',');
        self.attributes(attributes)?;
        Ok(true)
    }

    fn attributes(&mut self, attributes: &[Attribute<&str>]) -> Written {
        if attributes.is_empty() {
            self.out.push('0');
            return Ok(());
        }
        self.list(attributes, |writer, attribute| {
            writer.name(attribute.id.name);
            writer.out.push(',');
            writer.pattern(&attribute.value, 0)
        })
    }

    fn pattern(&mut self, pattern: &Pattern<&str>, depth: usize) -> Written {
        let plain =
            |element: &PatternElement<&str>| matches!(element, PatternElement::TextElement { .. });
        let elements = &pattern.elements;
        if elements.iter().all(plain) {
            self.texts(elements);
            return Ok(());
        }
        // The parser gives a text of several lines in pieces; the isolating of placeables, and
        // every step of the resolver, go by whole texts.
        self.list(elements.chunk_by(|a, b| plain(a) && plain(b)), |writer, chunk| match chunk {
            [PatternElement::Placeable { expression }] => writer.expression(expression, depth + 1),
            texts => {
                writer.texts(texts);
                Ok(())
            }
        })
    }

    fn texts(&mut self, elements: &[PatternElement<&str>]) {
        self.out.push('"');
        for element in elements {
            if let PatternElement::TextElement { value } = element {
                self.escaped(value);
            }
        }
        self.out.push('"');
    }

    fn expression(&mut self, expression: &Expression<&str>, depth: usize) -> Written {
        if depth > MAX_DEPTH {
            return Err(TooDeep);
        }
        let (selector, variants) = match expression {
            Expression::Inline(inline) => return self.inline(inline, depth),
            Expression::Select { selector, variants } => (selector, variants),
        };
        self.out.push_str("[6,");
        self.inline(selector, depth)?;
        self.out.push(',');
        self.list(variants, |writer, variant| {
            match &variant.key {
                VariantKey::Identifier { name } => writer.name(name),
                VariantKey::NumberLiteral { value } => writer.number(value),
            }
            writer.out.push(',');
            writer.pattern(&variant.value, depth)
        })?;
        let default = variants.iter().position(|variant| variant.default).unwrap_or_default();
        self.close_with(default);
        Ok(())
    }

    fn inline(&mut self, inline: &InlineExpression<&str>, depth: usize) -> Written {
        if depth > MAX_DEPTH {
            return Err(TooDeep);
        }
        match inline {
            InlineExpression::VariableReference { id } => {
                self.out.push_str("[0,");
                self.name(id.name);
            }
            InlineExpression::NumberLiteral { value } => {
                self.literal(value);
                return Ok(());
            }
            InlineExpression::StringLiteral { value } => {
                self.out.push_str("[2,");
                self.text(value);
            }
            InlineExpression::MessageReference { id, attribute } => {
                self.out.push_str("[3,");
                self.name(id.name);
                self.out.push(',');
                self.attribute(attribute.as_ref());
            }
            InlineExpression::TermReference { id, attribute, arguments } => {
                self.out.extend(["[4,\"-", id.name, "\","]);
                self.attribute(attribute.as_ref());
                self.out.push(',');
                let named = arguments.as_ref().map(|call| call.named.as_slice());
                self.named(named.unwrap_or_default())?;
            }
            InlineExpression::FunctionReference { id, arguments } => {
                self.out.push_str("[5,");
                self.name(id.name);
                self.out.push(',');
                let CallArguments { positional, named } = arguments;
                self.list(positional, |writer, argument| writer.inline(argument, depth + 1))?;
                self.out.push(',');
                self.named(named)?;
            }
            InlineExpression::Placeable { expression } => {
                return self.expression(expression, depth + 1);
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn attribute(&mut self, attribute: Option<&Identifier<&str>>) {
        match attribute {
            Some(id) => self.name(id.name),
            None => self.out.push('0'),
        }
    }

    fn named(&mut self, arguments: &[NamedArgument<&str>]) -> Written {
        self.list(arguments, |writer, argument| {
            writer.name(argument.name.name);
            writer.out.push(',');
            match &argument.value {
                InlineExpression::NumberLiteral { value } => writer.literal(value),
                InlineExpression::StringLiteral { value } => writer.text(value),
                // The grammar has no other.
                _ => writer.out.push_str("\"\""),
            }
            Ok(())
        })
    }

    /// `[1,1.50,2]`: the number as it stands, and how many digits it shows.
    fn literal(&mut self, value: &str) {
        let digits = value.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        self.out.push_str("[1,");
        self.number(value);
        self.close_with(digits);
    }

    /// A number as JSON has it: Fluent also allows zeros in front.
    fn number(&mut self, value: &str) {
        let (sign, digits) = value.strip_prefix('-').map_or(("", value), |rest| ("-", rest));
        let digits = digits.trim_start_matches('0');
        let zero = if digits.is_empty() || digits.starts_with('.') { "0" } else { "" };
        self.out.extend([sign, zero, digits]);
    }

    fn close_with(&mut self, number: usize) {
        self.out.push(',');
        // Writing into a String cannot fail.
        let _ = write!(self.out, "{number}]");
    }

    fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Written,
    ) -> Written {
        self.out.push('[');
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            write(self, item)?;
        }
        self.out.push(']');
        Ok(())
    }

    /// An identifier, which holds nothing to escape.
    fn name(&mut self, name: &str) {
        self.out.extend(["\"", name, "\""]);
    }

    /// A string literal, whose own escapes are resolved here.
    fn text(&mut self, literal: &str) {
        self.out.push('"');
        self.escaped(&unescape_unicode_to_string(literal));
        self.out.push('"');
    }

    fn escaped(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
            let (before, after) = rest.split_at(at);
            self.out.push_str(before);
            let mut chars = after.chars();
            let c = chars.next().unwrap_or_default();
            // Writing into a String cannot fail.
            let _ = match c {
                '\n' => self.out.write_str("\\n"),
                '"' | '\\' => write!(self.out, "\\{c}"),
                c => write!(self.out, "\\u{:04x}", u32::from(c)),
            };
            rest = chars.as_str();
        }
        self.out.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn compiled(text: &str) -> Value {
        let program = compile(text.to_owned());
        assert_eq!(program.mistakes, [], "{text}");
        serde_json::from_str(&program.json).unwrap()
    }

    #[test]
    fn text_becomes_one_string() {
        assert_eq!(compiled("a = one"), json!(["a", "one", 0]));
        assert_eq!(
            compiled("a =\n    one \"\\\n\n      two\n"),
            json!(["a", "one \"\\\n\n  two", 0])
        );
        assert_eq!(compiled("a =\r\n    one\r\n    two\r\n"), json!(["a", "one\ntwo", 0]));
        assert_eq!(compiled("a = \u{1}é"), json!(["a", "\u{1}é", 0]));
        assert_eq!(compiled(""), json!([]));
        assert_eq!(compiled("# only a comment\n"), json!([]));
    }

    #[test]
    fn every_kind_of_expression_has_its_form() {
        assert_eq!(
            compiled(
                "m = x { $v } { \"\\u00e9\\\"\" } { -01.50 } { other } { other.at } { -t } { -t(a: 1, b: \"c\") } { {$v} }\n    .x = y\n    .z = { $v }\n-t = term\n"
            ),
            json!([
                "m",
                [
                    "x ",
                    [0, "v"],
                    " ",
                    [2, "é\""],
                    " ",
                    [1, -1.50, 2],
                    " ",
                    [3, "other", 0],
                    " ",
                    [3, "other", "at"],
                    " ",
                    [4, "-t", 0, []],
                    " ",
                    [4, "-t", 0, ["a", [1, 1, 0], "b", "c"]],
                    " ",
                    [0, "v"]
                ],
                ["x", "y", "z", [[0, "v"]]],
                "-t",
                "term",
                0
            ])
        );
        assert_eq!(
            compiled(
                "m = { NUMBER($n, minimumFractionDigits: 2) ->\n    [0] none\n    [one] one\n   *[other] { $n } many\n }"
            ),
            json!([
                "m",
                [[
                    6,
                    [5, "NUMBER", [[0, "n"]], ["minimumFractionDigits", [1, 2, 0]]],
                    [0, "none", "one", "one", "other", [[0, "n"], " many"]],
                    2
                ]],
                0
            ])
        );
        assert_eq!(compiled("m =\n    .only = x"), json!(["m", null, ["only", "x"]]));
    }

    #[test]
    fn what_cannot_be_parsed_is_left_out_and_placed() {
        let program = compile("good = x\nbad = { $\n\ngood2 = y\n".to_owned());
        assert_eq!(program.json, r#"["good","x",0,"good2","y",0]"#);
        assert_eq!(program.messages, 2);
        assert_eq!(program.mistakes.len(), 1);
        assert_eq!(program.mistakes[0].line, 2);
    }

    #[test]
    fn nesting_beyond_the_limit_is_a_mistake() {
        let nested = |n: usize| format!("a = {}$x{}\nb = y\n", "{".repeat(n), "}".repeat(n));
        assert_eq!(compile(nested(MAX_DEPTH)).messages, 2);
        let program = compile(nested(MAX_DEPTH + 1));
        assert_eq!((program.messages, program.mistakes.len()), (1, 1));
        assert_eq!(program.json, r#"["b","y",0]"#);
    }
}
