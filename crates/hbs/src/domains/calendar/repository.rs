use super::model::{BlockRow, OfBooking, OfGroup, OfStay, RoomRow, StayRow};
use crate::domains::bookings::rules::MAX_NIGHTS;
use crate::domains::inventory::Nights;
use crate::domains::stays::WITHOUT_NIGHTS;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{NaiveDate, TimeDelta};
use diesel::dsl::not;
use diesel::prelude::*;
use hbs_schema::{bookings, groups, room_blocks, room_nights, rooms, stays};
use uuid::Uuid;

pub async fn rooms(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<RoomRow>> {
    rooms::table
        .filter(rooms::property_id.eq(property_id))
        .filter(not(rooms::is_deleted))
        .select((rooms::id, rooms::room_type_id, rooms::number, rooms::floor, rooms::housekeeping, rooms::version))
        .load(&mut conn)
        .await
}

/// The stays that have one of the nights, by arrival; day use has none once its guests have left. No stay is longer than
/// [`MAX_NIGHTS`], which keeps the index's range short.
pub async fn stays(mut conn: &Conn, property_id: Uuid, nights: Nights) -> QueryResult<Vec<StayRow>> {
    let of_stay = bookings::property_id.eq(stays::property_id).and(bookings::id.eq(stays::booking_id));
    let of_group = groups::property_id.eq(bookings::property_id).and(groups::id.nullable().eq(bookings::group_id));
    stays::table
        .inner_join(bookings::table.on(of_stay))
        .left_join(groups::table.on(of_group))
        .filter(stays::property_id.eq(property_id))
        .filter(stays::check_in.lt(nights.to))
        .filter(stays::check_in.gt(nights.from - TimeDelta::days(MAX_NIGHTS)))
        .filter(stays::check_out.gt(nights.from))
        .filter(stays::check_out.gt(stays::check_in))
        .filter(stays::status.ne_all(WITHOUT_NIGHTS))
        .order((stays::check_in, stays::id))
        .select((OfStay::as_select(), OfBooking::as_select(), Option::<OfGroup>::as_select()))
        .load(&mut conn)
        .await
}

/// Returns the rooms of guests who changed rooms in the house, on each night, stay by stay.
pub async fn moves(mut conn: &Conn, property_id: Uuid, nights: Nights) -> QueryResult<Vec<MoveRow>> {
    room_nights::table
        .inner_join(
            stays::table.on(stays::property_id.eq(room_nights::property_id).and(stays::id.nullable().eq(room_nights::stay_id))),
        )
        .filter(stays::property_id.eq(property_id))
        .filter(stays::check_in.lt(nights.to))
        .filter(stays::check_in.gt(nights.from - TimeDelta::days(MAX_NIGHTS)))
        .filter(stays::check_out.gt(nights.from))
        .filter(stays::moved_on.is_not_null())
        .order((stays::id, room_nights::night))
        .select((stays::id, room_nights::room_id, room_nights::night))
        .load(&mut conn)
        .await
}

/// A stay, its room and a night.
pub type MoveRow = (Uuid, Uuid, NaiveDate);

/// The blocks that have, or before their release had, one of the nights.
pub async fn blocks(mut conn: &Conn, property_id: Uuid, nights: Nights) -> QueryResult<Vec<BlockRow>> {
    room_blocks::table
        .filter(room_blocks::property_id.eq(property_id))
        .filter(room_blocks::from_date.lt(nights.to))
        .filter(room_blocks::to_date.gt(nights.from))
        .filter(
            room_blocks::released_from.is_null().or(room_blocks::released_from
                .assume_not_null()
                .gt(nights.from)
                .and(room_blocks::released_from.assume_not_null().gt(room_blocks::from_date))),
        )
        .order((room_blocks::from_date, room_blocks::id))
        .select((
            room_blocks::id,
            room_blocks::room_id,
            room_blocks::kind,
            room_blocks::reason,
            room_blocks::from_date,
            room_blocks::to_date,
            room_blocks::released_from,
            room_blocks::version,
        ))
        .load(&mut conn)
        .await
}
