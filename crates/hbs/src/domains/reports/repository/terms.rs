//! What reports name, and reckon ages by: written down when dates are closed, where it differs from what was written before.
use super::books::{balances_at, paid_and_paid_back};
use crate::domains::reports::model::NameRow;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Date, Timestamptz, Uuid as SqlUuid};
use std::collections::HashMap;
use uuid::Uuid;

/// Joins what is written (`w`) of a subject of a hotel at the end of a date; nothing if that is not closed.
macro_rules! terms_on {
    ($hotel:literal, $kind:literal, $subject:literal, $date:literal) => {
        concat!(
            "LEFT JOIN LATERAL ( \
                 SELECT subject_id, name, vat_treatment, check_in, check_out FROM report_terms \
                 WHERE property_id = ",
            $hotel,
            " AND kind = '",
            $kind,
            "' AND subject_id = ",
            $subject,
            " AND as_of <= ",
            $date,
            " AND EXISTS (SELECT FROM report_days WHERE property_id = ",
            $hotel,
            " AND business_date = ",
            $date,
            ") ORDER BY as_of DESC LIMIT 1) w ON true"
        )
    };
}
pub(super) use terms_on;

/// Writes down what is called otherwise than when dates before were closed: the hotel, what it sells and charges, its accounts,
/// the cashiers of the date, and the folios on which something is open.
pub async fn write_terms(mut conn: &Conn, property_id: Uuid, date: NaiveDate, now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(concat!(
        "INSERT INTO report_terms (property_id, kind, subject_id, as_of, name, vat_treatment, payment_days, credit_limit_minor, \
                                   check_in, check_out, created_at, updated_at) \
         SELECT $1, n.kind, n.subject_id, $2, n.name, n.vat_treatment, n.payment_days, n.credit_limit_minor, n.check_in, n.check_out, \
                $4, $4 \
         FROM ( \
             SELECT 'property'::text AS kind, id AS subject_id, name, NULL::text AS vat_treatment, NULL::integer AS payment_days, \
                    NULL::bigint AS credit_limit_minor, NULL::date AS check_in, NULL::date AS check_out \
             FROM properties WHERE id = $1 \
             UNION ALL SELECT 'room_type', id, name, NULL, NULL, NULL, NULL, NULL FROM room_types WHERE property_id = $1 \
             UNION ALL SELECT 'rate_plan', id, name, NULL, NULL, NULL, NULL, NULL FROM rate_plans WHERE property_id = $1 \
             UNION ALL SELECT 'tax_rule', id, name, vat_treatment, NULL, NULL, NULL, NULL FROM tax_rules WHERE property_id = $1 \
             UNION ALL SELECT 'account', id, name, NULL, payment_days, credit_limit_minor, NULL, NULL \
                       FROM accounts WHERE property_id = $1 \
             UNION ALL SELECT 'cashier', c.id, c.full_name, NULL, NULL, NULL, NULL, NULL FROM (SELECT DISTINCT u.id, u.full_name FROM ",
        paid_and_paid_back!(),
        " AND u.id IS NOT NULL) c \
             UNION ALL SELECT 'folio', n.id, n.name, NULL, NULL, NULL, n.check_in, n.check_out \
                       FROM (SELECT DISTINCT folio_id FROM (",
        balances_at!(since),
        // Each is looked up: a plan for any date would read the folios of all years.
        ") l) o CROSS JOIN LATERAL ( \
                           SELECT f.id, coalesce(f.name, b.contact_name) AS name, b.check_in, b.check_out \
                           FROM folios f LEFT JOIN bookings b ON b.property_id = f.property_id AND b.id = f.booking_id \
                           WHERE f.property_id = $1 AND f.id = o.folio_id LIMIT 1) n \
         ) n \
         LEFT JOIN LATERAL ( \
             SELECT subject_id, name, vat_treatment, payment_days, credit_limit_minor, check_in, check_out FROM report_terms \
             WHERE property_id = $1 AND kind = n.kind AND subject_id = n.subject_id ORDER BY as_of DESC LIMIT 1) w ON true \
         WHERE w.subject_id IS NULL \
            OR (n.name, n.vat_treatment, n.payment_days, n.credit_limit_minor, n.check_in, n.check_out) \
               IS DISTINCT FROM (w.name, w.vat_treatment, w.payment_days, w.credit_limit_minor, w.check_in, w.check_out)"
    ));
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date).bind::<Date, _>(date);
    Cached(bound.bind::<Timestamptz, _>(now)).execute(&mut conn).await
}

/// Names of room types at the end of a date, those that are gone included; as they are, where that is not closed.
pub async fn room_type_names(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<HashMap<Uuid, String>> {
    let statement = constant_sql(concat!(
        "SELECT s.id, coalesce(w.name, s.name) AS name FROM room_types s ",
        terms_on!("$1", "room_type", "s.id", "$2"),
        " WHERE s.property_id = $1"
    ));
    Ok(by_id(Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date)).load(&mut conn).await?))
}

/// Names of rate plans at the end of a date, those that are gone included; as they are, where that is not closed.
pub async fn rate_plan_names(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<HashMap<Uuid, String>> {
    let statement = constant_sql(concat!(
        "SELECT s.id, coalesce(w.name, s.name) AS name FROM rate_plans s ",
        terms_on!("$1", "rate_plan", "s.id", "$2"),
        " WHERE s.property_id = $1"
    ));
    Ok(by_id(Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date)).load(&mut conn).await?))
}

fn by_id(rows: Vec<NameRow>) -> HashMap<Uuid, String> {
    rows.into_iter().map(|NameRow { id, name }| (id, name)).collect()
}
