//! Nights and amounts by the date on which they count: written down for closed dates, counted as they stand for others.
use crate::domains::bookings::rules::MAX_NIGHTS;
use crate::domains::reports::model::{Closed, DaySums, RevenueGroup, StaySums};
use crate::domains::reports::rules::Dates;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Date, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

/// What each stay of a hotel (`$1`) has and costs on each date from one (`$2`) to another (`$3`), as it stands on its business
/// date (`$4`). Stays that may have a night then begin on a date (`$5`) or later. Holds have nothing yet. A plan takes the nights
/// of a stay for a thousand, and would read all bookings for one date: what is lateral, with its limit, is looked up for each
/// stay.
macro_rules! stays_on_dates {
    () => {
        "SELECT u.date, u.stay_id, s.booked_room_type_id AS room_type_id, s.rate_plan_id, s.channel, s.country, \
                u.nights, u.guests, u.room_minor, u.extra_minor, u.fee_minor, u.other_minor, u.tax_minor \
         FROM ( \
             SELECT c.stay_id, c.date, sum(c.nights)::int AS nights, sum(c.guests)::int AS guests, \
                    coalesce(sum(c.amount_minor) FILTER (WHERE c.kind IN ('room', 'discount')), 0)::bigint AS room_minor, \
                    coalesce(sum(c.amount_minor) FILTER (WHERE c.kind = 'extra'), 0)::bigint AS extra_minor, \
                    coalesce(sum(c.amount_minor) FILTER (WHERE c.kind = 'fee'), 0)::bigint AS fee_minor, \
                    coalesce(sum(c.amount_minor) FILTER (WHERE c.kind NOT IN ('room', 'discount', 'extra', 'fee', 'tax')), 0)::bigint \
                        AS other_minor, \
                    coalesce(sum(c.amount_minor) FILTER (WHERE c.kind = 'tax'), 0)::bigint AS tax_minor \
             FROM ( \
                 SELECT n.id AS stay_id, night::date AS date, 1 AS nights, n.adults + cardinality(n.children_ages) AS guests, \
                        NULL::text AS kind, 0::bigint AS amount_minor \
                 FROM stays n \
                 CROSS JOIN LATERAL generate_series(greatest(n.check_in, $2)::timestamp, least(n.check_out - 1, $3)::timestamp, \
                                                    interval '1 day') AS night \
                 WHERE n.property_id = $1 AND n.check_in BETWEEN $5 AND $3 AND n.check_out > $2 \
                   AND (n.status IN ('checked_in', 'checked_out') OR (n.status = 'confirmed' AND night::date >= $4)) \
                 UNION ALL \
                 SELECT e.stay_id, greatest(e.service_date, e.posted_on), 0, 0, e.kind, e.amount_minor \
                 FROM folio_entries e \
                 WHERE e.property_id = $1 AND e.stay_id IS NOT NULL AND NOT e.is_brought_in \
                   AND counter_ledger(e.kind) IN ('revenue', 'tax') \
                   AND ((e.service_date BETWEEN $2 AND $3 AND e.posted_on <= e.service_date) \
                        OR (e.posted_on BETWEEN $2 AND $3 AND e.service_date < e.posted_on)) \
             ) c GROUP BY 1, 2 \
         ) u \
         CROSS JOIN LATERAL ( \
             SELECT stays.booked_room_type_id, stays.rate_plan_id, b.channel, g.country FROM stays \
             JOIN bookings b ON b.property_id = stays.property_id AND b.id = stays.booking_id \
             LEFT JOIN guests w ON w.property_id = b.property_id AND w.id = coalesce(stays.guest_id, b.guest_id) \
             LEFT JOIN guests g ON g.property_id = w.property_id AND g.id = w.survivor_id \
             WHERE stays.property_id = $1 AND stays.id = u.stay_id AND stays.status <> 'held' LIMIT 1) s \
         WHERE u.nights <> 0 OR u.room_minor <> 0 OR u.extra_minor <> 0 OR u.fee_minor <> 0 OR u.other_minor <> 0 OR u.tax_minor <> 0"
    };
}
pub(super) use stays_on_dates;

