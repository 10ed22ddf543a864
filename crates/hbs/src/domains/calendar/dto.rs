use super::model::{BlockRow, StayRow};
use crate::domains::blocks::BlockKind;
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use crate::http::valid::dates;
use crate::money::Money;
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which nights of which hotel.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct CalendarQuery {
    pub property_id: Uuid,
    /// The first night.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// The day after the last night, at most 92 nights later.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2027-01-01")]
    pub to: NaiveDate,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarOut {
    pub property_id: Uuid,
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// "Today" at the hotel.
    pub business_date: NaiveDate,
    /// By code.
    pub room_types: Vec<CalendarType>,
    /// By number.
    pub rooms: Vec<CalendarRoom>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarType {
    pub id: Uuid,
    #[schema(example = "DLX")]
    pub code: String,
    pub name: String,
    /// Those of the nights that are within the horizon, in order.
    pub nights: Vec<CalendarNight>,
    /// Stays of the type that have no room, by arrival.
    pub unassigned: Vec<CalendarStay>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarNight {
    pub date: NaiveDate,
    /// Rooms that are not blocked.
    #[schema(example = 12)]
    pub capacity: i32,
    #[schema(example = 9)]
    pub sold: i32,
    /// Held for groups and not picked up yet.
    pub allotted: i32,
    /// Rooms that may be sold beyond capacity.
    pub overbooking: i32,
    /// Rooms that can still be sold.
    #[schema(example = 3)]
    pub available: i32,
    /// In the hotel's default plan; null where it does not sell the type.
    pub default_rate: Option<CalendarRate>,
    /// In the cheapest plan that sells the night directly; null where none does.
    pub cheapest_rate: Option<CalendarRate>,
}

/// What a night costs in a plan, and what restricts it: by the night, or else by the plan.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CalendarRate {
    pub rate_plan_id: Uuid,
    /// Of the room without extra guests, gross or net as the property's prices are.
    pub price: Money,
    /// The plan does not sell this night.
    pub stop_sell: bool,
    /// Nights that a stay from this night on has at least.
    #[schema(example = 2)]
    pub min_stay: Option<i32>,
    /// And at most.
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
    /// Who or what has the room, by the first night. Whole, also where they begin before the calendar or end after it.
    /// Only blocks that are `out_of_service` may lie over others.
    pub segments: Vec<Segment>,
}

/// What a room is taken by.
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
    /// The first night.
    pub from: NaiveDate,
    /// The day after the last night; a no-show has the first night only.
    pub to: NaiveDate,
    pub stay_id: Uuid,
    pub booking_id: Uuid,
    /// Of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// The guest of the stay, or else the contact of the booking.
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
    /// The first night.
    pub from: NaiveDate,
    /// The day after the last night, or the day of its release.
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
