use super::model::{BlockRow, StayRow};
use crate::domains::blocks::BlockKind;
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use crate::http::valid::dates;
use crate::money::Money;
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Choice of the hotel and the nights of a calendar.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct CalendarQuery {
    pub property_id: Uuid,
    /// First night.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Day after the last night, at most 92 nights after `from`.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2027-01-01")]
    pub to: NaiveDate,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarOut {
    pub property_id: Uuid,
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// Business date of the hotel: "today" there.
    pub business_date: NaiveDate,
    /// Room types, ordered by code.
    pub room_types: Vec<CalendarType>,
    /// Rooms, ordered by number.
    pub rooms: Vec<CalendarRoom>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarType {
    pub id: Uuid,
    #[schema(example = "DLX")]
    pub code: String,
    pub name: String,
    /// Inventory and rates of the nights that are within the horizon, in order.
    pub nights: Vec<CalendarNight>,
    /// Stays of the room type without a room, ordered by arrival.
    pub unassigned: Vec<CalendarStay>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarNight {
    pub date: NaiveDate,
    /// Number of rooms that are not blocked.
    #[schema(example = 12)]
    pub capacity: i32,
    #[schema(example = 9)]
    pub sold: i32,
    /// Number of rooms set aside for groups and not picked up yet.
    pub allotted: i32,
    /// Number of rooms that may be sold beyond capacity.
    pub overbooking: i32,
    /// Number of rooms that can still be sold.
    #[schema(example = 3)]
    pub available: i32,
    /// Rate in the hotel's default plan; null if that plan does not sell the room type.
    pub default_rate: Option<CalendarRate>,
    /// Rate in the cheapest plan that sells the night on the direct channel; null if none does.
    pub cheapest_rate: Option<CalendarRate>,
}

/// Price of a night in a rate plan, with its restrictions: the night's own, or else the plan's.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CalendarRate {
    pub rate_plan_id: Uuid,
    /// Price of the room without extra guests, gross or net like the hotel's prices.
    pub price: Money,
    /// `true` if the plan does not sell this night.
    pub stop_sell: bool,
    /// Minimum number of nights of a stay that begins on this night.
    #[schema(example = 2)]
    pub min_stay: Option<i32>,
    /// Maximum number of nights of a stay that begins on this night.
    pub max_stay: Option<i32>,
    pub closed_to_arrival: bool,
    pub closed_to_departure: bool,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarRoom {
    pub id: Uuid,
    #[schema(example = "304")]
    pub number: String,
    pub floor: Option<String>,
    pub room_type_id: Uuid,
    pub housekeeping: Housekeeping,
    /// Stays and blocks of the room, ordered by first night. They are shown whole, even if they begin before the
    /// calendar or end after it. Only blocks that are `out_of_service` may overlap with others.
    pub segments: Vec<Segment>,
}

/// A stay or block that a room is taken by.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Segment {
    Stay(CalendarStay),
    Block(CalendarBlock),
}

impl Segment {
    pub fn from(&self) -> NaiveDate {
        match self {
            Self::Stay(stay) => stay.from,
            Self::Block(block) => block.from,
        }
    }
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CalendarStay {
    /// First night.
    pub from: NaiveDate,
    /// Day after the last night; a no-show has only the first night.
    pub to: NaiveDate,
    pub stay_id: Uuid,
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Name of the guest of the stay, or else of the contact of the booking.
    #[schema(example = "Ana Sousa")]
    pub guest_name: String,
    pub status: Status,
    pub is_pinned: bool,
}

impl From<StayRow> for CalendarStay {
    fn from(row: StayRow) -> Self {
        let StayRow {
            stay_id,
            booking_id,
            reference,
            contact_name,
            guest_name,
            status,
            room_type_id: _,
            room_id: _,
            is_pinned,
            check_in,
            check_out,
        } = row;
        let to = if status == Status::NoShow { check_in + Days::new(1) } else { check_out };
        Self {
            from: check_in,
            to,
            stay_id,
            booking_id,
            reference,
            guest_name: guest_name.unwrap_or(contact_name),
            status,
            is_pinned,
        }
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarBlock {
    /// First blocked night.
    pub from: NaiveDate,
    /// Day after the last blocked night, or the day of the release.
    pub to: NaiveDate,
    pub block_id: Uuid,
    pub block_kind: BlockKind,
    #[schema(example = "Burst pipe in the bathroom")]
    pub reason: String,
}

impl From<BlockRow> for CalendarBlock {
    fn from(row: BlockRow) -> Self {
        let BlockRow { block_id, room_id: _, kind, reason, from_date, to_date, released_from } = row;
        Self { from: from_date, to: released_from.unwrap_or(to_date), block_id, block_kind: kind, reason }
    }
}
