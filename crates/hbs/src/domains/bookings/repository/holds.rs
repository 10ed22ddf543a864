//! Holds and their ends.
use crate::domains::bookings::model::Booking;
use crate::domains::stays::Status;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use hbs_schema::bookings;
use uuid::Uuid;

/// Extends a hold, unless somebody else has changed the booking since it was read.
pub async fn extend_hold(
    mut conn: &Conn,
    booking: &Booking,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Option<Booking>> {
    let row = bookings::table.find((booking.property_id, booking.id)).filter(bookings::version.eq(booking.version));
    diesel::update(row.filter(bookings::status.eq(Status::Held)))
        .set((
            bookings::hold_expires_at.eq(expires_at),
            bookings::is_hold_extended.eq(true),
            bookings::version.eq(bookings::version + 1),
            bookings::updated_at.eq(now),
        ))
        .returning(Booking::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

pub async fn live_holds(mut conn: &Conn, property_id: Uuid, user_id: Uuid, now: DateTime<Utc>) -> QueryResult<i64> {
    bookings::table
        .filter(bookings::user_id.eq(user_id))
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::status.eq(Status::Held))
        .filter(bookings::hold_expires_at.gt(now))
        .select(count_star())
        .get_result(&mut conn)
        .await
}

/// Holds past their time, the longest first. With a property and dates only those that stand in the way.
pub async fn overdue_holds(
    mut conn: &Conn,
    at: Option<(Uuid, NaiveDate, NaiveDate)>,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Booking>> {
    let mut query = bookings::table
        .filter(bookings::status.eq(Status::Held))
        .filter(bookings::hold_expires_at.le(now))
        .order((bookings::hold_expires_at, bookings::id))
        .limit(limit)
        .select(Booking::as_select())
        .into_boxed();
    if let Some((property_id, check_in, check_out)) = at {
        query = query
            .filter(bookings::property_id.eq(property_id))
            .filter(bookings::check_in.lt(check_out))
            .filter(bookings::check_out.gt(check_in));
    }
    query.load(&mut conn).await
}
