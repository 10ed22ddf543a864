use super::model::{Folio, FolioEntry, FolioKind, NewFolioEntry, Revenue, TaxTerms};
use crate::security::Reach;
use crate::stores::postgres::{Cached, Conn, as_indexed, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::exists;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use hbs_schema::{bookings, folio_entries, folios};
use std::collections::HashMap;
use uuid::Uuid;

/// The folio of a booking within reach: one's own, or one of a property in scope.
pub async fn find(mut conn: &Conn, reach: &Reach, booking_id: Uuid) -> QueryResult<Option<Folio>> {
    let in_scope = reach.scope.is_all().into_sql::<Bool>().or(bookings::property_id.eq_any(reach.scope.ids()));
    bookings::table
        .filter(bookings::id.eq(booking_id))
        .filter(in_scope.or(bookings::user_id.eq(reach.owner)))
        .select(Folio::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The lines of a folio as it grew.
pub async fn entries(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<FolioEntry>> {
    folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(folio_entries::booking_id.eq(booking_id))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}

/// The lines of several bookings, each given with its property, in the order in which they were written.
pub async fn entries_of(mut conn: &Conn, bookings: &[(Uuid, Uuid)]) -> QueryResult<Vec<FolioEntry>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = bookings.iter().copied().unzip();
    folio_entries::table
        .filter(folio_entries::property_id.eq_any(properties))
        .filter(folio_entries::booking_id.eq_any(ids))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}

/// Bookings of which something is left to be paid, or to be paid back.
#[diesel::dsl::auto_type]
pub fn has_balance() -> _ {
    let is_unsettled: SqlLiteral<Bool> = as_indexed("folios.balance_minor <> 0");
    exists(
        folios::table
            .filter(folios::property_id.eq(bookings::property_id))
            .filter(folios::booking_id.eq(bookings::id))
            .filter(is_unsettled),
    )
}

/// The balances of bookings, each given with its property, in minor units. Those without a line have none.
pub async fn balances(mut conn: &Conn, bookings: &[(Uuid, Uuid)]) -> QueryResult<HashMap<Uuid, i64>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = bookings.iter().copied().unzip();
    let rows: Vec<(Uuid, i64)> = folios::table
        .filter(folios::property_id.eq_any(properties))
        .filter(folios::booking_id.eq_any(ids))
        .select((folios::booking_id, folios::balance_minor))
        .load(&mut conn)
        .await?;
    let mut balances = HashMap::with_capacity(rows.len());
    for (booking_id, balance_minor) in rows {
        *balances.entry(booking_id).or_insert(0) += balance_minor;
    }
    Ok(balances)
}

/// Returns the revenue of a date, including lines that reverse others.
pub async fn revenue(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Revenue> {
    let lines: Vec<(FolioKind, i64)> = folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(folio_entries::service_date.eq(date))
        .select((folio_entries::kind, folio_entries::amount_minor))
        .load(&mut conn)
        .await?;
    Ok(Revenue {
        room_minor: lines.iter().filter(|(kind, _)| *kind == FolioKind::Room).map(|(_, amount)| amount).sum(),
        total_minor: lines.iter().map(|(_, amount)| amount).sum(),
    })
}

/// Adds lines to a folio, as one posting.
pub async fn append(
    conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
    lines: &[NewFolioEntry],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let lines: Vec<(Uuid, &NewFolioEntry)> = lines.iter().map(|line| (booking_id, line)).collect();
    append_each(conn, property_id, &lines, now).await
}

/// Adds lines to the folios of several bookings, as one posting.
pub async fn append_each(
    mut conn: &Conn,
    property_id: Uuid,
    lines: &[(Uuid, &NewFolioEntry)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if lines.is_empty() {
        return Ok(0);
    }
    let terms: Vec<Option<TaxTerms>> = lines.iter().map(|(_, line)| line.tax_terms).collect();
    let statement = constant_sql(
        "INSERT INTO folio_entries (property_id, booking_id, id, stay_id, kind, service_date, amount_minor, description, \
                                    tax_rule_id, tax_included, tax_rate_ppm, reverses_id, created_at, updated_at, posting_id) \
         SELECT $1, new.*, $13, $13, $14 FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS new",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<Array<SqlUuid>, _>(lines.iter().map(|(booking_id, _)| *booking_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(lines.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(lines.iter().map(|(_, line)| line.stay_id).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(lines.iter().map(|(_, line)| line.kind.as_str()).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(lines.iter().map(|(_, line)| line.service_date).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(lines.iter().map(|(_, line)| line.amount_minor).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(lines.iter().map(|(_, line)| line.description.as_str()).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(lines.iter().map(|(_, line)| line.tax_rule_id).collect::<Vec<_>>())
            .bind::<Array<Nullable<Bool>>, _>(terms.iter().map(|terms| terms.map(|terms| terms.is_included)).collect::<Vec<_>>())
            .bind::<Array<Nullable<Integer>>, _>(
                terms.iter().map(|terms| terms.and_then(|terms| terms.rate_ppm)).collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<SqlUuid>>, _>(lines.iter().map(|(_, line)| line.reverses_id).collect::<Vec<_>>())
            .bind::<Timestamptz, _>(now)
            .bind::<SqlUuid, _>(Uuid::now_v7()),
    )
    .execute(&mut conn)
    .await
}
