//! Stays of a guest: those under the guest's name, and those of which the guest is on record.
use crate::domains::guests::model::{Guest, Statistics, StayRow};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::NaiveDate;
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Date, Nullable, Uuid as SqlUuid};
use uuid::Uuid;

/// Returns the figures of a guest, with those of the profiles that were merged into this one. What a stay costs is of the guest
/// under whose name it is, and of nobody else in the room.
pub async fn statistics(mut conn: &Conn, guest: &Guest) -> QueryResult<Statistics> {
    let figures = constant_sql(
        "WITH me AS (SELECT id FROM guests WHERE property_id = $1 AND survivor_id = $2),
         own AS (
             SELECT s.id FROM stays s WHERE s.property_id = $1 AND s.guest_id IN (SELECT id FROM me)
             UNION SELECT s.id FROM bookings b JOIN stays s ON s.property_id = b.property_id AND s.booking_id = b.id
                   WHERE b.property_id = $1 AND b.guest_id IN (SELECT id FROM me) AND s.guest_id IS NULL
         ),
         mine AS (SELECT id FROM own UNION SELECT stay_id FROM stay_guests WHERE property_id = $1 AND guest_id IN (SELECT id FROM me)),
         figures AS (
             SELECT count(*) FILTER (WHERE s.status IN ('checked_in', 'checked_out')) AS stays,
                    coalesce(sum(s.check_out - s.check_in) FILTER (WHERE s.status IN ('checked_in', 'checked_out')), 0)::bigint AS nights,
                    count(*) FILTER (WHERE s.status = 'cancelled') AS cancelled,
                    count(*) FILTER (WHERE s.status = 'no_show') AS no_shows,
                    min(s.check_in) FILTER (WHERE s.status IN ('checked_in', 'checked_out')) AS first_check_in,
                    max(CASE WHEN s.is_day_use THEN s.check_in ELSE s.check_out END)
                        FILTER (WHERE s.status IN ('checked_in', 'checked_out')) AS last_check_out,
                    min(s.check_in) FILTER (WHERE s.status IN ('held', 'confirmed')) AS next_check_in
             FROM mine JOIN stays s ON s.property_id = $1 AND s.id = mine.id
         )
         SELECT figures.*,
                (SELECT count(*) FROM bookings b WHERE b.property_id = $1 AND b.guest_id IN (SELECT id FROM me)) AS bookings,
                (SELECT coalesce(sum(e.amount_minor), 0)::bigint
                 FROM own JOIN stays s ON s.property_id = $1 AND s.id = own.id
                 JOIN folio_entries e ON e.property_id = s.property_id AND e.booking_id = s.booking_id AND e.stay_id = s.id
                 WHERE s.status IN ('checked_in', 'checked_out', 'no_show', 'cancelled')
                   AND e.kind NOT IN ('payment', 'refund', 'transfer')) AS revenue_minor
         FROM figures",
    );
    Cached(figures.bind::<SqlUuid, _>(guest.property_id).bind::<SqlUuid, _>(guest.survivor_id)).get_result(&mut conn).await
}

/// Stays of a guest, the latest arrival first. `after` is the last (arrival, id) seen.
pub async fn stays_of(mut conn: &Conn, guest: &Guest, after: Option<(NaiveDate, Uuid)>, limit: i64) -> QueryResult<Vec<StayRow>> {
    let stays = constant_sql(
        "WITH me AS (SELECT id FROM guests WHERE property_id = $1 AND survivor_id = $2),
         mine AS (
             SELECT id, min(only_registered) = 1 AS is_registered_only FROM (
                 SELECT s.id, 0 AS only_registered FROM stays s WHERE s.property_id = $1 AND s.guest_id IN (SELECT id FROM me)
                 UNION SELECT s.id, 0 FROM bookings b JOIN stays s ON s.property_id = b.property_id AND s.booking_id = b.id
                       WHERE b.property_id = $1 AND b.guest_id IN (SELECT id FROM me) AND s.guest_id IS NULL
                 UNION SELECT stay_id, 1 FROM stay_guests WHERE property_id = $1 AND guest_id IN (SELECT id FROM me)
             ) found GROUP BY id
         )
         SELECT s.id, s.booking_id, b.reference, s.status, s.check_in, \
                CASE WHEN s.is_day_use THEN s.check_in ELSE s.check_out END AS check_out, s.room_type_id, r.number AS room_number,
                s.adults, s.total_minor, mine.is_registered_only
         FROM mine JOIN stays s ON s.property_id = $1 AND s.id = mine.id
         JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id
         LEFT JOIN rooms r ON r.property_id = s.property_id AND r.id = s.room_id
         WHERE $3::date IS NULL OR (s.check_in, s.id) < ($3, $4)
         ORDER BY s.check_in DESC, s.id DESC LIMIT $5",
    );
    let (check_in, id) = after.unzip();
    let stays = stays
        .bind::<SqlUuid, _>(guest.property_id)
        .bind::<SqlUuid, _>(guest.survivor_id)
        .bind::<Nullable<Date>, _>(check_in)
        .bind::<Nullable<SqlUuid>, _>(id)
        .bind::<BigInt, _>(limit);
    Cached(stays).load(&mut conn).await
}
