//! Ids and arguments from code.

use rekue::i18n::extract::{CodeFile, Extraction, MAX_FILE_BYTES, Request, extract};

fn extracted(name: &str, text: &str) -> Extraction {
    let files = vec![CodeFile { name: name.to_owned(), text: text.to_owned() }];
    let locales = vec!["en".to_owned(), "fr".to_owned()];
    extract(Request { files, functions: vec!["translate".to_owned()], locales }).expect("it works")
}

/// `line:column id(arguments)` of each call, then `?` with the place of each dynamic one.
fn found(name: &str, text: &str) -> Vec<String> {
    let Extraction { calls, dynamic, errors } = extracted(name, text);
    assert_eq!(errors, []);
    let calls = calls.iter().map(|c| {
        let open = if c.open { "…" } else { "" };
        format!("{}:{} {}({}{open})", c.line, c.column, c.id, c.arguments.join(","))
    });
    let dynamic = dynamic.iter().map(|d| format!("{}:{} ?", d.line, d.column));
    calls.chain(dynamic).collect()
}

fn one(code: &str) -> String {
    found("a.js", code).join(" ")
}

#[test]
fn each_way_to_call_is_understood() {
    for (code, expected) in [
        ("t('a')", "1:1 a()"),
        ("t(\"a.b\", { x, y: 1, 'z-z': 2 })", "1:1 a.b(x,y,z-z)"),
        ("i18n.t('fr', 'a', { x })", "1:1 a(x)"),
        ("i18n.t(locale, 'a', args)", "1:1 a(…)"),
        ("i18n.t(locale, 'a')", "1:1 a()"),
        ("req.t('a', { x }, { escape: 'html' })", "1:1 a(x)"),
        ("req.t('a', args, options)", "1:1 a(…)"),
        ("res.locals.t(`a`, { ...rest, x })", "1:1 a(x…)"),
        ("req['t']('a', { [k]: 1 })", "1:1 a(…)"),
        ("req?.t?.('a', undefined)", "1:1 a()"),
        ("translate('a')", "1:1 a()"),
        ("this.t('a', null)", "1:1 a()"),
        ("t(ok ? 'a' : 'b', { n })", "1:1 a(n) 1:1 b(n)"),
        ("t('a-' + 'b')", "1:1 a-b()"),
        ("t(x || 'a')", "1:1 a() 1:1 ?"),
        ("t(id)", "1:1 ?"),
        ("t(`a-${x}`)", "1:1 ?"),
        ("i18n.t('fr', id)", "1:1 ?"),
        ("i18n.t(locale, id, args)", "1:1 ?"),
        ("t(...all)", "1:1 ?"),
        ("tMany(['a', ['b', { x }], [id], ...more])", "1:8 a() 1:14 b(x) 1:1 ?"),
        ("i18n.tMany(locale, ['a'])", "1:21 a()"),
        ("tMany(list)", "1:1 ?"),
        ("t('a', { get x() { return t('b') } })", "1:1 a(x) 1:27 b()"),
        ("t(t('a'))", "1:3 a() 1:1 ?"),
    ] {
        assert_eq!(one(code), expected, "{code}");
    }
}

#[test]
fn other_calls_and_texts_are_left_alone() {
    for code in [
        "t()",
        "it('a'); at('b'); x.tt('c')",
        "// t('a')\n/* t('b') */ const s = \"t('c')\", r = /t\\('d'\\)/",
        "class A { t(x) { return x } }",
        "const { t } = i18n",
        "t`a`",
    ] {
        assert_eq!(one(code), "", "{code}");
    }
}

#[test]
fn every_dialect_is_parsed() {
    let jsx = "const A = () => <p title={t('a')}>{t('b', { n })} t('no')</p>";
    assert_eq!(found("a.jsx", jsx), ["1:27 a()", "1:36 b(n)"]);
    assert_eq!(found("a.js", jsx).len(), 2);
    let ts =
        "const a: string = t<Id>('a' as const, { x: <any>y })!;\nenum E { A }\ntype T = typeof t";
    assert_eq!(found("a.ts", ts), ["1:19 a(x)"]);
    assert_eq!(found("a.cts", "import x = require('x'); t('a')"), ["1:26 a()"]);
    assert_eq!(found("a.tsx", "export default <T,>(x: T) => <b>{t('a')}</b>"), ["1:34 a()"]);
    assert_eq!(found("a.mjs", "await x; export const a = t('a')"), ["1:27 a()"]);
    assert_eq!(found("a.cjs", "with (x) { t('a') } return"), ["1:12 a()"]);
    assert_eq!(found("a.js", "#!/usr/bin/env node\nimport x from 'x'\nt('a')"), ["3:1 a()"]);
}

