use super::model::{Amenity, Bed, Housekeeping, Room, RoomType};
use crate::domains::images::ImageOut;
use crate::domains::properties::Property;
use crate::domains::rates::rules::bounds;
use crate::http::Reader;
use crate::http::valid::present;
use crate::money::Money;
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::texts::{Locale, Texts, TextsPatch};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_with::rust::double_option;
use std::collections::BTreeSet;
use utoipa::openapi::Deprecated;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use uuid::Uuid;

/// New room type.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoomType {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Code of the room type: 1 to 20 capital letters, digits, `_` and `-`; unique within the property.
    #[garde(pattern(r"^[A-Z0-9][A-Z0-9_-]{0,19}$"))]
    #[schema(pattern = r"^[A-Z0-9][A-Z0-9_-]{0,19}$", example = "DLX")]
    pub code: String,
    /// Name of the room type as guests see it, 1 to 200 characters, in the property's own language.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Deluxe double with sea view")]
    pub name: String,
    /// Description of the room type for guests, at most 5,000 characters, in the property's own language; empty if left
    /// out.
    #[garde(length(chars, max = 5000))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(max_length = 5000)]
    pub description: String,
    /// Maximum number of adults in a room of the type, 1 to 50.
    #[garde(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50, example = 2)]
    pub max_adults: i32,
    /// Maximum number of children in a room of the type, 0 to 50.
    #[garde(range(min = 0, max = 50))]
    #[schema(minimum = 0, maximum = 50, example = 2)]
    pub max_children: i32,
    /// Maximum number of adults and children together.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100, example = 3)]
    pub max_guests: i32,
    /// Beds of a room of the type, at most 20 entries; empty if left out.
    #[garde(length(max = 20), dive)]
    #[serde(default)]
    #[schema(max_items = 20)]
    pub beds: Vec<Bed>,
    /// Area of a room of the type in square metres, 1 to 10,000; null or left out if not known.
    #[garde(inner(range(min = 1, max = 10_000)))]
    #[schema(minimum = 1, maximum = 10000, example = 28)]
    pub size_sqm: Option<i32>,
    /// Base price per night, not negative, in the property's currency, gross or net like the property's prices.
    #[garde(custom(bounds::price))]
    pub base_price: Money,
    /// Number of rooms that may be sold beyond those that exist.
    #[garde(range(min = 0, max = 1000))]
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1000)]
    pub overbooking: i32,
    /// Codes of amenities of the property.
    #[garde(length(max = 100), inner(pattern(r"^[a-z][a-z0-9_]{1,49}$")))]
    #[serde(default)]
    #[schema(max_items = 100, pattern = r"^[a-z][a-z0-9_]{1,49}$", example = json!(["wifi", "balcony"]))]
    pub amenities: Vec<String>,
    /// Name and description in other languages than the property's own.
    #[garde(dive)]
    #[serde(default)]
    pub texts: TextsPatch,
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
fn maybe_price(value: &Option<Money>, context: &()) -> garde::Result {
    value.as_ref().map_or(Ok(()), |value| bounds::price(value, context))
}

