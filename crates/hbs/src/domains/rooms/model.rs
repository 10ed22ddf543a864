use crate::outbox::{ActorKind, Cause, Entity, Recorded};
use crate::texts::Texts;
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{amenities, housekeeping_changes, room_types, rooms};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

text_enum! {
    /// Kind of a bed.
    pub enum BedKind {
        King = "king",
        Queen = "queen",
        Double = "double",
        Twin = "twin",
        Single = "single",
        SofaBed = "sofa_bed",
        Bunk = "bunk",
        Cot = "cot",
    }
}

/// Beds of one kind in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bed {
    /// Kind of the beds.
    #[garde(skip)]
    pub kind: BedKind,
    /// Number of beds of this kind, 1 to 20.
    #[garde(range(min = 1, max = 20))]
    #[schema(minimum = 1, maximum = 20)]
    pub count: i32,
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = room_types)]
pub struct RoomType {
    pub property_id: Uuid,
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub description: String,
    pub max_adults: i32,
    pub max_children: i32,
    pub max_guests: i32,
    pub beds: serde_json::Value,
    pub size_sqm: Option<i32>,
    pub base_price_minor: i64,
    pub overbooking: i32,
    pub texts: serde_json::Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for RoomType {
    const ENTITY: &'static str = "room_type";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "code",
        "name",
        "description",
        "max_adults",
        "max_children",
        "max_guests",
        "beds",
        "size_sqm",
        "base_price_minor",
        "overbooking",
        "texts",
        "amenities",
        "nights",
        "raised_by",
        "room_block_id",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

impl RoomType {
    /// Returns name and description in languages beside the property's own.
    pub fn texts(&self) -> Texts {
        Texts::from_json(self.texts.clone())
    }
}

#[derive(Insertable)]
#[diesel(table_name = room_types, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewRoomType {
    pub property_id: Uuid,
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub description: String,
    pub max_adults: i32,
    pub max_children: i32,
    pub max_guests: i32,
    pub beds: serde_json::Value,
    pub size_sqm: Option<i32>,
    pub base_price_minor: i64,
    pub overbooking: i32,
    pub texts: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = room_types)]
pub struct RoomTypeChange {
    pub code: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub max_adults: Option<i32>,
    pub max_children: Option<i32>,
    pub max_guests: Option<i32>,
    pub beds: Option<serde_json::Value>,
    pub size_sqm: Option<Option<i32>>,
    pub base_price_minor: Option<i64>,
    pub overbooking: Option<i32>,
    pub texts: Option<serde_json::Value>,
}

text_enum! {
    /// Housekeeping state of a room: whether it is ready for its next guest.
    pub enum Housekeeping {
        /// The room is made up, and not inspected since.
        Clean = "clean",
        /// The room is to be made up.
        Dirty = "dirty",
        /// Somebody is making up the room.
        InProgress = "in_progress",
        /// The room is made up, and was found right by a second person.
        Inspected = "inspected",
    }
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = rooms)]
pub struct Room {
    pub property_id: Uuid,
    pub id: Uuid,
    pub room_type_id: Uuid,
    pub number: String,
    pub floor: Option<String>,
    pub features: serde_json::Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub housekeeping: Housekeeping,
}

impl Recorded for Room {
    const ENTITY: &'static str = "room";
    const OPEN: &'static [&'static str] = &["property_id", "id", "room_type_id", "number", "floor", "features", "housekeeping"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

/// A change of a room's housekeeping state, as it is kept for good.
#[derive(Debug, Insertable)]
#[diesel(table_name = housekeeping_changes, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct HousekeepingChange {
    pub property_id: Uuid,
    pub id: Uuid,
    pub room_id: Uuid,
    pub before: Housekeeping,
    pub after: Housekeeping,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Uuid>,
    pub changed_at: DateTime<Utc>,
}

impl HousekeepingChange {
    pub fn of(room: &Room, after: Housekeeping, cause: &Cause) -> Self {
        let (actor_kind, actor_id) = cause.actor();
        let Room { property_id, id: room_id, housekeeping: before, .. } = *room;
        Self { property_id, id: Uuid::now_v7(), room_id, before, after, actor_kind, actor_id, changed_at: cause.at }
    }
}

impl Housekeeping {
    /// Returns the states in which guests can be sent to a room.
    pub fn ready(requires_inspection: bool) -> &'static [Self] {
        if requires_inspection { &[Self::Inspected] } else { &[Self::Clean, Self::Inspected] }
    }

    /// Returns what is told of a room in the state.
    pub fn words(self) -> &'static str {
        match self {
            Self::Clean => "not inspected yet",
            Self::Dirty => "dirty",
            Self::InProgress => "being made up",
            Self::Inspected => "inspected",
        }
    }
}

/// Sort key of room numbers: 99 comes before 101.
pub fn by_number(number: &str) -> (usize, &str) {
    (number.len(), number)
}

#[derive(Insertable)]
#[diesel(table_name = rooms, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewRoom {
    pub property_id: Uuid,
    pub id: Uuid,
    pub room_type_id: Uuid,
    pub number: String,
    pub floor: Option<String>,
    pub features: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, AsChangeset)]
#[diesel(table_name = rooms)]
pub struct RoomChange {
    pub room_type_id: Option<Uuid>,
    pub number: Option<String>,
    pub floor: Option<Option<String>>,
    pub features: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = amenities)]
pub struct Amenity {
    pub property_id: Uuid,
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub version: i64,
}

impl Recorded for Amenity {
    const ENTITY: &'static str = "amenity";
    const OPEN: &'static [&'static str] = &["property_id", "id", "code", "name"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}
