//! Exemptions of stays from taxes.
use crate::domains::bookings::model::{Stay, TaxExemption};
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{stays, tax_exemptions};
use uuid::Uuid;

/// The exemptions of some stays, each given with its property.
pub async fn exemptions_of(mut conn: &Conn, stays: &[(Uuid, Uuid)]) -> QueryResult<Vec<TaxExemption>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = stays.iter().copied().unzip();
    tax_exemptions::table
        .filter(tax_exemptions::property_id.eq_any(properties))
        .filter(tax_exemptions::stay_id.eq_any(ids))
        .select(TaxExemption::as_select())
        .load(&mut conn)
        .await
}

/// The exemptions of the stays of a booking.
pub async fn exemptions_in(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<TaxExemption>> {
    let of_booking = stays::table.filter(stays::property_id.eq(property_id)).filter(stays::booking_id.eq(booking_id));
    tax_exemptions::table
        .filter(tax_exemptions::property_id.eq(property_id))
        .filter(tax_exemptions::stay_id.eq_any(of_booking.select(stays::id)))
        .select(TaxExemption::as_select())
        .load(&mut conn)
        .await
}

/// Stores the exemption of a stay, in place of the one that it had.
pub async fn put_exemption(mut conn: &Conn, exemption: &TaxExemption) -> QueryResult<usize> {
    diesel::insert_into(tax_exemptions::table)
        .values(exemption)
        .on_conflict((tax_exemptions::property_id, tax_exemptions::stay_id))
        .do_update()
        .set(exemption)
        .execute(&mut conn)
        .await
}

/// Stores the exemptions of stays that are new. No statement where there are none.
pub async fn insert_exemptions(mut conn: &Conn, exemptions: &[TaxExemption]) -> QueryResult<usize> {
    if exemptions.is_empty() {
        return Ok(0);
    }
    diesel::insert_into(tax_exemptions::table).values(exemptions).execute(&mut conn).await
}

/// Exempts the second of two stays that one was split into as the first is.
pub async fn copy_exemption(conn: &Conn, first: &Stay, second_id: Uuid, now: DateTime<Utc>) -> QueryResult<()> {
    for exemption in exemptions_of(conn, &[(first.property_id, first.id)]).await? {
        put_exemption(conn, &TaxExemption { stay_id: second_id, created_at: now, updated_at: now, ..exemption }).await?;
    }
    Ok(())
}