/// Change of a room type. Fields that are left out are unchanged.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoomType {
    /// Code of the room type: 1 to 20 capital letters, digits, `_` and `-`; unique within the property.
    #[garde(inner(pattern(r"^[A-Z0-9][A-Z0-9_-]{0,19}$")))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, pattern = r"^[A-Z0-9][A-Z0-9_-]{0,19}$")]
    pub code: Option<String>,
    /// Name of the room type as guests see it, 1 to 200 characters, in the property's own language.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Description of the room type for guests, at most 5,000 characters, in the property's own language.
    #[garde(inner(length(chars, max = 5000)))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(nullable = false, max_length = 5000)]
    pub description: Option<String>,
    /// Maximum number of adults in a room of the type, 1 to 50.
    #[garde(inner(range(min = 1, max = 50)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 1, maximum = 50)]
    pub max_adults: Option<i32>,
    /// Maximum number of children in a room of the type, 0 to 50.
    #[garde(inner(range(min = 0, max = 50)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 0, maximum = 50)]
    pub max_children: Option<i32>,
    /// Maximum number of adults and children together, 1 to 100; at least `max_adults`.
    #[garde(inner(range(min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub max_guests: Option<i32>,
    /// Beds of a room of the type, at most 20 entries: the complete list from now on.
    #[garde(length(max = 20), dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 20)]
    pub beds: Option<Vec<Bed>>,
    /// Area of a room of the type in square metres, 1 to 10,000; null if not known.
    #[garde(inner(inner(range(min = 1, max = 10_000))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 10000)]
    pub size_sqm: Option<Option<i32>>,
    /// Base price per night, not negative, in the property's currency, gross or net like the property's prices.
    #[garde(custom(maybe_price))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub base_price: Option<Money>,
    /// Number of rooms that may be sold beyond those that exist, 0 to 1,000.
    #[garde(inner(range(min = 0, max = 1000)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 0, maximum = 1000)]
    pub overbooking: Option<i32>,
    /// Codes of amenities: the complete list from now on.
    #[garde(inner(length(max = 100), inner(pattern(r"^[a-z][a-z0-9_]{1,49}$"))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 100, pattern = r"^[a-z][a-z0-9_]{1,49}$")]
    pub amenities: Option<Vec<String>>,
    /// Name and description in other languages; null removes a language.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub texts: Option<TextsPatch>,
}

/// A room type: rooms that are sold as the same thing, with their capacity, beds and base price.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomTypeOut {
    /// Identifier of the room type.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Code of the room type, unique within the property.
    pub code: String,
    /// Name of the room type as guests see it, in the language `locale`.
    pub name: String,
    /// Description of the room type for guests, in the language `locale`; may be empty.
    pub description: String,
    /// Maximum number of adults in a room of the type.
    pub max_adults: i32,
    /// Maximum number of children in a room of the type.
    pub max_children: i32,
    /// Maximum number of adults and children together.
    pub max_guests: i32,
    /// Beds of a room of the type; may be empty.
    pub beds: Vec<Bed>,
    /// Area of a room of the type in square metres; null if not known.
    pub size_sqm: Option<i32>,
    /// Base price per night, in the property's currency, gross or net like the property's prices.
    pub base_price: Money,
    /// Number of rooms that may be sold beyond those that exist.
    pub overbooking: i32,
    /// Codes of the amenities of the room type, in alphabetical order.
    pub amenities: Vec<String>,
    /// Language of `name` and `description` in this answer.
    #[schema(value_type = String, example = "pt")]
    pub locale: Locale,
    /// Name and description in other languages than the property's own.
    pub texts: Texts,
    /// Pictures of the room type, in their order.
    pub images: Vec<ImageOut>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
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

/// Amenities of a room type, as a complete list.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAmenities {
    /// Codes of amenities of the property: the complete list from now on.
    #[garde(length(max = 100), inner(pattern(r"^[a-z][a-z0-9_]{1,49}$")))]
    #[schema(max_items = 100, pattern = r"^[a-z][a-z0-9_]{1,49}$", example = json!(["wifi", "balcony"]))]
    pub amenities: Vec<String>,
}

/// Amenities of several room types of a property.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignAmenities {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Amenities for each room type; each room type once.
    #[garde(length(min = 1, max = 200), dive)]
    #[schema(min_items = 1, max_items = 200)]
    pub assignments: Vec<AmenityAssignment>,
}

/// Amenities of one room type, as a complete list.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmenityAssignment {
    /// Identifier of the room type.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Codes of amenities: the complete list from now on.
    #[garde(length(max = 100), inner(pattern(r"^[a-z][a-z0-9_]{1,49}$")))]
    #[schema(max_items = 100, pattern = r"^[a-z][a-z0-9_]{1,49}$", example = json!(["wifi", "balcony"]))]
    pub amenities: Vec<String>,
    /// Version of the room type that you saw. If there is a newer one, no room type is changed (409).
    #[garde(skip)]
    pub version: Option<i64>,
}

