//! Guarantees of bookings.
use crate::domains::payments::model::{Guarantee, GuaranteeId, GuaranteeStatus, StoredEvent};
use crate::gateways::Provider;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::guarantees;
use uuid::Uuid;

const OPEN: [GuaranteeStatus; 2] = [GuaranteeStatus::Pending, GuaranteeStatus::RequiresAction];

pub async fn insert_guarantee(mut conn: &Conn, new: &Guarantee) -> QueryResult<usize> {
    diesel::insert_into(guarantees::table).values(new).execute(&mut conn).await
}

/// A guarantee of a hotel.
pub async fn find_guarantee(mut conn: &Conn, property_id: Uuid, id: GuaranteeId) -> QueryResult<Option<Guarantee>> {
    guarantees::table.find((property_id, id)).select(Guarantee::as_select()).first(&mut conn).await.optional()
}

/// The guarantees of a booking, locked: those that are stored or open. Its main folio is locked before.
pub async fn lock_guarantees(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<Guarantee>> {
    guarantees::table
        .filter(guarantees::property_id.eq(property_id))
        .filter(guarantees::booking_id.eq(booking_id))
        .order(guarantees::id)
        .select(Guarantee::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// The guarantee of a booking that is shown: the one that can be charged, else the newest.
pub async fn guarantee_of_booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Option<Guarantee>> {
    guarantees::table
        .filter(guarantees::property_id.eq(property_id))
        .filter(guarantees::booking_id.eq(booking_id))
        .order((guarantees::status.eq(GuaranteeStatus::Stored).desc(), guarantees::id.desc()))
        .select(Guarantee::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The guarantee of a booking that can be charged.
pub async fn stored_guarantee(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Option<Guarantee>> {
    guarantees::table
        .filter(guarantees::property_id.eq(property_id))
        .filter(guarantees::booking_id.eq(booking_id))
        .filter(guarantees::status.eq(GuaranteeStatus::Stored))
        .select(Guarantee::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Writes a guarantee as it is now, whose row is locked.
pub async fn change_guarantee(mut conn: &Conn, after: &Guarantee, now: DateTime<Utc>) -> QueryResult<Guarantee> {
    diesel::update(guarantees::table.find((after.property_id, after.id)))
        .set((
            guarantees::status.eq(after.status),
            guarantees::customer_id.eq(&after.customer_id),
            guarantees::method_id.eq(&after.method_id),
            guarantees::gateway_id.eq(&after.gateway_id),
            guarantees::page.eq(&after.page),
            guarantees::version.eq(guarantees::version + 1),
            guarantees::updated_at.eq(now),
        ))
        .returning(Guarantee::as_returning())
        .get_result(&mut conn)
        .await
}

/// The guarantee that an event is about, by its id, which the gateway was told.
pub async fn guarantee_of_event(mut conn: &Conn, event: &StoredEvent) -> QueryResult<Option<Guarantee>> {
    let Some(id) = event.told_payment_id else { return Ok(None) };
    guarantees::table
        .filter(guarantees::id.eq(id))
        .filter(guarantees::provider.eq(event.provider))
        .select(Guarantee::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The guarantees whose pages are open, at gateways that can be asked, and that were not asked for since a time. They are noted
/// as asked for now.
pub async fn guarantees_to_be_asked(
    mut conn: &Conn,
    providers: &[Provider],
    (before, now): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> QueryResult<Vec<Guarantee>> {
    let found: Vec<Guarantee> = guarantees::table
        .filter(guarantees::status.eq_any(OPEN))
        .filter(guarantees::provider.eq_any(providers))
        .filter(guarantees::ordered_at.lt(before))
        .filter(guarantees::asked_at.is_null().or(guarantees::asked_at.lt(before)))
        .order(guarantees::asked_at.asc().nulls_first())
        .limit(limit)
        .select(Guarantee::as_select())
        .load(&mut conn)
        .await?;
    let ids: Vec<GuaranteeId> = found.iter().map(|guarantee| guarantee.id).collect();
    let asked = guarantees::table.filter(guarantees::id.eq_any(ids)).filter(guarantees::status.eq_any(OPEN));
    diesel::update(asked).set(guarantees::asked_at.eq(now)).execute(&mut conn).await?;
    Ok(found)
}
