//! Stays and their rooms.
use crate::domains::bookings::model::{Booking, NewStay, Stay};
use crate::domains::rooms::Room;
use crate::domains::stays::{Status, are_in_house};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{bookings, rooms, stays};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Returns the rooms of a hotel that guests are in, also those who should have left.
pub async fn rooms_lived_in(mut conn: &Conn, property_id: Uuid) -> QueryResult<HashSet<Uuid>> {
    let rooms: Vec<Option<Uuid>> = stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(are_in_house())
        .select(stays::room_id)
        .load(&mut conn)
        .await?;
    Ok(rooms.into_iter().flatten().collect())
}

/// Returns those of some rooms that guests are in, with their numbers.
pub async fn rooms_with_guests(mut conn: &Conn, property_id: Uuid, rooms: &[Uuid]) -> QueryResult<Vec<(Uuid, String)>> {
    stays::table
        .inner_join(rooms::table.on(rooms::property_id.eq(stays::property_id).and(rooms::id.nullable().eq(stays::room_id))))
        .filter(stays::property_id.eq(property_id))
        .filter(are_in_house())
        .filter(stays::room_id.eq_any(rooms))
        .order(rooms::number)
        .select((rooms::id, rooms::number))
        .load(&mut conn)
        .await
}

/// The rooms of some types of a hotel.
pub async fn rooms_of_types(mut conn: &Conn, property_id: Uuid, types: &[Uuid]) -> QueryResult<Vec<Room>> {
    rooms::table
        .filter(rooms::property_id.eq(property_id))
        .filter(rooms::room_type_id.eq_any(types))
        .filter(not(rooms::is_deleted))
        .select(Room::as_select())
        .load(&mut conn)
        .await
}

/// The stays of some bookings, in their order.
pub async fn stays_of(mut conn: &Conn, bookings: &[&Booking]) -> QueryResult<Vec<Stay>> {
    let (properties, ids): (Vec<_>, Vec<_>) = bookings.iter().map(|booking| (booking.property_id, booking.id)).unzip();
    stays::table
        .filter(stays::property_id.eq_any(properties))
        .filter(stays::booking_id.eq_any(ids))
        .order((stays::booking_id, stays::position))
        .select(Stay::as_select())
        .load(&mut conn)
        .await
}

/// Stays of a hotel by id, in no order.
pub async fn find_stays(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<Stay>> {
    stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(stays::id.eq_any(ids))
        .select(Stay::as_select())
        .load(&mut conn)
        .await
}

/// The numbers of rooms, those that are gone as well.
pub async fn room_numbers(mut conn: &Conn, rooms: &[Uuid]) -> QueryResult<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> =
        rooms::table.filter(rooms::id.eq_any(rooms)).select((rooms::id, rooms::number)).load(&mut conn).await?;
    Ok(rows.into_iter().collect())
}

pub async fn insert_stays(mut conn: &Conn, new: &[NewStay]) -> QueryResult<usize> {
    Cached(diesel::insert_into(stays::table).values(new)).execute(&mut conn).await
}

/// Inserts many stays at once: unlike [`insert_stays`], it keeps no statement for their number.
pub async fn insert_many_stays(mut conn: &Conn, new: &[NewStay]) -> QueryResult<usize> {
    diesel::insert_into(stays::table).values(new).execute(&mut conn).await
}