/// Amenities of a room type, as they are now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AssignedAmenities {
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Codes of the amenities of the room type, in alphabetical order.
    #[schema(example = json!(["balcony", "wifi"]))]
    pub amenities: Vec<String>,
    /// Version of the room type.
    pub version: i64,
}

/// New room.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoom {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Identifier of the room type.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Number on the door of the room, 1 to 20 characters; unique within the property, in any case.
    #[garde(length(chars, min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20, example = "304")]
    pub number: String,
    /// Floor of the room, 1 to 20 characters; null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 20)))]
    #[schema(min_length = 1, max_length = 20, example = "3")]
    pub floor: Option<String>,
    /// Codes of features that this room has beyond its type: lower-case letters, digits and underscores.
    #[garde(length(max = 50), inner(pattern(r"^[a-z][a-z0-9_]{1,49}$")))]
    #[serde(default)]
    #[schema(max_items = 50, pattern = r"^[a-z][a-z0-9_]{1,49}$", example = json!(["corner", "high_floor"]))]
    pub features: Vec<String>,
}

/// Change of a room. Fields that are left out are unchanged.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoom {
    /// New room type; refused if the room is taken today or later.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub room_type_id: Option<Uuid>,
    /// Number on the door of the room, 1 to 20 characters; unique within the property, in any case.
    #[garde(inner(length(chars, min = 1, max = 20)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 20)]
    pub number: Option<String>,
    /// Floor of the room, 1 to 20 characters; null for none.
    #[garde(inner(inner(length(chars, min = 1, max = 20))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 20)]
    pub floor: Option<Option<String>>,
    /// Codes of features: the complete list from now on.
    #[garde(inner(length(max = 50), inner(pattern(r"^[a-z][a-z0-9_]{1,49}$"))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 50, pattern = r"^[a-z][a-z0-9_]{1,49}$")]
    pub features: Option<Vec<String>>,
}

/// A room of a hotel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomOut {
    /// Identifier of the room.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Number on the door of the room, unique within the property.
    pub number: String,
    /// Floor of the room; null for none.
    pub floor: Option<String>,
    /// Housekeeping state of the room: `dirty` until it is made up, `in_progress` while it is, then `clean`, and
    /// `inspected` once a second person has found it right.
    pub housekeeping: Housekeeping,
    /// Codes of features that this room has beyond its type.
    #[schema(example = json!(["corner", "high_floor"]))]
    pub features: BTreeSet<String>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl From<Room> for RoomOut {
    fn from(row: Room) -> Self {
        let Room { property_id, id, room_type_id, number, floor, features, version, created_at, updated_at, housekeeping } = row;
        let features = serde_json::from_value(features).unwrap_or_default();
        Self { id, property_id, room_type_id, number, floor, housekeeping, features, version, created_at, updated_at }
    }
}

/// Describes the former name of `housekeeping`: a reference to the states cannot be marked as deprecated.
fn former_state() -> Object {
    let states = Housekeeping::ALL.iter().map(|state| json!(state));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some("Former name of `housekeeping`."))
        .deprecated(Some(Deprecated::True))
        .enum_values(Some(states.chain([json!(null)])))
        .build()
}

/// New housekeeping state of a room.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetHousekeeping {
    /// Housekeeping state that the room is set to; needed.
    #[garde(skip)]
    pub housekeeping: Option<Housekeeping>,
    /// Former name of `housekeeping`.
    #[garde(skip)]
    #[schema(schema_with = former_state)]
    pub state: Option<Housekeeping>,
}

impl SetHousekeeping {
    pub fn state(self) -> Result<Housekeeping> {
        let Self { housekeeping, state } = self;
        by_either_name(housekeeping, state)
    }
}

/// The state that is set, by the name that rooms have for it or the former one.
fn by_either_name(housekeeping: Option<Housekeeping>, former: Option<Housekeeping>) -> Result<Housekeeping> {
    match (housekeeping, former) {
        (Some(state), None) | (None, Some(state)) => Ok(state),
        (None, None) => Err(Error::invalid("/housekeeping", "is missing")),
        (Some(_), Some(_)) => Err(Error::invalid("/state", "is the former name of housekeeping: send one of them")),
    }
}

