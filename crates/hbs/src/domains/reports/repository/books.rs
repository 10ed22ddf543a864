//! Payments, taxes and balances, from the entries of folios.
use super::terms::terms_on;
use crate::domains::reports::model::{Candidates, FolioRow, OpenBalance, PaymentSums, PaymentsGroup, TaxSums};
use crate::domains::reports::rules::Dates;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::NaiveDate;
use diesel::QueryResult;
use diesel::sql_types::{Array, Date, Text, Uuid as SqlUuid};
use uuid::Uuid;

/// Payments and refunds (`e`, `p`) of a hotel (`$1`) from a date (`$2`) to another (`$3`), and their cashiers (`u`). What another
/// system took is none of them. The cashier is the person whose drawer it was, else who recorded the payment, or approved or
/// asked for the refund. A refund and its entry are of one time.
macro_rules! paid_and_paid_back {
    () => {
        "folio_entries e LEFT JOIN payments p ON p.property_id = e.property_id AND p.id = e.payment_id \
         LEFT JOIN LATERAL ( \
             SELECT f.drawer_id, coalesce(f.decided_by, f.requested_by) AS paid_by FROM refunds f \
             WHERE f.property_id = e.property_id AND f.payment_id = e.payment_id \
                AND f.completed_at = e.created_at ORDER BY f.id LIMIT 1) r ON e.kind = 'refund' \
         LEFT JOIN drawers d ON d.property_id = e.property_id \
                            AND d.id = CASE e.kind WHEN 'refund' THEN r.drawer_id ELSE p.drawer_id END \
         LEFT JOIN users u ON u.id = coalesce(d.user_id, CASE e.kind WHEN 'refund' THEN r.paid_by ELSE p.recorded_by END) \
         WHERE e.property_id = $1 AND e.posted_on BETWEEN $2 AND $3 AND e.kind IN ('payment', 'refund') \
           AND NOT (e.kind = 'payment' AND coalesce(p.is_brought_in, false))"
    };
}
pub(super) use paid_and_paid_back;

/// Payments and refunds of a period, added up.
pub async fn payments(
    mut conn: &Conn,
    property_id: Uuid,
    (from, to): Dates,
    group: PaymentsGroup,
) -> QueryResult<Vec<PaymentSums>> {
    let statement = constant_sql(concat!(
        "SELECT k.key, coalesce(w.name, n.full_name) AS name, k.payments, k.received_minor, k.refunded_minor FROM ( \
             SELECT CASE $4 WHEN 'day' THEN e.posted_on::text WHEN 'cashier' THEN coalesce(u.id::text, '') \
                            ELSE coalesce(e.method, p.method, 'other') END AS key, \
                    count(*) FILTER (WHERE e.kind = 'payment' AND e.reverses_id IS NULL) AS payments, \
                    coalesce(-sum(e.amount_minor) FILTER (WHERE e.kind = 'payment'), 0)::bigint AS received_minor, \
                    coalesce(sum(e.amount_minor) FILTER (WHERE e.kind = 'refund'), 0)::bigint AS refunded_minor \
             FROM ",
        paid_and_paid_back!(),
        " GROUP BY 1) k \
         LEFT JOIN users n ON n.id = CASE $4 WHEN 'cashier' THEN nullif(k.key, '')::uuid END ",
        terms_on!("$1", "cashier", "n.id", "$3"),
        " ORDER BY k.key"
    ));
    let bound = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(from).bind::<Date, _>(to);
    Cached(bound.bind::<Text, _>(group.as_str())).load(&mut conn).await
}

