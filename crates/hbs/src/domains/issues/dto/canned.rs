//! Canned answers.
use crate::Result;
use crate::domains::issues::model::{CannedAnswer, CannedAnswerId};
use crate::domains::issues::rules::canned::VARIABLES;
use crate::http::valid::present;
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::texts::Locale;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, Type};
use uuid::Uuid;

/// Maximum number of languages of a canned answer, and of characters in each.
const MAX_LANGUAGES: usize = 20;
const MAX_ANSWER: usize = 5000;

/// Canned answer to add.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCannedAnswer {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Title by which staff find it, 1 to 100 characters; no two canned answers of a property have the same.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Somebody is on the way")]
    pub title: String,
    /// Texts by language (BCP 47), 1 to 20 languages, at most 5,000 characters each.
    #[garde(custom(answers))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(schema_with = described_answers)]
    pub texts: BTreeMap<Locale, String>,
}

/// Change of a canned answer. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCannedAnswer {
    /// Title by which staff find it, 1 to 100 characters; no two canned answers of a property have the same.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub title: Option<String>,
    /// Texts by language (BCP 47), 1 to 20 languages, at most 5,000 characters each. The list replaces the present one.
    #[garde(inner(custom(answers)))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(schema_with = described_answers)]
    pub texts: Option<BTreeMap<Locale, String>>,
}

/// Describes texts by language.
fn described_answers() -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX_ANSWER));
    let about = format!(
        "Texts by language (BCP 47), 1 to {MAX_LANGUAGES} languages, at most {MAX_ANSWER} characters each. \
         Variables stand in double braces: {}.",
        VARIABLES.join(", ")
    );
    ObjectBuilder::new()
        .description(Some(about))
        .additional_properties(Some(Schema::from(text)))
        .examples([json!({"en": "Dear {{guest_name}}, somebody is on the way."})])
        .build()
}

/// Validates the number and the lengths of texts.
fn answers(texts: &BTreeMap<Locale, String>, (): &()) -> garde::Result {
    if texts.is_empty() || texts.len() > MAX_LANGUAGES {
        return Err(garde::Error::new(format!("must have 1 to {MAX_LANGUAGES} languages")));
    }
    match texts.iter().find(|(_, text)| text.is_empty() || text.chars().count() > MAX_ANSWER) {
        Some((locale, _)) => Err(garde::Error::new(format!("must have 1 to {MAX_ANSWER} characters in {locale}"))),
        None => Ok(()),
    }
}

/// Filter of canned answers.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct CannedAnswerFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission.
    pub property_id: Option<Uuid>,
    /// Words of the title, in any order; case and accents do not matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(example = "on the way", max_length = 200)]
    pub q: Option<String>,
}

/// A canned answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CannedAnswerOut {
    /// Identifier of the canned answer.
    #[schema(value_type = Uuid)]
    pub id: CannedAnswerId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Title by which staff find it.
    #[schema(example = "Somebody is on the way")]
    pub title: String,
    /// Texts by language (BCP 47), with their variables.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"en": "Dear {{guest_name}}, somebody is on the way."}))]
    pub texts: BTreeMap<Locale, String>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl CannedAnswerOut {
    pub fn new(row: CannedAnswer) -> Result<Self> {
        let texts = row.texts()?;
        let CannedAnswer { property_id, id, title, texts: _, version, created_at, updated_at } = row;
        Ok(Self { id, property_id, title, texts, version, created_at, updated_at })
    }
}

/// A canned answer for an issue, in the guest's language and with its variables filled in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FilledAnswer {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Language of the text.
    #[schema(value_type = String, example = "en")]
    pub locale: Locale,
    /// Text with the variables filled in.
    #[schema(example = "Dear Ana Sousa, somebody is on the way.")]
    pub text: String,
}
