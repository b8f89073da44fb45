//! Messages in Project Fluent's format: the part of `rekue/i18n` that reads, checks and compiles, and
//! the translators' work on their catalogs.
//!
//! At run time: `catalog` lists a directory and reads it on several threads, `source` cuts a file
//! into pieces of bounded size, `indent` puts right what fluent-syntax overlooks in a piece,
//! `compile` turns its tree into a small program, and `negotiate` chooses a locale for an
//! `Accept-Language`. Programs run in `lib/i18n/resolver.js`, beside the `Intl` that formats numbers
//! and dates: a message with one number crosses no border.
//!
//! For translators (`rekue i18n …`): `document` is a file with the places of its entries, `project`
//! all files of all locales. `check`, `coverage`, `types` and `extract` read; `update`, `pseudo` and
//! `exchange` answer with texts to be written, made by `edit`s in place. Nothing of it reads or writes
//! a file.

pub mod catalog;
pub mod check;
pub mod compile;
pub mod coverage;
pub mod document;
pub mod edit;
pub mod exchange;
pub mod extract;
pub mod facts;
pub mod indent;
pub mod lines;
pub mod marks;
pub mod merge;
pub mod negotiate;
pub mod nesting;
pub mod print;
pub mod project;
pub mod pseudo;
pub mod source;
pub mod types;
pub mod update;
pub mod walk;
