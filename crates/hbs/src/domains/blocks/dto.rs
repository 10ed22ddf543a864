use super::model::{BlockKind, BlockedRoom, RoomBlock};
use super::rules::Why;
use crate::domains::bookings::StayGuest;
use crate::domains::inventory::Occupancy;
use crate::http::valid::{dates, present};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Block to add to a room.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoomBlock {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Identifier of the room.
    #[garde(skip)]
    pub room_id: Uuid,
    /// Kind of the block; any but `external`, which calendar imports make.
    #[garde(skip)]
    pub kind: BlockKind,
    /// Reason for the block, shown to staff, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "Burst pipe in the bathroom")]
    pub reason: String,
    /// First blocked night: today at the hotel, or later.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// End, exclusive: the day after the last blocked night; at most 1095 nights in all.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub to: NaiveDate,
    /// `true` to block the room even if stays to come would be left without a room. Needs `inventory:override`.
    #[garde(skip)]
    #[serde(default)]
    pub force: bool,
    /// Reason for forcing the block; needed with `force`.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(min_length = 1, max_length = 500, example = "The ceiling may come down")]
    pub force_reason: Option<String>,
}

/// Change of a room block. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoomBlock {
    /// Reason for the block, shown to staff, 1 to 500 characters.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    pub reason: Option<String>,
    /// New first night; can be changed only before the block has begun.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-24")]
    pub from: Option<NaiveDate>,
    /// New end, exclusive: the day after the last night, not before today.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-27")]
    pub to: Option<NaiveDate>,
    /// `true` to block the added nights even if stays to come would be left without a room. Needs `inventory:override`.
    #[garde(skip)]
    #[serde(default)]
    pub force: bool,
    /// Reason for forcing the block, 1 to 500 characters; needed with `force`.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    pub force_reason: Option<String>,
}

/// A block of a room.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomBlockOut {
    /// Identifier of the room block.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the room.
    pub room_id: Uuid,
    /// Number on the door of the room.
    #[schema(example = "304")]
    pub room_number: String,
    /// Floor of the room; null for none.
    #[schema(example = "3")]
    pub floor: Option<String>,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Name of the room type, in the property's own language.
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: String,
    /// Kind of the block.
    pub kind: BlockKind,
    /// Reason for the block, shown to staff.
    #[schema(example = "Burst pipe in the bathroom")]
    pub reason: String,
    /// First blocked night.
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// End, exclusive: the day after the last blocked night.
    #[schema(example = "2026-12-27")]
    pub to: NaiveDate,
    /// Reason why stays to come were left without a room, if the block was forced.
    pub force_reason: Option<String>,
    /// Calendar import that an `external` block follows.
    pub feed_id: Option<Uuid>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl RoomBlockOut {
    pub fn new(row: RoomBlock, room: BlockedRoom) -> Self {
        let BlockedRoom { number: room_number, floor, room_type_id, room_type_name } = room;
        let RoomBlock {
            property_id,
            id,
            room_id,
            kind,
            reason,
            from_date,
            to_date,
            force_reason,
            version,
            created_at,
            updated_at,
            feed_id,
        } = row;
        Self {
            id,
            property_id,
            room_id,
            room_number,
            floor,
            room_type_id,
            room_type_name,
            kind,
            reason,
            from: from_date,
            to: to_date,
            force_reason,
            feed_id,
            version,
            created_at,
            updated_at,
        }
    }
}

/// A room block as it is now, and the effects of the change on stays to come.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomBlockChanged {
    #[serde(flatten)]
    pub block: RoomBlockOut,
    /// Stays that were given another room of the type.
    pub moved: Vec<MovedStay>,
    /// Stays that no longer have a room; only if the block was forced.
    pub unassigned: Vec<StayRef>,
    /// Nights on which more is sold now than rooms and overbooking allow; only if the block was forced.
    #[schema(example = json!(["2026-12-24"]))]
    pub overbooked: Vec<NaiveDate>,
}

/// A stay that was given another room.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MovedStay {
    #[serde(flatten)]
    pub stay: StayRef,
    /// Former name of `guest_name`.
    #[schema(deprecated, example = "Ana Sousa")]
    pub guest: String,
    /// Room that the stay has now.
    pub room_id: Uuid,
    /// Number on the door of that room.
    #[schema(example = "305")]
    pub room_number: String,
}

/// A stay, with the reference of its booking for staff to find it by.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayRef {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Name of the guest who stays, or of the booking's contact if no guest is recorded.
    #[schema(example = "Ana Sousa")]
    pub guest_name: String,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
}

impl StayRef {
    pub fn new(stay: &Occupancy, guest: &StayGuest) -> Self {
        Self {
            stay_id: stay.stay_id,
            booking_id: stay.booking_id,
            reference: guest.reference.clone(),
            guest_name: guest.name.clone(),
            check_in: stay.check_in,
            check_out: stay.check_out,
        }
    }
}

/// A stay that prevents a block.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayInTheWay {
    #[serde(flatten)]
    pub stay: StayRef,
    /// Reason why the stay keeps its room.
    pub why: Why,
}

/// Filter of room blocks.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct RoomBlockFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the room.
    pub room_id: Option<Uuid>,
    /// Kind of the block.
    #[param(inline)]
    pub kind: Option<BlockKind>,
    /// First date: only blocks with a night on this date or later.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub from: Option<NaiveDate>,
    /// End, exclusive: only blocks with a night before this date.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-27")]
    pub to: Option<NaiveDate>,
}
