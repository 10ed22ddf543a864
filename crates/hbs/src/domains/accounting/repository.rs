use super::model::{AgeingRow, GlCodes, JournalRow, Opening, StatementRow};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Nullable, Uuid as SqlUuid};
use hbs_schema::{gl_codes, ledger_days};
use uuid::Uuid;

/// The folio of an account, and what it came to before a date; none if nothing has gone to the account.
pub async fn opening(mut conn: &Conn, property_id: Uuid, account_id: Uuid, from: NaiveDate) -> QueryResult<Option<Opening>> {
    let statement = constant_sql(
        "SELECT f.id AS folio_id, coalesce(sum(e.amount_minor), 0)::bigint AS opening_minor FROM folios f \
         LEFT JOIN folio_entries e ON e.property_id = f.property_id AND e.folio_id = f.id \
              AND greatest(e.service_date, e.posted_on) < $3 \
         WHERE f.property_id = $1 AND f.account_id = $2 AND f.kind = 'account' GROUP BY 1 ORDER BY 1 DESC LIMIT 1",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(account_id).bind::<Date, _>(from))
        .get_result(&mut conn)
        .await
        .optional()
}

/// The entries of an account from one date to another, in their order.
pub async fn statement(
    mut conn: &Conn,
    property_id: Uuid,
    account_id: Uuid,
    (from, to): (NaiveDate, NaiveDate),
) -> QueryResult<Vec<StatementRow>> {
    let statement = constant_sql(
        "SELECT e.id, greatest(e.service_date, e.posted_on) AS ledger_date, e.service_date, e.kind, e.description, e.amount_minor, \
                e.reverses_id, e.booking_id, b.reference, b.contact_name, e.created_at \
         FROM folios f JOIN folio_entries e ON e.property_id = f.property_id AND e.folio_id = f.id \
         LEFT JOIN bookings b ON b.property_id = e.property_id AND b.id = e.booking_id \
         WHERE f.property_id = $1 AND f.account_id = $2 AND f.kind = 'account' \
           AND greatest(e.service_date, e.posted_on) BETWEEN $3 AND $4 \
         ORDER BY 2, e.created_at, e.id",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(account_id).bind::<Date, _>(from).bind::<Date, _>(to))
        .load(&mut conn)
        .await
}

/// The open items at the end of a date of each account of hotels that has any, or of one account whatever it has. What was paid
/// pays the oldest items first; what was taken back is none.
pub async fn ageing(
    mut conn: &Conn,
    property_ids: &[Uuid],
    date: NaiveDate,
    account_id: Option<Uuid>,
) -> QueryResult<Vec<AgeingRow>> {
    let statement = constant_sql(
        "WITH items AS ( \
             SELECT f.account_id, e.id, e.service_date, e.amount_minor FROM folios f \
             JOIN folio_entries e ON e.property_id = f.property_id AND e.folio_id = f.id \
             WHERE f.property_id = ANY($1) AND f.kind = 'account' AND ($3 IS NULL OR f.account_id = $3) \
               AND greatest(e.service_date, e.posted_on) <= $2 AND e.reverses_id IS NULL \
               AND NOT EXISTS (SELECT FROM folio_entries t WHERE t.property_id = e.property_id AND t.reverses_id = e.id \
                               AND greatest(t.service_date, t.posted_on) <= $2)), \
         paid AS (SELECT account_id, -sum(amount_minor) AS amount FROM items WHERE amount_minor < 0 GROUP BY 1), \
         owed AS ( \
             SELECT account_id, service_date, amount_minor, \
                    sum(amount_minor) OVER (PARTITION BY account_id ORDER BY service_date, id) AS so_far \
             FROM items WHERE amount_minor > 0), \
         unpaid AS ( \
             SELECT owed.account_id, $2 - owed.service_date AS age, \
                    least(owed.amount_minor, greatest(owed.so_far - coalesce(paid.amount, 0), 0)) AS amount \
             FROM owed LEFT JOIN paid USING (account_id)), \
         balances AS (SELECT account_id, sum(amount_minor) AS amount FROM items GROUP BY 1), \
         known AS ( \
             SELECT a.property_id, a.id, CASE WHEN w.subject_id IS NULL THEN a.name ELSE w.name END AS name, \
                    CASE WHEN w.subject_id IS NULL THEN a.payment_days ELSE w.payment_days END AS payment_days, \
                    CASE WHEN w.subject_id IS NULL THEN a.credit_limit_minor ELSE w.credit_limit_minor END AS credit_limit_minor \
             FROM accounts a \
             LEFT JOIN LATERAL ( \
                 SELECT subject_id, name, payment_days, credit_limit_minor FROM report_terms \
                 WHERE property_id = a.property_id AND kind = 'account' AND subject_id = a.id AND as_of <= $2 \
                   AND EXISTS (SELECT FROM ledger_days WHERE property_id = a.property_id AND business_date = $2) \
                 ORDER BY as_of DESC LIMIT 1) w ON true \
             WHERE a.property_id = ANY($1) AND ($3 IS NULL OR a.id = $3)) \
         SELECT a.property_id, a.id AS account_id, a.name, a.payment_days, a.credit_limit_minor, \
                coalesce(sum(o.amount) FILTER (WHERE o.age - a.payment_days <= 0), 0)::bigint AS not_due_minor, \
                coalesce(sum(o.amount) FILTER (WHERE o.age - a.payment_days BETWEEN 1 AND 30), 0)::bigint AS to_30_minor, \
                coalesce(sum(o.amount) FILTER (WHERE o.age - a.payment_days BETWEEN 31 AND 60), 0)::bigint AS to_60_minor, \
                coalesce(sum(o.amount) FILTER (WHERE o.age - a.payment_days BETWEEN 61 AND 90), 0)::bigint AS to_90_minor, \
                coalesce(sum(o.amount) FILTER (WHERE o.age - a.payment_days > 90), 0)::bigint AS over_90_minor, \
                greatest(-coalesce(max(b.amount), 0), 0)::bigint AS credit_minor \
         FROM known a \
         LEFT JOIN balances b ON b.account_id = a.id LEFT JOIN unpaid o ON o.account_id = a.id AND o.amount > 0 \
         WHERE $3 IS NOT NULL OR b.amount <> 0 \
         GROUP BY a.property_id, a.id, a.name, a.payment_days, a.credit_limit_minor ORDER BY a.name, a.id",
    );
    let bound = statement.bind::<Array<SqlUuid>, _>(property_ids).bind::<Date, _>(date);
    Cached(bound.bind::<Nullable<SqlUuid>, _>(account_id)).load(&mut conn).await
}

