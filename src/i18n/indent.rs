//! The indentation of a pattern's lines, as Fluent's specification has it.
//!
//! fluent-syntax 0.12 overlooks the blanks in front of a placeable that begins a line: it neither
//! counts them when it looks for the indentation that all lines share, nor keeps what goes beyond
//! it. It also keeps blanks of lines that hold nothing else. The pieces of its tree are slices of
//! the text, so what it overlooked still stands in front of them and can be taken up again.

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, Identifier, InlineExpression, Pattern, PatternElement,
    Resource,
};

/// Give each line of each pattern the indentation that it has in `text`, which was parsed.
pub fn restore<'s>(text: &'s str, resource: &mut Resource<&'s str>) {
    let lines = Lines { text };
    for entry in &mut resource.body {
        let (value, attributes) = match entry {
            Entry::Message(message) => (message.value.as_mut(), &mut message.attributes),
            Entry::Term(term) => (Some(&mut term.value), &mut term.attributes),
            _ => continue,
        };
        let others = attributes.iter_mut().map(|attribute| &mut attribute.value);
        value.into_iter().chain(others).for_each(|pattern| lines.pattern(pattern));
    }
}

/// The start of a line, and where its blanks end.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    content: usize,
    blank: bool,
}

struct Lines<'s> {
    text: &'s str,
}

impl<'s> Lines<'s> {
    fn pattern(&self, pattern: &mut Pattern<&'s str>) {
        for element in &mut pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
        // What stands alone shares its indentation with nobody.
        if pattern.elements.len() < 2 {
            return;
        }
        let lines: Vec<_> = pattern.elements.iter().map(|element| self.begun_by(element)).collect();
        let written = lines.iter().flatten().filter(|line| !line.blank);
        let Some(common) = written.map(|line| line.content - line.start).min() else { return };
        let mut elements = Vec::with_capacity(pattern.elements.len());
        for (element, line) in pattern.elements.drain(..).zip(lines) {
            let Some(line) = line else {
                elements.push(element);
                continue;
            };
            let start = if line.blank { line.content } else { line.start + common };
            match element {
                PatternElement::TextElement { value } => {
                    let end = self.offset(value) + value.len();
                    elements.push(PatternElement::TextElement { value: &self.text[start..end] });
                }
                PatternElement::Placeable { .. } => {
                    if start < line.content {
                        let value = &self.text[start..line.content];
                        elements.push(PatternElement::TextElement { value });
                    }
                    elements.push(element);
                }
            }
        }
        pattern.elements = elements;
    }

