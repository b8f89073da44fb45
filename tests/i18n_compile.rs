//! Whatever a catalog holds, compiling it ends in a program that JavaScript can read.

use proptest::collection::vec;
use proptest::prelude::*;
use rekue::i18n::compile::compile;
use serde_json::Value;

/// Parts of catalogs, so that what is made of them is often right, and wrong in every way.
const PARTS: [&str; 40] = [
    "id",
    "other",
    " = ",
    "=",
    "\n",
    "\n    ",
    "\r\n",
    "\r",
    "{",
    "}",
    " { ",
    " }",
    "$x",
    "-term",
    ".attr",
    "\n    .attr = ",
    "FOO(",
    "NUMBER(",
    ")",
    ", ",
    "a: 1",
    "a: \"b\"",
    "\"",
    "\\",
    "\\u0041",
    "\\U01F602",
    "1",
    "-1.50",
    "[",
    "]",
    "*[",
    " ->",
    "[one] ",
    "*[other] ",
    "# ",
    "é",
    "😂",
    "\u{0}",
    "text ",
    "\u{feff}",
];

fn catalogs() -> impl Strategy<Value = String> {
    let parts = vec(proptest::sample::select(&PARTS[..]), 0..60).prop_map(|parts| parts.concat());
    prop_oneof![4 => parts, 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_program_is_json_of_three_parts_a_message(text in catalogs()) {
        let lines = text.split('\n').count() as u32;
        let program = compile(text);
        let json: Value = serde_json::from_str(&program.json).unwrap();
        let entries = json.as_array().unwrap();
        prop_assert_eq!(entries.len(), program.messages * 3);
        for entry in entries.chunks(3) {
            let id = entry[0].as_str().unwrap();
            prop_assert!(id.trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphabetic()));
            prop_assert!(!entry[1].is_null() || entry[2].is_array());
        }
        for mistake in program.mistakes {
            prop_assert!((1..=lines).contains(&mistake.line) && mistake.column >= 1);
        }
    }

    #[test]
    fn a_good_message_survives_what_stands_before_it(text in catalogs()) {
        let program = compile(format!("{text}\n\nlast-one = here {{ $x }}\n"));
        let json: Value = serde_json::from_str(&program.json).unwrap();
        let found = json.as_array().unwrap().iter().any(|each| each == "last-one");
        prop_assert!(found);
    }
}
