//! What a call asks for: which of its arguments is the id, and what the message is given.

use oxc_ast::ast::{
    Argument, ArrayExpressionElement, AssignmentTarget, BinaryOperator, CallExpression, Expression,
    ObjectExpression, ObjectPropertyKind, PropertyKind,
};
use oxc_span::GetSpan;

use super::{Given, Names};

#[derive(Default)]
pub struct Meaning {
    /// Offset, id and arguments.
    pub ids: Vec<(u32, String, Given)>,
    /// Whether there are or may be other ids.
    pub dynamic: bool,
}

/// None if it is not a call of ours.
pub fn meaning(call: &CallExpression<'_>, names: &Names) -> Option<Meaning> {
    let name = callee(&call.callee)?;
    if !names.is_known(&name) || call.arguments.is_empty() {
        return None;
    }
    let Some(given) = expressions(&call.arguments) else {
        return Some(Meaning { dynamic: true, ..Meaning::default() });
    };
    Some(if name == "tMany" { many(call, &given) } else { one(call, &given, names) })
}

/// The last name of what is called: `t` of `t`, `i18n.t`, `res.locals.t` and `req['t']`.
fn callee(callee: &Expression<'_>) -> Option<String> {
    match callee.get_inner_expression() {
        Expression::Identifier(identifier) => Some(identifier.name.to_string()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.to_string()),
        Expression::ComputedMemberExpression(member) => text_of(&member.expression),
        _ => None,
    }
}

/// None where something is spread: then nobody knows what stands where.
fn expressions<'c, 'a>(arguments: &'c [Argument<'a>]) -> Option<Vec<&'c Expression<'a>>> {
    arguments
        .iter()
        .map(|each| each.as_expression().map(Expression::get_inner_expression))
        .collect()
}

/// `t(id, args, options)` or `t(locale, id, args, options)`.
fn one(call: &CallExpression<'_>, given: &[&Expression<'_>], names: &Names) -> Meaning {
    let mut meaning = Meaning::default();
    let (ids, complete) = texts_of(given[0]);
    let second = given.get(1).map(|each| texts_of(each));
    let named = named_arguments(&given[1..]);
    let names_locale = complete && !ids.is_empty() && ids.iter().all(|text| names.is_locale(text));
    let (ids, complete, arguments) = match (second, named) {
        // Nunjucks has named arguments: t('id', n = 1).
        (Some(_), Some(named)) => (ids, complete, named),
        // A second text is an id. A locale in front says the same, and so does something that is no
        // text, where there are three; `t(id, args, options)` has an object or a text in front.
        (Some((texts, whole)), None)
            if !texts.is_empty()
                || !matches!(given[1], Expression::ObjectExpression(_))
                    && (names_locale || ids.is_empty() && given.len() > 2) =>
        {
            (texts, whole, arguments_of(given.get(2)))
        }
        _ => (ids, complete, arguments_of(given.get(1))),
    };
    meaning.dynamic = !complete;
    meaning.ids = ids.into_iter().map(|id| (call.span.start, id, arguments.clone())).collect();
    meaning
}

/// `tMany(list)` or `tMany(locale, list)`, of ids and `[id, args]`.
fn many(call: &CallExpression<'_>, given: &[&Expression<'_>]) -> Meaning {
    let mut meaning = Meaning::default();
    let list = given.iter().take(2).find_map(|each| match each {
        Expression::ArrayExpression(list) => Some(list),
        _ => None,
    });
    let Some(list) = list else { return Meaning { dynamic: true, ..meaning } };
    for element in &list.elements {
        let (id, arguments) = match element {
            ArrayExpressionElement::Elision(_) => continue,
            ArrayExpressionElement::ArrayExpression(pair) => {
                let parts: Option<Vec<_>> =
                    pair.elements.iter().map(|each| each.as_expression()).collect();
                match parts.as_deref() {
                    Some([id, rest @ ..]) => (*id, arguments_of(rest.first())),
                    _ => {
                        meaning.dynamic = true;
                        continue;
                    }
                }
            }
            other => match other.as_expression() {
                Some(id) => (id, Given::default()),
                None => {
                    meaning.dynamic = true;
                    continue;
                }
            },
        };
        let (ids, complete) = texts_of(id);
        meaning.dynamic |= !complete;
        let at = id.span().start.max(call.span.start);
        meaning.ids.extend(ids.into_iter().map(|id| (at, id, arguments.clone())));
    }
    meaning
}

