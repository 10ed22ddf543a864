//! How the books of nights to come fill.
use super::nights::{earliest, stays_on_dates};
use crate::domains::reports::model::PaceRow;
use crate::domains::reports::rules::Dates;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Date, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

/// Days after a date of which the books are kept: the longest horizon.
const DAYS_KEPT: u64 = 1_100;

/// Writes down how the books of a date and of those after it have changed since the date before, and the rooms that can be sold.
pub async fn write_pickups(mut conn: &Conn, property_id: Uuid, date: NaiveDate, now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(concat!(
        "INSERT INTO report_pickups (property_id, night, room_type_id, as_of, rooms, room_minor, capacity, created_at, updated_at) \
         SELECT $1, n.night, n.room_type_id, $4, sum(n.rooms)::int, sum(n.room_minor)::bigint, sum(n.capacity)::int, $6, $6 \
         FROM ( \
             SELECT f.date AS night, f.room_type_id, f.nights AS rooms, f.room_minor, 0 AS capacity FROM (",
        stays_on_dates!(),
        ") f \
             UNION ALL SELECT night, room_type_id, 0, 0, capacity FROM inventory WHERE property_id = $1 AND night BETWEEN $2 AND $3 \
             UNION ALL SELECT night, room_type_id, -rooms, -room_minor, -capacity FROM report_pickups \
                       WHERE property_id = $1 AND night BETWEEN $2 AND $3 \
         ) n \
         GROUP BY n.night, n.room_type_id HAVING sum(n.rooms) <> 0 OR sum(n.room_minor) <> 0 OR sum(n.capacity) <> 0"
    ));
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date).bind::<Date, _>(date + Days::new(DAYS_KEPT));
    let bound = bound.bind::<Date, _>(date).bind::<Date, _>(earliest(date));
    Cached(bound.bind::<Timestamptz, _>(now)).execute(&mut conn).await
}

/// The books of nights at the end of two dates, and those of the same weekdays 52 weeks before at the end of the first. Rooms are
/// those that could be sold then; of dates before the first one that is written down, those of now.
pub async fn pace(
    mut conn: &Conn,
    property_id: Uuid,
    (from, to): Dates,
    as_of: NaiveDate,
    before: NaiveDate,
) -> QueryResult<Vec<PaceRow>> {
    let statement = constant_sql(
        "SELECT day::date AS night, coalesce(CASE WHEN day >= k.first THEN b.capacity ELSE i.capacity END, 0)::bigint AS capacity, \
                coalesce(b.rooms, 0)::bigint AS rooms, coalesce(b.room_minor, 0)::bigint AS room_minor, \
                coalesce(b.rooms_before, 0)::bigint AS rooms_before, coalesce(b.room_minor_before, 0)::bigint AS room_minor_before, \
                coalesce(y.rooms, 0)::bigint AS rooms_last_year, coalesce(y.room_minor, 0)::bigint AS room_minor_last_year \
         FROM generate_series($2::timestamp, $3::timestamp, interval '1 day') AS day \
         CROSS JOIN (SELECT min(business_date) AS first FROM report_days WHERE property_id = $1 AND business_date <= $4) k \
         LEFT JOIN (SELECT night, sum(capacity) AS capacity FROM inventory \
                    WHERE property_id = $1 AND night BETWEEN $2 AND $3 GROUP BY 1) i ON i.night = day::date \
         LEFT JOIN (SELECT night, sum(capacity) FILTER (WHERE as_of <= $4) AS capacity, sum(rooms) FILTER (WHERE as_of <= $4) AS rooms, \
                           sum(room_minor) FILTER (WHERE as_of <= $4) AS room_minor, \
                           sum(rooms) FILTER (WHERE as_of <= $5) AS rooms_before, \
                           sum(room_minor) FILTER (WHERE as_of <= $5) AS room_minor_before \
                    FROM report_pickups WHERE property_id = $1 AND night BETWEEN $2 AND $3 GROUP BY 1) b ON b.night = day::date \
         LEFT JOIN (SELECT night + 364 AS night, sum(rooms) AS rooms, sum(room_minor) AS room_minor FROM report_pickups \
                    WHERE property_id = $1 AND night BETWEEN $2::date - 364 AND $3::date - 364 AND as_of <= $4::date - 364 \
                    GROUP BY 1) y ON y.night = day::date \
         ORDER BY 1",
    );
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(from).bind::<Date, _>(to);
    Cached(bound.bind::<Date, _>(as_of).bind::<Date, _>(before)).load(&mut conn).await
}
