//! What a text is found by: the words of jobs and of queries, brought to a form in which they
//! meet.
//!
//! As in Kue, whose search is reds: words that only hold a sentence together are left out, the
//! rest is cut to its stem and then to its sound, so that `videos` finds `video` and `Jon` finds
//! `John`. A job is found if it has every word of the query.

mod sound;
mod stem;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use sound::sound;
pub use stem::stem;

/// Characters of a word that count: longer ones are codes, which nobody types to their end.
const MOST_CHARS: usize = 40;

/// Words without a meaning of their own, in the order of the alphabet.
const NOISE: [&str; 88] = [
    "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "being", "between", "both", "but", "by", "can", "could", "did", "do", "each",
    "for", "from", "had", "has", "have", "he", "her", "here", "him", "his", "how", "if", "in",
    "into", "is", "it", "me", "might", "more", "most", "much", "must", "my", "of", "on", "only",
    "or", "other", "our", "out", "over", "she", "should", "since", "so", "some", "such", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "through",
    "to", "too", "under", "up", "us", "very", "was", "we", "were", "what", "where", "which", "who",
    "with",
];

/// Words as the index holds them, each with the number of times that the text has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(pub BTreeMap<String, u32>);

impl Words {
    /// The words of a text, JSON or not.
    pub fn of(text: &str) -> Self {
        let mut words = BTreeMap::new();
        for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
            if let Some(word) = form(word) {
                *words.entry(word).or_insert(0) += 1;
            }
        }
        Words(words)
    }
}

/// JavaScript sends the text.
impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Words::of(&text))
    }
}

/// The form of a word in which it is kept and asked for; `None` for one that finds nothing.
fn form(word: &str) -> Option<String> {
    let word: String = word.chars().take(MOST_CHARS).collect::<String>().to_lowercase();
    // As in reds, a single letter or digit finds nothing.
    if word.chars().nth(1).is_none() || NOISE.binary_search(&word.as_str()).is_ok() {
        return None;
    }
    // Stem and sound are rules of English.
    if !word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Some(word);
    }
    let sound = sound(&stem(&word));
    Some(if sound.is_empty() { word } else { sound })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Words::of(text).0.into_keys().collect()
    }

    #[test]
    fn the_noise_is_sorted() {
        assert!(NOISE.is_sorted(), "it is looked through by halves");
    }

    #[test]
    fn forms_of_a_word_meet() {
        for family in [
            &["video", "Videos", "VIDEO"][..],
            &["convert", "converting", "converted", "converts"],
            &["notify", "notifies", "notified", "notifying"],
            &["john", "Jon"],
            &["color", "colour"],
        ] {
            let forms: Vec<_> = family.iter().map(|word| form(word)).collect();
            assert!(forms.iter().all(|other| *other == forms[0]), "{family:?}: {forms:?}");
        }
    }

    #[test]
    fn different_words_stay_different() {
        let forms = ["email", "sms", "invoice", "avi", "mp4", "2024", "renewal"].map(form);
        let mut distinct: Vec<_> = forms.iter().collect();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), forms.len(), "{forms:?}");
    }

    #[test]
    fn noise_and_single_characters_are_left_out() {
        assert_eq!(words("the A 7 of \"and\""), Vec::<String>::new());
        assert_eq!(words(""), Vec::<String>::new());
    }

    #[test]
    fn words_are_counted() {
        let found = Words::of("mail, mails and MAILING; sms").0;
        assert_eq!(found.into_values().collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn other_scripts_are_kept_as_they_are() {
        assert_eq!(words("Über Привет 日本語"), ["über", "привет", "日本語"]);
    }

    #[test]
    fn any_text_gives_words() {
        for text in ["\u{0}\u{1}", "____", "--", "aaaaaaaa", "hhh", "wy", "İİ", "gh gn"] {
            assert!(words(text).iter().all(|word| !word.is_empty()), "{text:?}");
        }
        assert_eq!(words(&"x1".repeat(1000)).len(), 1);
    }
}