/// Stays, with their bookings, whose guests have not come by the cut-off at hotels that record that by itself.
pub async fn missing(mut conn: &Conn, now: DateTime<Utc>, limit: i64) -> QueryResult<Vec<(Uuid, Uuid)>> {
    #[derive(QueryableByName)]
    struct Missing {
        #[diesel(sql_type = SqlUuid)]
        booking_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let statement = constant_sql(
        "SELECT s.booking_id, s.id FROM properties p JOIN stays s ON s.property_id = p.id \
         WHERE p.auto_no_show AND NOT p.is_deleted AND s.status = 'confirmed' \
           AND coalesce(s.late_on, s.check_in) + p.no_show_cutoff <= $1 AT TIME ZONE p.time_zone \
           AND s.check_in <= coalesce(p.business_date, ($1 AT TIME ZONE p.time_zone)::date) \
         ORDER BY s.check_in, s.id LIMIT $2",
    );
    let rows: Vec<Missing> = statement.bind::<Timestamptz, _>(now).bind::<BigInt, _>(limit).load(&mut conn).await?;
    Ok(rows.into_iter().map(|Missing { booking_id, id }| (booking_id, id)).collect())
}

/// State of a stay after it has moved.
#[derive(AsChangeset)]
#[diesel(table_name = stays, treat_none_as_null = true)]
pub struct StayState {
    pub status: Status,
    pub status_on: NaiveDate,
    pub total_minor: i64,
    pub room_id: Option<Uuid>,
    pub is_pinned: bool,
    pub check_out: NaiveDate,
    pub booked_check_out: Option<NaiveDate>,
    pub moved_on: Option<NaiveDate>,
    pub late_on: Option<NaiveDate>,
}

/// Moves a stay from one state to another. False if it is not in the first any more.
pub async fn move_stay(mut conn: &Conn, stay: &Stay, state: &StayState, now: DateTime<Utc>) -> QueryResult<bool> {
    let row = stays::table.find((stay.property_id, stay.id)).filter(stays::status.eq(stay.status));
    let changed = Cached(diesel::update(row).set((state, stays::updated_at.eq(now)))).execute(&mut conn).await?;
    Ok(changed == 1)
}

/// Amends a stay, but for its status. `false` if that has changed.
pub async fn amend_stay(mut conn: &Conn, before: &Stay, after: &Stay, now: DateTime<Utc>) -> QueryResult<bool> {
    let row = stays::table.find((before.property_id, before.id)).filter(stays::status.eq(before.status));
    let changed = Cached(diesel::update(row).set((
        stays::room_type_id.eq(after.room_type_id),
        stays::booked_room_type_id.eq(after.booked_room_type_id),
        stays::room_id.eq(after.room_id),
        stays::is_pinned.eq(after.is_pinned),
        stays::moved_on.eq(after.moved_on),
        stays::check_in.eq(after.check_in),
        stays::check_out.eq(after.check_out),
        stays::adults.eq(after.adults),
        stays::children_ages.eq(&after.children_ages),
        stays::guest_name.eq(&after.guest_name),
        stays::total_minor.eq(after.total_minor),
        stays::rate_plan_id.eq(after.rate_plan_id),
        stays::cancellation_terms.eq(&after.cancellation_terms),
        stays::priced_at.eq(after.priced_at),
        stays::is_day_use.eq(after.is_day_use),
        stays::updated_at.eq(now),
    )))
    .execute(&mut conn)
    .await?;
    Ok(changed == 1)
}

/// Notes the type of a stay's new room, and since when the guests are in it if they are in the house.
pub async fn note_move(
    mut conn: &Conn,
    property_id: Uuid,
    stay_id: Uuid,
    room_type_id: Uuid,
    moved_on: Option<NaiveDate>,
) -> QueryResult<usize> {
    diesel::update(stays::table.find((property_id, stay_id)))
        .set((stays::room_type_id.eq(room_type_id), stays::moved_on.eq(moved_on)))
        .execute(&mut conn)
        .await
}

/// A stay of a hotel, with its booking.
pub async fn find_stay(mut conn: &Conn, property_id: Uuid, stay_id: Uuid) -> QueryResult<Option<(Stay, Booking)>> {
    stays::table
        .inner_join(bookings::table.on(bookings::property_id.eq(stays::property_id).and(bookings::id.eq(stays::booking_id))))
        .filter(stays::property_id.eq(property_id))
        .filter(stays::id.eq(stay_id))
        .select((Stay::as_select(), Booking::as_select()))
        .first(&mut conn)
        .await
        .optional()
}

/// Notes of stays whose guests have not come that they are expected late, and returns them as they are then.
pub async fn expect_late(
    mut conn: &Conn,
    property_id: Uuid,
    stay_ids: &[Uuid],
    on: NaiveDate,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Stay>> {
    let rows = stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(stays::id.eq_any(stay_ids))
        .filter(stays::status.eq(Status::Confirmed));
    diesel::update(rows)
        .set((stays::late_on.eq(on), stays::updated_at.eq(now)))
        .returning(Stay::as_returning())
        .get_results(&mut conn)
        .await
}

/// Ends a stay earlier and adds the one that goes on from it, with all that is said of the first. `false` if its status has changed.
pub async fn split_stay(mut conn: &Conn, before: &Stay, first: &Stay, second: &Stay, now: DateTime<Utc>) -> QueryResult<bool> {
    let row = stays::table.find((before.property_id, before.id)).filter(stays::status.eq(before.status));
    let ended = diesel::update(row).set((
        stays::status.eq(first.status),
        stays::status_on.eq(first.status_on),
        stays::check_out.eq(first.check_out),
        stays::total_minor.eq(first.total_minor),
        stays::room_type_id.eq(first.room_type_id),
        stays::room_id.eq(first.room_id),
        stays::moved_on.eq(first.moved_on),
        stays::updated_at.eq(now),
    ));
    if ended.execute(&mut conn).await? == 0 {
        return Ok(false);
    }
    let other = serde_json::json!({
        "id": second.id,
        "position": second.position,
        "status": second.status,
        "status_on": second.status_on,
        "room_type_id": second.room_type_id,
        "room_id": second.room_id,
        "is_pinned": second.is_pinned,
        "check_in": second.check_in,
        "check_out": second.check_out,
        "booked_check_out": null,
        "total_minor": second.total_minor,
        "moved_on": null,
        "late_on": null,
        "split_from": second.split_from,
        "created_at": now,
        "updated_at": now,
    });
    let copy = constant_sql(
        "INSERT INTO stays SELECT (jsonb_populate_record(s, $3)).* FROM stays s WHERE s.property_id = $1 AND s.id = $2",
    );
    let copy = copy.bind::<SqlUuid, _>(first.property_id).bind::<SqlUuid, _>(first.id).bind::<Jsonb, _>(other);
    copy.execute(&mut conn).await.map(|added| added == 1)
}

/// Sets the profiles of those who stay, of stays where that is not the contact: one statement, whatever their number.
pub async fn set_stay_guests(mut conn: &Conn, property_id: Uuid, guests: &[(Uuid, Option<Uuid>)]) -> QueryResult<usize> {
    if guests.is_empty() {
        return Ok(0);
    }
    let set = constant_sql(
        "UPDATE stays s SET guest_id = new.guest_id FROM unnest($2, $3) AS new(id, guest_id)
         WHERE s.property_id = $1 AND s.id = new.id",
    );
    let (ids, profiles): (Vec<Uuid>, Vec<Option<Uuid>>) = guests.iter().copied().unzip();
    let set = set.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(ids);
    Cached(set.bind::<Array<Nullable<SqlUuid>>, _>(profiles)).execute(&mut conn).await
}
