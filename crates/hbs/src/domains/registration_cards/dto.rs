use super::model::{Card, CardStatus, RegistrationCardId, Terms};
use crate::plain_text::paragraphs;
use crate::texts::Locale;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, Type};
use uuid::Uuid;

/// Maximum number of languages of terms, and of characters in each.
const MAX_LANGUAGES: usize = 20;
const MAX_TERMS: usize = 10_000;

/// Card to make for a stay.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CreateRegistrationCard {
    /// Language of the card; that of the booking, else of the hotel, if left out.
    #[garde(skip)]
    #[schema(value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<Locale>,
}

/// Registration card of a stay. The card itself is at `print_url`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegistrationCardOut {
    /// Identifier of the registration card.
    #[schema(value_type = Uuid)]
    pub id: RegistrationCardId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Status of the card.
    pub status: CardStatus,
    /// `true` if the card still says what is on record of the stay and its guests.
    pub is_current: bool,
    /// Language of the card.
    #[schema(value_type = String, example = "pt")]
    pub locale: Locale,
    /// Address of the page to be printed; needs `guests:read`.
    #[schema(example = "/v1/registration-cards/01a203ed-d571-732d-9af1-34b36c0dae65/print")]
    pub print_url: String,
    /// Address of the signature; needs `guests:read`; null while the card is not signed.
    #[schema(example = "/v1/registration-cards/01a203ed-d571-732d-9af1-34b36c0dae65/signature")]
    pub signature_url: Option<String>,
    /// Name of the person who signed; null while the card is not signed.
    #[schema(example = "Ana Sousa")]
    pub signed_by: Option<String>,
    /// Time at which the card was signed (UTC); null while it is not signed.
    pub signed_at: Option<DateTime<Utc>>,
    /// Identifier of the person before whom the card was signed; null while it is not signed, and for integrations.
    pub taken_by: Option<Uuid>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl RegistrationCardOut {
    pub fn new(row: Card, is_current: bool) -> Self {
        let Card {
            property_id,
            id,
            booking_id,
            stay_id,
            status,
            locale,
            content: _,
            digest: _,
            signature_key,
            signature_format: _,
            signed_by,
            signed_at,
            taken_by,
            version,
            created_at,
            updated_at,
        } = row;
        Self {
            id,
            property_id,
            booking_id,
            stay_id,
            status,
            is_current,
            locale,
            print_url: format!("/v1/registration-cards/{id}/print"),
            signature_url: signature_key.map(|_| format!("/v1/registration-cards/{id}/signature")),
            signed_by,
            signed_at,
            taken_by,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Signatory of a card.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct SignatureQuery {
    /// Name of the person who signs, 1 to 200 characters; the first guest's if left out.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[param(min_length = 1, max_length = 200, example = "Ana Sousa")]
    pub signed_by: Option<String>,
}

/// Terms that guests confirm by their signature, by language.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegistrationTermsOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Terms by language (BCP 47); empty if the hotel has none.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"en": "Rooms are to be left by 11:00."}))]
    pub texts: BTreeMap<Locale, String>,
    /// Number that grows with each change, 0 while nothing has been set; the `ETag` header carries it.
    pub version: i64,
}

impl From<Terms> for RegistrationTermsOut {
    fn from(row: Terms) -> Self {
        let texts = row.texts();
        let Terms { property_id, texts: _, version, created_at: _, updated_at: _ } = row;
        Self { property_id, texts, version }
    }
}

/// New terms that guests confirm by their signature.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRegistrationTerms {
    /// Terms by language (BCP 47), at most 20 languages and 10,000 characters each: the complete list from now on.
    #[garde(custom(terms))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(schema_with = described_terms)]
    pub texts: BTreeMap<Locale, String>,
}

/// Describes terms by language.
fn described_terms() -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX_TERMS));
    ObjectBuilder::new()
        .description(Some(
            "Terms by language (BCP 47), at most 20 languages and 10,000 characters each: the complete list from now on.",
        ))
        .additional_properties(Some(Schema::from(text)))
        .examples([json!({"en": "Rooms are to be left by 11:00."})])
        .build()
}

/// Validates the number and the lengths of terms.
fn terms(texts: &BTreeMap<Locale, String>, (): &()) -> garde::Result {
    if texts.len() > MAX_LANGUAGES {
        return Err(garde::Error::new(format!("must have at most {MAX_LANGUAGES} languages")));
    }
    match texts.iter().find(|(_, text)| text.is_empty() || text.chars().count() > MAX_TERMS) {
        Some((locale, _)) => Err(garde::Error::new(format!("must have 1 to {MAX_TERMS} characters in {locale}"))),
        None => Ok(()),
    }
}
