//! Requests and answers about the guests in a room.
use crate::contact::{a_country, a_nationality};
use crate::domains::bookings::model::{Document, Guest};
use crate::domains::guests::DocumentKind;
use crate::domains::guests::masking::masked;
use crate::http::valid::dates;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A guest of a stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StayGuest {
    /// Full name of the guest, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Ana Sousa")]
    pub full_name: String,
    /// Date of birth, not after today.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "1990-04-25")]
    pub birth_date: Option<NaiveDate>,
    /// Nationality, ISO 3166-1 alpha-2; `XX` for people who have none.
    #[garde(inner(pattern(r"^[A-Z]{2}$"), custom(a_nationality)))]
    #[schema(pattern = r"^[A-Z]{2}$", example = "PT")]
    pub nationality: Option<String>,
    /// Identity document of the guest; null or left out if it is not on record.
    #[garde(dive)]
    pub document: Option<IdentityDocument>,
}

/// Identity document of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityDocument {
    /// Kind of the document.
    #[garde(skip)]
    pub kind: DocumentKind,
    /// Number of the document, 1 to 50 characters; stored encrypted. Lists show it masked (`•••• 3456`); sent back like that, the
    /// number on record stays.
    #[garde(length(chars, min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50, example = "CA123456")]
    pub number: String,
    /// Country that issued the document, ISO 3166-1 alpha-2.
    #[garde(pattern(r"^[A-Z]{2}$"), custom(a_country))]
    #[schema(pattern = r"^[A-Z]{2}$", example = "PT")]
    pub country: String,
}

/// Guests of a stay to put on record.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStayGuests {
    /// Complete list of the guests in the room; the first is responsible for it.
    #[garde(length(max = 50), dive)]
    #[schema(max_items = 50)]
    pub guests: Vec<StayGuest>,
}

impl SetStayGuests {
    pub fn into_guests(self) -> Vec<Guest> {
        self.guests.into_iter().map(Guest::from).collect()
    }
}

/// Guests of a stay who are on record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayGuestsOut {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Number that grows with each change of the booking; the `ETag` header carries it.
    pub version: i64,
    /// Guests in the room, the numbers of their documents masked; the first is responsible for it.
    pub guests: Vec<StayGuest>,
    /// `true` if at least one guest is on record with date of birth, nationality and document.
    pub is_identified: bool,
}

impl StayGuestsOut {
    pub fn new(stay_id: Uuid, version: i64, guests: Vec<Guest>) -> Self {
        let is_identified = guests.iter().any(Guest::is_identified);
        Self { stay_id, version, is_identified, guests: guests.into_iter().map(StayGuest::masked).collect() }
    }
}

/// Document of a guest of a stay to show in full.
#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealStayDocument {
    /// Position of the guest in the list of the stay's guests, from 0 to 49.
    #[garde(range(min = 0, max = 49))]
    #[schema(minimum = 0, maximum = 49, example = 0)]
    pub position: i32,
}

impl From<StayGuest> for Guest {
    fn from(guest: StayGuest) -> Self {
        let StayGuest { full_name, birth_date, nationality, document } = guest;
        let document = document.map(|IdentityDocument { kind, number, country }| Document { kind, number, country });
        Self { full_name, birth_date, nationality, document }
    }
}

impl From<Document> for IdentityDocument {
    fn from(document: Document) -> Self {
        let Document { kind, number, country } = document;
        Self { kind, number, country }
    }
}

impl StayGuest {
    /// Shows a guest, the number of the document masked.
    fn masked(guest: Guest) -> Self {
        let Guest { full_name, birth_date, nationality, document } = guest;
        let shown = |document: Document| Document { number: masked(&document.number), ..document };
        Self { full_name, birth_date, nationality, document: document.map(shown).map(IdentityDocument::from) }
    }
}
