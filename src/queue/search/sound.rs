//! The sound of an English word, after Lawrence Philips's Metaphone (1990): letters that sound
//! alike become one, vowels count at the beginning only.

/// The sound of a word of lower-case ASCII. Digits are kept.
pub fn sound(word: &str) -> String {
    let letters = without_doubles(&begin(word));
    let at = |i: usize| letters.get(i).copied().unwrap_or(0);
    let is_vowel = |i: usize| b"aeiou".contains(&at(i));
    let is_front = |i: usize| b"eiy".contains(&at(i));
    let mut out = String::with_capacity(letters.len());
    let mut i = 0;
    while i < letters.len() {
        let before = if i == 0 { 0 } else { at(i - 1) };
        let next = at(i + 1);
        let (sounds, used) = match at(i) {
            b'a' | b'e' | b'i' | b'o' | b'u' if i > 0 => ("", 1),
            b'b' if before == b'm' && next == 0 => ("", 1),
            b'c' => hard_or_soft_c(before, next, at(i + 2)),
            b'd' if next == b'g' && is_front(i + 2) => ("J", 2),
            b'd' => ("T", 1),
            b'g' if next == b'h' && !is_vowel(i + 2) => ("", 2),
            b'g' if next == b'h' => ("K", 2),
            b'g' if next == b'n' && (at(i + 2) == 0 || &letters[i + 1..] == b"ned") => ("", 1),
            b'g' if is_front(i + 1) => ("J", 1),
            b'g' => ("K", 1),
            b'h' if b"cgpst".contains(&before) || !is_vowel(i + 1) => ("", 1),
            b'k' if before == b'c' => ("", 1),
            b'p' if next == b'h' => ("F", 2),
            b's' if next == b'h' => ("X", 2),
            b's' if next == b'i' && b"oa".contains(&at(i + 2)) => ("X", 1),
            b't' if next == b'i' && b"oa".contains(&at(i + 2)) => ("X", 1),
            b't' if next == b'h' => ("0", 2),
            b't' if next == b'c' && at(i + 2) == b'h' => ("", 1),
            b't' => ("T", 1),
            b'q' => ("K", 1),
            b'v' => ("F", 1),
            b'w' | b'y' if !is_vowel(i + 1) => ("", 1),
            b'x' => ("KS", 1),
            b'z' => ("S", 1),
            letter => {
                out.push(char::from(letter.to_ascii_uppercase()));
                ("", 1)
            }
        };
        out.push_str(sounds);
        i += used;
    }
    out
}

fn hard_or_soft_c(before: u8, next: u8, after: u8) -> (&'static str, usize) {
    match (before, next, after) {
        (_, b'i', b'a') => ("X", 1),
        (b's', b'h', _) => ("K", 2),
        (_, b'h', _) => ("X", 2),
        (b's', b'e' | b'i' | b'y', _) => ("", 1),
        (_, b'e' | b'i' | b'y', _) => ("S", 1),
        _ => ("K", 1),
    }
}

/// The word with a beginning as it is spoken.
fn begin(word: &str) -> Vec<u8> {
    let bytes = word.as_bytes();
    match bytes {
        [b'a', b'e', ..] | [b'g' | b'k' | b'p', b'n', ..] | [b'w', b'r', ..] => bytes[1..].to_vec(),
        [b'x', rest @ ..] => [b"s", rest].concat(),
        [b'w', b'h', rest @ ..] => [b"w", rest].concat(),
        _ => bytes.to_vec(),
    }
}

/// Doubled letters sound once, but `cc` as in `accident`; numbers are no sounds.
fn without_doubles(word: &[u8]) -> Vec<u8> {
    let mut letters: Vec<u8> = Vec::with_capacity(word.len());
    for letter in word {
        let doubled = letters.last() == Some(letter);
        if !doubled || *letter == b'c' || !letter.is_ascii_alphabetic() {
            letters.push(*letter);
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_sound_alike_are_alike() {
        for (one, other) in [
            ("knight", "night"),
            ("phone", "fone"),
            ("wright", "rite"),
            ("whale", "wail"),
            ("night", "nite"),
            ("back", "bak"),
            ("thumb", "thum"),
            ("edge", "ej"),
            ("xenon", "zenon"),
            ("catherine", "cathryn"),
            ("color", "colour"),
        ] {
            assert_eq!(sound(one), sound(other), "{one} and {other}");
        }
    }

    #[test]
    fn sounds_are_those_of_metaphone() {
        for (word, expected) in [
            ("dollars", "TLRS"),
            ("wants", "WNTS"),
            ("tobi", "TB"),
            ("school", "SKL"),
            ("church", "XRX"),
            ("science", "SNS"),
            ("nation", "NXN"),
            ("thing", "0NK"),
            ("email", "EML"),
            ("judge", "JJ"),
            ("2011", "2011"),
            ("mp4", "MP4"),
            ("", ""),
        ] {
            assert_eq!(sound(word), expected, "{word}");
        }
    }
}
