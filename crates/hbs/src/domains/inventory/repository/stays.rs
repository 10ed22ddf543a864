//! The room of each stay, beside the nights of rooms: both change together.
use crate::domains::inventory::model::{Nights, Waiting};
use crate::domains::stays::are_waiting;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use hbs_schema::{bookings, stays};
use uuid::Uuid;

/// Maximum number of stays that are looked at when a room comes free: the first in line. More than any hotel has, since each that
/// cannot have a room costs little; those further back would wait for rooms that are free for them.
const LINE: i64 = 10_000;

/// Returns the stays to come that wait for a room of some types, those sold first first.
pub async fn waiting(mut conn: &Conn, property_id: Uuid, types: &[Uuid], today: NaiveDate) -> QueryResult<Vec<Waiting>> {
    let rows: Vec<(Uuid, Uuid, Uuid, NaiveDate, NaiveDate)> = Cached(
        stays::table
            .filter(stays::property_id.eq(property_id))
            .filter(stays::room_type_id.eq_any(types.to_vec()))
            .filter(are_waiting())
            .filter(stays::check_in.ge(today))
            .order(stays::id)
            .limit(LINE)
            .select((stays::id, stays::booking_id, stays::room_type_id, stays::check_in, stays::check_out)),
    )
    .load(&mut conn)
    .await?;
    let waiting = |(stay_id, booking_id, room_type_id, from, to)| Waiting {
        stay_id,
        booking_id,
        room_type_id,
        nights: Nights::new(from, to),
    };
    Ok(rows.into_iter().map(waiting).collect())
}

/// Returns the last departure of the stays that wait for a room of some types.
pub async fn last_departure_of_waiting(mut conn: &Conn, property_id: Uuid, types: &[Uuid]) -> QueryResult<Option<NaiveDate>> {
    stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(stays::room_type_id.eq_any(types))
        .filter(are_waiting())
        .select(max(stays::check_out))
        .get_result(&mut conn)
        .await
}

/// Locks bookings in the order of their ids.
pub async fn lock_bookings(mut conn: &Conn, property_id: Uuid, ids: Vec<Uuid>) -> QueryResult<()> {
    bookings::table
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::id.eq_any(ids))
        .order(bookings::id)
        .select(bookings::id)
        .for_no_key_update()
        .load::<Uuid>(&mut conn)
        .await
        .map(drop)
}

/// Counts up the versions of bookings, so that readers notice that they have changed.
pub async fn bump_versions(mut conn: &Conn, property_id: Uuid, ids: &[Uuid], now: DateTime<Utc>) -> QueryResult<usize> {
    lock_bookings(conn, property_id, ids.to_vec()).await?;
    diesel::update(bookings::table.filter(bookings::property_id.eq(property_id)).filter(bookings::id.eq_any(ids)))
        .set((bookings::version.eq(bookings::version + 1), bookings::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Gives a stay another room, or none, and says whether it is pinned to it.
pub async fn set_room(
    mut conn: &Conn,
    property_id: Uuid,
    stay_id: Uuid,
    room_id: Option<Uuid>,
    is_pinned: bool,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    Cached(diesel::update(stays::table.find((property_id, stay_id))).set((
        stays::room_id.eq(room_id),
        stays::is_pinned.eq(is_pinned),
        stays::updated_at.eq(now),
    )))
    .execute(&mut conn)
    .await
}
