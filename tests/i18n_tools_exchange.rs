//! What the tools write: nothing that nobody asked for, over generated catalogs.

use proptest::prelude::*;
use rekue::i18n::document::Source;
use rekue::i18n::exchange::import::{Import, import};
use rekue::i18n::exchange::{Translation, Unit, po, units, xliff};
use rekue::i18n::project::{Catalog, FileText, Locale, LocaleTexts, Plurals, Project};
use rekue::i18n::update::{Update, update};
use rekue::i18n::{coverage, print};

fn locale(tag: &str, files: &[(&str, &str)]) -> Locale {
    let file = |&(name, text): &(&str, &str)| FileText { name: name.into(), text: text.into() };
    let files = files.iter().map(file).collect();
    Locale::from(LocaleTexts { locale: tag.into(), files, plurals: Plurals::default() })
}

fn with<T>(en: &str, fr: &str, work: impl FnOnce(&Project<'_>, &Catalog<'_>) -> T) -> T {
    let locales = [locale("en", &[("app.ftl", en)]), locale("fr", &[("app.ftl", fr)])];
    let project = Project::new(&locales, "en").expect("there is en");
    let catalog = project.get("fr").expect("there is fr");
    work(&project, catalog)
}

fn updated(en: &str, fr: &str) -> (String, Update) {
    let update = with(en, fr, update);
    let text = update.files.first().map_or(fr.to_owned(), |file| file.text.clone());
    (text, update)
}

fn imported(en: &str, fr: &str, translation: Translation) -> (String, Import) {
    let import = with(en, fr, |project, catalog| import(project, catalog, translation));
    let text = import.files.first().map_or(fr.to_owned(), |file| file.text.clone());
    (text, import)
}

const FORMATS: [&str; 2] = ["po", "xliff"];

fn exported(format: &str, units: &[Unit]) -> String {
    match format {
        "po" => po::write(units, "en", "fr"),
        _ => {
            let (text, skipped) = xliff::write(units, "en", "fr");
            assert_eq!(skipped, Vec::<String>::new());
            text
        }
    }
}

fn read(format: &str, text: &str) -> Translation {
    let translation = if format == "po" { po::read(text) } else { xliff::read(text) };
    let translation = translation.expect("it can be read");
    assert_eq!(translation.locale.as_deref(), Some("fr"));
    translation
}

/// Text without what has a meaning, at places where it would have one.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zäß]{1,6}",
        Just("<b>x</b>".to_owned()),
        Just("\"q\" \\ &amp; 'a'".to_owned()),
        Just("ع 日本 😀".to_owned()),
        Just("#.-=[*".to_owned()),
        Just("{ $x }".to_owned()),
        Just("{$n}".to_owned()),
        Just("{ NUMBER( $n, a: 1 , b:\"c\" ) }".to_owned()),
        Just("{ -t }".to_owned()),
        Just("{\"\\u00e9 { \"}".to_owned()),
        Just("{ other.attr }".to_owned()),
    ];
    let line = prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.join(" "));
    prop::collection::vec(("x", line, 0..4usize), 1..4).prop_map(|lines| {
        let mut out = String::new();
        for (i, (start, line, indent)) in lines.iter().enumerate() {
            if i > 0 {
                out.push('\n');
                if *indent == 3 {
                    out.push('\n');
                }
                out.push_str(&" ".repeat(2 + indent));
            }
            out.push_str(start);
            out.push_str(line);
        }
        out
    })
}

/// A pattern: text, or variants of it.
fn pattern() -> impl Strategy<Value = String> {
    let variants = (text(), text(), any::<bool>()).prop_map(|(a, b, inline)| {
        let start = if inline { "" } else { "\n    " };
        format!("{start}{{ $n ->\n      [one] {a}\n     *[other]\n        {b}\n  }} end")
    });
    prop_oneof![3 => text(), 1 => variants]
}

/// A catalog in the hand of somebody: comments, blank lines, attributes, ends of lines, a mark.
fn catalog() -> impl Strategy<Value = String> {
    let entry = (pattern(), prop::option::of(pattern()), 0..6u8, 0..3usize);
    (prop::collection::vec(entry, 0..8), any::<bool>(), any::<bool>()).prop_map(
        |(entries, windows, mark)| {
            let mut out = String::from("### About\n\n-t = Term\nother =\n    .attr = Attr\n");
            for (i, (value, attribute, comment, blank)) in entries.iter().enumerate() {
                out.push_str(&"\n".repeat(*blank));
                match comment {
                    0 => out.push_str("\n## Group\n\n"),
                    1 => out.push_str("# about it\n#\n# more\n"),
                    2 => out.push_str("\n# alone\n\n"),
                    3 => out.push_str("junk }\n"),
                    _ => {}
                }
                out.push_str(&format!("m{i}  ={value}\n"));
                if let Some(attribute) = attribute {
                    out.push_str(&format!("  .a= {attribute}\n"));
                }
            }
            if windows {
                out = out.replace('\n', "\r\n");
            }
            if mark { format!("\u{feff}{out}") } else { out }
        },
    )
}

