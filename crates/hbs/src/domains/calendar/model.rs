use crate::domains::blocks::BlockKind;
use crate::domains::bookings::Tags;
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use diesel::prelude::*;
use hbs_schema::{bookings, groups, stays};
use uuid::Uuid;

#[derive(Debug, Queryable)]
pub struct RoomRow {
    pub id: Uuid,
    pub room_type_id: Uuid,
    pub number: String,
    pub floor: Option<String>,
    pub housekeeping: Housekeeping,
    pub version: i64,
}

#[derive(Debug, Queryable)]
pub struct StayRow {
    pub stay: OfStay,
    pub booking: OfBooking,
    pub group: Option<OfGroup>,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = stays)]
pub struct OfStay {
    pub id: Uuid,
    pub booking_id: Uuid,
    pub guest_name: Option<String>,
    pub status: Status,
    pub room_type_id: Uuid,
    pub room_id: Option<Uuid>,
    pub is_pinned: bool,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub adults: i32,
    pub children_ages: Vec<Option<i32>>,
    pub is_day_use: bool,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct OfBooking {
    pub reference: String,
    pub version: i64,
    pub contact_name: String,
    pub hold_expires_at: Option<DateTime<Utc>>,
    pub arrival_time: Option<NaiveTime>,
    pub tags: Tags,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = groups)]
pub struct OfGroup {
    pub id: Uuid,
    pub name: String,
}

#[derive(Debug, Queryable)]
pub struct BlockRow {
    pub block_id: Uuid,
    pub room_id: Uuid,
    pub kind: BlockKind,
    pub reason: String,
    pub from_date: NaiveDate,
    pub to_date: NaiveDate,
    /// First night that a release gave back.
    pub released_from: Option<NaiveDate>,
    pub version: i64,
}