/// What a hotel (`$1`) has on each date from one (`$2`) to another (`$3`), as it stands on its business date (`$4`); stays begin
/// on a date (`$5`) or later.
macro_rules! hotel_on_dates {
    () => {
        "SELECT day::date AS date, coalesce(i.rooms, 0)::int AS rooms_available, coalesce(o.rooms, 0)::int AS out_of_order, \
                coalesce(a.stays, 0)::int AS arrivals, coalesce(d.stays, 0)::int AS departures, \
                coalesce(m.no_shows, 0)::int AS no_shows, coalesce(m.cancellations, 0)::int AS cancellations, \
                coalesce(h.extra_minor, 0)::bigint AS house_extra_minor, \
                coalesce(h.other_minor, 0)::bigint AS house_other_minor, coalesce(h.tax_minor, 0)::bigint AS house_tax_minor \
         FROM generate_series($2::timestamp, $3::timestamp, interval '1 day') AS day \
         LEFT JOIN (SELECT night, sum(capacity) AS rooms FROM inventory \
                    WHERE property_id = $1 AND night BETWEEN $2 AND $3 GROUP BY 1) i ON i.night = day::date \
         LEFT JOIN (SELECT night, count(*) AS rooms FROM room_nights \
                    WHERE property_id = $1 AND night BETWEEN $2 AND $3 AND block_id IS NOT NULL GROUP BY 1) o ON o.night = day::date \
         LEFT JOIN (SELECT check_in, count(*) AS stays FROM stays \
                    WHERE property_id = $1 AND check_in BETWEEN $2 AND $3 AND split_from IS NULL \
                      AND (status IN ('checked_in', 'checked_out') OR (status = 'confirmed' AND check_in >= $4)) \
                    GROUP BY 1) a ON a.check_in = day::date \
         LEFT JOIN (SELECT departure, count(*) AS stays \
                    FROM (SELECT property_id, id, check_in, status, \
                                 CASE WHEN is_day_use THEN check_in ELSE check_out END AS departure FROM stays) s \
                    WHERE property_id = $1 AND check_in BETWEEN $5 AND $3 AND departure BETWEEN $2 AND $3 \
                      AND (status = 'checked_out' OR (status IN ('confirmed', 'checked_in') AND departure >= $4)) \
                      AND NOT EXISTS (SELECT FROM stays x WHERE x.property_id = $1 AND x.split_from = s.id) \
                    GROUP BY 1) d ON d.departure = day::date \
         LEFT JOIN (SELECT status_on, count(*) FILTER (WHERE status = 'no_show') AS no_shows, \
                           count(*) FILTER (WHERE status = 'cancelled') AS cancellations FROM stays \
                    WHERE property_id = $1 AND status_on BETWEEN $2 AND $3 AND status IN ('cancelled', 'no_show') \
                    GROUP BY 1) m ON m.status_on = day::date \
         LEFT JOIN (SELECT greatest(service_date, posted_on) AS date, \
                           sum(amount_minor) FILTER (WHERE kind = 'extra') AS extra_minor, \
                           sum(amount_minor) FILTER (WHERE kind <> 'extra' AND tax_rule_id IS NULL) AS other_minor, \
                           sum(amount_minor) FILTER (WHERE tax_rule_id IS NOT NULL) AS tax_minor \
                    FROM folio_entries \
                    WHERE property_id = $1 AND stay_id IS NULL AND NOT is_brought_in \
                      AND counter_ledger(kind, tax_rule_id) IN ('revenue', 'tax') \
                      AND ((service_date BETWEEN $2 AND $3 AND posted_on <= service_date) \
                           OR (posted_on BETWEEN $2 AND $3 AND service_date < posted_on)) \
                    GROUP BY 1) h ON h.date = day::date"
    };
}

/// Sums over stays on dates (`f`), and what of them is on dates of which no room that could be sold is on record (not in `r`).
macro_rules! stay_sums {
    () => {
        "CASE $6 WHEN 'day' THEN f.date::text WHEN 'month' THEN to_char(f.date, 'YYYY-MM') WHEN 'property' THEN $1::text \
              WHEN 'room_type' THEN f.room_type_id::text WHEN 'rate_plan' THEN coalesce(f.rate_plan_id::text, '') \
              WHEN 'channel' THEN f.channel ELSE coalesce(f.country, '') END AS key, \
         sum(f.nights)::bigint AS nights, sum(f.guests)::bigint AS guests, sum(f.room_minor)::bigint AS room_minor, \
         coalesce(sum(f.nights) FILTER (WHERE r.date IS NULL), 0)::bigint AS roomless_nights, \
         coalesce(sum(f.room_minor) FILTER (WHERE r.date IS NULL), 0)::bigint AS roomless_minor, \
         sum(f.extra_minor)::bigint AS extra_minor, sum(f.fee_minor)::bigint AS fee_minor, \
         sum(f.other_minor)::bigint AS other_minor, sum(f.tax_minor)::bigint AS tax_minor"
    };
}

macro_rules! day_sums {
    () => {
        "CASE $6 WHEN 'day' THEN f.date::text WHEN 'month' THEN to_char(f.date, 'YYYY-MM') ELSE $1::text END AS key, \
         sum(f.rooms_available)::bigint AS rooms_available, sum(f.out_of_order)::bigint AS out_of_order, \
         sum(f.arrivals)::bigint AS arrivals, sum(f.departures)::bigint AS departures, sum(f.no_shows)::bigint AS no_shows, \
         sum(f.cancellations)::bigint AS cancellations, sum(f.house_extra_minor)::bigint AS house_extra_minor, \
         sum(f.house_other_minor)::bigint AS house_other_minor, \
         sum(f.house_tax_minor)::bigint AS house_tax_minor"
    };
}

/// Source of figures: dates that are written down, or what stands.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    Written,
    /// What stands, on a business date.
    Standing(NaiveDate),
}

impl Source {
    fn today(self) -> NaiveDate {
        match self {
            Self::Written => NaiveDate::default(),
            Self::Standing(today) => today,
        }
    }
}

