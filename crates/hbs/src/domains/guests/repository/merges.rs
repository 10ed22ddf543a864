//! Merges of profiles.
use crate::domains::guests::model::{Guest, Merge};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{guest_merges, guests};

/// Sets the profile into which another one is merged, or none, and who stands for it and for those that were merged into it.
/// The caller has locked both: only so do those below change.
pub async fn set_merged(mut conn: &Conn, row: &Guest, into: Option<&Guest>, now: DateTime<Utc>) -> QueryResult<()> {
    let below = constant_sql(
        "WITH RECURSIVE below AS (
             SELECT g.id FROM guests g WHERE g.property_id = $1 AND g.id = $2
             UNION ALL SELECT g.id FROM guests g JOIN below b ON g.merged_into_id = b.id WHERE g.property_id = $1
         )
         UPDATE guests g SET survivor_id = $3, merged_into_id = CASE WHEN g.id = $2 THEN $4 ELSE g.merged_into_id END,
             version = g.version + 1, updated_at = $5
         FROM below WHERE g.property_id = $1 AND g.id = below.id",
    );
    let below = below
        .bind::<SqlUuid, _>(row.property_id)
        .bind::<SqlUuid, _>(row.id)
        .bind::<SqlUuid, _>(into.map_or(row.id, |into| into.survivor_id))
        .bind::<Nullable<SqlUuid>, _>(into.map(|into| into.id))
        .bind::<Timestamptz, _>(now);
    Cached(below).execute(&mut conn).await.map(drop)
}

/// Profiles that were merged into a profile, or into one of those, oldest first.
pub async fn merged_into(mut conn: &Conn, guest: &Guest) -> QueryResult<Vec<Guest>> {
    guests::table
        .filter(guests::property_id.eq(guest.property_id))
        .filter(guests::survivor_id.eq(guest.id))
        .filter(guests::id.ne(guest.id))
        .order(guests::id)
        .select(Guest::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert_merge(mut conn: &Conn, merge: &Merge) -> QueryResult<usize> {
    diesel::insert_into(guest_merges::table).values(merge).execute(&mut conn).await
}

/// The merge by which a profile is merged into another one.
pub async fn live_merge(mut conn: &Conn, guest: &Guest) -> QueryResult<Option<Merge>> {
    guest_merges::table
        .filter(guest_merges::property_id.eq(guest.property_id))
        .filter(guest_merges::merged_id.eq(guest.id))
        .filter(guest_merges::undone_at.is_null())
        .select(Merge::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn end_merge(mut conn: &Conn, merge: &Merge, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(guest_merges::table.find((merge.property_id, merge.id)))
        .set((guest_merges::undone_at.eq(now), guest_merges::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}
