//! What `check` finds, where, and what it leaves alone.

use rekue::i18n::check::{Kind, Problem, Severity, Usage, check};
use rekue::i18n::project::{Category, FileText, Locale, LocaleTexts, Plurals, Project};

fn category(name: &str, only: Option<u32>) -> Category {
    Category { name: name.to_owned(), only }
}

fn plurals(tag: &str) -> Plurals {
    let cardinal = match tag {
        "fr" | "fr-CA" => {
            vec![category("one", None), category("many", None), category("other", None)]
        }
        _ => vec![category("one", Some(1)), category("other", None)],
    };
    let names: &[&str] =
        if tag == "en" { &["one", "two", "few", "other"] } else { &["one", "other"] };
    Plurals { cardinal, ordinal: names.iter().map(|name| category(name, None)).collect() }
}

fn locales(all: &[(&str, &str)]) -> Vec<Locale> {
    let locale = |&(tag, text): &(&str, &str)| {
        let files = vec![FileText { name: "app.ftl".to_owned(), text: text.to_owned() }];
        Locale::from(LocaleTexts { locale: tag.to_owned(), files, plurals: plurals(tag) })
    };
    all.iter().map(locale).collect()
}

fn problems_with(all: &[(&str, &str)], usage: Option<&Usage>) -> Vec<Problem> {
    let locales = locales(all);
    let project = Project::new(&locales, "en").expect("there is en");
    check(&project, usage)
}

