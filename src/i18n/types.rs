//! `rekue i18n types`: the messages' ids and arguments as TypeScript declarations.

use std::collections::BTreeMap;

use super::document::full_id;
use super::facts::{self, Facts, Rule};
use super::print;
use super::project::Catalog;
use super::walk::Use;

const HEAD: &str = "\
import type { I18n } from 'rekue/i18n'

type NoArguments = { [name: string]: never }

/** What is shown as it is. */
type Shown = string | number | bigint | Date

";

const TAIL: &str = "
export type MessageId = keyof Messages

/** The arguments behind an id: none are needed where the message has none. */
export type Arguments<Id extends MessageId> = Messages[Id] extends NoArguments
  ? [args?: Messages[Id]]
  : [args: Messages[Id]]

/** `req.t` and `res.locals.t`. */
export type Translate = <Id extends MessageId>(id: Id, ...args: Arguments<Id>) => string

/** An `I18n` that knows its messages: `const i18n: TypedI18n = await I18n.load(…)`. */
export type TypedI18n = Omit<I18n, 't'> & {
  t<Id extends MessageId>(locale: string, id: Id, ...args: Arguments<Id>): string
}
";

/// The declarations for the source locale, whose messages all have.
pub fn types(source: &Catalog<'_>) -> String {
    let mut out = format!(
        "// Made from the messages of {} by `rekue i18n types`: changes here are lost.\n\n{HEAD}",
        source.locale.tag
    );
    out.push_str("/** Each message, and each of its attributes, with its arguments. */\n");
    out.push_str("export interface Messages {\n");
    for known in source.first_ones().filter(|known| !known.item.term) {
        for field in known.item.fields() {
            let id = known.item.id;
            let text = print::pattern(&field.pattern);
            comment(&text, &mut out);
            let arguments = facts::reached(source, source, id, field.name);
            let arguments = arguments.map_or_else(|| "any".to_owned(), |facts| object(&facts));
            out.push_str(&format!("  '{}': {arguments}\n", full_id(id, field.name)));
        }
    }
    out.push_str("}\n");
    out.push_str(TAIL);
    out
}

fn comment(text: &str, out: &mut String) {
    let lines: Vec<String> = text.lines().map(|line| line.replace("*/", "*\u{200b}/")).collect();
    match lines.as_slice() {
        [one] => out.push_str(&format!("  /** {one} */\n")),
        _ => {
            out.push_str("  /**\n");
            for line in lines {
                out.push_str(format!("   * {line}").trim_end());
                out.push('\n');
            }
            out.push_str("   */\n");
        }
    }
}

/// What is known of an argument, from all places that use it.
#[derive(Default)]
struct Kinds<'s> {
    date: bool,
    number: bool,
    /// Names that it is compared with.
    names: Vec<&'s str>,
}

impl Kinds<'_> {
    fn name(&self) -> String {
        if self.date {
            return "Date | number".to_owned();
        }
        if self.number {
            return "number | bigint".to_owned();
        }
        if self.names.is_empty() {
            return "Shown".to_owned();
        }
        // Any other text chooses the default; editors still offer those that are known.
        let names: Vec<String> = self.names.iter().map(|name| format!("'{name}'")).collect();
        format!("{} | (string & {{}})", names.join(" | "))
    }
}

fn object(reached: &[&Facts<'_>]) -> String {
    let mut kinds: BTreeMap<&str, Kinds<'_>> = BTreeMap::new();
    for facts in reached {
        for (name, use_of) in &facts.variables {
            let kind = kinds.entry(name).or_default();
            kind.date |= *use_of == Use::Given("DATETIME");
            kind.number |= *use_of == Use::Given("NUMBER");
        }
        for choice in &facts.choices {
            let Some(name) = choice.variable else { continue };
            let kind = kinds.entry(name).or_default();
            match choice.rule {
                Rule::Cardinal | Rule::Ordinal => kind.number = true,
                Rule::Name => {
                    for key in choice.keys.iter().filter(|key| !key.number) {
                        if !kind.names.contains(&key.text) {
                            kind.names.push(key.text);
                        }
                    }
                }
            }
        }
    }
    if kinds.is_empty() {
        return "NoArguments".to_owned();
    }
    let property = |name: &&str| {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if plain { (*name).to_owned() } else { format!("'{name}'") }
    };
    let members: Vec<String> =
        kinds.iter().map(|(name, kind)| format!("{}: {}", property(name), kind.name())).collect();
    format!("{{ {} }}", members.join("; "))
}
