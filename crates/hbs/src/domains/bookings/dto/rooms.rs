//! Requests about the room of a stay.
use crate::http::valid::dates;
use chrono::NaiveDate;
use serde::Deserialize;
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
    /// in the house for the nights that are left. To charge for it, amend `room_type_id` of the stay.
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
