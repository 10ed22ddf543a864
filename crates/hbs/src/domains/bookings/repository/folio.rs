//! Folios.
use crate::domains::bookings::model::{Booking, FolioEntry, NewFolioEntry};
use crate::stores::postgres::{Cached, Conn, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use hbs_schema::folio_entries;
use uuid::Uuid;

/// Appends lines to a folio.
pub async fn insert_folio(
    conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
    lines: &[NewFolioEntry],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let lines: Vec<(Uuid, &NewFolioEntry)> = lines.iter().map(|line| (booking_id, line)).collect();
    insert_folios(conn, property_id, &lines, now).await
}

/// Appends lines to the folios of several bookings, as one posting.
pub async fn insert_folios(
    mut conn: &Conn,
    property_id: Uuid,
    lines: &[(Uuid, &NewFolioEntry)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if lines.is_empty() {
        return Ok(0);
    }
    let statement = constant_sql(
        "INSERT INTO folio_entries (property_id, booking_id, id, stay_id, kind, service_date, amount_minor, description, \
                                    tax_rule_id, reverses_id, created_at, updated_at, posting_id) \
         SELECT $1, new.*, $11, $11, $12 FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) AS new",
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
            .bind::<Array<Nullable<SqlUuid>>, _>(lines.iter().map(|(_, line)| line.reverses_id).collect::<Vec<_>>())
            .bind::<Timestamptz, _>(now)
            .bind::<SqlUuid, _>(Uuid::now_v7()),
    )
    .execute(&mut conn)
    .await
}

/// A folio, by night and as it grew.
pub async fn folio(mut conn: &Conn, booking: &Booking) -> QueryResult<Vec<FolioEntry>> {
    folio_entries::table
        .filter(folio_entries::property_id.eq(booking.property_id))
        .filter(folio_entries::booking_id.eq(booking.id))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}
