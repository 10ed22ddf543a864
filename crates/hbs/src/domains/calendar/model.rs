use crate::domains::blocks::BlockKind;
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

#[derive(Debug, Queryable)]
pub struct RoomRow {
    pub id: Uuid,
    pub room_type_id: Uuid,
    pub number: String,
    pub floor: Option<String>,
    pub housekeeping: Housekeeping,
}

#[derive(Debug, Queryable)]
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
}
