//! Ledgers: the books of a date, and whether they say what the lines say.
use crate::domains::folios::model::{Ledger, LedgerDay, LedgerFault, MethodSums};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::ledger_days;
use std::collections::HashMap;
use uuid::Uuid;

/// Waits for whoever posts on the hotel's business date, and keeps others from it until the transaction ends.
pub async fn stop_posting(mut conn: &Conn, property_id: Uuid) -> QueryResult<usize> {
    // Who posts shares the key of the property's row, which only this lock excludes.
    Cached(constant_sql("SELECT FROM properties WHERE id = $1 FOR UPDATE").bind::<SqlUuid, _>(property_id))
        .execute(&mut conn)
        .await
}

/// Writes the books of a date.
pub async fn close_date(mut conn: &Conn, property_id: Uuid, date: NaiveDate, now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(
        "INSERT INTO ledger_days (property_id, business_date, ledger, opening_minor, movement_minor, closing_minor, created_at, updated_at) \
         SELECT $1, $2, ledger, opening_minor, movement_minor, opening_minor + movement_minor, $3, $3 FROM books($1, $2)",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date).bind::<Timestamptz, _>(now)).execute(&mut conn).await
}

/// The books of hotels on a date, of those that have closed it.
pub async fn closed_books(mut conn: &Conn, property_ids: &[Uuid], date: NaiveDate) -> QueryResult<Vec<(Uuid, LedgerDay)>> {
    ledger_days::table
        .filter(ledger_days::property_id.eq_any(property_ids))
        .filter(ledger_days::business_date.eq(date))
        .select((ledger_days::property_id, LedgerDay::as_select()))
        .load(&mut conn)
        .await
}

/// The books of hotels on their business date as they are by now.
pub async fn open_books(mut conn: &Conn, property_ids: &[Uuid], date: NaiveDate) -> QueryResult<Vec<(Uuid, LedgerDay)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        property_id: Uuid,
        #[diesel(sql_type = Text)]
        ledger: Ledger,
        #[diesel(sql_type = BigInt)]
        opening_minor: i64,
        #[diesel(sql_type = BigInt)]
        movement_minor: i64,
    }
    let statement = constant_sql(
        "SELECT h.id AS property_id, b.ledger, b.opening_minor, b.movement_minor \
         FROM unnest($1::uuid[]) AS h (id) CROSS JOIN LATERAL books(h.id, $2) AS b",
    );
    let rows: Vec<Row> = Cached(statement.bind::<Array<SqlUuid>, _>(property_ids).bind::<Date, _>(date)).load(&mut conn).await?;
    let day = |row: Row| {
        let Row { property_id, ledger, opening_minor, movement_minor } = row;
        (property_id, LedgerDay { ledger, opening_minor, movement_minor, closing_minor: opening_minor + movement_minor })
    };
    Ok(rows.into_iter().map(day).collect())
}

/// Sums that were paid and paid back at hotels on a date by each method: that of the payment, unless it was paid back by another
/// one. What another system took before is none of it. Lines and methods never change and none comes to a closed date, so its
/// sums do not change either.
pub async fn methods(mut conn: &Conn, property_ids: &[Uuid], date: NaiveDate) -> QueryResult<Vec<MethodSums>> {
    let statement = constant_sql(
        "SELECT e.property_id, coalesce(e.method, p.method) AS method, \
                coalesce(-sum(e.amount_minor) FILTER (WHERE e.kind = 'payment'), 0)::bigint AS received_minor, \
                coalesce(sum(e.amount_minor) FILTER (WHERE e.kind = 'refund'), 0)::bigint AS refunded_minor \
         FROM folio_entries e JOIN payments p ON p.property_id = e.property_id AND p.id = e.payment_id \
         WHERE e.property_id = ANY($1) AND e.posted_on = $2 AND NOT (e.kind = 'payment' AND p.is_brought_in) \
         GROUP BY 1, 2 ORDER BY 2, 1",
    );
    Cached(statement.bind::<Array<SqlUuid>, _>(property_ids).bind::<Date, _>(date)).load(&mut conn).await
}

