use crate::domains::guests::DocumentKind;
use crate::ids::id;
use crate::media::PictureFormat;
use crate::outbox::{Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{registration_cards, registration_terms};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

id! {
    /// Id of a registration card.
    pub struct RegistrationCardId;
}

text_enum! {
    /// Status of a registration card: `open` until it is `signed`, which is for good; `void` if another card was made
    /// before it was signed.
    pub enum CardStatus {
        Open = "open",
        Signed = "signed",
        Void = "void",
    }
}

/// A registration card. What is on it is sealed.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = registration_cards, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Card {
    pub property_id: Uuid,
    pub id: RegistrationCardId,
    pub booking_id: Uuid,
    pub stay_id: Uuid,
    pub status: CardStatus,
    /// Language of the card.
    pub locale: Locale,
    #[serde(skip)]
    pub content: Vec<u8>,
    /// Digest of the content, by which it is compared.
    #[serde(skip)]
    pub digest: Vec<u8>,
    pub signature_key: Option<String>,
    pub signature_format: Option<PictureFormat>,
    pub signed_by: Option<String>,
    pub signed_at: Option<DateTime<Utc>>,
    /// Person before whom the card was signed.
    pub taken_by: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Card {
    const ENTITY: &'static str = "registration_card";
    const OPEN: &'static [&'static str] =
        &["property_id", "id", "booking_id", "stay_id", "status", "locale", "signed_at", "taken_by", "documents"];
    const SEALED: &'static [&'static str] = &["signed_by"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id).in_booking(Some(self.booking_id))
    }
}

/// Signature of a card.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = registration_cards)]
pub struct Signature {
    pub status: CardStatus,
    pub signature_key: Option<String>,
    pub signature_format: Option<PictureFormat>,
    pub signed_by: Option<String>,
    pub signed_at: Option<DateTime<Utc>>,
    pub taken_by: Option<Uuid>,
}

/// Content of a card, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub hotel: String,
    pub address: Vec<String>,
    pub reference: String,
    pub room_number: Option<String>,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub adults: i32,
    pub children: usize,
    pub guests: Vec<CardGuest>,
    /// Terms that the guests confirm, in the card's language or the next best.
    pub terms: Option<String>,
}

impl Content {
    /// Puts something else in the place of documents' numbers.
    pub fn hide_numbers(&mut self, instead: &str) {
        for document in self.guests.iter_mut().filter_map(|guest| guest.document.as_mut()) {
            document.number = instead.to_owned();
        }
    }
}

/// A guest on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardGuest {
    pub full_name: String,
    pub birth_date: Option<NaiveDate>,
    pub nationality: Option<String>,
    pub document: Option<CardDocument>,
}

/// Document of a guest on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardDocument {
    pub kind: DocumentKind,
    pub number: String,
    pub country: String,
}

/// Terms of a hotel that guests confirm, by language.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = registration_terms, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Terms {
    pub property_id: Uuid,
    pub texts: serde_json::Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Terms {
    const ENTITY: &'static str = "registration_terms";
    const OPEN: &'static [&'static str] = &["property_id", "texts"];

    /// Returns the terms as an entity, under the id of the hotel.
    fn entity(&self) -> Entity {
        Entity::new(self.property_id).at(self.property_id)
    }
}

impl Terms {
    /// Returns the terms of a hotel that has said none.
    pub fn none(property_id: Uuid, at: DateTime<Utc>) -> Self {
        Self { property_id, texts: serde_json::json!({}), version: 0, created_at: at, updated_at: at }
    }

    pub fn texts(&self) -> BTreeMap<Locale, String> {
        serde_json::from_value(self.texts.clone()).unwrap_or_default()
    }
}
