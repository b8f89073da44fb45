//! All catalogs of a project, as the translators' tools get them.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::document::{Document, Entry, Field, Item, Junk, Kind, Source};
use super::facts::Facts;

/// The catalogs' texts, as `lib/i18n/project.js` has read them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectTexts {
    /// The locale that the others are translated from.
    pub source_locale: String,
    pub locales: Vec<LocaleTexts>,
}

#[derive(Deserialize, Default)]
pub struct LocaleTexts {
    pub locale: String,
    pub files: Vec<FileText>,
    #[serde(default)]
    pub plurals: Plurals,
}

#[derive(Deserialize)]
pub struct FileText {
    /// Relative to the folder of the locale.
    pub name: String,
    pub text: String,
}

/// The plural categories of a locale.
#[derive(Deserialize, Default)]
pub struct Plurals {
    pub cardinal: Vec<Category>,
    pub ordinal: Vec<Category>,
}

#[derive(Deserialize)]
pub struct Category {
    pub name: String,
    /// The only whole number that is in it, where there is just one: `[1]` then stands for `[one]`.
    pub only: Option<u32>,
}

/// A locale's files with their texts in a form that can be parsed.
pub struct Locale {
    pub tag: String,
    pub plurals: Plurals,
    pub files: Vec<File>,
}

pub struct File {
    pub name: String,
    pub source: Source,
}

impl From<LocaleTexts> for Locale {
    fn from(texts: LocaleTexts) -> Self {
        let files = texts.files.into_iter();
        let files = files.map(|file| File { name: file.name, source: Source::new(&file.text) });
        Self { tag: texts.locale, plurals: texts.plurals, files: files.collect() }
    }
}

impl Locale {
    /// A pseudo-locale (en-XA, ar-XB) is made from the source, not translated from it.
    pub fn is_pseudo(&self) -> bool {
        self.tag.ends_with("-XA") || self.tag.ends_with("-XB")
    }

    pub fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name)
    }
}

/// A locale with its files parsed, and a list of what is in them.
pub struct Catalog<'s> {
    pub locale: &'s Locale,
    pub documents: Vec<Document<'s>>,
    /// The facts of every field, by file, entry and field.
    facts: Vec<Vec<Vec<Facts<'s>>>>,
    by_name: HashMap<String, (usize, usize)>,
    /// The ids that junk begins with.
    junk: HashSet<String>,
}

/// A message or a term, and where it is.
#[derive(Clone, Copy)]
pub struct Known<'c, 's> {
    pub file: &'s File,
    /// Of the file among those of its locale.
    pub file_index: usize,
    pub item: &'c Item<'s>,
    facts: &'c [Facts<'s>],
}

impl<'c, 's> Known<'c, 's> {
    /// The fields with what is in them.
    pub fn fields(&self) -> impl Iterator<Item = (&'c Field<'s>, &'c Facts<'s>)> + use<'c, 's> {
        self.item.fields().zip(self.facts)
    }

    pub fn facts_of(&self, field: Option<&str>) -> Option<&'c Facts<'s>> {
        self.fields().find(|(each, _)| each.name == field).map(|(_, facts)| facts)
    }
}

impl<'s> Catalog<'s> {
    pub fn new(locale: &'s Locale) -> Self {
        let documents: Vec<Document<'s>> =
            locale.files.iter().map(|file| file.source.document()).collect();
        let facts = documents.iter().map(|document| {
            let of_entry = |entry: &Entry<'s>| match &entry.kind {
                Kind::Item(item) => item.fields().map(|f| Facts::of(&f.pattern)).collect(),
                _ => Vec::new(),
            };
            document.entries.iter().map(of_entry).collect()
        });
        let facts = facts.collect();
        let mut by_name = HashMap::new();
        let mut junk = HashSet::new();
        for (file, document) in documents.iter().enumerate() {
            for (entry, each) in document.entries.iter().enumerate() {
                match &each.kind {
                    Kind::Item(item) => {
                        by_name.entry(item.name()).or_insert((file, entry));
                    }
                    Kind::Junk(Junk { id: Some(id), .. }) => {
                        junk.insert(id.clone());
                    }
                    Kind::Junk(_) | Kind::Comment(_) => {}
                }
            }
        }
        Self { locale, documents, facts, by_name, junk }
    }

    fn at(&self, file_index: usize, entry: usize) -> Option<Known<'_, 's>> {
        match &self.documents[file_index].entries[entry].kind {
            Kind::Item(item) => Some(Known {
                file: &self.locale.files[file_index],
                file_index,
                item,
                facts: &self.facts[file_index][entry],
            }),
            _ => None,
        }
    }

    /// The first message or term (`-name`) of this name.
    pub fn get(&self, name: &str) -> Option<Known<'_, 's>> {
        self.by_name.get(name).and_then(|&(file, entry)| self.at(file, entry))
    }

    /// Messages and terms in the order of the files, repeated ones too.
    pub fn all(&self) -> impl Iterator<Item = Known<'_, 's>> {
        let places = self.documents.iter().enumerate();
        let places =
            places.flat_map(|(f, document)| (0..document.entries.len()).map(move |e| (f, e)));
        places.filter_map(|(file, entry)| self.at(file, entry))
    }

    /// The messages and terms that count: of several with one name, the first.
    pub fn first_ones(&self) -> impl Iterator<Item = Known<'_, 's>> {
        self.all().filter(|known| {
            self.get(&known.item.name()).is_some_and(|first| std::ptr::eq(first.item, known.item))
        })
    }

    /// Whether there is junk that looks like the entry of this name.
    pub fn has_junk_of(&self, name: &str) -> bool {
        self.junk.contains(name)
    }
}

/// All locales of a project, parsed.
pub struct Project<'s> {
    pub source: Catalog<'s>,
    /// The others, in the order they were given.
    pub others: Vec<Catalog<'s>>,
}

impl<'s> Project<'s> {
    /// None where the source locale is not among the locales.
    pub fn new(locales: &'s [Locale], source_locale: &str) -> Option<Self> {
        let source = locales.iter().find(|locale| locale.tag == source_locale)?;
        let others = locales.iter().filter(|locale| locale.tag != source_locale);
        Some(Self { source: Catalog::new(source), others: others.map(Catalog::new).collect() })
    }

    pub fn get(&self, tag: &str) -> Option<&Catalog<'s>> {
        self.others.iter().find(|catalog| catalog.locale.tag == tag)
    }

    /// The locales that a regional one falls back to before the source: fr for fr-CA.
    pub fn parents(&self, tag: &str) -> Vec<&Catalog<'s>> {
        let mut parents = Vec::new();
        let mut rest = tag;
        while let Some((parent, _)) = rest.rsplit_once('-') {
            parents.extend(self.get(parent));
            rest = parent;
        }
        parents
    }
}
