//! Messages in Fluent, and the translators' work on their catalogs.

pub mod check;
pub mod coverage;
pub mod document;
pub mod edit;
pub mod exchange;
pub mod extract;
pub mod facts;
pub mod lines;
pub mod marks;
pub mod merge;
pub mod nesting;
pub mod print;
pub mod project;
pub mod pseudo;
pub mod types;
pub mod update;
pub mod walk;
