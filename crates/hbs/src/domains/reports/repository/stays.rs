//! Stays by their arrival.
use super::nights::{Source, earliest};
use crate::domains::reports::model::{ArrivalSums, ArrivalsGroup, MonthRow, MyStayRow, NightStayRow};
use crate::domains::reports::rules::Dates;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

/// Longest period in days of which the entries of each stay are looked up. Of a longer one all are read at once, which is less
/// than so many look-ups.
const LOOKED_UP: i64 = 366;

/// Stays of a hotel (`$1`) by month of arrival from a date (`$2`) to another (`$3`), with what rooms cost.
macro_rules! by_arrival_month {
    ($room:literal) => {
        concat!(
            "SELECT date_trunc('month', s.check_in)::date AS month, \
                    count(*) AS reservations, \
                    count(*) FILTER (WHERE s.status = 'checked_out') AS checked_out, \
                    coalesce(sum(s.check_out - s.check_in) FILTER (WHERE s.status = 'checked_out'), 0)::bigint AS nights_sold, \
                    coalesce(sum(f.room_minor) FILTER (WHERE s.status = 'checked_out'), 0)::bigint AS room_revenue_minor, \
                    count(*) FILTER (WHERE s.status = 'cancelled') AS cancellations, \
                    count(*) FILTER (WHERE s.status = 'no_show') AS no_shows \
             FROM stays s LEFT JOIN ",
            $room,
            " WHERE s.property_id = $1 AND s.check_in BETWEEN $2 AND $3 GROUP BY 1 ORDER BY 1"
        )
    };
}

/// Stays by month of arrival. Revenue is the sum of room lines, what was taken back included.
pub async fn stays_by_arrival_month(
    mut conn: &Conn,
    property_id: Uuid,
    from: NaiveDate,
    to: NaiveDate,
) -> QueryResult<Vec<MonthRow>> {
    let statement = constant_sql(if (to - from).num_days() <= LOOKED_UP {
        by_arrival_month!(
            "LATERAL (SELECT sum(amount_minor) AS room_minor FROM folio_entries \
                      WHERE property_id = $1 AND booking_id = s.booking_id AND stay_id = s.id AND kind IN ('room', 'discount') \
                        AND s.status = 'checked_out') f ON true"
        )
    } else {
        by_arrival_month!(
            "(SELECT stay_id, sum(amount_minor) AS room_minor FROM folio_entries \
              WHERE property_id = $1 AND kind IN ('room', 'discount') GROUP BY stay_id) f ON f.stay_id = s.id"
        )
    });
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(from).bind::<Date, _>(to)).load(&mut conn).await
}

/// Stays of a hotel (`$1`) that arrive on a date from one (`$2`) to another (`$3`) and are not written down, as it stands: what
/// was booked, how long before, and what became of it. Holds are none.
macro_rules! arriving {
    () => {
        "SELECT s.id AS stay_id, s.check_in AS date, s.booked_room_type_id AS room_type_id, s.rate_plan_id, b.channel, s.check_out, \
                s.status, s.status = 'cancelled' AS is_cancelled, s.status = 'no_show' AS is_no_show, \
                CASE WHEN s.is_day_use THEN 0 ELSE s.check_out - s.check_in END AS nights, \
                greatest(s.check_in - (b.created_at AT TIME ZONE p.time_zone)::date, 0) AS lead_days \
         FROM stays s JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id \
         JOIN properties p ON p.id = s.property_id \
         WHERE s.property_id = $1 AND s.check_in BETWEEN $2 AND $3 AND s.status NOT IN ('held', 'expired') AND s.split_from IS NULL \
           AND NOT EXISTS (SELECT FROM report_arrivals w WHERE w.property_id = s.property_id AND w.stay_id = s.id)"
    };
}

macro_rules! arrival_sums {
    () => {
        "SELECT CASE $4 WHEN 'month' THEN to_char(a.date, 'YYYY-MM') WHEN 'room_type' THEN a.room_type_id::text \
                WHEN 'rate_plan' THEN coalesce(a.rate_plan_id::text, '') ELSE a.channel END AS key, \
                count(*) AS reservations, \
                count(*) FILTER (WHERE a.is_cancelled) AS cancellations, \
                count(*) FILTER (WHERE a.is_no_show) AS no_shows, \
                coalesce(sum(a.nights), 0)::bigint AS nights, \
                coalesce(sum(a.nights) FILTER (WHERE a.is_cancelled OR a.is_no_show), 0)::bigint AS lost_nights, \
                coalesce(sum(a.lead_days), 0)::bigint AS lead_days"
    };
}

