//! Stays of all bookings of a group.
use crate::domains::bookings::rules::Dates;
use crate::domains::inventory::Nights;
use crate::domains::stays::Status;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::NaiveDate;
use diesel::prelude::*;
use hbs_schema::{bookings, stays};
use uuid::Uuid;

/// A stay of a group, as far as it matters for what it can be told to do.
#[derive(Debug, Clone, Queryable)]
pub struct OfGroup {
    pub booking_id: Uuid,
    pub id: Uuid,
    pub status: Status,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub status_on: NaiveDate,
    pub late_on: Option<NaiveDate>,
}

impl OfGroup {
    pub fn dates(&self) -> Dates {
        let Self { check_in, check_out, status_on, late_on, .. } = *self;
        Dates { nights: Nights::new(check_in, check_out), status_on, late_on }
    }
}

/// Returns the stays of a group's bookings, in the order in which they were sold.
pub async fn stays_of_group(mut conn: &Conn, property_id: Uuid, group_id: Uuid) -> QueryResult<Vec<OfGroup>> {
    let of_booking = bookings::property_id.eq(stays::property_id).and(bookings::id.eq(stays::booking_id));
    stays::table
        .inner_join(bookings::table.on(of_booking))
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::group_id.eq(group_id))
        .order((stays::booking_id, stays::position))
        .select((
            stays::booking_id,
            stays::id,
            stays::status,
            stays::check_in,
            stays::check_out,
            stays::status_on,
            stays::late_on,
        ))
        .load(&mut conn)
        .await
}