/// Taxes that count in a period, by rule and rate, with what of them was on documents when its last date was closed; while that
/// is open, with what is.
pub async fn taxes(mut conn: &Conn, property_id: Uuid, (from, to): Dates) -> QueryResult<Vec<TaxSums>> {
    let statement = constant_sql(concat!(
        "SELECT k.tax_rule_id, coalesce(w.name, t.name) AS name, coalesce(w.vat_treatment, t.vat_treatment) AS vat_treatment, \
                k.rate_ppm, k.tax_minor, k.invoiced_minor \
         FROM ( \
             SELECT e.tax_rule_id, e.tax_rate_ppm AS rate_ppm, sum(e.amount_minor)::bigint AS tax_minor, \
                    coalesce(sum(e.amount_minor) FILTER (WHERE i.is_invoiced), 0)::bigint AS invoiced_minor \
             FROM (SELECT coalesce((SELECT created_at FROM report_days WHERE property_id = $1 AND business_date = $3), 'infinity') \
                   AS closed_at) c \
             CROSS JOIN folio_entries e \
             LEFT JOIN LATERAL ( \
                 SELECT true AS is_invoiced \
                 FROM invoice_entries h JOIN invoices o ON o.property_id = h.property_id AND o.id = h.invoice_id \
                 LEFT JOIN invoices b ON b.property_id = h.property_id AND b.id = h.released_by \
                 WHERE h.property_id = e.property_id AND h.entry_id = e.id AND o.issued_at <= c.closed_at \
                   AND (b.issued_at IS NULL OR b.issued_at > c.closed_at) LIMIT 1) i ON true \
             WHERE e.property_id = $1 AND e.tax_rule_id IS NOT NULL AND NOT e.is_brought_in \
               AND ((e.service_date BETWEEN $2 AND $3 AND e.posted_on <= e.service_date) \
                    OR (e.posted_on BETWEEN $2 AND $3 AND e.service_date < e.posted_on)) \
             GROUP BY 1, 2 HAVING sum(e.amount_minor) <> 0 OR count(i.is_invoiced) > 0) k \
         LEFT JOIN tax_rules t ON t.property_id = $1 AND t.id = k.tax_rule_id ",
        terms_on!("$1", "tax_rule", "k.tax_rule_id", "$3"),
        " ORDER BY 2, k.rate_ppm, k.tax_rule_id"
    ));
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(from).bind::<Date, _>(to)).load(&mut conn).await
}

/// What the candidates come to in each ledger of a hotel (`$1`) at the end of a date (`$2`), the oldest first. What is lateral is
/// looked up for each folio. `since` are those that have something open now, or entries after the date.
macro_rules! balances_at {
    (since) => {
        balances_at!(
            "SELECT id FROM folios WHERE property_id = $1 AND (balance_minor <> 0 OR deposits_minor <> 0) \
             UNION SELECT folio_id FROM folio_entries WHERE property_id = $1 AND service_date > $2 AND service_date < 'infinity' \
             UNION SELECT folio_id FROM folio_entries WHERE property_id = $1 AND posted_on > $2 AND posted_on < 'infinity'"
        )
    };
    ($candidates:literal) => {
        concat!(
            "SELECT c.id AS folio_id, e.ledger, e.since, e.balance_minor FROM (",
            $candidates,
            ") c CROSS JOIN LATERAL ( \
                 SELECT ledger, min(greatest(service_date, posted_on)) AS since, sum(amount_minor)::bigint AS balance_minor \
                 FROM folio_entries \
                 WHERE property_id = $1 AND folio_id = c.id AND greatest(service_date, posted_on) <= $2 \
                 GROUP BY ledger HAVING sum(amount_minor) <> 0) e \
             ORDER BY e.since, c.id, e.ledger"
        )
    };
}
pub(super) use balances_at;

/// What is open on each folio in each ledger at the end of a date, the oldest first.
pub async fn open_balances(
    mut conn: &Conn,
    property_id: Uuid,
    date: NaiveDate,
    among: Candidates,
) -> QueryResult<Vec<OpenBalance>> {
    // A plan knows no date: it takes a range with two ends for little and one with a single end for a third of all.
    let statement = constant_sql(match among {
        Candidates::OpenSince => balances_at!(since),
        Candidates::BegunBefore => balances_at!(
            "SELECT DISTINCT folio_id AS id FROM folio_entries \
             WHERE property_id = $1 AND posted_on > '-infinity' AND posted_on <= $2"
        ),
    });
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(date)).load(&mut conn).await
}

/// Whose some folios of hotels are; of a closed date, as it was then.
pub async fn folios(mut conn: &Conn, property_ids: &[Uuid], ids: &[Uuid], date: NaiveDate) -> QueryResult<Vec<FolioRow>> {
    let statement = constant_sql(concat!(
        "SELECT f.property_id, f.id, f.kind, f.booking_id, b.reference, \
                CASE WHEN w.subject_id IS NULL THEN coalesce(f.name, b.contact_name) ELSE w.name END AS name, \
                CASE WHEN w.subject_id IS NULL THEN b.check_in ELSE w.check_in END AS check_in, \
                CASE WHEN w.subject_id IS NULL THEN b.check_out ELSE w.check_out END AS check_out \
         FROM folios f LEFT JOIN bookings b ON b.property_id = f.property_id AND b.id = f.booking_id ",
        terms_on!("f.property_id", "folio", "f.id", "$3"),
        " WHERE f.property_id = ANY($1) AND f.id = ANY($2)"
    ));
    let bound = statement.bind::<Array<SqlUuid>, _>(property_ids).bind::<Array<SqlUuid>, _>(ids);
    Cached(bound.bind::<Date, _>(date)).load(&mut conn).await
}
