//! Texts in several languages: a base text and its translations.
use crate::plain_text::new_paragraphs;
use crate::words::text_column;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_with::rust::double_option;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Maximum number of languages beside that of the base text.
const MAX_LOCALES: usize = 20;

/// A language, alone or as spoken in a country: `pt`, `pt-BR`.
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

    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self("en".into())
    }
}

impl FromStr for Locale {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (language, region) = text.split_once('-').map_or((text, None), |(language, region)| (language, Some(region)));
        let is_language = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_region = region.is_none_or(|region| region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase()));
        if is_language && is_region {
            Ok(Self(text.into()))
        } else {
            Err(format!("{text:?} is not a language such as \"pt\" or \"pt-BR\""))
        }
    }
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
    ///
    /// For each language wanted, best first: exactly that; the language without its country (RFC 4647, lookup); the
    /// same language of another country.
    pub fn pick(&self, wanted: &[Locale], base: &Locale) -> Option<(&Locale, &Text)> {
        for wish in wanted {
            let plain = wish.language();
            let alike = |fits: &dyn Fn(&Locale) -> bool| {
                if fits(base) { Some(None) } else { self.0.iter().find(|(locale, _)| fits(locale)).map(Some) }
            };
            let found = alike(&|locale| locale == wish)
                .or_else(|| alike(&|locale| locale.as_str() == plain))
                .or_else(|| alike(&|locale| locale.language() == plain));
            if let Some(choice) = found {
                return choice;
            }
        }
        None
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
