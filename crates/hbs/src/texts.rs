//! Texts in several languages: a base text and its translations.
use crate::language::Language;
use crate::plain_text::new_paragraphs;
use crate::words::text_column;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_with::rust::double_option;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Maximum number of languages beside that of the base text.
const MAX_LOCALES: usize = 20;

/// A language, alone, in a script, or as spoken in a country: `pt`, `zh-Hant`, `pt-BR`, `es-419`, `zh-Hant-TW`.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(try_from = "String", into = "String")]
pub struct Locale(String);

text_column!(Locale);

impl Locale {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the language itself and what it is a form of, from the particular to the general: `zh-Hant-TW`, `zh-Hant`, `zh`.
    fn forms(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |form| form.rsplit_once('-').map(|(general, _)| general))
    }
}

/// The best for a reader of the languages that there are; none if they want no language of these.
///
/// For each language wanted, best first: exactly that; what it is a form of (RFC 4647, lookup): `zh-Hant-TW`, `zh-Hant`, `zh`;
/// another form of the same language, as of another country, unless it is written in another script. What it is a form of in
/// another script, as `zh` is of `zh-TW`, comes last.
pub fn best<'w, 't>(wanted: impl IntoIterator<Item = &'w Locale>, there: &[&'t str]) -> Option<&'t str> {
    let there = |fits: &dyn Fn(&str) -> bool| there.iter().copied().find(|one| fits(one));
    let of = |wish: &Locale| {
        let exactly = |form: &str| there(&|one| one == form);
        let in_script = wish.forms().filter(|form| are_alike(form, wish.as_str())).find_map(exactly);
        in_script.or_else(|| there(&|one| are_alike(one, wish.as_str()))).or_else(|| wish.forms().find_map(exactly))
    };
    wanted.into_iter().find_map(of)
}

fn are_alike(one: &str, other: &str) -> bool {
    let language = |tag: &str| tag.split('-').next().map(str::to_owned);
    language(one) == language(other) && script(one).zip(script(other)).is_none_or(|(one, other)| one == other)
}

/// The script of a language, if it says so. Chinese is written in one or the other by country.
fn script(tag: &str) -> Option<&str> {
    let said = tag.split('-').find(|part| part.len() == 4);
    let by_country = || match tag {
        "zh-TW" | "zh-HK" | "zh-MO" => Some("Hant"),
        _ if tag == "zh" || tag.starts_with("zh-") => Some("Hans"),
        _ => None,
    };
    said.or_else(by_country)
}

impl Default for Locale {
    fn default() -> Self {
        Self("en".into())
    }
}

impl FromStr for Locale {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split('-').peekable();
        let is_language = parts.next().is_some_and(is_language);
        parts.next_if(|part| is_script(part));
        parts.next_if(|part| is_region(part));
        if is_language && parts.next().is_none() {
            Ok(Self(text.into()))
        } else {
            Err(format!("{text:?} is not a language such as \"pt\", \"pt-BR\" or \"zh-Hant\""))
        }
    }
}