/// Stays by their day of arrival, added up.
pub async fn arrivals(
    mut conn: &Conn,
    property_id: Uuid,
    (from, to): Dates,
    source: Source,
    group: ArrivalsGroup,
) -> QueryResult<Vec<ArrivalSums>> {
    let statement = constant_sql(match source {
        Source::Written => concat!(
            arrival_sums!(),
            " FROM (SELECT *, business_date AS date FROM report_arrivals WHERE property_id = $1 AND business_date BETWEEN $2 AND $3) a \
              GROUP BY 1 ORDER BY 1"
        ),
        Source::Standing(_) => concat!(arrival_sums!(), " FROM (", arriving!(), ") a GROUP BY 1 ORDER BY 1"),
    });
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(from).bind::<Date, _>(to);
    Cached(bound.bind::<Text, _>(group.as_str())).load(&mut conn).await
}

/// Writes down what became of the stays that were to arrive on a date, once that is known. One that is awaited still is written
/// with the date on which it comes or is given up.
pub async fn write_arrivals(mut conn: &Conn, property_id: Uuid, date: NaiveDate, now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(concat!(
        "INSERT INTO report_arrivals (property_id, stay_id, business_date, room_type_id, rate_plan_id, channel, is_cancelled, \
                                      is_no_show, nights, lead_days, created_at, updated_at) \
         SELECT $1, a.stay_id, $3, a.room_type_id, a.rate_plan_id, a.channel, a.is_cancelled, a.is_no_show, a.nights, a.lead_days, $4, $4 \
         FROM (",
        arriving!(),
        ") a WHERE a.status <> 'confirmed' AND (a.date = $3 OR a.check_out >= $3) \
           AND EXISTS (SELECT FROM report_days d WHERE d.property_id = $1 AND d.business_date = a.date)"
    ));
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(earliest(date)).bind::<Date, _>(date);
    Cached(bound.bind::<Timestamptz, _>(now)).execute(&mut conn).await
}

/// Stays in the hotel during a night, in the order of their rooms.
pub async fn stays_of_night(mut conn: &Conn, property_id: Uuid, night: NaiveDate, limit: i64) -> QueryResult<Vec<NightStayRow>> {
    let statement = constant_sql(
        "SELECT s.id AS stay_id, s.booking_id, b.reference, r.number AS room_number, s.check_in, s.check_out, \
                coalesce(s.guest_name, b.contact_name) AS name, \
                (SELECT max(c.signed_at) FROM registration_cards c \
                 WHERE c.property_id = s.property_id AND c.stay_id = s.id) AS signed_at \
         FROM stays s JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id \
         LEFT JOIN rooms r ON r.property_id = s.property_id AND r.id = s.room_id \
         WHERE s.property_id = $1 AND s.check_in BETWEEN $2 AND $3 AND s.check_out > $3 \
           AND s.status IN ('checked_in', 'checked_out') \
         ORDER BY r.number_key, s.id LIMIT $4",
    );
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(earliest(night)).bind::<Date, _>(night);
    Cached(bound.bind::<BigInt, _>(limit)).load(&mut conn).await
}

/// Stays of a person's own bookings, the newest first; holds that expired are none.
pub async fn of_person(mut conn: &Conn, user_id: Uuid, before: Option<Uuid>, limit: i64) -> QueryResult<Vec<MyStayRow>> {
    let statement = constant_sql(
        "SELECT s.id, s.booking_id, b.reference, s.property_id, p.name AS property_name, t.name AS room_type_name, s.status, \
                s.check_in, s.check_out, b.currency, \
                coalesce((SELECT sum(e.amount_minor) FROM folio_entries e WHERE e.property_id = s.property_id AND e.stay_id = s.id \
                          AND e.booking_id = s.booking_id AND counter_ledger(e.kind) IN ('revenue', 'tax')), 0)::bigint AS total_minor \
         FROM bookings b JOIN stays s ON s.property_id = b.property_id AND s.booking_id = b.id \
         JOIN properties p ON p.id = b.property_id \
         JOIN room_types t ON t.property_id = s.property_id AND t.id = s.booked_room_type_id \
         WHERE b.user_id = $1 AND s.status <> 'expired' AND ($2 IS NULL OR s.id < $2) \
         ORDER BY s.id DESC LIMIT $3",
    );
    let bound = statement.bind::<SqlUuid, _>(user_id).bind::<Nullable<SqlUuid>, _>(before);
    Cached(bound.bind::<BigInt, _>(limit)).load(&mut conn).await
}
