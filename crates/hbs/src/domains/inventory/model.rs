use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use hbs_schema::{allotment_nights, inventory};
use serde::Serialize;
use uuid::Uuid;

use crate::words::text_enum;

/// Nights from the day of arrival to the one before departure: `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nights {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Nights {
    pub fn new(from: NaiveDate, to: NaiveDate) -> Self {
        Self { from, to }
    }

    pub fn contains(self, night: NaiveDate) -> bool {
        self.from <= night && night < self.to
    }

    /// One night.
    pub fn of_night(night: NaiveDate) -> Self {
        Self { from: night, to: night + Days::new(1) }
    }

    /// How many there are; none if the dates are reversed.
    pub fn count(self) -> i64 {
        (self.to - self.from).num_days().max(0)
    }

    pub fn iter(self) -> impl Iterator<Item = NaiveDate> {
        self.from.iter_days().take_while(move |night| *night < self.to)
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// Only the first night.
    pub fn first(self) -> Self {
        Self::of_night(self.from)
    }

    /// Both, with what lies between.
    pub fn joined(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }

    /// All of some, with what lies between; none of none.
    pub fn around(some: impl IntoIterator<Item = Self>) -> Option<Self> {
        some.into_iter().reduce(Self::joined)
    }
}

/// What one type still has on one night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = inventory)]
pub struct NightRow {
    pub night: NaiveDate,
    pub room_type_id: Uuid,
    pub capacity: i32,
    pub sold: i32,
    pub allotted: i32,
    pub overbooking: i32,
}

impl NightRow {
    /// Rooms that can still be sold.
    pub fn available(&self) -> i32 {
        (self.capacity + self.overbooking - self.sold - self.allotted).max(0)
    }
}

/// What an allotment has of a type on a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = allotment_nights)]
pub struct AllottedNight {
    pub night: NaiveDate,
    pub room_type_id: Uuid,
    /// Rooms as agreed.
    pub blocked: i32,
    /// Of those, not released.
    pub rooms: i32,
    /// Stays of its bookings, also those beyond what was agreed.
    pub picked_up: i32,
}

impl AllottedNight {
    /// Rooms that are set aside for it still.
    pub fn remaining(&self) -> i32 {
        (self.rooms - self.picked_up).max(0)
    }
}

/// A room of a type, with the occupied nights nearest to those asked for.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct RoomGap {
    pub room_id: Uuid,
    pub room_type_id: Uuid,
    pub number: String,
    /// The last occupied night before.
    pub before: Option<NaiveDate>,
    /// The first occupied night on or after the day of arrival.
    pub after: Option<NaiveDate>,
}

impl RoomGap {
    pub fn is_free(&self, nights: Nights) -> bool {
        self.after.is_none_or(|night| night >= nights.to)
    }
}

/// Nights on which a block holds a room back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked {
    pub room_id: Uuid,
    pub block_id: Uuid,
    pub nights: Nights,
}

text_enum! {
    /// Why a night cannot be sold.
    pub enum ShortageReason {
        SoldOut = "sold_out",
        BeyondHorizon = "beyond_horizon",
    }
}

/// A night on which there is less than was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Shortage {
    #[schema(example = "2026-12-24")]
    pub date: NaiveDate,
    pub room_type_id: Uuid,
    pub reason: ShortageReason,
    /// How many rooms there still are.
    pub available: i32,
}
