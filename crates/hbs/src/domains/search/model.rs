use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

#[derive(Debug, Clone, Queryable)]
pub struct BookingRow {
    pub id: Uuid,
    pub reference: String,
    pub status: Status,
    pub version: i64,
    pub contact_name: String,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    /// Profile of the contact.
    pub guest_id: Option<Uuid>,
}

/// A stay of a booking that was found.
#[derive(Debug, Clone, Queryable)]
pub struct StayRow {
    pub booking_id: Uuid,
    pub guest_name: Option<String>,
    pub room_number: Option<String>,
    /// Profile of who stays; none if it is the contact.
    pub guest_id: Option<Uuid>,
}

#[derive(Debug, Clone, Queryable)]
pub struct RoomRow {
    pub id: Uuid,
    pub number: String,
    pub floor: Option<String>,
    pub room_type_name: String,
    pub housekeeping: Housekeeping,
}

/// A stay whose guests are in a room.
#[derive(Debug, Clone, Queryable)]
pub struct InRoom {
    pub room_id: Option<Uuid>,
    pub booking_id: Uuid,
    pub guest_name: Option<String>,
    pub contact_name: String,
}

#[derive(Debug, Clone, Queryable)]
pub struct GroupRow {
    pub id: Uuid,
    pub name: String,
    pub code: String,
    pub cut_off: NaiveDate,
    pub is_open: bool,
}