/// Returns `true` if a date of a hotel is closed.
pub async fn is_closed(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<bool> {
    let of_date = ledger_days::table.filter(ledger_days::property_id.eq(property_id)).filter(ledger_days::business_date.eq(date));
    diesel::select(exists(of_date)).get_result(&mut conn).await
}

/// Both sides of the entries that count on a date, in the order in which they were posted.
pub async fn journal(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Vec<JournalRow>> {
    let statement = constant_sql(
        "SELECT e.id, e.posting_id, e.kind, e.tax_rule_id, e.description, b.reference, side.ledger, side.amount_minor, \
                coalesce(e.method, p.method) AS method \
         FROM folio_entries e \
         CROSS JOIN LATERAL (VALUES (1, e.ledger, e.amount_minor), \
              (2, CASE WHEN e.is_brought_in THEN 'opening' ELSE counter_ledger(e.kind, e.tax_rule_id) END, -e.amount_minor)) \
              AS side (place, ledger, amount_minor) \
         LEFT JOIN bookings b ON b.property_id = e.property_id AND b.id = e.booking_id \
         LEFT JOIN payments p ON p.property_id = e.property_id AND p.id = e.payment_id \
         WHERE e.property_id = $1 AND side.ledger IS NOT NULL AND side.amount_minor <> 0 \
           AND ((e.service_date = $2 AND e.posted_on <= $2) OR (e.posted_on = $2 AND e.service_date < $2)) \
         ORDER BY e.created_at, e.id, side.place",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date)).load(&mut conn).await
}

/// The codes that hold on a date; none if the hotel had set none by then.
pub async fn codes_on(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Option<GlCodes>> {
    gl_codes::table
        .filter(gl_codes::property_id.eq(property_id))
        .filter(gl_codes::valid_from.le(date))
        .order(gl_codes::valid_from.desc())
        .select(GlCodes::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Sets the codes from a date on.
pub async fn put_codes(mut conn: &Conn, codes: &GlCodes) -> QueryResult<usize> {
    diesel::insert_into(gl_codes::table)
        .values(codes)
        .on_conflict((gl_codes::property_id, gl_codes::valid_from))
        .do_update()
        .set((gl_codes::codes.eq(&codes.codes), gl_codes::version.eq(codes.version), gl_codes::updated_at.eq(codes.updated_at)))
        .execute(&mut conn)
        .await
}