/// Each value and attribute in canonical text, by id.
fn meanings(ftl: &str) -> Vec<(String, String)> {
    let source = Source::new(ftl);
    let document = source.document();
    let mut found: Vec<(String, String)> = document
        .items()
        .flat_map(|item| {
            item.fields().map(|field| {
                let id = format!("{}.{}", item.name(), field.name.unwrap_or_default());
                (id, print::pattern(&field.pattern))
            })
        })
        .collect();
    found.sort();
    found.dedup_by(|a, b| a.0 == b.0);
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_exported_and_imported_again_changes_nothing(en in catalog(), fr in catalog()) {
        for format in FORMATS {
            let file = exported(format, &with(&en, &fr, units));
            let (_, import) = imported(&en, &fr, read(format, &file));
            prop_assert_eq!(&import, &Import::default());
            let file = file.replace('\n', "\r\n");
            let (_, import) = imported(&en, &fr, read(format, &file));
            prop_assert_eq!(&import, &Import::default());
        }
    }

    #[test]
    fn a_whole_translation_arrives_as_it_was_sent(en in catalog()) {
        for format in FORMATS {
            let mut units = with(&en, "", units);
            for unit in &mut units {
                unit.target = Some(unit.source.clone());
            }
            let count = units.len();
            let (text, import) = imported(&en, "", read(format, &exported(format, &units)));
            prop_assert_eq!(&import.skipped, &[]);
            prop_assert_eq!(import.changed.len(), count);
            prop_assert_eq!(meanings(&text), meanings(&en), "{}", text);
        }
    }

    #[test]
    fn update_adds_all_and_then_nothing(en in catalog(), fr in catalog()) {
        let (once, _) = updated(&en, &fr);
        let (twice, second) = updated(&en, &once);
        prop_assert_eq!(&twice, &once, "{:?}", second);
        let has: Vec<String> = meanings(&once).into_iter().map(|(id, _)| id).collect();
        for (id, _) in meanings(&en) {
            prop_assert!(has.contains(&id), "{} is missing in\n{}", id, once);
        }
        // What was there before is there still, in its order.
        let mut rest = once.as_str();
        for line in fr.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let at = rest.find(line);
            prop_assert!(at.is_some(), "{:?} is lost in\n{}", line, once);
            rest = &rest[at.unwrap_or(0) + line.len()..];
        }
    }

    #[test]
    fn a_new_locale_says_what_the_source_says_and_counts_as_nothing(en in catalog()) {
        let (text, update) = updated(&en, "");
        prop_assert_eq!(meanings(&text), meanings(&en), "{}", text);
        prop_assert!(update.restored.is_empty() && update.set_aside.is_empty());
        let figures = with(&en, &text, |project, _| coverage::coverage(project));
        prop_assert_eq!(figures[0].translated, 0);
        prop_assert_eq!(figures[0].untranslated, figures[0].total);
        // Nothing of it is a translation to be exported.
        for unit in with(&en, &text, units) {
            prop_assert!(unit.target.is_none() || unit.id.starts_with('-'));
        }
    }

    #[test]
    fn readers_bear_any_text(text in ".{0,200}", pieces in prop::collection::vec(prop_oneof![
        Just("<xliff version=\"1.2\">"), Just("<file>"), Just("<trans-unit id=\"a\">"), Just("<source>"),
        Just("</source>"), Just("<target>"), Just("]]>"), Just("<![CDATA["), Just("&#0;"), Just("&x;"),
        Just("<!DOCTYPE a>"), Just("</xliff>"), Just("msgid \"\""), Just("msgstr[1] \"\\"), Just("\n"),
        Just("\"x\""), Just("msgctxt "), Just("#, fuzzy"), Just("#~ msgid \"a\"")
    ], 0..20)) {
        for text in [text, pieces.concat()] {
            let _ = po::read(&text);
            let _ = xliff::read(&text);
            let _ = Source::new(&text).document().items().count();
        }
    }
}

const EN: &str = "## Group\n\n# About a\na = Hello\n    .t = Title\nb = { $n ->\n    [one] One\n   *[other] Many\n}\n";

