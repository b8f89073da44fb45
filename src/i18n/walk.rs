//! A walk over all that a pattern holds, in the order of the text.

use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement, Variant};

/// What is met on the way. Each has a default, for nobody wants all.
pub trait Visitor<'s> {
    fn text(&mut self, _text: &'s str) {}
    fn literal(&mut self, _value: &'s str) {}
    fn variable(&mut self, _name: &'s str, _use_of: Use<'s>) {}
    fn message(&mut self, _id: &'s str, _attribute: Option<&'s str>) {}
    fn term(&mut self, _id: &'s str, _attribute: Option<&'s str>) {}
    fn function(&mut self, _name: &'s str) {}
    fn select(&mut self, _selector: &InlineExpression<&'s str>, _variants: &[Variant<&'s str>]) {}
}

/// What an argument is used for, as far as that tells what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use<'s> {
    /// Shown as it is.
    Shown,
    /// Chooses a variant.
    Selects,
    /// Handed to a function of this name.
    Given(&'s str),
}

/// Documents limit how deep patterns are nested, so recursion is safe here.
pub fn pattern<'s>(pattern: &Pattern<&'s str>, visitor: &mut impl Visitor<'s>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => visitor.text(value),
            PatternElement::Placeable { expression: inner } => expression(inner, visitor),
        }
    }
}

fn expression<'s>(expression: &Expression<&'s str>, visitor: &mut impl Visitor<'s>) {
    match expression {
        Expression::Inline(one) => inline(one, Use::Shown, visitor),
        Expression::Select { selector, variants } => {
            inline(selector, Use::Selects, visitor);
            visitor.select(selector, variants);
            for variant in variants {
                pattern(&variant.value, visitor);
            }
        }
    }
}

fn inline<'s>(one: &InlineExpression<&'s str>, use_of: Use<'s>, visitor: &mut impl Visitor<'s>) {
    match one {
        InlineExpression::StringLiteral { value } => visitor.literal(value),
        InlineExpression::NumberLiteral { .. } => {}
        InlineExpression::FunctionReference { id, arguments } => {
            visitor.function(id.name);
            for each in &arguments.positional {
                inline(each, Use::Given(id.name), visitor);
            }
        }
        InlineExpression::MessageReference { id, attribute } => {
            visitor.message(id.name, attribute.as_ref().map(|it| it.name));
        }
        // What a term is given is its own affair: named arguments are literals, positional ones
        // are ignored when it is resolved.
        InlineExpression::TermReference { id, attribute, .. } => {
            visitor.term(id.name, attribute.as_ref().map(|it| it.name));
        }
        InlineExpression::VariableReference { id } => visitor.variable(id.name, use_of),
        InlineExpression::Placeable { expression: inner } => expression(inner, visitor),
    }
}
