//! Rooms that are set aside by type and night. Whoever writes holds the inventory rows of the nights.
use crate::domains::inventory::model::{AllottedNight, Nights};
use crate::domains::stays::WITHOUT_NIGHTS;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::query_builder::SqlQuery;
use diesel::sql_types::{Array, Date, Integer, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{allotment_nights, allotments};
use uuid::Uuid;

/// Begins an allotment that sets nothing aside yet, and that is not to stand in the way of sales after an instant, if there is
/// one.
pub async fn open_allotment(
    mut conn: &Conn,
    property_id: Uuid,
    id: Uuid,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let at = (allotments::expires_at.eq(expires_at), allotments::created_at.eq(now), allotments::updated_at.eq(now));
    diesel::insert_into(allotments::table)
        .values((allotments::property_id.eq(property_id), allotments::id.eq(id), at))
        .execute(&mut conn)
        .await
}

/// Allotments past their time that still set rooms aside on some of these nights.
pub async fn overdue_allotments(
    mut conn: &Conn,
    property_id: Uuid,
    nights: Nights,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Uuid>> {
    let of_allotment =
        allotment_nights::property_id.eq(allotments::property_id).and(allotment_nights::allotment_id.eq(allotments::id));
    allotments::table
        .inner_join(allotment_nights::table.on(of_allotment))
        .filter(allotments::property_id.eq(property_id))
        .filter(allotments::expires_at.le(now))
        .filter(allotment_nights::night.ge(nights.from))
        .filter(allotment_nights::night.lt(nights.to))
        .filter(allotment_nights::remaining.gt(0))
        .select(allotments::id)
        .distinct()
        .load(&mut conn)
        .await
}

/// The nights of an allotment in their order, also those on which nothing is left of it.
pub async fn allotted_nights(mut conn: &Conn, property_id: Uuid, allotment_id: Uuid) -> QueryResult<Vec<AllottedNight>> {
    allotment_nights::table
        .filter(allotment_nights::property_id.eq(property_id))
        .filter(allotment_nights::allotment_id.eq(allotment_id))
        .order((allotment_nights::night, allotment_nights::room_type_id))
        .select(AllottedNight::as_select())
        .load(&mut conn)
        .await
}

/// Says how many rooms an allotment sets aside on some nights.
pub(in crate::domains::inventory) async fn set_blocked(
    conn: &Conn,
    property_id: Uuid,
    allotment_id: Uuid,
    nights: &[(NaiveDate, Uuid, i32)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let statement = constant_sql(
        "INSERT INTO allotment_nights (property_id, allotment_id, night, room_type_id, blocked, rooms, created_at, updated_at) \
         SELECT $1, $6, new.night, new.room_type_id, new.rooms, new.rooms, $5, $5 \
         FROM unnest($2, $3, $4) AS new(night, room_type_id, rooms) \
         ON CONFLICT (property_id, allotment_id, night, room_type_id) DO UPDATE \
         SET blocked = excluded.blocked, rooms = excluded.rooms, updated_at = excluded.updated_at",
    );
    run_by_night(conn, statement, property_id, Some(allotment_id), nights, now).await
}

/// Releases an allotment. What was agreed, and who came of it, stays on the record.
pub(in crate::domains::inventory) async fn unblock(
    mut conn: &Conn,
    property_id: Uuid,
    allotment_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let rows = allotment_nights::table
        .filter(allotment_nights::property_id.eq(property_id))
        .filter(allotment_nights::allotment_id.eq(allotment_id));
    diesel::update(rows).set((allotment_nights::rooms.eq(0), allotment_nights::updated_at.eq(now))).execute(&mut conn).await
}

/// Counts stays of the allotment's bookings: so many more or fewer on each night.
pub(in crate::domains::inventory) async fn add_to_picked_up(
    conn: &Conn,
    property_id: Uuid,
    allotment_id: Uuid,
    stays: &[(NaiveDate, Uuid, i32)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    // Nights beyond what was agreed are counted, too, should they be agreed on later.
    let known = constant_sql(
        "INSERT INTO allotment_nights (property_id, allotment_id, night, room_type_id, blocked, rooms, created_at, updated_at) \
         SELECT $1, $6, new.night, new.room_type_id, 0, 0, $5, $5 FROM unnest($2, $3, $4) AS new(night, room_type_id, stays) \
         JOIN inventory i ON i.property_id = $1 AND i.night = new.night AND i.room_type_id = new.room_type_id \
         ON CONFLICT (property_id, allotment_id, night, room_type_id) DO NOTHING",
    );
    run_by_night(conn, known, property_id, Some(allotment_id), stays, now).await?;
    let counted = constant_sql(
        "UPDATE allotment_nights SET picked_up = picked_up + more.stays, updated_at = $5 \
         FROM unnest($2, $3, $4) AS more(night, room_type_id, stays) \
         WHERE property_id = $1 AND allotment_id = $6 \
           AND allotment_nights.night = more.night AND allotment_nights.room_type_id = more.room_type_id",
    );
    run_by_night(conn, counted, property_id, Some(allotment_id), stays, now).await
}

/// Sets aside so many rooms more or fewer on each night. The rows are locked and have been checked.
pub(in crate::domains::inventory) async fn add_to_allotted(
    conn: &Conn,
    property_id: Uuid,
    rooms: &[(NaiveDate, Uuid, i32)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let statement = constant_sql(
        "UPDATE inventory SET allotted = inventory.allotted + more.rooms, updated_at = $5 \
         FROM unnest($2, $3, $4) AS more(night, room_type_id, rooms) \
         WHERE inventory.property_id = $1 AND inventory.night = more.night AND inventory.room_type_id = more.room_type_id",
    );
    run_by_night(conn, statement, property_id, None, rooms, now).await
}

/// Recounts the stays of all allotments of a hotel.
pub(in crate::domains::inventory) async fn recount_picked_up(
    mut conn: &Conn,
    property_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let statement = constant_sql(
        "UPDATE allotment_nights a SET picked_up = coalesce(c.stays, 0), updated_at = $2 \
         FROM allotment_nights b LEFT JOIN ( \
             SELECT k.property_id, k.group_id AS allotment_id, coalesce(m.room_type_id, s.room_type_id) AS room_type_id, \
                    night::date AS night, count(*)::int AS stays \
             FROM stays s JOIN bookings k ON k.property_id = s.property_id AND k.id = s.booking_id \
             CROSS JOIN generate_series(s.check_in::timestamp, \
                     CASE WHEN s.status = 'no_show' THEN s.check_in ELSE s.check_out - 1 END::timestamp, interval '1 day') night \
             LEFT JOIN LATERAL (SELECT m.room_type_id FROM stay_moves m \
                 WHERE s.moved_on > night::date AND m.property_id = s.property_id AND m.stay_id = s.id AND m.moved_on > night::date \
                 ORDER BY m.moved_on LIMIT 1) m ON true \
             WHERE s.status <> ALL($3) AND k.group_id IS NOT NULL \
             GROUP BY 1, 2, 3, 4) c USING (property_id, allotment_id, room_type_id, night) \
         WHERE a.property_id = $1 AND (b.property_id, b.allotment_id, b.night, b.room_type_id) = \
               (a.property_id, a.allotment_id, a.night, a.room_type_id) AND a.picked_up <> coalesce(c.stays, 0)",
    );
    statement
        .bind::<SqlUuid, _>(property_id)
        .bind::<Timestamptz, _>(now)
        .bind::<Array<Text>, _>(WITHOUT_NIGHTS.as_slice())
        .execute(&mut conn)
        .await
}

/// Runs a statement for nights of types, each with a number. Its parameters are the property, nights, types and numbers as
/// arrays, the instant, and the allotment where it is about one.
pub(in crate::domains::inventory) async fn run_by_night(
    mut conn: &Conn,
    statement: SqlQuery,
    property_id: Uuid,
    allotment_id: Option<Uuid>,
    rows: &[(NaiveDate, Uuid, i32)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    let statement = statement
        .bind::<SqlUuid, _>(property_id)
        .bind::<Array<Date>, _>(rows.iter().map(|(night, ..)| *night).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(rows.iter().map(|(_, room_type_id, _)| *room_type_id).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(rows.iter().map(|(.., number)| *number).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(now);
    match allotment_id {
        Some(allotment_id) => Cached(statement.bind::<SqlUuid, _>(allotment_id)).execute(&mut conn).await,
        None => Cached(statement).execute(&mut conn).await,
    }
}