#[test]
fn only_the_changed_pattern_is_written() {
    let fr = "# mine\nb    =   { $n ->\n    [one]   Un\n   *[other] Plusieurs\n}\r\n\r\n\r\na =Salut   \n  .t =  Titre # no comment\n";
    for format in FORMATS {
        let mut units = with(EN, fr, units);
        units[1].target = Some("Autre\ntitre".to_owned());
        let (text, import) = imported(EN, fr, read(format, &exported(format, &units)));
        assert_eq!(import.changed, ["a.t"]);
        let expected = fr.replace("  Titre # no comment", "\n        Autre\n        titre");
        assert_eq!(text.replace("\r\n", "\n"), expected.replace("\r\n", "\n"));
    }
}

#[test]
fn what_is_new_goes_where_the_source_has_it() {
    let (text, update) = updated(EN, "### Mine\n\nb = B\n");
    assert_eq!(update.added, ["a", "a.t"][..1]);
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("untranslated")).collect();
    assert_eq!(
        lines,
        ["### Mine", "", "## Group", "", "# About a", "a = Hello", "    .t = Title", "", "b = B"]
    );
    let (text, update) = updated(EN, "b = B\na = Salut\n");
    assert_eq!(update.added, ["a.t"]);
    assert!(text.ends_with("\na = Salut\n    .t = Title\n"), "{text}");
}

#[test]
fn what_is_gone_is_set_aside_and_comes_back() {
    let fr = "a = A\n    .t = T\n# note\nold = Vieux\n    .x = { $y }\nb = B\n";
    let (aside, update) = updated(EN, fr);
    assert_eq!(update.set_aside, ["old"]);
    assert_eq!(
        aside,
        "a = A\n    .t = T\n\n# rekue: set aside\n# # note\n# old = Vieux\n#     .x = { $y }\n\nb = B\n"
    );
    let again = format!("{EN}\nold = Old\n    .x = {{ $y }}\n");
    let (text, update) = updated(&again, &aside);
    assert_eq!(
        (update.restored.as_slice(), update.added.len()),
        (["old".to_owned()].as_slice(), 0)
    );
    assert_eq!(text, "a = A\n    .t = T\n\nb = B\n\n# note\nold = Vieux\n    .x = { $y }\n");
}

#[test]
fn what_moved_to_another_file_comes_back_from_there() {
    let en = locale("en", &[("a.ftl", "x = X\n"), ("b.ftl", "y = Y\nold = Old\n")]);
    let aside = "x = x\n\n# rekue: set aside\n# old = Vieux\n";
    let fr = locale("fr", &[("a.ftl", aside), ("c.ftl", "y = y\n")]);
    let locales = [en, fr];
    let project = Project::new(&locales, "en").expect("there is en");
    let update = update(&project, project.get("fr").expect("there is fr"));
    assert_eq!(update.restored, ["old"]);
    let files: Vec<_> = update.files.iter().map(|f| (f.name.as_str(), f.text.as_str())).collect();
    assert_eq!(files, [("a.ftl", "x = x\n\n"), ("b.ftl", "old = Vieux\n")]);
}

#[test]
fn a_copy_follows_the_source_until_it_is_translated() {
    let (copy, _) = updated("a = One\n", "");
    let (fresh, update) = updated("a = Two\n", &copy);
    assert_eq!(update.refreshed, ["a"]);
    assert!(fresh.contains("a = Two\n") && fresh.contains("# rekue: untranslated "), "{fresh}");
    let (done, update) = updated("a = Three\n", &fresh.replace("Two", "Deux"));
    assert_eq!(done, "a = Deux\n");
    assert!(update.refreshed.is_empty());
    // A copy of what the source no longer has is nothing to keep.
    let (none, update) = updated("b = B\n", &copy);
    assert!(!none.contains("One") && update.set_aside == ["a"], "{none}");
}

#[test]
fn translations_that_are_none_are_not_taken() {
    let unit = |id: &str, source: &str, target: &str| Unit {
        file: "../../etc/passwd".to_owned(),
        id: id.to_owned(),
        comment: Vec::new(),
        line: 1,
        source: source.to_owned(),
        target: Some(target.to_owned()),
    };
    for (unit, why) in [
        (unit("a", "Hello", "x }"), "not one Fluent pattern"),
        (unit("a", "Hello", "x { $y"), "not one Fluent pattern"),
        (unit("a", "Hello", "x\n.evil = y"), "not one Fluent pattern"),
        (unit("a", "Hello", &"{".repeat(100_000)), "not one Fluent pattern"),
        (unit("a", "Hello!", "x"), "no longer the one"),
        (unit("none", "Hello", "x"), "has no \"none\""),
        (unit("a.none", "Hello", "x"), "has no \"a.none\""),
        (unit("__proto__", "Hello", "x"), "has no"),
    ] {
        for format in FORMATS {
            let file = exported(format, std::slice::from_ref(&unit));
            let (_, import) = imported(EN, "", read(format, &file));
            assert_eq!((import.files.len(), import.changed.len()), (0, 0));
            assert!(import.skipped[0].message.contains(why), "{:?}", import.skipped);
        }
    }
    // A second entry in the text is text, and a strange file name is only a name.
    let file = po::write(&[unit("a", "Hello", "x\nevil = y")], "en", "fr");
    let (text, import) = imported(EN, "", read("po", &file));
    assert_eq!(import.files[0].name, "app.ftl");
    assert!(text.ends_with("a =\n    x\n    evil = y\n"), "{text}");
}

