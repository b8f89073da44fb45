//! What a pattern says about itself: its arguments, what it refers to, how it chooses.

use std::collections::{BTreeSet, HashSet, VecDeque};

use fluent_syntax::ast::{InlineExpression, Pattern, Variant, VariantKey};

use super::project::Catalog;
use super::walk::{self, Use, Visitor};

/// More fields than this are not followed from one message: what lies behind is then unknown.
const MAX_FOLLOWED: usize = 64;

const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

#[derive(Default)]
pub struct Facts<'s> {
    pub variables: Vec<(&'s str, Use<'s>)>,
    pub messages: Vec<Reference<'s>>,
    pub terms: Vec<Reference<'s>>,
    pub functions: Vec<&'s str>,
    pub choices: Vec<Choice<'s>>,
}

/// The id and the attribute that a placeable names.
#[derive(Clone, Copy)]
pub struct Reference<'s> {
    pub id: &'s str,
    pub attribute: Option<&'s str>,
}

/// A select expression.
pub struct Choice<'s> {
    pub rule: Rule,
    /// The argument that decides, also through a function.
    pub variable: Option<&'s str>,
    pub keys: Vec<Key<'s>>,
}

/// How a selector is compared with the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// By number and plural category.
    Cardinal,
    Ordinal,
    /// By name alone.
    Name,
}

pub struct Key<'s> {
    pub text: &'s str,
    pub number: bool,
    pub default: bool,
}

impl<'s> Facts<'s> {
    pub fn of(pattern: &Pattern<&'s str>) -> Self {
        let mut facts = Self::default();
        walk::pattern(pattern, &mut facts);
        facts
    }
}

impl<'s> Visitor<'s> for Facts<'s> {
    fn variable(&mut self, name: &'s str, use_of: Use<'s>) {
        self.variables.push((name, use_of));
    }

    fn message(&mut self, id: &'s str, attribute: Option<&'s str>) {
        self.messages.push(Reference { id, attribute });
    }

    fn term(&mut self, id: &'s str, attribute: Option<&'s str>) {
        self.terms.push(Reference { id, attribute });
    }

    fn function(&mut self, name: &'s str) {
        self.functions.push(name);
    }

    fn select(&mut self, selector: &InlineExpression<&'s str>, variants: &[Variant<&'s str>]) {
        let keys = variants.iter().map(|variant| {
            let (text, number) = match variant.key {
                VariantKey::Identifier { name } => (name, false),
                VariantKey::NumberLiteral { value } => (value, true),
            };
            Key { text, number, default: variant.default }
        });
        let keys: Vec<Key<'s>> = keys.collect();
        let (rule, variable) = rule_of(selector, &keys);
        self.choices.push(Choice { rule, variable, keys });
    }
}

/// An argument alone does not tell whether it is a number; keys that are all plural categories do.
fn rule_of<'s>(selector: &InlineExpression<&'s str>, keys: &[Key<'s>]) -> (Rule, Option<&'s str>) {
    match selector {
        InlineExpression::FunctionReference { id, arguments } => {
            let variable = arguments.positional.iter().find_map(|each| match each {
                InlineExpression::VariableReference { id } => Some(id.name),
                _ => None,
            });
            let ordinal = arguments.named.iter().any(|each| {
                each.name.name == "type"
                    && matches!(&each.value, InlineExpression::StringLiteral { value } if *value == "ordinal")
            });
            match (id.name, ordinal) {
                ("NUMBER", true) => (Rule::Ordinal, variable),
                ("NUMBER", false) => (Rule::Cardinal, variable),
                _ => (Rule::Name, variable),
            }
        }
        InlineExpression::VariableReference { id } => {
            let mut names = keys.iter().filter(|key| !key.number).peekable();
            let some = names.peek().is_some();
            let all = names.all(|key| CATEGORIES.contains(&key.text));
            let telling = keys.iter().any(|key| key.number || key.text != "other");
            let rule = if some && all && telling { Rule::Cardinal } else { Rule::Name };
            (rule, Some(id.name))
        }
        InlineExpression::NumberLiteral { .. } => (Rule::Cardinal, None),
        _ => (Rule::Name, None),
    }
}

/// What is in a field and in those of the messages it refers to, which are looked up in `catalog` and
/// then in `fallback`. A term's variables are its own and do not count. None where the references
/// lead too far to say.
pub fn reached<'c, 's>(
    catalog: &'c Catalog<'s>,
    fallback: &'c Catalog<'s>,
    id: &'c str,
    attribute: Option<&'c str>,
) -> Option<Vec<&'c Facts<'s>>> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut queue = VecDeque::from([(id, attribute)]);
    while let Some((id, attribute)) = queue.pop_front() {
        if !seen.insert((id, attribute)) {
            continue;
        }
        if seen.len() > MAX_FOLLOWED {
            return None;
        }
        let facts = |catalog: &'c Catalog<'s>| catalog.get(id)?.facts_of(attribute);
        if let Some(facts) = facts(catalog).or_else(|| facts(fallback)) {
            queue.extend(facts.messages.iter().map(|to| (to.id, to.attribute)));
            found.push(facts);
        }
    }
    Some(found)
}

/// The arguments that a field needs, in the sense of [`reached`].
pub fn arguments<'s>(
    catalog: &Catalog<'s>,
    fallback: &Catalog<'s>,
    id: &str,
    attribute: Option<&str>,
) -> Option<BTreeSet<&'s str>> {
    let reached = reached(catalog, fallback, id, attribute)?;
    Some(reached.iter().flat_map(|facts| facts.variables.iter().map(|&(name, _)| name)).collect())
}