fn is_language(part: &str) -> bool {
    (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Returns `true` for the form of a script: `Hant`.
fn is_script(part: &str) -> bool {
    let mut letters = part.bytes();
    part.len() == 4
        && letters.next().is_some_and(|first| first.is_ascii_uppercase())
        && letters.all(|rest| rest.is_ascii_lowercase())
}

/// Returns `true` for the form of a country, or of a part of the world: `BR`, `419`.
fn is_region(part: &str) -> bool {
    let is_country = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    is_country || part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit())
}

impl TryFrom<String> for Locale {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Name and description in one language. A field that is left out is as in the base text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Text {
    /// Name in this language; left out if it is as in the base text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Quarto duplo")]
    pub name: Option<String>,
    /// Description in this language; left out if it is as in the base text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Names and descriptions by language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = BTreeMap<String, Text>, example = json!({"pt": {"name": "Quarto duplo", "description": "Com vista para o mar."}}))]
pub struct Texts(BTreeMap<Locale, Text>);

/// A merge patch of texts: null removes a language, or one text of it.
#[derive(Debug, Clone, Default, Deserialize, garde::Validate)]
#[serde(transparent)]
#[garde(transparent)]
pub struct TextsPatch(#[garde(dive)] BTreeMap<String, Option<TextPatch>>);

/// Says that a language may be null, which a derived schema does not.
impl PartialSchema for TextsPatch {
    fn schema() -> RefOr<Schema> {
        let null = ObjectBuilder::new().schema_type(Type::Null);
        let text = OneOfBuilder::new().item(null).item(Ref::from_schema_name(TextPatch::name()));
        ObjectBuilder::new()
            .description(Some("Texts by language (BCP 47), at most 20 in all: null removes a language, or one text of it."))
            .additional_properties(Some(Schema::from(text)))
            .examples([json!({"pt": {"name": "Quarto duplo"}, "de": null})])
            .into()
    }
}

impl ToSchema for TextsPatch {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((TextPatch::name().into(), TextPatch::schema()));
        TextPatch::schemas(schemas);
    }
}

/// Change of the texts in one language. Fields that are left out stay as they are.
#[derive(Debug, Clone, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextPatch {
    /// Name in this language, 1 to 200 characters; null removes it.
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<Option<String>>,
    /// Description in this language, at most 5,000 characters; null removes it.
    #[garde(inner(inner(length(chars, max = 5000))))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(max_length = 5000)]
    pub description: Option<Option<String>>,
}

impl TextsPatch {
    /// Refuses descriptions, for what has but a name.
    pub fn check_names_only(&self) -> Result<()> {
        let described = self.0.iter().find(|(_, text)| text.as_ref().is_some_and(|text| text.description.is_some()));
        match described {
            Some((locale, _)) => {
                Err(Error::invalid(format!("/texts/{locale}/description"), "is not there: this has a name alone"))
            }
            None => Ok(()),
        }
    }
}

impl Texts {
    /// Reads texts as they are stored.
    pub fn from_json(stored: serde_json::Value) -> Self {
        serde_json::from_value(stored).unwrap_or_default()
    }

    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!(self)
    }

    pub fn has(&self, locale: &Locale) -> bool {
        self.0.contains_key(locale)
    }

    /// Applies the patch to these texts. 422 for a key that is not a language, for the language of the base text, and
    /// for more than 20 languages.
    pub fn merged(mut self, patch: &TextsPatch, base: &Locale) -> Result<Self> {
        for (name, text) in &patch.0 {
            let pointer = format!("/texts/{}", name.replace('~', "~0").replace('/', "~1"));
            let locale: Locale = name.parse().map_err(|wrong: String| Error::invalid(&pointer, wrong))?;
            let Some(TextPatch { name, description }) = text else {
                self.0.remove(&locale);
                continue;
            };
            if locale == *base {
                let detail = "is the language of `name` and `description`, which are outside of `texts`";
                return Err(Error::invalid(pointer, detail));
            }
            let text = self.0.entry(locale).or_default();
            if let Some(name) = name {
                text.name.clone_from(name);
            }
            if let Some(description) = description {
                text.description.clone_from(description);
            }
        }
        self.0.retain(|_, text| *text != Text::default());
        if self.0.len() > MAX_LOCALES {
            return Err(Error::invalid("/texts", format!("must have at most {MAX_LOCALES} languages")));
        }
        Ok(self)
    }

    /// Returns the best text for a reader, with its language; none if that is the base text.
    pub fn pick(&self, wanted: &[Locale], base: &Locale) -> Option<(&Locale, &Text)> {
        let there: Vec<&str> = std::iter::once(base).chain(self.0.keys()).map(Locale::as_str).collect();
        let best = best(wanted, &there).filter(|best| *best != base.as_str())?;
        self.0.iter().find(|(locale, _)| locale.as_str() == best)
    }

    /// Puts name and description into the reader's language, and returns the language. A text without a translation
    /// stays in the base language.
    pub fn localise(&self, wanted: &[Locale], base: Locale, name: &mut String, description: &mut String) -> Locale {
        let Some((locale, text)) = self.pick(wanted, &base) else { return base };
        if let Some(translated) = &text.name {
            name.clone_from(translated);
        }
        if let Some(translated) = &text.description {
            description.clone_from(translated);
        }
        locale.clone()
    }
}

/// Languages that a reader prefers, best first.
#[derive(Debug, Default)]
pub struct Languages(pub Vec<Locale>);

/// An answer to a reader: the languages that they want, and those that its texts turn out to be in.
#[derive(Debug, Default)]
pub struct Reading {
    wanted: Vec<Locale>,
    used: Mutex<BTreeSet<Locale>>,
}

impl Reading {
    /// For a reader who wants these languages, best first.
    pub fn new(wanted: Vec<Locale>) -> Self {
        Self { wanted, used: Mutex::default() }
    }

    /// Returns the languages that the reader wants, best first.
    pub fn wanted(&self) -> &[Locale] {
        &self.wanted
    }

    /// Returns a name in the best of its languages. `texts` are its translations as stored, `base` is its own language.
    pub fn name(&self, name: &str, texts: &serde_json::Value, base: &Locale) -> String {
        self.texts(name, "", texts, base).0
    }

    /// Returns a name and a description likewise.
    pub fn texts(&self, name: &str, description: &str, texts: &serde_json::Value, base: &Locale) -> (String, String) {
        let (mut name, mut description) = (name.to_owned(), description.to_owned());
        let is_translated = !self.wanted.is_empty() && texts.as_object().is_some_and(|texts| !texts.is_empty());
        let locale = match is_translated {
            true => Texts::from_json(texts.clone()).localise(&self.wanted, base.clone(), &mut name, &mut description),
            false => base.clone(),
        };
        self.note(locale);
        (name, description)
    }

    /// Returns the language for what HBS writes itself: the best of those wanted, else the one of the hotel, else English.
    pub fn language(&self, base: &Locale) -> Language {
        let language = Language::first_of(self.wanted.iter().chain([base]));
        self.note(language.locale());
        language
    }

    /// Returns the language for what HBS writes itself of things of several hotels: the best of those wanted, else English.
    pub fn own_language(&self) -> Language {
        self.language(&Language::English.locale())
    }

    /// Returns the languages of the texts so far.
    pub fn used(&self) -> Vec<Locale> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn note(&self, locale: Locale) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(locale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn locale(text: &str) -> Locale {
        text.parse().expect("a locale")
    }

    fn texts(value: serde_json::Value) -> Texts {
        serde_json::from_value(value).expect("texts")
    }

    fn merge(old: serde_json::Value, patch: serde_json::Value) -> Result<serde_json::Value> {
        let patch: TextsPatch = serde_json::from_value(patch).expect("a patch");
        texts(old).merged(&patch, &locale("en")).map(|texts| texts.to_json())
    }

    #[test]
    fn the_best_text_is_found() {
        let have = texts(json!({"pt-PT": {"name": "a"}, "de": {"name": "b"}, "de-AT": {"name": "c"}}));
        let pick = |wanted: &[&str]| {
            let wanted: Vec<Locale> = wanted.iter().map(|text| locale(text)).collect();
            have.pick(&wanted, &locale("en")).map(|(locale, _)| locale.as_str())
        };
        assert_eq!(pick(&["de-AT"]), Some("de-AT"));
        assert_eq!(pick(&["de-CH"]), Some("de"));
        assert_eq!(pick(&["pt-BR", "de"]), Some("pt-PT"));
        assert_eq!(pick(&["en-GB", "de"]), None, "the base text is English");
        assert_eq!(pick(&["fr", "pt"]), Some("pt-PT"));
        assert_eq!(pick(&["fr"]), None);
        assert_eq!(pick(&[]), None);
    }

    #[test]
    fn languages_fall_back_from_the_particular_to_the_general() {
        let best = |wanted: &[&str], there: &[&'static str]| {
            let wanted: Vec<Locale> = wanted.iter().map(|text| locale(text)).collect();
            super::best(&wanted, there)
        };
        assert_eq!(best(&["pt-PT"], &["en", "pt"]), Some("pt"));
        assert_eq!(best(&["pt-PT"], &["pt-BR", "pt", "pt-PT"]), Some("pt-PT"));
        assert_eq!(best(&["zh-Hant-TW"], &["zh", "zh-Hant", "zh-TW"]), Some("zh-Hant"));
        assert_eq!(best(&["zh-Hant-TW"], &["zh", "zh-Hans"]), Some("zh"));
        assert_eq!(best(&["zh-Hant-TW", "ja"], &["zh-Hans", "ja"]), Some("ja"), "another script is another language to read");
        assert_eq!(best(&["zh-TW"], &["zh-Hans", "zh-Hant-HK"]), Some("zh-Hant-HK"));
        assert_eq!(best(&["zh-TW"], &["zh", "zh-Hant"]), Some("zh-Hant"), "written alike before spoken alike");
        assert_eq!(best(&["zh-CN"], &["zh-Hant", "zh"]), Some("zh"));
        assert_eq!(best(&["es-419"], &["en", "es-ES"]), Some("es-ES"));
        assert_eq!(best(&["sr"], &["sr-Latn"]), Some("sr-Latn"));
        assert_eq!(best(&["de-AT", "fr"], &["en", "fr-CA", "de"]), Some("de"), "the first wish first, if only in general");
        assert_eq!(best(&["ja"], &["en", "pt"]), None);
        assert_eq!(best(&[], &["en"]), None);
    }

    #[test]
    fn a_reading_knows_the_languages_of_its_texts() {
        let reading = Reading::new(vec![locale("pt-PT"), locale("ja")]);
        let (base, none) = (locale("en"), json!({}));
        assert_eq!(reading.name("Standard", &json!({"pt": {"name": "Normal"}}), &base), "Normal");
        let both = reading.texts("Sea", "Big.", &json!({"ja": {"name": "海"}}), &base);
        assert_eq!(both, ("海".into(), "Big.".into()));
        assert_eq!(reading.used(), [locale("ja"), locale("pt")]);
        assert_eq!(reading.name("City tax", &none, &base), "City tax");
        assert_eq!(reading.used(), [locale("en"), locale("ja"), locale("pt")]);
        assert_eq!(reading.language(&base), Language::Portuguese);
        assert_eq!(Reading::new(vec![locale("ja")]).language(&locale("pt-BR")), Language::Portuguese, "the hotel's");
        assert_eq!(Reading::default().language(&locale("de")), Language::English);
    }

    #[test]
    fn languages_have_one_form() {
        for good in ["pt", "haw", "pt-BR", "zh-Hant", "zh-Hant-TW", "es-419", "sr-Latn"] {
            assert_eq!(locale(good).as_str(), good);
        }
        for wrong in
            ["", "p", "PT", "pt-", "pt-br", "pt_BR", "pt-BRA", "zh-hant", "zh-TW-Hant", "zh-Hant-TW-x", "es-41", "-PT", "de-1996"]
        {
            assert!(wrong.parse::<Locale>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn patches_are_merged() {
        let old = json!({"pt": {"name": "Quarto", "description": "Bom"}, "de": {"name": "Zimmer"}});
        let new = merge(old.clone(), json!({"pt": {"description": null}, "de": null, "fr": {"name": "Chambre"}})).expect("fine");
        assert_eq!(new, json!({"pt": {"name": "Quarto"}, "fr": {"name": "Chambre"}}));
        assert_eq!(merge(old.clone(), json!({"de": {"name": null}})).expect("fine"), json!({"pt": old["pt"]}));
        for wrong in ["PT", "p", "pt-br", "pt_BR", "", "pt-BRA", "../x"] {
            assert!(merge(json!({}), json!({ wrong: {"name": "x"} })).is_err(), "{wrong}");
        }
        assert!(merge(json!({}), json!({"en": {"name": "Room"}})).is_err(), "the base language");
        let many: serde_json::Map<String, serde_json::Value> =
            (b'a'..=b'u').map(|letter| (format!("x{}", char::from(letter)), json!({"name": "x"}))).collect();
        assert_eq!(many.len(), 21);
        assert!(merge(json!({}), json!(many)).is_err(), "21 languages");
    }
}