/// Returns what lies in the ledger of deposits of each folio of a booking that is not closed. The caller holds the folios.
pub async fn deposits(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<(Uuid, i64)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        folio_id: Uuid,
        #[diesel(sql_type = BigInt)]
        amount_minor: i64,
    }
    let statement = constant_sql(
        "SELECT e.folio_id, sum(e.amount_minor)::bigint AS amount_minor FROM folio_entries e \
         JOIN folios f ON f.property_id = e.property_id AND f.id = e.folio_id \
         WHERE f.property_id = $1 AND f.booking_id = $2 AND f.closed_at IS NULL AND e.ledger = 'deposits' \
         GROUP BY 1 HAVING sum(e.amount_minor) <> 0 ORDER BY 1",
    );
    let rows: Vec<Row> = Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(booking_id)).load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| (row.folio_id, row.amount_minor)).collect())
}

/// Returns what the folios of some bookings come to by their lines of dates before one.
pub async fn owed_before(
    mut conn: &Conn,
    property_id: Uuid,
    booking_ids: &[Uuid],
    date: NaiveDate,
) -> QueryResult<HashMap<Uuid, i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        booking_id: Uuid,
        #[diesel(sql_type = BigInt)]
        amount_minor: i64,
    }
    let statement = constant_sql(
        "SELECT f.booking_id, sum(e.amount_minor)::bigint AS amount_minor FROM folios f \
         JOIN folio_entries e ON e.property_id = f.property_id AND e.folio_id = f.id \
         WHERE f.property_id = $1 AND f.booking_id = ANY ($2) AND e.service_date < $3 GROUP BY 1",
    );
    let rows: Vec<Row> =
        Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(booking_ids).bind::<Date, _>(date))
            .load(&mut conn)
            .await?;
    Ok(rows.into_iter().map(|row| (row.booking_id, row.amount_minor)).collect())
}

/// Returns what stands in the ledgers of who owes something, by lines of dates before one.
pub async fn ledgers_before(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<HashMap<Ledger, i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        ledger: Ledger,
        #[diesel(sql_type = BigInt)]
        amount_minor: i64,
    }
    let statement = constant_sql(
        "SELECT ledger, sum(amount_minor)::bigint AS amount_minor FROM folio_entries \
         WHERE property_id = $1 AND service_date < $2 GROUP BY 1",
    );
    let rows: Vec<Row> = Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date)).load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| (row.ledger, row.amount_minor)).collect())
}

/// Returns how many lines there are, of how many no event has to tell, and how many closed dates.
pub async fn counts(mut conn: &Conn) -> QueryResult<(i64, i64, i64)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        lines: i64,
        #[diesel(sql_type = BigInt)]
        unrecorded: i64,
        #[diesel(sql_type = BigInt)]
        closed_dates: i64,
    }
    let statement = constant_sql(
        "SELECT count(*) AS lines, count(*) FILTER (WHERE is_unrecorded) AS unrecorded, \
                (SELECT count(*) FROM (SELECT DISTINCT property_id, business_date FROM ledger_days) AS closed) AS closed_dates \
         FROM folio_entries",
    );
    let Row { lines, unrecorded, closed_dates } = Cached(statement).get_result(&mut conn).await?;
    Ok((lines, unrecorded, closed_dates))
}

