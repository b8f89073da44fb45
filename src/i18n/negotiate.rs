//! Which of the supported locales suits an `Accept-Language` best: RFC 9110, section 12.5.4, for
//! the header and its weights, RFC 4647, section 3.4 (Lookup), for the match.

use std::cmp::Reverse;

/// Bytes of the header that are read: browsers send a tenth of it.
pub const MAX_HEADER_BYTES: usize = 4096;
/// Ranges that are considered.
pub const MAX_RANGES: usize = 100;

/// A language range with its weight in thousandths.
#[derive(Debug, PartialEq, Eq)]
struct Range<'a> {
    tag: &'a str,
    weight: u16,
}

/// The index of the supported locale that the header asks for; `default` if it asks for none.
///
/// Ranges are tried by weight, then by place. Of each the whole is tried, then what is left as
/// subtags go from its end. A range with weight 0 refuses what it covers, unless a longer one
/// says otherwise. `*` comes after the others of its weight, and stands for the default, or the
/// first locale, that no other range covers. Last, and beyond Lookup, `fr` is content with `fr-FR`.
pub fn negotiate(header: &str, supported: &[impl AsRef<str>], default: usize) -> usize {
    choose(header, supported, default).unwrap_or(default)
}

fn choose(header: &str, supported: &[impl AsRef<str>], default: usize) -> Option<usize> {
    let ranges = parse(header);
    let refused = |locale: &str| {
        ranges
            .iter()
            .filter(|range| covers(range.tag, locale))
            .max_by_key(|range| if range.tag == "*" { 0 } else { range.tag.len() })
            .is_some_and(|range| range.weight == 0)
    };
    let allowed = || supported.iter().enumerate().filter(|(_, name)| !refused(name.as_ref()));
    let wanted = || ranges.iter().filter(|range| range.weight > 0);

    for range in wanted() {
        if range.tag == "*" {
            let covered =
                |name: &str| ranges.iter().any(|other| other.tag != "*" && covers(other.tag, name));
            let others = || allowed().filter(|(_, name)| !covered(name.as_ref()));
            let other = others().find(|(index, _)| *index == default).or_else(|| others().next());
            if let Some((index, _)) = other {
                return Some(index);
            }
            continue;
        }
        for tag in truncations(range.tag) {
            let found = allowed().find(|(_, name)| name.as_ref().eq_ignore_ascii_case(tag));
            if let Some((index, _)) = found {
                return Some(index);
            }
        }
    }
    wanted()
        .filter(|range| range.tag != "*")
        .find_map(|range| allowed().find(|(_, name)| covers(range.tag, name.as_ref())))
        .map(|(index, _)| index)
}

/// The range itself, then shorter by one subtag after the other; a single letter or digit, which
/// only introduces what followed, goes with it.
pub fn truncations(tag: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(tag), |tag| {
        let shorter = &tag[..tag.rfind('-')?];
        match shorter.rfind('-') {
            Some(at) if shorter.len() - at == 2 => Some(&shorter[..at]),
            None if shorter.len() == 1 => None,
            _ => Some(shorter),
        }
    })
}

/// RFC 4647's basic filtering: the range is the locale, or its beginning up to a hyphen.
fn covers(range: &str, locale: &str) -> bool {
    range == "*"
        || locale.get(..range.len()).is_some_and(|start| start.eq_ignore_ascii_case(range))
            && matches!(locale.as_bytes().get(range.len()), None | Some(b'-'))
}

/// The ranges of a header, the heaviest first. What is malformed is left out.
fn parse(header: &str) -> Vec<Range<'_>> {
    let mut header = header;
    if header.len() > MAX_HEADER_BYTES {
        let end = header.as_bytes()[..MAX_HEADER_BYTES].iter().rposition(|byte| *byte == b',');
        header = end.and_then(|end| header.get(..end)).unwrap_or_default();
    }
    let mut ranges: Vec<_> = header.split(',').filter_map(range).take(MAX_RANGES).collect();
    ranges.sort_by_key(|range| (Reverse(range.weight), range.tag == "*"));
    ranges
}

fn range(text: &str) -> Option<Range<'_>> {
    let mut parts = text.split(';').map(|part| part.trim_matches([' ', '\t']));
    let tag = parts.next().filter(|tag| is_range(tag))?;
    let weight = match parts.next() {
        None => 1000,
        Some(parameter) => {
            let (name, value) = parameter.split_once('=')?;
            if !name.eq_ignore_ascii_case("q") {
                return None;
            }
            weight(value)?
        }
    };
    parts.next().is_none().then_some(Range { tag, weight })
}

