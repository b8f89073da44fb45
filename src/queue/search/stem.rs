//! The stem of an English word, after M. F. Porter, "An algorithm for suffix stripping" (1980).

/// Suffixes, and what takes their place where what is before them has a measure above 0.
const STEP_2: [(&str, &str); 20] = [
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("abli", "able"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
];
const STEP_3: [(&str, &str); 7] = [
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];
/// Suffixes that go where what is before them has a measure above 1.
const STEP_4: [&str; 19] = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
];

/// The stem of a word of lower-case ASCII; words of one or two letters are theirs.
pub fn stem(word: &str) -> String {
    if word.len() < 3 || !word.is_ascii() {
        return word.to_owned();
    }
    let mut word = word.to_owned();
    plural(&mut word);
    tense(&mut word);
    if word.ends_with('y') && has_vowel(&word[..word.len() - 1]) {
        replace(&mut word, 1, "i");
    }
    for table in [&STEP_2[..], &STEP_3[..]] {
        exchange(&mut word, table);
    }
    strip(&mut word);
    tidy(&mut word);
    word
}

/// Step 1a.
fn plural(word: &mut String) {
    if word.ends_with("sses") || word.ends_with("ies") {
        replace(word, 2, "");
    } else if word.ends_with('s') && !word.ends_with("ss") {
        replace(word, 1, "");
    }
}

/// Step 1b.
fn tense(word: &mut String) {
    if let Some(before) = word.strip_suffix("eed") {
        if measure(before) > 0 {
            replace(word, 1, "");
        }
        return;
    }
    let before = word.strip_suffix("ed").or_else(|| word.strip_suffix("ing"));
    let Some(before) = before.filter(|before| has_vowel(before)).map(str::to_owned) else { return };
    *word = before;
    if ["at", "bl", "iz"].iter().any(|end| word.ends_with(end)) {
        word.push('e');
    } else if ends_double(word) && !word.ends_with(['l', 's', 'z']) {
        replace(word, 1, "");
    } else if measure(word) == 1 && ends_short(word) {
        word.push('e');
    }
}

/// Steps 2 and 3: the longest suffix that fits decides.
fn exchange(word: &mut String, table: &[(&str, &str)]) {
    let longest = table
        .iter()
        .filter(|(suffix, _)| word.ends_with(suffix))
        .max_by_key(|(suffix, _)| suffix.len());
    if let Some((suffix, instead)) = longest
        && measure(&word[..word.len() - suffix.len()]) > 0
    {
        replace(word, suffix.len(), instead);
    }
}

/// Step 4.
fn strip(word: &mut String) {
    let longest =
        STEP_4.iter().filter(|suffix| word.ends_with(**suffix)).max_by_key(|suffix| suffix.len());
    let Some(suffix) = longest else { return };
    let before = &word[..word.len() - suffix.len()];
    if measure(before) > 1 && (*suffix != "ion" || before.ends_with(['s', 't'])) {
        replace(word, suffix.len(), "");
    }
}

/// Step 5.
fn tidy(word: &mut String) {
    if let Some(before) = word.strip_suffix('e') {
        let m = measure(before);
        if m > 1 || m == 1 && !ends_short(before) {
            replace(word, 1, "");
        }
    }
    if word.ends_with("ll") && measure(word) > 1 {
        replace(word, 1, "");
    }
}

fn replace(word: &mut String, len: usize, instead: &str) {
    word.truncate(word.len() - len);
    word.push_str(instead);
}

/// Whether each letter is a vowel; `y` is one behind a consonant.
fn vowels(word: &str) -> Vec<bool> {
    let mut vowels: Vec<bool> = Vec::with_capacity(word.len());
    for byte in word.bytes() {
        let behind_consonant = vowels.last().is_some_and(|vowel| !vowel);
        vowels.push(b"aeiou".contains(&byte) || byte == b'y' && behind_consonant);
    }
    vowels
}

fn has_vowel(word: &str) -> bool {
    vowels(word).contains(&true)
}

/// How often consonants follow vowels: about the number of syllables.
fn measure(word: &str) -> usize {
    vowels(word).windows(2).filter(|pair| pair[0] && !pair[1]).count()
}

fn ends_double(word: &str) -> bool {
    let mut last = word.bytes().rev();
    let (one, two) = (last.next(), last.next());
    one.is_some() && one == two && vowels(word).last() == Some(&false)
}

/// Consonant, vowel, consonant at the end, the last one none of w, x and y.
fn ends_short(word: &str) -> bool {
    vowels(word).ends_with(&[false, true, false]) && !word.ends_with(['w', 'x', 'y'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_paper() {
        for (word, expected) in [
            ("caresses", "caress"),
            ("ponies", "poni"),
            ("cats", "cat"),
            ("feed", "feed"),
            ("agreed", "agre"),
            ("plastered", "plaster"),
            ("bled", "bled"),
            ("motoring", "motor"),
            ("sing", "sing"),
            ("conflated", "conflat"),
            ("troubled", "troubl"),
            ("sized", "size"),
            ("hopping", "hop"),
            ("falling", "fall"),
            ("hissing", "hiss"),
            ("failing", "fail"),
            ("filing", "file"),
            ("happy", "happi"),
            ("sky", "sky"),
            ("relational", "relat"),
            ("conditional", "condit"),
            ("digitizer", "digit"),
            ("generalizations", "gener"),
            ("oscillators", "oscil"),
            ("hopefulness", "hope"),
            ("triplicate", "triplic"),
            ("formalize", "formal"),
            ("electrical", "electr"),
            ("goodness", "good"),
            ("revival", "reviv"),
            ("adjustment", "adjust"),
            ("adoption", "adopt"),
            ("probate", "probat"),
            ("rate", "rate"),
            ("cease", "ceas"),
            ("controlling", "control"),
            ("roll", "roll"),
        ] {
            assert_eq!(stem(word), expected, "{word}");
        }
    }

    #[test]
    fn what_is_no_word_is_left_alone() {
        for word in ["", "a", "is", "2024", "mp4", "été", "____"] {
            assert_eq!(stem(word), word);
        }
    }
}
