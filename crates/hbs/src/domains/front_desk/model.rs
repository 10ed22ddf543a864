use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use crate::money::Currency;
use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

/// A stay as shown at the desk.
#[derive(Debug, Clone, Queryable)]
pub struct StayRow {
    pub stay_id: Uuid,
    pub booking_id: Uuid,
    pub reference: String,
    pub contact_name: String,
    pub guest_name: Option<String>,
    pub status: Status,
    pub room_type_id: Uuid,
    pub room_id: Option<Uuid>,
    pub is_pinned: bool,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub adults: i32,
    pub children_ages: Vec<Option<i32>>,
    pub total_minor: i64,
    pub currency: Currency,
    pub special_requests: Option<String>,
    pub room_number: Option<String>,
    pub housekeeping: Option<Housekeeping>,
    pub late_on: Option<NaiveDate>,
}

#[derive(Debug, Clone, Queryable)]
pub struct RoomRow {
    pub id: Uuid,
    pub number: String,
    pub floor: Option<String>,
    pub room_type_id: Uuid,
    pub housekeeping: Housekeeping,
}