/// `*`, or subtags of one to eight letters and digits, the first of letters.
fn is_range(tag: &str) -> bool {
    tag == "*"
        || tag.split('-').enumerate().all(|(at, subtag)| {
            matches!(subtag.len(), 1..=8)
                && subtag.bytes().all(|b| b.is_ascii_alphabetic() || at > 0 && b.is_ascii_digit())
        })
}

/// `0`, `1`, with up to three digits behind a dot, in thousandths.
fn weight(value: &str) -> Option<u16> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen<'a>(header: &str, supported: &[&'a str]) -> Option<&'a str> {
        choose(header, supported, 0).map(|index| supported[index])
    }

    #[test]
    fn the_heaviest_range_wins_and_the_first_of_equals() {
        let both = ["en", "fr"];
        assert_eq!(chosen("fr-FR,fr;q=0.9,en;q=0.8", &both), Some("fr"));
        assert_eq!(chosen("en;q=0.5,fr;q=0.4", &both), Some("en"));
        assert_eq!(chosen("en;q=0.4 , fr ;Q=0.5", &both), Some("fr"));
        assert_eq!(chosen("FR, en", &both), Some("fr"));
        assert_eq!(chosen("de", &both), None);
        assert_eq!(chosen("", &both), None);
    }

    #[test]
    fn a_range_is_shortened_from_its_end_before_the_next_is_tried() {
        assert_eq!(chosen("fr-CA-x-abc, en", &["en", "fr"]), Some("fr"));
        assert_eq!(chosen("zh-Hant-CN-x-private1", &["zh-Hant", "zh"]), Some("zh-Hant"));
        let all: Vec<_> = truncations("zh-Hant-CN-x-private1-private2").collect();
        assert_eq!(
            all,
            [
                "zh-Hant-CN-x-private1-private2",
                "zh-Hant-CN-x-private1",
                "zh-Hant-CN",
                "zh-Hant",
                "zh"
            ]
        );
        assert_eq!(truncations("i-klingon").collect::<Vec<_>>(), ["i-klingon"]);
    }

    #[test]
    fn a_weight_of_zero_refuses() {
        assert_eq!(chosen("en;q=0, fr;q=0.1", &["en", "fr"]), Some("fr"));
        assert_eq!(chosen("*, en;q=0", &["en", "fr"]), Some("fr"));
        assert_eq!(chosen("fr-CA, fr;q=0, en;q=0.1", &["en", "fr"]), Some("en"));
        assert_eq!(chosen("fr, fr-CA;q=0", &["fr-CA", "fr-FR"]), Some("fr-FR"));
        assert_eq!(chosen("*;q=0", &["en"]), None);
        assert_eq!(chosen("*;q=0, en", &["fr", "en"]), Some("en"));
    }

    #[test]
    fn a_star_is_what_no_other_range_covers() {
        assert_eq!(chosen("*", &["en", "fr"]), Some("en"));
        assert_eq!(negotiate("*", &["ar", "en"], 1), 1);
        assert_eq!(negotiate("de", &["ar", "en"], 1), 1);
        assert_eq!(negotiate("*, en;q=0", &["ar", "en"], 1), 0);
        assert_eq!(chosen("*, fr", &["en", "fr"]), Some("fr"));
        assert_eq!(chosen("en;q=0.2, *", &["en", "fr"]), Some("fr"));
        assert_eq!(chosen("en;q=0.2, *", &["en"]), Some("en"));
    }

    #[test]
    fn a_language_is_content_with_one_of_its_regions() {
        assert_eq!(chosen("fr", &["en", "fr-FR"]), Some("fr-FR"));
        assert_eq!(chosen("fr, en;q=0.1", &["en", "fr-FR"]), Some("en"));
        assert_eq!(chosen("f", &["fr"]), None);
    }

    #[test]
    fn what_is_malformed_counts_for_nothing() {
        for header in [
            "fr;q=2",
            "fr;q=0.1234",
            "fr;q",
            "fr;level=1",
            "fr;q=1;x=y",
            "../fr",
            "fr_FR",
            "fr\r\nx",
        ] {
            assert_eq!(
                chosen(&format!("{header}, en;q=0.1"), &["en", "fr"]),
                Some("en"),
                "{header}"
            );
        }
    }

    #[test]
    fn a_long_header_is_cut_between_ranges() {
        let long = format!("{}en", "xx-yy,".repeat(100_000));
        assert_eq!(chosen(&long, &["en"]), None);
        let cut = format!("fr, {}, en", "x".repeat(MAX_HEADER_BYTES));
        assert_eq!(chosen(&cut, &["en", "fr"]), Some("fr"));
        assert_eq!(chosen(&"é".repeat(MAX_HEADER_BYTES), &["en"]), None);
    }
}
