use super::model::{Amenity, Bed, Housekeeping, Room, RoomType};
use crate::domains::images::ImageOut;
use crate::domains::properties::Property;
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::http::Reader;
use crate::http::valid::present;
use crate::money::Money;
use crate::texts::{Locale, Texts, TextsPatch};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoomType {
    #[garde(skip)]
    pub property_id: Uuid,
    /// Code of the room type, short and unique within the property.
    #[garde(length(chars, min = 1, max = 20))]
    #[schema(example = "DLX")]
    pub code: String,
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Deluxe double with sea view")]
    pub name: String,
    #[garde(length(chars, max = 5000))]
    #[serde(default)]
    pub description: String,
    #[garde(range(min = 1, max = 50))]
    #[schema(example = 2)]
    pub max_adults: i32,
    #[garde(range(min = 0, max = 50))]
    #[schema(example = 2)]
    pub max_children: i32,
    /// Maximum number of adults and children together.
    #[garde(range(min = 1, max = 100))]
    #[schema(example = 3)]
    pub max_guests: i32,
    #[garde(length(max = 20), dive)]
    #[serde(default)]
    pub beds: Vec<Bed>,
    #[garde(inner(range(min = 1, max = 10_000)))]
    #[schema(example = 28)]
    pub size_sqm: Option<i32>,
    /// Base price per night, in the property's currency, gross or net like the property's prices.
    #[garde(custom(price))]
    pub base_price: Money,
    /// Number of rooms that may be sold beyond those that exist.
    #[garde(range(min = 0, max = 1000))]
    #[serde(default)]
    pub overbooking: i32,
    /// Codes of amenities of the property.
    #[garde(length(max = 100))]
    #[serde(default)]
    #[schema(example = json!(["wifi", "balcony"]))]
    pub amenities: Vec<String>,
    /// Name and description in other languages than the property's own.
    #[garde(dive)]
    #[serde(default)]
    pub texts: TextsPatch,
}

