use crate::media::{PictureFormat, Size};
use crate::outbox::{Entity, Recorded};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::images;
use serde::Serialize;
use uuid::Uuid;

/// Maximum number of pictures of a hotel, of a room type, and of an offer.
pub const MAX_IMAGES: usize = 30;

/// Subject of a picture: a hotel, a room type or an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Property(Uuid),
    RoomType(Uuid),
    Offer(Uuid),
}

/// A subject of pictures that exists.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Owner {
    pub property_id: Uuid,
    /// Room type, or else the offer; none of them for the hotel itself.
    pub room_type_id: Option<Uuid>,
    pub offer_id: Option<Uuid>,
    pub version: i64,
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = images)]
pub struct Image {
    pub property_id: Uuid,
    pub id: Uuid,
    pub room_type_id: Option<Uuid>,
    pub position: i32,
    pub is_primary: bool,
    pub alt: String,
    pub key: String,
    pub format: PictureFormat,
    pub sizes: serde_json::Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub offer_id: Option<Uuid>,
}

impl Recorded for Image {
    const ENTITY: &'static str = "image";
    const OPEN: &'static [&'static str] =
        &["property_id", "id", "room_type_id", "offer_id", "position", "is_primary", "alt", "key", "format", "sizes"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = images, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewImage {
    pub property_id: Uuid,
    pub id: Uuid,
    pub room_type_id: Option<Uuid>,
    pub position: i32,
    pub is_primary: bool,
    pub alt: String,
    pub key: String,
    pub format: PictureFormat,
    pub sizes: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub offer_id: Option<Uuid>,
}

impl Image {
    /// Returns the existing sizes, narrowest first.
    pub fn sizes(&self) -> Vec<Size> {
        serde_json::from_value(self.sizes.clone()).unwrap_or_default()
    }
}

impl Subject {
    /// Returns the path of the subject.
    pub fn path(self) -> String {
        match self {
            Self::Property(id) => format!("/v1/properties/{id}"),
            Self::RoomType(id) => format!("/v1/room-types/{id}"),
            Self::Offer(id) => format!("/v1/offers/{id}"),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Property(_) => "property",
            Self::RoomType(_) => "room type",
            Self::Offer(_) => "offer",
        }
    }
}