/// The first line that is not what its event tells, that no event tells of, or that is gone. Events tell all of a line once they
/// tell its ledger.
pub async fn wrong_line(mut conn: &Conn) -> QueryResult<Option<LedgerFault>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        property_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        line_id: Uuid,
        #[diesel(sql_type = Text)]
        fault: String,
    }
    let statement = constant_sql(
        "WITH told AS ( \
             SELECT o.stream_id AS property_id, (line ->> 'id')::uuid AS id, (line ->> 'folio_id')::uuid AS folio_id, \
                    line ->> 'kind' AS kind, (line ->> 'service_date')::date AS service_date, \
                    (line ->> 'amount_minor')::bigint AS amount_minor, line ->> 'ledger' AS ledger, \
                    (line ->> 'booking_id')::uuid AS booking_id, (line ->> 'stay_id')::uuid AS stay_id, \
                    (line ->> 'tax_rule_id')::uuid AS tax_rule_id, (line ->> 'tax_included')::boolean AS tax_included, \
                    (line ->> 'tax_rate_ppm')::integer AS tax_rate_ppm, (line ->> 'reverses_id')::uuid AS reverses_id, \
                    (line ->> 'payment_id')::uuid AS payment_id \
             FROM (SELECT stream_id, changes FROM outbox UNION ALL SELECT stream_id, changes FROM outbox_kept) AS o \
             CROSS JOIN LATERAL jsonb_array_elements( \
                 CASE jsonb_typeof(o.changes -> 'lines' -> 'after') WHEN 'array' THEN o.changes -> 'lines' -> 'after' END) AS line) \
         SELECT property_id, id AS line_id, \
                CASE WHEN e.amount_minor IS NULL THEN 'it is gone' \
                     WHEN t.amount_minor IS NULL THEN 'no event tells of it' \
                     WHEN e.amount_minor <> t.amount_minor THEN 'its amount is not what its event tells' \
                     WHEN (e.folio_id, e.kind, e.service_date) <> (t.folio_id, t.kind, t.service_date) \
                         THEN 'its folio, kind or date is not what its event tells' \
                     ELSE 'its ledger, booking, stay, tax or payment, or what it takes back, is not what its event tells' END AS fault \
         FROM folio_entries e FULL JOIN told t USING (property_id, id) \
         WHERE e.amount_minor IS NULL OR (t.amount_minor IS NULL AND NOT e.is_unrecorded) \
            OR (e.folio_id, e.kind, e.service_date, e.amount_minor) <> (t.folio_id, t.kind, t.service_date, t.amount_minor) \
            OR (t.ledger IS NOT NULL \
                AND (e.ledger, e.booking_id, e.stay_id, e.tax_rule_id, e.reverses_id, e.payment_id) \
                    IS DISTINCT FROM (t.ledger, t.booking_id, t.stay_id, t.tax_rule_id, t.reverses_id, t.payment_id)) \
            OR (t.tax_included IS NOT NULL AND (e.tax_included, e.tax_rate_ppm) IS DISTINCT FROM (t.tax_included, t.tax_rate_ppm)) \
         ORDER BY id LIMIT 1",
    );
    let row: Option<Row> = Cached(statement).get_result(&mut conn).await.optional()?;
    Ok(row.map(|Row { property_id, line_id, fault }| LedgerFault::Line { property_id, line_id, fault }))
}

/// The hotels that have closed dates in their books.
pub async fn with_books(mut conn: &Conn) -> QueryResult<Vec<Uuid>> {
    ledger_days::table.select(ledger_days::property_id).distinct().order(ledger_days::property_id).load(&mut conn).await
}

/// The first closed date of a hotel whose books are not what its lines say, or do not go on where the date before ended.
pub async fn wrong_day(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<LedgerFault>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Date)]
        business_date: NaiveDate,
        #[diesel(sql_type = Text)]
        ledger: Ledger,
    }
    let statement = constant_sql(
        "WITH actual AS ( \
             SELECT ledger, greatest(service_date, posted_on) AS date, sum(amount_minor) AS amount \
             FROM ledger_entries($1) GROUP BY 1, 2), \
         begun AS (SELECT min(business_date) AS date FROM ledger_days WHERE property_id = $1), \
         days AS ( \
             SELECT *, lag(closing_minor) OVER (PARTITION BY ledger ORDER BY business_date) AS closing_before \
             FROM ledger_days WHERE property_id = $1) \
         SELECT days.business_date, days.ledger FROM days \
         LEFT JOIN actual ON actual.ledger = days.ledger AND actual.date = days.business_date \
         WHERE days.movement_minor <> coalesce(actual.amount, 0) \
            OR days.closing_minor <> days.opening_minor + days.movement_minor \
            OR days.opening_minor <> coalesce(days.closing_before, ( \
                   SELECT coalesce(sum(earlier.amount), 0) FROM actual AS earlier, begun \
                   WHERE earlier.ledger = days.ledger AND earlier.date < begun.date)) \
         ORDER BY 1, 2 LIMIT 1",
    );
    let row: Option<Row> = Cached(statement.bind::<SqlUuid, _>(property_id)).get_result(&mut conn).await.optional()?;
    Ok(row.map(|Row { business_date, ledger }| LedgerFault::Day { property_id, business_date, ledger }))
}
