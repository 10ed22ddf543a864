//! The accounts of those who book.
use crate::domains::bookings::model::Owner;
use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use hbs_schema::{bookings, users};
use std::collections::HashMap;
use uuid::Uuid;

/// The account that a booking belongs to, if it is still there.
pub async fn owners(mut conn: &Conn, user_ids: &[Uuid]) -> QueryResult<Vec<Owner>> {
    users::table
        .filter(users::id.eq_any(user_ids))
        .filter(not(users::is_deleted))
        .select(Owner::as_select())
        .load(&mut conn)
        .await
}

/// Returns the accounts that some bookings belong to, by booking.
pub async fn owners_of(mut conn: &Conn, booking_ids: &[Uuid]) -> QueryResult<HashMap<Uuid, Uuid>> {
    let rows: Vec<(Uuid, Option<Uuid>)> = bookings::table
        .filter(bookings::id.eq_any(booking_ids))
        .select((bookings::id, bookings::user_id))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, user_id)| Some((id, user_id?))).collect())
}

/// Locks a user while what they have booked is counted. Returns whether they have proved their address; none if there is no
/// such user.
pub async fn lock_user(mut conn: &Conn, user_id: Uuid) -> QueryResult<Option<bool>> {
    users::table
        .find(user_id)
        .filter(not(users::is_deleted))
        .select(users::email_verified_at.is_not_null())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Returns `true` if a user has proved their address.
pub async fn has_proved_address(mut conn: &Conn, user_id: Uuid) -> QueryResult<bool> {
    let proved = users::table.find(user_id).filter(users::email_verified_at.is_not_null());
    diesel::select(exists(proved)).get_result(&mut conn).await
}

/// Returns `true` if there is such a user.
pub async fn user_exists(mut conn: &Conn, user_id: Uuid) -> QueryResult<bool> {
    let user = users::table.find(user_id).filter(not(users::is_deleted));
    diesel::select(exists(user)).get_result(&mut conn).await
}
