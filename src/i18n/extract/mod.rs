//! `rekue i18n extract`: the ids and arguments that code asks for, by syntax tree.
//!
//! JavaScript and TypeScript are parsed whole (`script`); what templates hold of them is cut out
//! first, in place, so that positions stay those of the file (`template`). What a call means is told
//! by `calls`. An id that is no text in the code is reported as dynamic, never guessed.

mod calls;
mod script;
mod template;

use serde::{Deserialize, Serialize};

use super::lines::{Lines, Position};
use crate::error::{Error, Result};

/// A larger file is not written by hand.
pub const MAX_FILE_BYTES: usize = 512 * 1024;

/// Brackets that are open at once; a level of them takes most stack for its one byte.
const MAX_DEPTH: usize = 10_000;

/// Parser and walk recurse. This holds what a file of [`MAX_FILE_BYTES`] can nest otherwise, by
/// operators or arrows; pages that are not touched cost nothing.
const STACK_BYTES: usize = 512 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    pub files: Vec<CodeFile>,
    /// Names of functions that work as `t` does, beside `t` itself.
    #[serde(default)]
    pub functions: Vec<String>,
    /// The project's locales: `t('fr', id)` names one.
    #[serde(default)]
    pub locales: Vec<String>,
}

#[derive(Deserialize)]
pub struct CodeFile {
    pub name: String,
    pub text: String,
}

#[derive(Serialize, Default, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Extraction {
    pub calls: Vec<Call>,
    /// Calls whose id is not in the code.
    pub dynamic: Vec<Dynamic>,
    pub errors: Vec<Unreadable>,
}

/// One id of a call.
#[derive(Serialize, Debug, PartialEq)]
pub struct Call {
    pub id: String,
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub arguments: Vec<String>,
    /// Whether it may give more arguments than these.
    pub open: bool,
}

#[derive(Serialize, Debug, PartialEq)]
pub struct Dynamic {
    pub file: String,
    pub line: u32,
    pub column: u32,
    /// The beginning of the call.
    pub code: String,
}

/// A file, or a part of one, that could not be parsed.
#[derive(Serialize, Debug, PartialEq)]
pub struct Unreadable {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub message: String,
}

/// What names mean something.
struct Names {
    functions: Vec<String>,
    locales: Vec<String>,
}

impl Names {
    fn is_translate(&self, name: &str) -> bool {
        name == "t" || self.functions.iter().any(|each| each == name)
    }

    fn is_known(&self, name: &str) -> bool {
        name == "tMany" || self.is_translate(name)
    }

    fn is_locale(&self, text: &str) -> bool {
        self.locales.iter().any(|each| each.eq_ignore_ascii_case(text))
    }
}

/// Read all files, on a thread with a stack that deeply nested code does not fill.
pub fn extract(request: Request) -> Result<Extraction> {
    let work = move || {
        let names = Names { functions: request.functions, locales: request.locales };
        let mut found = Extraction::default();
        for file in &request.files {
            one_file(file, &names, &mut found);
        }
        found
    };
    let failed = |what: &str| Error::Internal(format!("the files could not be read: {what}"));
    let thread = std::thread::Builder::new().name("rekue-extract".into()).stack_size(STACK_BYTES);
    let thread = thread.spawn(work).map_err(|error| failed(&error.to_string()))?;
    thread.join().map_err(|_| failed("the parser has a defect"))
}

fn one_file(file: &CodeFile, names: &Names, found: &mut Extraction) {
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    let mut finds = Finds { file: &file.name, text, lines: Lines::new(text), found };
    if text.len() > MAX_FILE_BYTES {
        finds.unreadable(0, format!("the file is larger than {MAX_FILE_BYTES} bytes"));
    } else if let Some(at) = too_deep(text) {
        finds.unreadable(at, format!("more than {MAX_DEPTH} brackets are open here"));
    } else if let Some(language) = script::Language::of(&file.name) {
        if let Err((at, message)) = script::read(text, 0, language, names, &mut finds) {
            finds.unreadable(at, message);
        }
    } else {
        template::read(text, names, &mut finds);
    }
}

/// Where too many brackets are open. Those in texts and comments count, too: they are few.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    text.bytes().position(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    })
}

/// Where finds go: offsets become positions here.
struct Finds<'f> {
    file: &'f str,
    text: &'f str,
    lines: Lines,
    found: &'f mut Extraction,
}

impl Finds<'_> {
    fn position(&self, offset: usize) -> Position {
        self.lines.position(self.text, offset)
    }

    fn call(&mut self, offset: usize, id: String, arguments: &Given) {
        let Position { line, column } = self.position(offset);
        let Given { names, open } = arguments.clone();
        let file = self.file.to_owned();
        self.found.calls.push(Call { id, file, line, column, arguments: names, open });
    }

    fn dynamic(&mut self, offset: usize) {
        const SHOWN: usize = 60;
        let Position { line, column } = self.position(offset);
        let rest = self.text.get(offset..).unwrap_or_default().lines().next().unwrap_or_default();
        let code = rest.chars().take(SHOWN).collect();
        self.found.dynamic.push(Dynamic { file: self.file.to_owned(), line, column, code });
    }

    fn unreadable(&mut self, offset: usize, message: String) {
        let Position { line, column } = self.position(offset);
        let file = self.file.to_owned();
        self.found.errors.push(Unreadable { file, line, column, message });
    }
}

/// The arguments of a call.
#[derive(Clone, Default)]
struct Given {
    names: Vec<String>,
    open: bool,
}