/// Validates that a price is neither negative nor absurdly large.
pub fn price(price: &Money, (): &()) -> garde::Result {
    if (0..=MAX_PRICE_MINOR).contains(&price.minor) {
        Ok(())
    } else {
        Err(garde::Error::new("must not be negative or absurdly large"))
    }
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
fn maybe_price(value: &Option<Money>, context: &()) -> garde::Result {
    value.as_ref().map_or(Ok(()), |value| price(value, context))
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoomType {
    #[garde(inner(length(chars, min = 1, max = 20)))]
    #[serde(default, deserialize_with = "present")]
    pub code: Option<String>,
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<String>,
    #[garde(inner(length(chars, max = 5000)))]
    #[serde(default, deserialize_with = "present")]
    pub description: Option<String>,
    #[garde(inner(range(min = 1, max = 50)))]
    #[serde(default, deserialize_with = "present")]
    pub max_adults: Option<i32>,
    #[garde(inner(range(min = 0, max = 50)))]
    #[serde(default, deserialize_with = "present")]
    pub max_children: Option<i32>,
    #[garde(inner(range(min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    pub max_guests: Option<i32>,
    #[garde(length(max = 20), dive)]
    #[serde(default, deserialize_with = "present")]
    pub beds: Option<Vec<Bed>>,
    #[garde(inner(inner(range(min = 1, max = 10_000))))]
    #[serde(default, with = "double_option")]
    pub size_sqm: Option<Option<i32>>,
    #[garde(custom(maybe_price))]
    #[serde(default, deserialize_with = "present")]
    pub base_price: Option<Money>,
    #[garde(inner(range(min = 0, max = 1000)))]
    #[serde(default, deserialize_with = "present")]
    pub overbooking: Option<i32>,
    /// Codes of amenities: the complete list from now on.
    #[garde(inner(length(max = 100)))]
    #[serde(default, deserialize_with = "present")]
    pub amenities: Option<Vec<String>>,
    /// Name and description in other languages; null removes a language.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    pub texts: Option<TextsPatch>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomTypeOut {
    pub id: Uuid,
    pub property_id: Uuid,
    pub code: String,
    pub name: String,
    pub description: String,
    pub max_adults: i32,
    pub max_children: i32,
    pub max_guests: i32,
    pub beds: Vec<Bed>,
    pub size_sqm: Option<i32>,
    pub base_price: Money,
    pub overbooking: i32,
    pub amenities: Vec<String>,
    /// Language of `name` and `description` in this answer.
    #[schema(value_type = String, example = "pt")]
    pub locale: Locale,
    /// Name and description in other languages than the property's own.
    pub texts: Texts,
    pub images: Vec<ImageOut>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl RoomTypeOut {
    pub fn new(row: RoomType, property: &Property, amenities: Vec<String>, images: Vec<ImageOut>) -> Self {
        let texts = row.texts();
        let RoomType {
            property_id,
            id,
            code,
            name,
            description,
            max_adults,
            max_children,
            max_guests,
            beds,
            size_sqm,
            base_price_minor,
            overbooking,
            texts: _,
            version,
            created_at,
            updated_at,
        } = row;
        Self {
            id,
            property_id,
            code,
            name,
            description,
            max_adults,
            max_children,
            max_guests,
            beds: serde_json::from_value(beds).unwrap_or_default(),
            size_sqm,
            base_price: Money::new(base_price_minor, property.currency),
            overbooking,
            amenities,
            locale: property.default_locale.clone(),
            texts,
            images,
            version,
            created_at,
            updated_at,
        }
    }

    /// Returns the room type in the best available language for the reader.
    #[must_use]
    pub fn for_reader(mut self, reader: &Reader) -> Self {
        self.locale = self.texts.localise(&reader.wanted, self.locale, &mut self.name, &mut self.description);
        self
    }
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAmenities {
    /// Codes of amenities of the property: the complete list from now on.
    #[garde(length(max = 100))]
    #[schema(example = json!(["wifi", "balcony"]))]
    pub amenities: Vec<String>,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignAmenities {
    #[garde(skip)]
    pub property_id: Uuid,
    /// Amenities for each room type; each room type once.
    #[garde(length(min = 1, max = 200), dive)]
    pub assignments: Vec<AmenityAssignment>,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmenityAssignment {
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Codes of amenities: the complete list from now on.
    #[garde(length(max = 100))]
    #[schema(example = json!(["wifi", "balcony"]))]
    pub amenities: Vec<String>,
    /// Version of the room type that you saw. If there is a newer one, no room type is changed (409).
    #[garde(skip)]
    pub version: Option<i64>,
}

/// Amenities of a room type, as they are now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AssignedAmenities {
    pub room_type_id: Uuid,
    #[schema(example = json!(["balcony", "wifi"]))]
    pub amenities: Vec<String>,
    /// Version of the room type.
    pub version: i64,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoom {
    #[garde(skip)]
    pub property_id: Uuid,
    #[garde(skip)]
    pub room_type_id: Uuid,
    #[garde(length(chars, min = 1, max = 20))]
    #[schema(example = "304")]
    pub number: String,
    #[garde(inner(length(chars, min = 1, max = 20)))]
    #[schema(example = "3")]
    pub floor: Option<String>,
    /// Codes of features that this room has beyond its type: lower-case letters, digits and underscores.
    #[garde(length(max = 50), inner(pattern(r"^[a-z][a-z0-9_]{1,49}$")))]
    #[serde(default)]
    #[schema(example = json!(["corner", "high_floor"]))]
    pub features: Vec<String>,
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoom {
    /// New room type; refused if the room is taken today or later.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    pub room_type_id: Option<Uuid>,
    #[garde(inner(length(chars, min = 1, max = 20)))]
    #[serde(default, deserialize_with = "present")]
    pub number: Option<String>,
    #[garde(inner(inner(length(chars, min = 1, max = 20))))]
    #[serde(default, with = "double_option")]
    pub floor: Option<Option<String>>,
    /// Codes of features: the complete list from now on.
    #[garde(inner(length(max = 50), inner(pattern(r"^[a-z][a-z0-9_]{1,49}$"))))]
    #[serde(default, deserialize_with = "present")]
    pub features: Option<Vec<String>>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomOut {
    pub id: Uuid,
    pub property_id: Uuid,
    pub room_type_id: Uuid,
    pub number: String,
    pub floor: Option<String>,
    pub housekeeping: Housekeeping,
    /// Codes of features that this room has beyond its type.
    #[schema(example = json!(["corner", "high_floor"]))]
    pub features: BTreeSet<String>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<Room> for RoomOut {
    fn from(row: Room) -> Self {
        let Room { property_id, id, room_type_id, number, floor, features, version, created_at, updated_at, housekeeping } = row;
        let features = serde_json::from_value(features).unwrap_or_default();
        Self { id, property_id, room_type_id, number, floor, housekeeping, features, version, created_at, updated_at }
    }
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetHousekeeping {
    #[garde(skip)]
    pub state: Housekeeping,
}

/// Housekeeping state for many rooms: those that are named, or those on a floor.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetHousekeepingOfRooms {
    #[garde(skip)]
    pub property_id: Uuid,
    #[garde(skip)]
    pub state: Housekeeping,
    /// Rooms to set; if left out, all rooms on `floor`.
    #[garde(inner(length(min = 1, max = 1000)))]
    pub room_ids: Option<Vec<Uuid>>,
    #[garde(inner(length(chars, min = 1, max = 20)))]
    #[schema(example = "3")]
    pub floor: Option<String>,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAmenity {
    #[garde(skip)]
    pub property_id: Uuid,
    /// Code of the amenity: lower-case letters, digits and underscores; unique within the property.
    #[garde(pattern(r"^[a-z][a-z0-9_]{1,49}$"))]
    #[schema(example = "wifi")]
    pub code: String,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(example = "Free Wi-Fi")]
    pub name: String,
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAmenity {
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AmenityOut {
    pub id: Uuid,
    pub property_id: Uuid,
    pub code: String,
    pub name: String,
    pub version: i64,
}

impl From<Amenity> for AmenityOut {
    fn from(row: Amenity) -> Self {
        let Amenity { property_id, id, code, name, version } = row;
        Self { id, property_id, code, name, version }
    }
}

/// Choice of the property.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct OfProperty {
    pub property_id: Uuid,
}

/// Filter of rooms.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct RoomFilter {
    pub property_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
    #[param(example = "3")]
    pub floor: Option<String>,
    #[param(example = "304")]
    pub number: Option<String>,
    #[param(inline)]
    pub housekeeping: Option<Housekeeping>,
}
