//! Queries of the guests of stays.
use crate::domains::bookings::model::StayGuestRow;
use crate::forgetting::{Due, DueRow, Past};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Timestamptz, Uuid as SqlUuid};
use hbs_schema::stay_guests;
use uuid::Uuid;

/// Returns the guests of some stays, in their order.
pub async fn guests_of(mut conn: &Conn, property_id: Uuid, stays: &[Uuid]) -> QueryResult<Vec<StayGuestRow>> {
    stay_guests::table
        .filter(stay_guests::property_id.eq(property_id))
        .filter(stay_guests::stay_id.eq_any(stays))
        .order((stay_guests::stay_id, stay_guests::position))
        .select(StayGuestRow::as_select())
        .load(&mut conn)
        .await
}

/// Returns those of some stays in which nobody is on record with birth date, nationality and document.
pub async fn unidentified(mut conn: &Conn, property_id: Uuid, stays: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    let identified: Vec<Uuid> = stay_guests::table
        .filter(stay_guests::property_id.eq(property_id))
        .filter(stay_guests::stay_id.eq_any(stays))
        .filter(stay_guests::birth_date.is_not_null())
        .filter(stay_guests::nationality.is_not_null())
        .filter(stay_guests::document_number.is_not_null())
        .select(stay_guests::stay_id)
        .distinct()
        .load(&mut conn)
        .await?;
    Ok(stays.iter().filter(|id| !identified.contains(id)).copied().collect())
}

pub async fn insert_guests(mut conn: &Conn, guests: &[StayGuestRow]) -> QueryResult<usize> {
    if guests.is_empty() {
        return Ok(0);
    }
    diesel::insert_into(stay_guests::table).values(guests).execute(&mut conn).await
}

/// Forgets the guests of a stay.
pub async fn delete_guests(mut conn: &Conn, property_id: Uuid, stay_id: Uuid) -> QueryResult<usize> {
    let rows = stay_guests::table.filter(stay_guests::property_id.eq(property_id)).filter(stay_guests::stay_id.eq(stay_id));
    diesel::delete(rows).execute(&mut conn).await
}

/// The stays with documents on record whose guests left before a date, or never came, and of whom none was written since.
pub async fn due_documents(mut conn: &Conn, past: Past, limit: i64) -> QueryResult<Due> {
    let statement = constant_sql(
        "WITH due AS ( \
             SELECT r.stay_id AS id, \
                    greatest(local_date($1, max(r.updated_at)), max(s.check_out) FILTER (WHERE s.status = 'checked_out')) AS since \
             FROM stay_guests r JOIN stays s ON s.property_id = r.property_id AND s.id = r.stay_id \
             WHERE r.property_id = $1 AND r.document_number IS NOT NULL AND s.status NOT IN ('held', 'confirmed', 'checked_in') \
             GROUP BY r.stay_id \
         ) \
         SELECT id, count(*) OVER () AS total, min(since) OVER () AS oldest FROM due WHERE since < $2 ORDER BY since, id LIMIT $3",
    );
    let statement = statement.bind::<SqlUuid, _>(past.property_id).bind::<Date, _>(past.before).bind::<BigInt, _>(limit);
    Ok(Cached(statement).load::<DueRow>(&mut conn).await?.into())
}

/// Locks the bookings of some stays, in the order of their ids.
pub async fn lock_bookings_of(mut conn: &Conn, property_id: Uuid, stay_ids: &[Uuid]) -> QueryResult<()> {
    let statement = constant_sql(
        "SELECT id FROM bookings WHERE property_id = $1 \
           AND id IN (SELECT booking_id FROM stays WHERE property_id = $1 AND id = ANY ($2)) \
         ORDER BY id FOR NO KEY UPDATE",
    );
    let statement = statement.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(stay_ids);
    Cached(statement).execute(&mut conn).await.map(drop)
}

/// Removes the documents of the guests of some stays, which makes new versions of their bookings.
pub async fn forget_documents(mut conn: &Conn, property_id: Uuid, stay_ids: &[Uuid], now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(
        "WITH gone AS ( \
             UPDATE stay_guests SET document_kind = NULL, document_country = NULL, document_number = NULL, updated_at = $3 \
             WHERE property_id = $1 AND stay_id = ANY ($2) AND document_number IS NOT NULL RETURNING stay_id \
         ) \
         UPDATE bookings SET version = version + 1, updated_at = $3 WHERE property_id = $1 \
           AND id IN (SELECT s.booking_id FROM gone JOIN stays s ON s.property_id = $1 AND s.id = gone.stay_id)",
    );
    let statement = statement.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(stay_ids);
    Cached(statement.bind::<Timestamptz, _>(now)).execute(&mut conn).await
}