fn text_of(expression: &Expression<'_>) -> Option<String> {
    match texts_of(expression) {
        (texts, true) => match <[String; 1]>::try_from(texts) {
            Ok([text]) => Some(text),
            Err(_) => None,
        },
        _ => None,
    }
}

/// The texts that an expression can be, and whether these are all.
fn texts_of(expression: &Expression<'_>) -> (Vec<String>, bool) {
    /// A sum of choices has their product.
    const MAX_TEXTS: usize = 100;
    match expression.get_inner_expression() {
        Expression::StringLiteral(literal) => (vec![literal.value.to_string()], true),
        Expression::TemplateLiteral(literal) => {
            let cooked = literal.quasis.first().and_then(|quasi| quasi.value.cooked.as_ref());
            match (literal.expressions.is_empty(), cooked) {
                (true, Some(text)) => (vec![text.to_string()], true),
                _ => (Vec::new(), false),
            }
        }
        Expression::ConditionalExpression(choice) => {
            both(texts_of(&choice.consequent), texts_of(&choice.alternate))
        }
        Expression::LogicalExpression(choice) => {
            both(texts_of(&choice.left), texts_of(&choice.right))
        }
        Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition => {
            match (texts_of(&sum.left), texts_of(&sum.right)) {
                ((left, true), (right, true)) if left.len() * right.len() <= MAX_TEXTS => {
                    let sums = left.iter().flat_map(|a| right.iter().map(move |b| a.clone() + b));
                    (sums.collect(), true)
                }
                _ => (Vec::new(), false),
            }
        }
        _ => (Vec::new(), false),
    }
}

fn both(first: (Vec<String>, bool), second: (Vec<String>, bool)) -> (Vec<String>, bool) {
    let mut texts = first.0;
    texts.extend(second.0);
    (texts, first.1 && second.1)
}

fn arguments_of(expression: Option<&&Expression<'_>>) -> Given {
    match expression.map(|each| each.get_inner_expression()) {
        None | Some(Expression::NullLiteral(_)) => Given::default(),
        Some(Expression::Identifier(name)) if name.name == "undefined" => Given::default(),
        Some(Expression::ObjectExpression(object)) => properties(object),
        Some(_) => Given { names: Vec::new(), open: true },
    }
}

fn properties(object: &ObjectExpression<'_>) -> Given {
    let mut given = Given::default();
    for property in &object.properties {
        let name = match property {
            ObjectPropertyKind::ObjectProperty(it) if it.kind != PropertyKind::Set => {
                it.key.static_name().map(|name| name.into_owned())
            }
            ObjectPropertyKind::ObjectProperty(_) => continue,
            ObjectPropertyKind::SpreadProperty(_) => None,
        };
        match name {
            Some(name) => given.names.push(name),
            None => given.open = true,
        }
    }
    given
}

/// `n = 1, name = x`; None if there are none, or others between them.
fn named_arguments(given: &[&Expression<'_>]) -> Option<Given> {
    let name = |each: &&Expression<'_>| match each {
        Expression::AssignmentExpression(it) => match &it.left {
            AssignmentTarget::AssignmentTargetIdentifier(name) => Some(name.name.to_string()),
            _ => None,
        },
        _ => None,
    };
    let names: Option<Vec<String>> = given.iter().map(name).collect();
    names.filter(|names| !names.is_empty()).map(|names| Given { names, open: false })
}