#[test]
fn the_reader_of_xliff_opens_nothing() {
    let unit =
        "<trans-unit id=\"app.ftl:a\"><source>Hello</source><target>&x;</target></trans-unit>";
    let file = |head: &str, body: &str| {
        format!(
            "{head}<xliff version=\"1.2\"><file target-language=\"fr\"><body>{body}</body></file></xliff>"
        )
    };
    let bomb = "<!DOCTYPE x [<!ENTITY x \"xx\"><!ENTITY y \"&x;&x;\">]>";
    let error = |text: &str| xliff::read(text).expect_err("it is refused").message;
    assert!(error(&file(bomb, unit)).contains("document type"));
    assert!(error(&file("", unit)).contains("no entity"));
    assert!(error(&file("", &"<g>".repeat(5000))).contains("within each other"));
    assert!(error("<xliff version=\"2.0\"></xliff>").contains("1.2"));
    assert!(error("<html></html>").contains("not XLIFF"));
    assert!(error("<xliff version=\"1.2\"><file>").contains("no end"));
}

#[test]
fn what_tools_do_to_xliff_is_understood() {
    let read = |target: &str| {
        let text = format!(
            "<x:xliff version=\"1.2\" xmlns:x=\"urn\"><x:file target-language=\"fr\"><x:body><x:group>\
             <x:trans-unit id=\"app.ftl:a\"><x:source>He<x:g id=\"1\">ll</x:g>o</x:source>{target}\
             <x:alt-trans><x:target>no</x:target></x:alt-trans><x:note>no</x:note>\
             </x:trans-unit></x:group></x:body></x:file></x:xliff>"
        );
        let translation = xliff::read(&text).expect("it can be read");
        translation.units.into_iter().map(|unit| (unit.source, unit.target)).collect::<Vec<_>>()
    };
    let one = |target: &str| vec![("Hello".to_owned(), target.to_owned())];
    assert_eq!(read("<x:target>a<x:ph id=\"1\">{ $x }</x:ph>&lt;</x:target>"), one("a{ $x }<"));
    assert_eq!(
        read("<x:target>a<x:x id=\"1\" equiv-text=\"{ $x }\"/><![CDATA[<b>]]></x:target>"),
        one("a{ $x }<b>")
    );
    assert_eq!(read("<x:target>&#x41;&quot;</x:target>"), one("A\""));
    assert_eq!(read("<x:target state=\"needs-translation\">a</x:target>"), []);
    assert_eq!(read("<x:target/>"), []);
    assert_eq!(read(""), []);
}

#[test]
fn what_tools_do_to_po_is_understood() {
    let head = "msgid \"\"\nmsgstr \"\"\n\"Language: fr\\n\"\n\n";
    let read = |body: &str| {
        let translation = po::read(&format!("{head}{body}")).expect("it can be read");
        let units = translation.units.into_iter().map(|unit| unit.target).collect::<Vec<_>>();
        (units, translation.skipped.len())
    };
    let entry = "msgctxt \"app.ftl:a\"\nmsgid \"Hello\"\nmsgstr ";
    assert_eq!(
        read(&format!("# x\n{entry}\"\"\n\"a\\n\"\n\"b\\\"\\t\"\n")),
        (vec!["a\nb\"\t".to_owned()], 0)
    );
    assert_eq!(
        read(&format!("#, c-format, fuzzy\n{entry}\"a\"\n\n{entry}\"b\"")),
        (vec!["b".to_owned()], 0)
    );
    assert_eq!(read(&format!("#~ {}", entry.replace('\n', "\n#~ ") + "\"a\"")), (vec![], 0));
    assert_eq!(read("msgid \"Hello\"\nmsgstr \"a\"\n"), (vec![], 1));
    assert_eq!(
        read("msgctxt \"a\"\nmsgid \"b\"\nmsgid_plural \"c\"\nmsgstr[0] \"d\"\nmsgstr[1] \"e\"\n"),
        (vec![], 1)
    );
    for broken in ["msgid \"a", "msgid a", "\"a\"", "foo \"a\"", "msgid \"a\" b"] {
        let error = po::read(&format!("{head}{broken}\n")).expect_err("it is refused");
        assert_eq!(error.line, 5, "{broken}");
    }
}
