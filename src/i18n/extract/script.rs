//! JavaScript and TypeScript.

use oxc_allocator::Allocator;
use oxc_ast::ast::CallExpression;
use oxc_ast_visit::{Visit, walk};
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{GetSpan, SourceType};

use super::{Finds, Names, calls};

#[derive(Clone, Copy)]
pub struct Language(SourceType);

impl Language {
    /// Of a file; None if it is a template, or anything else.
    pub fn of(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(Self(match extension {
            // A module or a script, as its contents say; JSX in .js is common.
            "js" | "jsx" => SourceType::unambiguous().with_jsx(true),
            "cjs" => SourceType::cjs(),
            "mjs" => SourceType::mjs(),
            "ts" | "mts" | "cts" => SourceType::ts(),
            "tsx" => SourceType::tsx(),
            _ => return None,
        }))
    }

    /// What templates hold: sloppy, as the functions are into which they are compiled.
    pub fn in_templates() -> Self {
        Self(SourceType::cjs())
    }

    /// What stands in a `<script>`.
    pub fn in_pages(typescript: bool) -> Self {
        Self(if typescript { SourceType::ts() } else { SourceType::unambiguous() })
    }
}

/// Read code that begins at `base` of the file. An error has its offset in the file; what was
/// understood before it has been found nevertheless.
pub fn read(
    code: &str,
    base: usize,
    language: Language,
    names: &Names,
    finds: &mut Finds<'_>,
) -> Result<(), (usize, String)> {
    let allocator = Allocator::default();
    let options = ParseOptions {
        allow_return_outside_function: true,
        preserve_parens: false,
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&allocator, code, language.0).with_options(options).parse();
    if let (true, Some(error)) =
        (parsed.panicked || !parsed.errors.is_empty(), parsed.errors.first())
    {
        let label = error.labels.as_ref().and_then(|labels| labels.first());
        let at = label.map_or(0, |label| label.offset());
        return Err((base + at, error.message.to_string()));
    }
    Walk { base, names, finds }.visit_program(&parsed.program);
    Ok(())
}

struct Walk<'w, 'f> {
    base: usize,
    names: &'w Names,
    finds: &'w mut Finds<'f>,
}

impl<'a> Visit<'a> for Walk<'_, '_> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let Some(meaning) = calls::meaning(call, self.names) {
            let place = |offset: u32| self.base + offset as usize;
            for (offset, id, arguments) in meaning.ids {
                self.finds.call(place(offset), id, &arguments);
            }
            if meaning.dynamic {
                self.finds.dynamic(place(call.span().start));
            }
        }
        walk::walk_call_expression(self, call);
    }
}