/// Earliest arrival of stays that may have a night on a date or leave then.
pub(super) fn earliest(date: NaiveDate) -> NaiveDate {
    date - TimeDelta::days(MAX_NIGHTS)
}

/// First and last date that is written down.
pub async fn closed(mut conn: &Conn, property_id: Uuid) -> QueryResult<Closed> {
    let statement =
        constant_sql("SELECT min(business_date) AS first, max(business_date) AS last FROM report_days WHERE property_id = $1");
    Cached(statement.bind::<SqlUuid, _>(property_id)).get_result(&mut conn).await
}

/// Stays on the dates of a period, added up.
pub async fn stay_sums(
    mut conn: &Conn,
    property_id: Uuid,
    (from, to): Dates,
    source: Source,
    group: RevenueGroup,
) -> QueryResult<Vec<StaySums>> {
    let statement = constant_sql(match source {
        // The fourth and fifth are of no use here, and have a type.
        Source::Written => concat!(
            "SELECT ",
            stay_sums!(),
            " FROM (SELECT *, business_date AS date FROM report_stays \
                    WHERE property_id = $1 AND business_date BETWEEN $2 AND $3 AND $4 <= $2 AND $5 <= $2) f \
              LEFT JOIN (SELECT business_date AS date FROM report_days \
                         WHERE property_id = $1 AND business_date BETWEEN $2 AND $3 AND rooms_available > 0) r USING (date) \
              GROUP BY 1 ORDER BY 1"
        ),
        Source::Standing(_) => concat!(
            "SELECT ",
            stay_sums!(),
            " FROM (",
            stays_on_dates!(),
            ") f LEFT JOIN (SELECT night AS date FROM inventory \
                            WHERE property_id = $1 AND night BETWEEN $2 AND $3 GROUP BY 1 HAVING sum(capacity) > 0) r USING (date) \
              GROUP BY 1 ORDER BY 1"
        ),
    });
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(from).bind::<Date, _>(to);
    let bound = bound.bind::<Date, _>(source.today()).bind::<Date, _>(earliest(from));
    Cached(bound.bind::<Text, _>(group.as_str())).load(&mut conn).await
}

/// The dates of a period, added up: by day, by month, or all of them.
pub async fn day_sums(
    mut conn: &Conn,
    property_id: Uuid,
    (from, to): Dates,
    source: Source,
    group: RevenueGroup,
) -> QueryResult<Vec<DaySums>> {
    let statement = constant_sql(match source {
        Source::Written => concat!(
            "SELECT ",
            day_sums!(),
            " FROM (SELECT *, business_date AS date FROM report_days \
                    WHERE property_id = $1 AND business_date BETWEEN $2 AND $3 AND $4 <= $2 AND $5 <= $2) f GROUP BY 1 ORDER BY 1"
        ),
        Source::Standing(_) => concat!("SELECT ", day_sums!(), " FROM (", hotel_on_dates!(), ") f GROUP BY 1 ORDER BY 1"),
    });
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(from).bind::<Date, _>(to);
    let bound = bound.bind::<Date, _>(source.today()).bind::<Date, _>(earliest(from));
    Cached(bound.bind::<Text, _>(group.as_str())).load(&mut conn).await
}

/// Writes down what a date came to. It is done once, before the date is closed.
pub async fn write_day(mut conn: &Conn, property_id: Uuid, date: NaiveDate, now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(concat!(
        "INSERT INTO report_days (property_id, business_date, rooms_available, out_of_order, arrivals, departures, no_shows, \
                                  cancellations, house_extra_minor, house_other_minor, house_tax_minor, created_at, updated_at) \
         SELECT $1, f.date, f.rooms_available, f.out_of_order, f.arrivals, f.departures, f.no_shows, f.cancellations, \
                f.house_extra_minor, f.house_other_minor, f.house_tax_minor, $6, $6 FROM (",
        hotel_on_dates!(),
        ") f"
    ));
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date).bind::<Date, _>(date);
    let bound = bound.bind::<Date, _>(date).bind::<Date, _>(earliest(date));
    Cached(bound.bind::<Timestamptz, _>(now)).execute(&mut conn).await
}

/// Writes down what each stay had and cost on a date.
pub async fn write_stays(mut conn: &Conn, property_id: Uuid, date: NaiveDate, now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(concat!(
        "INSERT INTO report_stays (property_id, business_date, stay_id, room_type_id, rate_plan_id, channel, country, nights, \
                                   guests, room_minor, extra_minor, fee_minor, other_minor, tax_minor, created_at, updated_at) \
         SELECT $1, f.date, f.stay_id, f.room_type_id, f.rate_plan_id, f.channel, f.country, f.nights, f.guests, f.room_minor, \
                f.extra_minor, f.fee_minor, f.other_minor, f.tax_minor, $6, $6 FROM (",
        stays_on_dates!(),
        ") f"
    ));
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date).bind::<Date, _>(date);
    let bound = bound.bind::<Date, _>(date).bind::<Date, _>(earliest(date));
    Cached(bound.bind::<Timestamptz, _>(now)).execute(&mut conn).await
}
