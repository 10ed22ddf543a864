use super::model::{OfBooking, OfGroup, OfHouse, OfRoom, OfStay, OfType, RoomRow, StayRow};
use crate::domains::bookings::rules::MAX_NIGHTS;
use crate::domains::stays::Status;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{NaiveDate, TimeDelta};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable};
use hbs_schema::{bookings, groups, room_blocks, room_types, rooms, stays};
use uuid::Uuid;

/// Number of days for which guests who should have left are still shown.
const OVERDUE_DAYS: i64 = 30;

/// The stays of a hotel that a day concerns, by arrival: those that touch it, and guests who should have left before. No stay is
/// longer than [`MAX_NIGHTS`], which keeps the index's range short; it has the day of departure, too.
pub async fn stays(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Vec<StayRow>> {
    let of_stay = bookings::property_id.eq(stays::property_id).and(bookings::id.eq(stays::booking_id));
    let of_type = room_types::property_id.eq(stays::property_id).and(room_types::id.eq(stays::room_type_id));
    let in_room = rooms::property_id.eq(stays::property_id).and(rooms::id.nullable().eq(stays::room_id));
    let of_group = groups::property_id.eq(bookings::property_id).and(groups::id.nullable().eq(bookings::group_id));
    stays::table
        .inner_join(bookings::table.on(of_stay))
        .inner_join(room_types::table.on(of_type))
        .left_join(rooms::table.on(in_room))
        .left_join(groups::table.on(of_group))
        .filter(stays::property_id.eq(property_id))
        .filter(stays::check_in.le(date))
        .filter(stays::check_in.gt(date - TimeDelta::days(MAX_NIGHTS + OVERDUE_DAYS)))
        .filter(stays::check_out.ge(date - TimeDelta::days(OVERDUE_DAYS)))
        .filter(stays::check_out.ge(date).or(stays::status.eq(Status::CheckedIn)))
        .filter(stays::status.eq_any([Status::Held, Status::Confirmed, Status::CheckedIn, Status::CheckedOut]))
        .order((stays::check_in, stays::id))
        .select((
            OfStay::as_select(),
            OfBooking::as_select(),
            OfType::as_select(),
            Option::<OfRoom>::as_select(),
            Option::<OfGroup>::as_select(),
        ))
        .load(&mut conn)
        .await
}

/// Returns the stays of some bookings.
pub async fn stays_of(mut conn: &Conn, property_id: Uuid, bookings: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(stays::booking_id.eq_any(bookings))
        .select(stays::id)
        .load(&mut conn)
        .await
}

pub async fn rooms(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<RoomRow>> {
    let of_type = room_types::property_id.eq(rooms::property_id).and(room_types::id.eq(rooms::room_type_id));
    rooms::table
        .inner_join(room_types::table.on(of_type))
        .filter(rooms::property_id.eq(property_id))
        .filter(not(rooms::is_deleted))
        .select((OfHouse::as_select(), OfType::as_select()))
        .load(&mut conn)
        .await
}

/// The rooms that are blocked on a night, those that can be sold all the same as well.
pub async fn blocked(mut conn: &Conn, property_id: Uuid, night: NaiveDate) -> QueryResult<Vec<Uuid>> {
    let until = coalesce(room_blocks::released_from, room_blocks::to_date);
    room_blocks::table
        .filter(room_blocks::property_id.eq(property_id))
        .filter(room_blocks::from_date.le(night))
        .filter(until.gt(night))
        .select(room_blocks::room_id)
        .load(&mut conn)
        .await
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn coalesce(first: Nullable<Date>, second: Date) -> Date;
}
