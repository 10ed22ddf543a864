//! Requests about the room of a stay, its split, and the rooms that it could have.
use crate::domains::bookings::rules::room_choice::RoomObjection;
use crate::domains::rooms::Housekeeping;
use crate::http::valid::dates;
use crate::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Choice of the room that a stay is to have.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRoom {
    /// Room of the stay's type, or of any type with `upgrade`. If left out, the stay keeps its room, or gets the one
    /// that fits best.
    #[garde(skip)]
    pub room_id: Option<Uuid>,
    /// `true` if the stay keeps the room when others are rearranged. If left out, a room that is named is pinned.
    #[garde(skip)]
    pub is_pinned: Option<bool>,
    /// `true` to give a room of another type than was sold, at the price of the type sold: to a stay to come, or to guests
    /// in the house, or late, for the nights that are left. To charge for it, amend `room_type_id` of the stay.
    #[garde(skip)]
    #[serde(default)]
    pub upgrade: bool,
    /// `true` to give a room of another type that is too small for the guests. Needs `stays:override` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_capacity: bool,
    /// Reason for the exception, at most 500 characters.
    #[garde(inner(length(chars, max = 500)))]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// Partner of a swap of rooms.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapRooms {
    /// Another stay at the hotel, of this or another booking.
    #[garde(skip)]
    pub with_stay_id: Uuid,
}

/// Night at which a stay is split.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitStay {
    /// First night of the second stay: after the first night of the stay, and not over yet.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub night: NaiveDate,
}

/// Choice of rooms that a stay could have.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct StayRoomsQuery {
    /// Room type to consider; all room types if left out.
    pub room_type_id: Option<Uuid>,
    /// Floor to consider; all floors if left out.
    #[garde(inner(length(chars, max = 20)))]
    #[param(max_length = 20, example = "3")]
    pub floor: Option<String>,
    /// `true` for rooms that the stay can be given, `false` for the others; all if left out.
    pub is_assignable: Option<bool>,
}

/// Rooms that a stay could have.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayRoomsOut {
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Version of the booking: send it as `If-Match` to assign a room.
    pub version: i64,
    /// First night for which the stay would get another room: today, for guests in the house.
    pub from: NaiveDate,
    /// End, exclusive: the day after the last night.
    pub to: NaiveDate,
    /// Number of guests: adults and children.
    #[schema(example = 2)]
    pub guests: i32,
    /// Identifier of the type of the room that the stay has, or is to have.
    pub room_type_id: Uuid,
    /// Room type that was sold.
    pub booked_room_type_id: Uuid,
    /// Rooms, the best first: those that the stay can be given, of these the one that it has, then those of its type, those
    /// that are ready, and those that leave the smallest gap.
    pub rooms: Vec<StayRoom>,
}

/// Room that a stay could have.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayRoom {
    /// Identifier of the room.
    pub room_id: Uuid,
    /// Number on the door of the room, unique within the property.
    #[schema(example = "304")]
    pub room_number: String,
    /// Floor of the room; null for none.
    #[schema(example = "3")]
    pub floor: Option<String>,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Code of the room type.
    #[schema(example = "DLX")]
    pub room_type_code: String,
    /// Name of the room type, in the property's own language.
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: String,
    /// Housekeeping state of the room.
    pub housekeeping: Housekeeping,
    /// `true` if the stay has the room.
    pub is_current: bool,
    /// `true` if the stay can be given the room now.
    pub is_assignable: bool,
    /// `true` if the room takes the guests.
    pub fits: bool,
    /// `true` if nobody else has the room on any of the nights.
    pub is_free: bool,
    /// `true` if the room is made up and nobody else is in it.
    pub is_ready: bool,
    /// `true` if giving the room needs `upgrade`: it is of another type than the stay's.
    pub needs_upgrade: bool,
    /// Reasons against the room; none for a room that is right.
    pub reasons: Vec<RoomReason>,
    /// Difference that another type would make for these nights, at today's price in the stay's plan, where it were paid
    /// (`POST /v1/bookings/{id}/amend`) instead of given as an upgrade; negative if it is cheaper. Null for the type that was
    /// sold, for one that the plan does not sell, and for day use.
    pub price_difference: Option<Money>,
}

/// Reason against a room.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomReason {
    /// Kind of the reason.
    pub code: RoomObjection,
    /// Reason in a sentence without a subject.
    #[schema(example = "is taken by HBS-7KQ2M9XA (Ana Sousa) from 2026-12-24 to 2026-12-27")]
    pub detail: String,
    /// `true` if the stay cannot be given the room for it; `false` if it is only to be known.
    pub prevents: bool,
}
