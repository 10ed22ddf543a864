use super::model::{OfAccount, OfBooking, OpeningItem};
use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::prelude::*;
use hbs_schema::{accounts, bookings, opening_items};
use uuid::Uuid;

/// Items that are written at once: the limit is PostgreSQL's 65,535 parameters of a statement.
const BATCH: usize = 5_000;

/// The bookings of a hotel that have one of these references, its own or another system's.
pub async fn bookings(mut conn: &Conn, property_id: Uuid, references: &[&str]) -> QueryResult<Vec<OfBooking>> {
    bookings::table
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::reference.eq_any(references).or(bookings::external_reference.assume_not_null().eq_any(references)))
        .select(OfBooking::as_select())
        .load(&mut conn)
        .await
}

/// The accounts of a hotel.
pub async fn accounts(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<OfAccount>> {
    accounts::table.filter(accounts::property_id.eq(property_id)).select(OfAccount::as_select()).load(&mut conn).await
}

/// The items that were brought in before, by these names or for these bookings.
pub async fn known(
    mut conn: &Conn,
    property_id: Uuid,
    external_ids: &[&str],
    booking_ids: &[Uuid],
) -> QueryResult<Vec<OpeningItem>> {
    opening_items::table
        .filter(opening_items::property_id.eq(property_id))
        .filter(
            opening_items::external_id.eq_any(external_ids).or(opening_items::booking_id.assume_not_null().eq_any(booking_ids)),
        )
        .select(OpeningItem::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert(mut conn: &Conn, items: &[&OpeningItem]) -> QueryResult<()> {
    for batch in items.chunks(BATCH) {
        diesel::insert_into(opening_items::table).values(batch.to_vec()).execute(&mut conn).await?;
    }
    Ok(())
}
