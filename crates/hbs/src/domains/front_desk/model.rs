use crate::domains::bookings::Tags;
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::{Status, departure};
use crate::money::Currency;
use crate::texts::Locale;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use diesel::prelude::*;
use hbs_schema::{bookings, groups, room_types, rooms, stays};
use uuid::Uuid;

/// A stay as shown at the desk.
#[derive(Debug, Clone, Queryable)]
pub struct StayRow {
    pub stay: OfStay,
    pub booking: OfBooking,
    pub kind: OfType,
    pub room: Option<OfRoom>,
    pub group: Option<OfGroup>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = stays)]
pub struct OfStay {
    pub id: Uuid,
    pub booking_id: Uuid,
    pub guest_name: Option<String>,
    pub status: Status,
    pub room_type_id: Uuid,
    pub booked_room_type_id: Uuid,
    pub room_id: Option<Uuid>,
    pub is_pinned: bool,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub adults: i32,
    pub children_ages: Vec<Option<i32>>,
    pub total_minor: i64,
    pub late_on: Option<NaiveDate>,
    pub is_day_use: bool,
}

impl OfStay {
    /// Returns the day on which the guests leave.
    pub fn departure(&self) -> NaiveDate {
        departure(self.check_in, self.check_out, self.is_day_use)
    }
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct OfBooking {
    pub reference: String,
    pub version: i64,
    pub contact_name: String,
    pub contact_phone: Option<String>,
    pub channel: String,
    pub currency: Currency,
    pub special_requests: Option<String>,
    pub locale: Option<Locale>,
    pub hold_expires_at: Option<DateTime<Utc>>,
    pub arrival_time: Option<NaiveTime>,
    pub notes: Option<String>,
    pub tags: Tags,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = room_types)]
pub struct OfType {
    pub code: String,
    pub name: String,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = rooms)]
pub struct OfRoom {
    pub number: String,
    pub floor: Option<String>,
    pub housekeeping: Housekeeping,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = groups)]
pub struct OfGroup {
    pub id: Uuid,
    pub name: String,
}

impl StayRow {
    /// Returns the name of the guest who stays, or of the booking's contact.
    pub fn guest_name(&self) -> &str {
        self.stay.guest_name.as_deref().unwrap_or(&self.booking.contact_name)
    }

    /// Returns the number of guests.
    pub fn guests(&self) -> i32 {
        self.stay.adults + i32::try_from(self.stay.children_ages.len()).unwrap_or(0)
    }
}

#[derive(Debug, Queryable)]
pub struct RoomRow {
    pub room: OfHouse,
    pub kind: OfType,
}

/// A room as it is made up.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = rooms)]
pub struct OfHouse {
    pub id: Uuid,
    pub number: String,
    pub floor: Option<String>,
    pub room_type_id: Uuid,
    pub housekeeping: Housekeeping,
    pub version: i64,
}
