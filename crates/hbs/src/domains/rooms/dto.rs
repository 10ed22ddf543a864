use super::model::{Amenity, Bed, Room, RoomType};
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::http::valid::present;
use crate::money::{Currency, Money};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use uuid::Uuid;

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoomType {
    #[garde(skip)]
    pub property_id: Uuid,
    /// Short and unique within the property.
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
    /// Adults and children together.
    #[garde(range(min = 1, max = 100))]
    #[schema(example = 3)]
    pub max_guests: i32,
    #[garde(length(max = 20), dive)]
    #[serde(default)]
    pub beds: Vec<Bed>,
    #[garde(inner(range(min = 1, max = 10_000)))]
    #[schema(example = 28)]
    pub size_sqm: Option<i32>,
    /// Per night, in the property's currency, gross or net as the property's prices are.
    #[garde(custom(price))]
    pub base_price: Money,
    /// Rooms that may be sold beyond those that there are.
    #[garde(range(min = 0, max = 1000))]
    #[serde(default)]
    pub overbooking: i32,
    /// Codes of the property's amenities.
    #[garde(length(max = 100))]
    #[serde(default)]
    #[schema(example = json!(["wifi", "balcony"]))]
    pub amenities: Vec<String>,
}

/// A price that can be asked for.
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
    /// The exact set from now on.
    #[garde(inner(length(max = 100)))]
    #[serde(default, deserialize_with = "present")]
    pub amenities: Option<Vec<String>>,
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
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl RoomTypeOut {
    pub fn new(row: RoomType, currency: Currency, amenities: Vec<String>) -> Self {
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
            base_price: Money::new(base_price_minor, currency),
            overbooking,
            amenities,
            version,
            created_at,
            updated_at,
        }
    }
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
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoom {
    /// Another type, if nobody has the room today or later.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    pub room_type_id: Option<Uuid>,
    #[garde(inner(length(chars, min = 1, max = 20)))]
    #[serde(default, deserialize_with = "present")]
    pub number: Option<String>,
    #[garde(inner(inner(length(chars, min = 1, max = 20))))]
    #[serde(default, with = "double_option")]
    pub floor: Option<Option<String>>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomOut {
    pub id: Uuid,
    pub property_id: Uuid,
    pub room_type_id: Uuid,
    pub number: String,
    pub floor: Option<String>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<Room> for RoomOut {
    fn from(row: Room) -> Self {
        let Room { property_id, id, room_type_id, number, floor, version, created_at, updated_at } = row;
        Self { id, property_id, room_type_id, number, floor, version, created_at, updated_at }
    }
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAmenity {
    #[garde(skip)]
    pub property_id: Uuid,
    /// Small letters, digits and underscores; unique within the property.
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

/// Whose.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct OfProperty {
    pub property_id: Uuid,
}

/// Which rooms.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct RoomFilter {
    pub property_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
    #[param(example = "3")]
    pub floor: Option<String>,
    #[param(example = "304")]
    pub number: Option<String>,
}
