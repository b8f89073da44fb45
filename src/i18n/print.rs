//! The canonical text of a pattern: what translators get to see outside of the catalogs, and the
//! form in which two patterns are compared.
//!
//! The text is not indented. [`embed`] puts it into a catalog; there the first line stands beside the
//! equals sign if it is the only one, or begins with a sign that means something else at the start
//! of a line.

use fluent_syntax::ast::{
    CallArguments, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey,
};

/// Of each level.
const INDENT: &str = "    ";

pub fn pattern(pattern: &Pattern<&str>) -> String {
    let mut printer = Printer { out: String::new(), indent: 0 };
    printer.elements(pattern);
    printer.out
}

/// How canonical text stands behind `id =`, with the given indentation of what belongs to it.
pub fn embed(text: &str, indent: &str, newline: &str) -> String {
    let inline = !text.contains('\n') || text.starts_with(['.', '*', '[']);
    let mut out = String::with_capacity(text.len() + 16);
    for (i, line) in text.split('\n').enumerate() {
        match (i, inline) {
            (0, true) => out.push(' '),
            _ => {
                out.push_str(newline);
                if !line.is_empty() {
                    out.push_str(indent);
                }
            }
        }
        out.push_str(line);
    }
    out
}

struct Printer {
    out: String,
    indent: usize,
}

impl Printer {
    fn newline(&mut self) {
        self.out.push('\n');
    }

    fn margin(&mut self) {
        for _ in 0..self.indent {
            self.out.push_str(INDENT);
        }
    }

    fn elements(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => self.text(value),
                PatternElement::Placeable { expression } => self.placeable(expression),
            }
        }
    }

    /// Lines of text get the margin of the pattern they are in, except blank ones.
    fn text(&mut self, text: &str) {
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                self.newline();
            }
            if self.out.ends_with('\n') && !line.is_empty() {
                self.margin();
            }
            self.out.push_str(line);
        }
    }

    fn placeable(&mut self, expression: &Expression<&str>) {
        if self.out.ends_with('\n') {
            self.margin();
        }
        self.out.push_str("{ ");
        match expression {
            Expression::Inline(inline) => {
                self.inline(inline);
                self.out.push(' ');
            }
            Expression::Select { selector, variants } => {
                self.inline(selector);
                self.out.push_str(" ->");
                for variant in variants {
                    self.variant(variant);
                }
                self.newline();
                self.margin();
            }
        }
        self.out.push('}');
    }

    fn variant(&mut self, variant: &Variant<&str>) {
        self.newline();
        self.margin();
        self.out.push_str(if variant.default { "   *[" } else { "    [" });
        let (VariantKey::Identifier { name: key } | VariantKey::NumberLiteral { value: key }) =
            &variant.key;
        self.out.push_str(key);
        self.out.push(']');
        let apart = takes_lines(&variant.value);
        self.indent += 2;
        if apart {
            self.newline();
            // Text and placeables put the margin in front of themselves.
        } else {
            self.out.push(' ');
        }
        self.elements(&variant.value);
        self.indent -= 2;
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::StringLiteral { value } => {
                self.out.push('"');
                self.out.push_str(value);
                self.out.push('"');
            }
            InlineExpression::NumberLiteral { value } => self.out.push_str(value),
            InlineExpression::VariableReference { id } => {
                self.out.push('$');
                self.out.push_str(id.name);
            }
            InlineExpression::FunctionReference { id, arguments } => {
                self.out.push_str(id.name);
                self.arguments(arguments);
            }
            InlineExpression::MessageReference { id, attribute } => {
                self.out.push_str(id.name);
                self.attribute(attribute.as_ref().map(|it| it.name));
            }
            InlineExpression::TermReference { id, attribute, arguments } => {
                self.out.push('-');
                self.out.push_str(id.name);
                self.attribute(attribute.as_ref().map(|it| it.name));
                if let Some(arguments) = arguments {
                    self.arguments(arguments);
                }
            }
            InlineExpression::Placeable { expression } => self.placeable(expression),
        }
    }

    fn attribute(&mut self, name: Option<&str>) {
        if let Some(name) = name {
            self.out.push('.');
            self.out.push_str(name);
        }
    }

    fn arguments(&mut self, arguments: &CallArguments<&str>) {
        self.out.push('(');
        let mut first = true;
        for each in &arguments.positional {
            self.comma(&mut first);
            self.inline(each);
        }
        for each in &arguments.named {
            self.comma(&mut first);
            self.out.push_str(each.name.name);
            self.out.push_str(": ");
            self.inline(&each.value);
        }
        self.out.push(')');
    }

    fn comma(&mut self, first: &mut bool) {
        if !std::mem::replace(first, false) {
            self.out.push_str(", ");
        }
    }
}

/// Whether a variant's text begins on a line of its own: where it has several, unless its first
/// character would mean something else there.
fn takes_lines(pattern: &Pattern<&str>) -> bool {
    if let Some(PatternElement::TextElement { value }) = pattern.elements.first()
        && value.starts_with(['.', '*', '['])
    {
        return false;
    }
    pattern.elements.iter().any(|element| match element {
        PatternElement::TextElement { value } => value.contains('\n'),
        PatternElement::Placeable { expression } => matches!(expression, Expression::Select { .. }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::document::Source;

    fn canonical(ftl: &str) -> String {
        let source = Source::new(ftl);
        let document = source.document();
        let item = document.items().next().expect("an item");
        pattern(&item.value.as_ref().expect("a value").pattern)
    }

    #[test]
    fn one_form_for_all_ways_to_write_it() {
        for ftl in [
            "k = { NUMBER($n,a:1)->\n[one]One\n*[other]\n  { $n } of\n\n  them\n}.",
            "k =\r\n    { NUMBER( $n, a : 1 ) ->\r\n [one]  One\r\n  *[other] { $n } of\r\n\r\n them\r\n }.\r\n",
        ] {
            let expected = "{ NUMBER($n, a: 1) ->\n    [one] One\n   *[other]\n        { $n } of\n\n        them\n}.";
            assert_eq!(canonical(ftl), expected);
        }
    }

    #[test]
    fn it_means_the_same_when_it_is_embedded() {
        for ftl in [
            "k = one",
            "k =\n  one\n    two\n  three",
            "k =\n      one\n    two",
            "k =\n      { $x }\n    two",
            "k =\n    { $x }\n      two\n        { $x }",
            "k = { $x ->\n *[a]\n      { $x }\n    two\n}\n      { $x }",
            "k = .one\n  two",
            "k = *one\n  two {\"[\"}",
            "k = { $n ->\n [a] .x\n   y\n *[b] { $m ->\n  *[c] d\n}\n}",
            "k = { \"\" }\n  x\n\n\n  y",
            "k = {{{ $x }}} { -t } { -t(a: 1) } { m.b }",
            "k = [x] a",
            "k = { -t.a(b: \"c\") ->\n *[x] y\n}",
        ] {
            let text = canonical(ftl);
            for newline in ["\n", "\r\n"] {
                let again = format!("k ={}", embed(&text, "    ", newline));
                assert_eq!(canonical(&again), text, "{again}");
            }
        }
    }
}
