use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::prelude::*;
use hbs_schema::{bookings, issues, notifications, rooms};
use std::collections::HashMap;
use uuid::Uuid;

/// The versions of some bookings.
pub async fn booking_versions(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> =
        bookings::table.filter(bookings::id.eq_any(ids)).select((bookings::id, bookings::version)).load(&mut conn).await?;
    Ok(rows.into_iter().collect())
}

/// The versions of some rooms.
pub async fn room_versions(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> =
        rooms::table.filter(rooms::id.eq_any(ids)).select((rooms::id, rooms::version)).load(&mut conn).await?;
    Ok(rows.into_iter().collect())
}

/// The versions of some issues of some hotels.
pub async fn issue_versions(mut conn: &Conn, property_ids: &[Uuid], ids: &[Uuid]) -> QueryResult<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = issues::table
        .filter(issues::property_id.eq_any(property_ids))
        .filter(issues::id.eq_any(ids))
        .select((issues::id, issues::version))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The versions of some notifications of some people.
pub async fn versions(mut conn: &Conn, user_ids: &[Uuid], ids: &[Uuid]) -> QueryResult<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = notifications::table
        .filter(notifications::user_id.eq_any(user_ids))
        .filter(notifications::id.eq_any(ids))
        .select((notifications::id, notifications::version))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().collect())
}
