use crate::domains::inventory::Nights;
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::room_blocks;
use serde::Serialize;
use uuid::Uuid;

text_enum! {
    /// Kind of a room block: broken or being rebuilt, off sale (`out_of_order`); held back for another reason, off sale
    /// (`frozen`); a small fault, on sale (`out_of_service`); or taken elsewhere as an imported calendar says, off sale
    /// (`external`).
    pub enum BlockKind {
        /// The room is broken or being rebuilt, and nobody can sleep there. Off sale.
        OutOfOrder = "out_of_order",
        /// The room is in order but held back for another reason. Off sale.
        Frozen = "frozen",
        /// The room has a small fault: a note for the staff. On sale.
        OutOfService = "out_of_service",
        /// The room is taken elsewhere, as an imported calendar says, which the block follows. Off sale.
        External = "external",
    }
}

impl BlockKind {
    /// Returns `true` if such a block takes the room off sale.
    pub fn takes_room(self) -> bool {
        self != Self::OutOfService
    }
}

/// Rooms that a calendar import blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Room(Uuid),
    /// Any room of the type for each event.
    RoomType(Uuid),
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = room_blocks)]
pub struct RoomBlock {
    pub property_id: Uuid,
    pub id: Uuid,
    pub room_id: Uuid,
    pub kind: BlockKind,
    pub reason: String,
    #[serde(rename = "from")]
    pub from_date: NaiveDate,
    #[serde(rename = "to")]
    pub to_date: NaiveDate,
    pub force_reason: Option<String>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Calendar import that the block follows.
    pub feed_id: Option<Uuid>,
}

impl Recorded for RoomBlock {
    const ENTITY: &'static str = "room_block";
    const OPEN: &'static [&'static str] = &["property_id", "id", "room_id", "kind", "from", "to", "feed_id", "released_from"];
    const SEALED: &'static [&'static str] = &["reason", "force_reason"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

impl RoomBlock {
    pub fn nights(&self) -> Nights {
        Nights::new(self.from_date, self.to_date)
    }
}

/// A room that a block is of.
#[derive(Debug, Clone, Queryable)]
pub struct BlockedRoom {
    pub number: String,
    pub floor: Option<String>,
    pub room_type_id: Uuid,
    pub room_type_name: String,
}

#[derive(Insertable)]
#[diesel(table_name = room_blocks, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewRoomBlock<'a> {
    pub property_id: Uuid,
    pub id: Uuid,
    pub room_id: Uuid,
    pub kind: BlockKind,
    pub reason: &'a str,
    pub from_date: NaiveDate,
    pub to_date: NaiveDate,
    pub force_reason: Option<&'a str>,
    pub feed_id: Option<Uuid>,
    /// Identifier (UID) of the block's event in its feed.
    pub feed_uid: Option<&'a str>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = room_blocks)]
pub struct RoomBlockChange {
    pub reason: Option<String>,
    pub from_date: Option<NaiveDate>,
    pub to_date: Option<NaiveDate>,
    pub force_reason: Option<String>,
}
