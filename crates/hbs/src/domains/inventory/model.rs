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

    /// Makes a range of one night.
    pub fn of_night(night: NaiveDate) -> Self {
        Self { from: night, to: night + Days::new(1) }
    }

    /// Returns the number of nights; 0 if the dates are reversed.
    pub fn count(self) -> i64 {
        (self.to - self.from).num_days().max(0)
    }

    pub fn iter(self) -> impl Iterator<Item = NaiveDate> {
        self.from.iter_days().take_while(move |night| *night < self.to)
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// Returns `true` if none of the other nights is missing among these.
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// Returns only the first night.
    pub fn first(self) -> Self {
        Self::of_night(self.from)
    }

    /// Returns only the last night.
    pub fn last(self) -> Self {
        Self::of_night(self.to - Days::new(1))
    }

    /// Returns both ranges, with any nights between them.
    pub fn joined(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }

    /// Returns all of some ranges, with any nights between them; none for no ranges.
    pub fn around(some: impl IntoIterator<Item = Self>) -> Option<Self> {
        some.into_iter().reduce(Self::joined)
    }
}

/// Inventory of a room type on a night.
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
    /// Returns the number of rooms that can still be sold.
    pub fn available(&self) -> i32 {
        (self.capacity + self.overbooking - self.sold - self.allotted).max(0)
    }
}

/// Rooms of a type that an allotment has on a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = allotment_nights)]
pub struct AllottedNight {
    pub night: NaiveDate,
    pub room_type_id: Uuid,
    /// Number of rooms as agreed.
    pub blocked: i32,
    /// Number of those rooms that are not released.
    pub rooms: i32,
    /// Number of stays of the allotment's bookings, including those beyond what was agreed.
    pub picked_up: i32,
}

impl AllottedNight {
    /// Returns the number of rooms that are still set aside for the allotment.
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
    /// Last occupied night before those asked for.
    pub before: Option<NaiveDate>,
    /// First occupied night on or after the day of arrival.
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

/// A stay to come that waits for a room: sold beyond the rooms there are, or left without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub stay_id: Uuid,
    pub booking_id: Uuid,
    pub room_type_id: Uuid,
    pub nights: Nights,
}

text_enum! {
    /// Reason why a night cannot be sold: too few rooms are free (`sold_out`), or it is so far ahead that it is not on
    /// sale yet (`beyond_horizon`).
    pub enum ShortageReason {
        /// Too few rooms are free.
        SoldOut = "sold_out",
        /// The night is so far ahead that it is not on sale yet.
        BeyondHorizon = "beyond_horizon",
    }
}

/// A night with fewer rooms than asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Shortage {
    /// Date of the night.
    #[schema(example = "2026-12-24")]
    pub date: NaiveDate,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Reason why the night cannot be sold.
    pub reason: ShortageReason,
    /// Number of rooms still free.
    pub available: i32,
}