/// Housekeeping state for many rooms: those that are named, or those on a floor.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetHousekeepingOfRooms {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Housekeeping state that the rooms are set to; needed.
    #[garde(skip)]
    pub housekeeping: Option<Housekeeping>,
    /// Former name of `housekeeping`.
    #[garde(skip)]
    #[schema(schema_with = former_state)]
    pub state: Option<Housekeeping>,
    /// Rooms to set; if left out, all rooms on `floor`.
    #[garde(inner(length(min = 1, max = 1000)))]
    #[schema(min_items = 1, max_items = 1000)]
    pub room_ids: Option<Vec<Uuid>>,
    /// Floor whose rooms are set. With `room_ids`, each of these rooms must be on it.
    #[garde(inner(length(chars, min = 1, max = 20)))]
    #[schema(min_length = 1, max_length = 20, example = "3")]
    pub floor: Option<String>,
}

impl SetHousekeepingOfRooms {
    pub fn state(&self) -> Result<Housekeeping> {
        by_either_name(self.housekeeping, self.state)
    }
}

/// New amenity.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAmenity {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Code of the amenity: lower-case letters, digits and underscores; unique within the property.
    #[garde(pattern(r"^[a-z][a-z0-9_]{1,49}$"))]
    #[schema(pattern = r"^[a-z][a-z0-9_]{1,49}$", example = "wifi")]
    pub code: String,
    /// Name of the amenity as guests see it, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Free Wi-Fi")]
    pub name: String,
}

/// Change of an amenity. The code cannot be changed.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAmenity {
    /// Name of the amenity as guests see it, 1 to 100 characters. Left out: unchanged.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub name: Option<String>,
}

/// An amenity that room types can have.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AmenityOut {
    /// Identifier of the amenity.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Code of the amenity, unique within the property.
    pub code: String,
    /// Name of the amenity as guests see it.
    pub name: String,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
}

impl From<Amenity> for AmenityOut {
    fn from(row: Amenity) -> Self {
        let Amenity { property_id, id, code, name, version } = row;
        Self { id, property_id, code, name, version }
    }
}

/// Choice of the property.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OfProperty {
    /// Identifier of the property.
    pub property_id: Uuid,
}

/// Filter of rooms.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct RoomFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission.
    pub property_id: Option<Uuid>,
    /// Identifier of the room type.
    pub room_type_id: Option<Uuid>,
    /// Floor of the room, exactly as it is recorded.
    #[garde(inner(length(chars, max = 20)))]
    #[param(example = "3", max_length = 20)]
    pub floor: Option<String>,
    /// Number on the door of the room, exactly as it is recorded.
    #[garde(inner(length(chars, max = 20)))]
    #[param(example = "304", max_length = 20)]
    pub number: Option<String>,
    /// Housekeeping state of the room.
    #[param(inline)]
    pub housekeeping: Option<Housekeeping>,
}

/// Beginning of the news of a list of rooms.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct RoomNews {
    /// `sync` of an earlier answer with the same filter, for what has changed since. Needs `property_id`.
    #[garde(inner(length(chars, max = 2000)))]
    #[param(max_length = 2000)]
    pub updated_since: Option<String>,
}

/// Page of rooms.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct RoomPage {
    /// Items of the page, in the order of the list; of a delta, those that have changed.
    pub items: Vec<RoomOut>,
    /// Cursor of the next page, to be sent as `cursor`; null on the last page.
    pub next_cursor: Option<String>,
    /// `true` if only what has changed since `updated_since` is told; `false` if the list is whole: then forget your copy.
    pub is_delta: bool,
    /// Identifiers of rooms that are gone, or that the filter does not find any more; on the first page of a delta.
    pub removed: Vec<Uuid>,
    /// Mark of this answer, to be sent as `updated_since` later; of several pages, that of the first one counts. Null without a
    /// `property_id` at which you hold the permission.
    pub sync: Option<String>,
}
