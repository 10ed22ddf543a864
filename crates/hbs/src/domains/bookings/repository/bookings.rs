//! Bookings, found and changed.
use crate::domains::bookings::model::{Booking, BookingChange, NewBooking, StayGuest};
use crate::domains::inventory::Nights;
use crate::domains::stays::Status;
use crate::security::Reach;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{bookings, stays};
use std::collections::HashMap;
use uuid::Uuid;

/// A booking within reach: one's own, or one of a property in scope.
pub async fn find(mut conn: &Conn, reach: &Reach, id: Uuid) -> QueryResult<Option<Booking>> {
    bookings::table
        .filter(bookings::id.eq(id))
        .filter(
            reach.scope.is_all().into_sql::<Bool>().or(bookings::property_id.eq_any(reach.scope.ids())).or(reach.own_bookings()),
        )
        .select(Booking::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Several bookings, each given with its property, for work that is nobody's request.
pub async fn find_all(mut conn: &Conn, bookings: &[(Uuid, Uuid)]) -> QueryResult<Vec<Booking>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = bookings.iter().copied().unzip();
    bookings::table
        .filter(bookings::property_id.eq_any(properties))
        .filter(bookings::id.eq_any(ids))
        .select(Booking::as_select())
        .load(&mut conn)
        .await
}

/// Returns who some stays of a property are for.
pub async fn guests_of_stays(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, StayGuest>> {
    let rows: Vec<(Uuid, String, String, Option<String>)> = stays::table
        .inner_join(bookings::table.on(bookings::property_id.eq(stays::property_id).and(bookings::id.eq(stays::booking_id))))
        .filter(stays::property_id.eq(property_id))
        .filter(stays::id.eq_any(ids))
        .select((stays::id, bookings::reference, bookings::contact_name, stays::guest_name))
        .load(&mut conn)
        .await?;
    let guest = |(id, reference, contact, guest): (Uuid, String, String, Option<String>)| {
        (id, StayGuest { reference, name: guest.unwrap_or(contact) })
    };
    Ok(rows.into_iter().map(guest).collect())
}

pub async fn insert_booking(mut conn: &Conn, new: &NewBooking<'_>) -> QueryResult<usize> {
    diesel::insert_into(bookings::table).values(new).execute(&mut conn).await
}

/// Inserts many bookings at once.
pub async fn insert_bookings(mut conn: &Conn, new: &[NewBooking<'_>]) -> QueryResult<usize> {
    diesel::insert_into(bookings::table).values(new).execute(&mut conn).await
}

/// Returns those of these external references that bookings have, with their channels.
pub async fn external_references(mut conn: &Conn, property_id: Uuid, wanted: &[&str]) -> QueryResult<Vec<(String, String)>> {
    let rows: Vec<(String, Option<String>)> = bookings::table
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::external_reference.eq_any(wanted))
        .select((bookings::channel, bookings::external_reference))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(channel, reference)| Some((channel, reference?))).collect())
}

/// Returns those of these references that bookings have, at any hotel.
pub async fn references_taken(mut conn: &Conn, wanted: &[String]) -> QueryResult<Vec<String>> {
    bookings::table.filter(bookings::reference.eq_any(wanted)).select(bookings::reference).load(&mut conn).await
}

/// State of a booking after its stays have moved.
pub struct NewState {
    pub status: Status,
    pub total_minor: i64,
    pub hold_expires_at: Option<DateTime<Utc>>,
    pub nights: Nights,
}

/// Returns `true` if nobody has changed a booking since it was read. With the inventory rows of its nights locked,
/// nobody can who changes what it occupies.
pub async fn is_current(mut conn: &Conn, booking: &Booking) -> QueryResult<bool> {
    let row = bookings::table.find((booking.property_id, booking.id)).filter(bookings::version.eq(booking.version));
    diesel::select(exists(row)).get_result(&mut conn).await
}

/// Changes a booking unless somebody else has since it was read. False if they have.
pub async fn move_booking(mut conn: &Conn, booking: &Booking, state: &NewState, now: DateTime<Utc>) -> QueryResult<bool> {
    let row = bookings::table.find((booking.property_id, booking.id)).filter(bookings::version.eq(booking.version));
    let changed = Cached(diesel::update(row).set((
        bookings::status.eq(state.status),
        bookings::total_minor.eq(state.total_minor),
        bookings::hold_expires_at.eq(state.hold_expires_at),
        bookings::awaits_proof.eq(bookings::awaits_proof.and((state.status == Status::Held).into_sql::<Bool>())),
        bookings::awaits_payment.eq(bookings::awaits_payment.and((state.status == Status::Held).into_sql::<Bool>())),
        bookings::check_in.eq(state.nights.from),
        bookings::check_out.eq(state.nights.to),
        bookings::version.eq(bookings::version + 1),
        bookings::updated_at.eq(now),
    )))
    .execute(&mut conn)
    .await?;
    Ok(changed == 1)
}

/// Changes the contact, unless somebody else has changed the booking since it was read.
pub async fn update(
    mut conn: &Conn,
    booking: &Booking,
    change: &BookingChange,
    now: DateTime<Utc>,
) -> QueryResult<Option<Booking>> {
    diesel::update(bookings::table.find((booking.property_id, booking.id)).filter(bookings::version.eq(booking.version)))
        .set((change, bookings::version.eq(bookings::version + 1), bookings::updated_at.eq(now)))
        .returning(Booking::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}