#[test]
fn columns_count_characters() {
    assert_eq!(one("\u{feff}'ü😀'; t('a')\r\n\tt('b')"), "1:7 a() 2:2 b()");
}

#[test]
fn templates_of_ejs_are_read_as_one_program() {
    let ejs = "<h1><%= t('title') %></h1>\n<% if (user) { -%>\n  <%- t('hello', { name: user.name }) // comment\n%>\n<%_ } else { _%>\n<%= t('who') %><% } %>\n<%# t('no') %> <%% t('no') %>\n<% items.forEach(item => { %><li><%= t(item.id) %></li><% }) %>\nt('no')";
    assert_eq!(found("a.ejs", ejs), ["1:9 title()", "3:7 hello(name)", "6:5 who()", "8:38 ?"]);
    let broken = "<%= t('a') %> <% } nonsense ( %> <%- t('b', { n: 1 }) %>";
    assert_eq!(found("a.ejs", broken), ["1:5 a()", "1:38 b(n)"]);
    let script = "<% switch (x) { %><% case 1: %><%= t('a') %><% } %>";
    assert_eq!(found("a.ejs", script), ["1:36 a()"]);
}

#[test]
fn braces_of_templates_are_read() {
    let njk = "{{ t('a', { n: items.length }) | safe }} {% if t('b') and x %}{{ t('c', n=1, m='}}') }}{% endif %}\n{{ name }} {# t('no') #} t('no') {{ t(id) }} {%- set x = i18n.t(locale, \"d\") -%}";
    assert_eq!(found("a.njk", njk), ["1:4 a(n)", "1:48 b()", "1:66 c(n,m)", "2:63 d()", "2:37 ?"]);
    let hbs = "{{t \"a\" n=1 name=user.name}} {{{t 'b'}}} {{#if (t \"c\" x=(y z))}}{{/if}} {{t label}} {{t}} {{!-- {{t \"no\"}} --}} {{! t \"no\" }}";
    assert_eq!(found("a.hbs", hbs), ["1:3 a(n,name)", "1:33 b()", "1:49 c(x)", "1:75 ?"]);
}

#[test]
fn scripts_of_pages_are_read() {
    let html = "<p>t('no')</p><script>\n  document.title = t('a')\n</script><script type=\"application/json\">{\"a\": \"t('no')\"}</script>\n<SCRIPT lang=\"ts\">const x: string = t('b')</SCRIPT>";
    assert_eq!(found("a.html", html), ["2:20 a()", "4:37 b()"]);
    let page = "<script>const data = {{ data | tojson }}; t('a', {{ x }}); t('b')</script>";
    assert_eq!(found("a.html", page), ["1:43 a()", "1:60 b()"]);
}

#[test]
fn what_cannot_be_parsed_has_its_place() {
    for (name, text, line) in [
        ("a.js", "t('a')\nconst = 1", 2),
        ("a.ts", "let x: = 1", 1),
        ("a.ejs", "<%= t('a'", 1),
        ("a.njk", "\n{{ t('a' 'b') }}", 2),
    ] {
        let extraction = extracted(name, text);
        assert_eq!(extraction.errors.len(), 1, "{name}");
        assert_eq!(extraction.errors[0].line, line, "{name}");
    }
    let large = " ".repeat(MAX_FILE_BYTES + 1);
    assert!(extracted("a.js", &large).errors[0].message.contains("larger"));
}

#[test]
fn code_nested_as_deep_as_a_file_allows_ends_nothing() {
    // Without optimisation, a level takes several times the stack: the tests of JavaScript try the
    // whole size.
    let size = if cfg!(debug_assertions) { MAX_FILE_BYTES / 8 } else { MAX_FILE_BYTES };
    for piece in [
        "[", "(", "{", "!", "a=>", "a?b:", "`${", "<a>", "t(", "a+", "a.b(", "x=", "if(1)",
        "await ",
    ] {
        let text = piece.repeat(size / piece.len());
        for name in ["a.js", "a.tsx"] {
            let _ = extracted(name, &text);
        }
        let _ = extracted("a.ejs", &format!("<%= {}%>", &text[..text.len() - 10]));
        let _ = extracted("a.njk", &format!("{{{{ {}}}}}", &text[..text.len() - 10]));
    }
}