    fn expression(&self, expression: &mut Expression<&'s str>) {
        match expression {
            Expression::Inline(one) => self.inline(one),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                variants.iter_mut().for_each(|variant| self.pattern(&mut variant.value));
            }
        }
    }

    /// Patterns hide in placeables that are arguments, too.
    fn inline(&self, one: &mut InlineExpression<&'s str>) {
        match one {
            InlineExpression::FunctionReference { arguments, .. }
            | InlineExpression::TermReference { arguments: Some(arguments), .. } => {
                let CallArguments { positional, .. } = arguments;
                positional.iter_mut().for_each(|each| self.inline(each));
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            _ => {}
        }
    }

    /// The line that begins with an element; None for one that other things stand in front of.
    fn begun_by(&self, element: &PatternElement<&'s str>) -> Option<Line> {
        let bytes = self.text.as_bytes();
        let (at, content) = match element {
            PatternElement::TextElement { value } => {
                let at = self.offset(value);
                (at, at + value.bytes().take_while(|byte| *byte == b' ').count())
            }
            PatternElement::Placeable { expression } => {
                let at = self.brace_before(self.start_of(expression)?)?;
                (at, at)
            }
        };
        let start = bytes[..at].iter().rposition(|byte| *byte != b' ')? + 1;
        let blank = bytes.get(content).is_none_or(|byte| *byte == b'\n');
        (bytes[start - 1] == b'\n').then_some(Line { start, content, blank })
    }

    fn start_of(&self, expression: &Expression<&'s str>) -> Option<usize> {
        let (Expression::Inline(first) | Expression::Select { selector: first, .. }) = expression;
        match first {
            InlineExpression::NumberLiteral { value } => Some(self.offset(value)),
            InlineExpression::FunctionReference { id, .. }
            | InlineExpression::MessageReference { id, .. } => Some(self.offset(id.name)),
            // A quote, a hyphen or a dollar sign stands in front of these.
            InlineExpression::StringLiteral { value: name }
            | InlineExpression::TermReference { id: Identifier { name }, .. }
            | InlineExpression::VariableReference { id: Identifier { name } } => {
                self.offset(name).checked_sub(1)
            }
            InlineExpression::Placeable { expression } => {
                self.brace_before(self.start_of(expression)?)
            }
        }
    }

    /// The brace that opens what begins at `at`.
    fn brace_before(&self, at: usize) -> Option<usize> {
        let before = self.text.as_bytes().get(..at)?;
        let brace = before.iter().rposition(|byte| !matches!(byte, b' ' | b'\r' | b'\n'))?;
        (before[brace] == b'{').then_some(brace)
    }

    /// Where a slice of the text lies in it.
    fn offset(&self, slice: &str) -> usize {
        (slice.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluent_syntax::parser;

    /// The text of the first value or attribute, `{}` for each placeable.
    fn text(ftl: &str) -> String {
        let mut resource = parser::parse(ftl).expect("Fluent");
        restore(ftl, &mut resource);
        let Entry::Message(message) = &resource.body[0] else { panic!("no message") };
        let pattern = message.value.as_ref().unwrap_or_else(|| &message.attributes[0].value);
        outline(pattern)
    }

    fn outline(pattern: &Pattern<&str>) -> String {
        let pieces = pattern.elements.iter().map(|element| match element {
            PatternElement::TextElement { value } => (*value).to_owned(),
            PatternElement::Placeable { expression: Expression::Select { variants, .. } } => {
                let inner: Vec<_> = variants.iter().map(|each| outline(&each.value)).collect();
                format!("<{}>", inner.join("|"))
            }
            PatternElement::Placeable { .. } => "{}".to_owned(),
        });
        pieces.collect()
    }

    #[test]
    fn a_placeable_is_indented_as_a_text_is() {
        for (ftl, expected) in [
            ("m =\n    { $s }\n        x\n", "{}\n    x"),
            ("m =\n        { $s }\n    x\n", "    {}\nx"),
            ("m =\n    { $s }\n      { -t }\n   { m }\n", " {}\n   {}\n{}"),
            ("m =\n     a\n    { \"\" }\n", " a\n{}"),
            ("m = { $s }\n      x\n        { 1 }\n", "{}\nx\n  {}"),
            ("m = a { $s }\n      { -1 }{ F() }\n        { { { $s } } }\n", "a {}\n{}{}\n  {}"),
            ("m =\n    .a =\n        { $s }a\n          x\n", "{}a\n  x"),
            ("m =\n    {\n\n  $s\n }\n      x\n", "{}\n  x"),
            ("m =\n{ $s }\n  x\n", "{}\n  x"),
            ("m =\n   { $n ->\n    *[o]\n       { $s }\n         x\n  }\n    y\n", "<{}\n  x>\n y"),
        ] {
            assert_eq!(text(ftl), expected, "{ftl}");
            let windows = ftl.replace('\n', "\r\n");
            assert_eq!(text(&windows), expected, "{windows:?}");
        }
    }

    #[test]
    fn a_line_of_blanks_is_an_empty_one() {
        assert_eq!(text("m =\n  a\n      \n  { $s }\n \n    b\n"), "a\n\n{}\n\n  b");
    }

    #[test]
    fn arguments_hold_patterns_too() {
        let ftl = "m = { F({ $n ->\n  *[o]\n      { $s }\n        x\n }) }\n";
        let mut resource = parser::parse(ftl).expect("Fluent");
        restore(ftl, &mut resource);
        assert!(format!("{resource:?}").contains("\"  x\""));
    }
}