/// `kind file:line:column id` of each problem.
fn found(all: &[(&str, &str)]) -> Vec<String> {
    let place = |p: &Problem| {
        let kind = serde_json::to_value(p.kind).expect("a kind");
        let id = p.id.as_deref().unwrap_or("-");
        format!("{} {}:{}:{} {id}", kind.as_str().unwrap_or_default(), p.file, p.line, p.column)
    };
    problems_with(all, None).iter().map(place).collect()
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn good_catalogs_have_no_problems() {
    let en = "-brand = Rekue\na = A { -brand } { $x }\n    .t = T\nb = { $n ->\n    [one] One\n   *[other] { $n } <b>x</b><br>\n}\n";
    let fr = "-brand = Rekue\n    .gender = m\na = { $x } A { -brand }\n    .t = T\nb = { NUMBER($n) ->\n    [one] Un\n    [many] De\n   *[other] { $n } <b>x</b><br/>\n}\n";
    assert_eq!(found(&[("en", en), ("fr", fr)]), none());
}

#[test]
fn junk_has_its_place_whatever_the_ends_of_lines() {
    for newline in ["\n", "\r\n"] {
        let en = ["\u{feff}a = A", "\tb = B", "c = ü { $x", "d = D", "e", "f = { \"\\q\" }", ""];
        assert_eq!(
            found(&[("en", &en.join(newline))]),
            [
                "junk en/app.ftl:2:1 -",
                "junk en/app.ftl:3:1 c",
                "junk en/app.ftl:5:1 e",
                "junk en/app.ftl:6:8 f"
            ],
        );
    }
}

#[test]
fn what_is_there_twice_is_found_at_the_second_place() {
    let en = "a = 1\n    .x = 1\n    .x = 2\n-a = t { a }\na = { -a }\nb = { $n ->\n    [1] one\n    [1] two\n   *[other] x\n }\n";
    assert_eq!(
        found(&[("en", en)]),
        [
            "duplicate en/app.ftl:3:5 a.x",
            "duplicate en/app.ftl:5:1 a",
            "duplicate en/app.ftl:8:6 b",
        ]
    );
}

#[test]
fn what_a_locale_lacks_is_shown_in_the_source() {
    let en = "a = A\n    .x = X\nb = B\n-t = { b }\nc = { -t }\n";
    let fr = "a = A\nc = C\nold = O\n    .y = Y\n";
    assert_eq!(
        found(&[("en", en), ("fr", fr)]),
        ["obsolete fr/app.ftl:3:1 old", "missing en/app.ftl:2:5 a.x", "missing en/app.ftl:3:1 b"]
    );
    // A regional locale has what differs; an entry that cannot be parsed is junk, not missing.
    let all = [("en", "a = A\nb = B\n"), ("fr", "a = A\nb = B\n"), ("fr-CA", "b = { \n")];
    assert_eq!(found(&all), ["junk fr-CA/app.ftl:1:1 b"]);
}

#[test]
fn references_are_resolved_within_their_locale() {
    let en = "a = { b }\nb = { c.x }{ -t }{ FOO(1) }{ d }{ a2.y }\n-t = T\nc = C\nd =\n    .z = Z\na2 = 2\n";
    assert_eq!(
        found(&[("en", en)]),
        ["2:9 b", "2:20 b", "2:30 b", "2:38 b"]
            .map(|at| format!("unknown-reference en/app.ftl:{at}"))
    );
}

#[test]
fn arguments_are_compared_through_references() {
    let en =
        "a = { b } { $x }\nb = { $y }\nc = { $n ->\n    [one] One { $name }\n   *[other] x\n }\n";
    let fr = "a = { $y } { $x }\nb = { $z }\nc = { $n ->\n    [one] x\n    [many] x\n   *[other] x\n }\n";
    assert_eq!(
        found(&[("en", en), ("fr", fr)]),
        ["arguments fr/app.ftl:2:1 b", "arguments fr/app.ftl:2:7 b", "arguments fr/app.ftl:3:1 c"]
    );
}

#[test]
fn plural_categories_are_those_of_the_locale() {
    let variants = |keys: &str| {
        let keys = keys.split(' ').map(|key| format!("    [{key}] x\n"));
        keys.collect::<String>() + "   *[other] x\n }\n"
    };
    let message = |selector: &str, keys| format!("a = {{ {selector} ->\n{}", variants(keys));
    let one = |text: &str| found(&[("en", text)]);
    assert_eq!(one(&message("$n", "one few")), ["plural en/app.ftl:3:6 a"]);
    assert_eq!(
        one(&message("NUMBER($n)", "zero")),
        ["plural en/app.ftl:2:6 a", "plural-missing en/app.ftl:2:6 a"]
    );
    assert_eq!(one(&message("$n", "1")), none(), "[1] is all of [one] in English");
    assert_eq!(one(&message("$gender", "male female")), none());
    assert_eq!(one(&message("NUMBER($n, type: \"ordinal\")", "one two few")), none());
    assert_eq!(
        one(&message("NUMBER($n, type: \"ordinal\")", "one")),
        ["plural-missing en/app.ftl:2:6 a"]
    );
    assert_eq!(
        found(&[("en", &message("$n", "one")), ("fr", &message("$n", "one"))]),
        ["plural-missing fr/app.ftl:2:6 a"]
    );
}

#[test]
fn cycles_are_found_once_however_long() {
    assert_eq!(found(&[("en", "a = { a }\n")]), ["cycle en/app.ftl:1:1 a"]);
    let en = "a = { b }\nb = { c.x }\nc = C\n    .x = { a }\nd = { a } { -t }\n-t = { -t }\n";
    assert_eq!(found(&[("en", en)]), ["cycle en/app.ftl:1:1 a", "cycle en/app.ftl:6:1 -t"]);
    let long: String =
        (0..50_000).map(|i| format!("m{i} = {{ m{} }}\n", (i + 1) % 50_000)).collect();
    assert_eq!(found(&[("en", &long)]), ["cycle en/app.ftl:1:1 m0"]);
}

#[test]
fn markup_is_balanced_in_every_variant_and_that_of_the_source() {
    let one = |text: &str| found(&[("en", &format!("a = {text}\n"))]);
    assert_eq!(one("<b>x</b> a < b <3 <br> <img src=\"x\"> <my-tag/> &amp;"), none());
    assert_eq!(one("<b>x"), ["markup en/app.ftl:1:5 a"]);
    assert_eq!(one("x</b>"), ["markup en/app.ftl:1:6 a"]);
    assert_eq!(one("<b><i>x</b></i>"), ["markup en/app.ftl:1:8 a"]);
    let select = |a: &str, b: &str| format!("<p>{{ $x ->\n    [a] {a}\n   *[b] {b}\n }}</p>");
    assert_eq!(one(&select("<b>x</b>", "y")), none());
    assert_eq!(one(&select("<b>x", "y")), ["markup en/app.ftl:2:9 a"]);
    let compare = |en: &str, fr: &str| {
        found(&[("en", &format!("a = {en}\n")), ("fr", &format!("a = {fr}\n"))])
    };
    assert_eq!(compare("<a href=\"/x\" class=y>z</a>", "<a class=\"y\" href='/x'>z</a>"), none());
    assert_eq!(compare("<b>x</b>", "x"), ["markup fr/app.ftl:1:1 a"]);
    assert_eq!(compare("x", "<script>x</script>"), ["markup fr/app.ftl:1:5 a"]);
    assert_eq!(compare("<b>x</b>", "<b onclick=\"y\">x</b>"), ["markup fr/app.ftl:1:5 a"]);
}

#[test]
fn characters_that_nobody_sees_are_found() {
    let one = |text: &str| found(&[("en", &format!("a = {text}\n"))]);
    assert_eq!(one("ü\u{7}x"), ["control-character en/app.ftl:1:6 a"]);
    assert_eq!(one("{ \"\\u0000\" }"), ["control-character en/app.ftl:1:8 a"]);
    assert_eq!(one("\u{2068}{ $x }\u{2069} \u{200f}\u{200d}\u{ad}"), none());
    assert_eq!(one("x \u{202e}abc"), ["control-character en/app.ftl:1:7 a"]);
    assert_eq!(one("x \u{2069}"), ["control-character en/app.ftl:1:7 a"]);
    assert_eq!(one("x\ty"), none());
}

#[test]
fn code_is_compared_with_the_source() {
    let usage = |json: &str| serde_json::from_str::<Usage>(json).expect("a usage");
    let call = |id: &str, arguments: &str, open: bool| {
        format!(
            r#"{{"id":"{id}","file":"a.js","line":3,"column":4,"arguments":{arguments},"open":{open}}}"#
        )
    };
    let en = "a = { b }\nb = { $x }\nc = C\n    .t = { $y }\nd = D\nerror-1 = E\n";
    let calls = [
        call("a", "[]", false),
        call("a", "[\"x\"]", false),
        call("a", "[]", true),
        call("c.t", "[\"y\"]", false),
        call("c.u", "[]", false),
        call("none", "[]", false),
    ];
    let json = |dynamic: bool, ids: &str| {
        format!(r#"{{"calls":[{}],"dynamic":{dynamic},"dynamicIds":{ids}}}"#, calls.join(","))
    };
    let kinds = |text: &str| {
        let problems = problems_with(&[("en", en)], Some(&usage(text)));
        problems
            .into_iter()
            .map(|p| (p.kind, p.id.unwrap_or_default(), p.severity))
            .collect::<Vec<_>>()
    };
    let calls = [
        (Kind::Arguments, "a".to_owned(), Severity::Error),
        (Kind::Missing, "c.u".to_owned(), Severity::Error),
        (Kind::Missing, "none".to_owned(), Severity::Error),
    ];
    let unused = |id: &str, severity| (Kind::Unused, id.to_owned(), severity);
    let mut expected = calls.to_vec();
    expected.extend([unused("d", Severity::Error), unused("error-1", Severity::Error)]);
    assert_eq!(kinds(&json(false, "[]")), expected);
    let mut expected = calls.to_vec();
    expected.extend([unused("d", Severity::Warning), unused("error-1", Severity::Warning)]);
    assert_eq!(kinds(&json(true, "[]")), expected);
    let mut expected = calls.to_vec();
    expected.push(unused("d", Severity::Error));
    assert_eq!(kinds(&json(false, r#"["error-*"]"#)), expected);
}

#[test]
fn pseudo_locales_are_not_compared() {
    assert_eq!(found(&[("en", "a = A\n"), ("en-XA", "b = <b>\n")]), none());
}

#[test]
fn hostile_catalogs_take_bounded_time() {
    let started = std::time::Instant::now();
    let chain: String = (0..20_000).map(|i| format!("m{i} = {{ m{} }}\n", i + 1)).collect();
    let wide = format!("w = {}\n", "{ $x -> \n [a] <b>\n *[b] x\n }".repeat(300));
    let brackets = format!("x = {}\n", "<".repeat(200_000));
    let tags = format!("y = {}\n", "<b>".repeat(50_000));
    let deep = format!("z = {}\n", "{".repeat(100_000));
    let en = chain + &wide + &brackets + &tags + &deep;
    assert!(!found(&[("en", &en), ("fr", &en)]).is_empty());
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
