//! The reference fixtures of the Fluent project: every file with the syntax tree that it must give.
//! They come with a release of fluent-syntax that is there for nothing else.

use std::path::PathBuf;
use std::process::Command;

use rekue::i18n::compile::compile;
use serde_json::{Value, json};

/// How many there are: a test that finds none proves nothing.
const FIXTURES: usize = 35;

/// The folder of the fixtures, where cargo keeps the sources of that release.
fn folder() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tell = |args: &[&str]| Command::new(&cargo).args(args).output().unwrap().stdout;
    let version = String::from_utf8(tell(&["-vV"])).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Without the platform, cargo wants the sources of every other one as well, which a build on this
    // one has not brought.
    let output = tell(&[
        "metadata",
        "--format-version=1",
        "--locked",
        "--offline",
        "--filter-platform",
        host,
        "--manifest-path",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    ]);
    let metadata: Value = serde_json::from_slice(&output).unwrap();
    let package = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == "fluent-syntax" && package["version"] == "0.9.3");
    let manifest = PathBuf::from(package.unwrap()["manifest_path"].as_str().unwrap());
    manifest.parent().unwrap().join("tests/fixtures")
}

/// The program that a syntax tree stands for, written down a second time and in another way.
fn program(tree: &Value) -> Value {
    let mut out = Vec::new();
    for entry in tree["body"].as_array().unwrap() {
        let prefix = match entry["type"].as_str().unwrap() {
            "Message" => "",
            "Term" => "-",
            _ => continue,
        };
        out.push(json!(format!("{prefix}{}", name(&entry["id"]))));
        out.push(if entry["value"].is_null() { Value::Null } else { pattern(&entry["value"]) });
        let attributes: Vec<_> = entry["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|each| [json!(name(&each["id"])), pattern(&each["value"])])
            .collect();
        out.push(if attributes.is_empty() { json!(0) } else { attributes.into() });
    }
    out.into()
}

fn name(id: &Value) -> &str {
    id["name"].as_str().unwrap()
}

fn pattern(value: &Value) -> Value {
    let elements = value["elements"].as_array().unwrap();
    match elements.as_slice() {
        [only] if only["type"] == "TextElement" => only["value"].clone(),
        _ => elements
            .iter()
            .map(|each| match each["type"].as_str() {
                Some("TextElement") => each["value"].clone(),
                _ => expression(&each["expression"]),
            })
            .collect(),
    }
}

fn expression(value: &Value) -> Value {
    match value["type"].as_str().unwrap() {
        "SelectExpression" => {
            let variants = value["variants"].as_array().unwrap();
            let keyed: Vec<_> = variants
                .iter()
                .flat_map(|each| {
                    let key = &each["key"];
                    let key = match key["type"].as_str() {
                        Some("NumberLiteral") => number(key["value"].as_str().unwrap()),
                        _ => key["name"].clone(),
                    };
                    [key, pattern(&each["value"])]
                })
                .collect();
            let default = variants.iter().position(|each| each["default"] == true).unwrap();
            json!([6, expression(&value["selector"]), keyed, default])
        }
        "VariableReference" => json!([0, name(&value["id"])]),
        "NumberLiteral" => literal(value),
        "StringLiteral" => json!([2, unescaped(value["value"].as_str().unwrap())]),
        "MessageReference" => json!([3, name(&value["id"]), attribute(value)]),
        "TermReference" => json!([
            4,
            format!("-{}", name(&value["id"])),
            attribute(value),
            named(&value["arguments"])
        ]),
        "FunctionReference" => {
            let positional = value["arguments"]["positional"].as_array().unwrap();
            let positional: Vec<_> = positional.iter().map(expression).collect();
            json!([5, name(&value["id"]), positional, named(&value["arguments"])])
        }
        "Placeable" => expression(&value["expression"]),
        other => panic!("{other}"),
    }
}

fn attribute(value: &Value) -> Value {
    if value["attribute"].is_null() { json!(0) } else { json!(name(&value["attribute"])) }
}

fn named(arguments: &Value) -> Value {
    let named = arguments["named"].as_array().map(Vec::as_slice).unwrap_or_default();
    let each = |argument: &Value| {
        let value = &argument["value"];
        let value = match value["type"].as_str() {
            Some("NumberLiteral") => literal(value),
            _ => json!(unescaped(value["value"].as_str().unwrap())),
        };
        [json!(name(&argument["name"])), value]
    };
    named.iter().flat_map(each).collect()
}

fn literal(value: &Value) -> Value {
    let text = value["value"].as_str().unwrap();
    json!([1, number(text), text.split('.').nth(1).map_or(0, str::len)])
}

/// Whole where it is written so, as JSON tells 1 from 1.0.
fn number(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(whole) if whole != 0 || !text.starts_with('-') => json!(whole),
        _ => json!(text.parse::<f64>().unwrap()),
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' {
            chars.next()
        } else {
            out.push(c);
            continue;
        };
        let digits = match escaped.unwrap() {
            'u' => 4,
            'U' => 6,
            other => {
                out.push(other);
                continue;
            }
        };
        let code: String = chars.by_ref().take(digits).collect();
        let code = u32::from_str_radix(&code, 16).unwrap();
        out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
    }
    out
}

#[test]
fn every_fixture_compiles_to_what_its_tree_says() {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "ftl") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let tree: Value =
            serde_json::from_str(&std::fs::read_to_string(path.with_extension("json")).unwrap())
                .unwrap();
        // A comment that is none does no harm at run time: it is skipped like others.
        let junk = tree["body"].as_array().unwrap().iter().any(|each| {
            each["type"] == "Junk" && !each["content"].as_str().unwrap().starts_with('#')
        });
        let compiled = compile(text);
        let json: Value = serde_json::from_str(&compiled.json).unwrap();
        assert_eq!(json, program(&tree), "{}", path.display());
        assert_eq!(!compiled.mistakes.is_empty(), junk, "{}", path.display());
        seen += 1;
    }
    assert_eq!(seen, FIXTURES);
}
