//! Messages in Project Fluent's format: the part of `rekue/i18n` that reads, checks and compiles.
//!
//! `catalog` lists a directory and reads it on several threads, `source` cuts a file into pieces
//! of bounded size, `compile` turns what fluent-syntax makes of a piece into a small program, and
//! `negotiate` chooses a locale for an `Accept-Language`. Programs run in `lib/i18n/resolver.js`,
//! beside the `Intl` that formats numbers and dates: a message with one number crosses no border.

pub mod catalog;
pub mod compile;
pub mod negotiate;
pub mod source;
