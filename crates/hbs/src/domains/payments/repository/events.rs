//! Events of gateways.
use crate::domains::payments::model::{EventStatus, Payment, PaymentId, StoredEvent};
use crate::stores::postgres::{Conn, RunQueryDsl, as_indexed};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{gateway_events, payments};
use uuid::Uuid;

/// Condition of events that wait for their payment, as their index has it.
const WAITS: &str = "gateway_events.status = 'unmatched'";

/// Stores an event, once however often it comes. Returns it as it is stored.
pub async fn keep_event(mut conn: &Conn, new: &StoredEvent) -> QueryResult<StoredEvent> {
    diesel::insert_into(gateway_events::table).values(new).on_conflict_do_nothing().execute(&mut conn).await?;
    gateway_events::table.find((new.provider, &new.id)).select(StoredEvent::as_select()).first(&mut conn).await
}

/// The events that are still to be acted on, those that were tried longest ago first. The payment of an event is looked for as
/// long as it came after `since`.
pub async fn open_events(mut conn: &Conn, since: DateTime<Utc>, limit: i64) -> QueryResult<Vec<StoredEvent>> {
    let waits = gateway_events::status.eq(EventStatus::Unmatched).and(gateway_events::created_at.gt(since));
    gateway_events::table
        .filter(gateway_events::status.eq(EventStatus::Received).or(waits))
        .order(gateway_events::updated_at)
        .limit(limit)
        .select(StoredEvent::as_select())
        .load(&mut conn)
        .await
}

/// The events that name a payment and wait for it, the oldest first.
pub async fn waiting_events(mut conn: &Conn, payment_id: PaymentId) -> QueryResult<Vec<StoredEvent>> {
    gateway_events::table
        .filter(as_indexed(WAITS))
        .filter(gateway_events::told_payment_id.eq(Uuid::from(payment_id)))
        .order(gateway_events::created_at)
        .select(StoredEvent::as_select())
        .load(&mut conn)
        .await
}

/// Notes that an event was tried.
pub async fn note_tried(mut conn: &Conn, event: &StoredEvent, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(gateway_events::table.find((event.provider, &event.id)))
        .set(gateway_events::updated_at.eq(now))
        .execute(&mut conn)
        .await
}

/// Removes the events from before a time that were acted on, and those whose payment never came.
pub async fn forget_events(mut conn: &Conn, before: DateTime<Utc>) -> QueryResult<usize> {
    let over = gateway_events::status.eq_any([EventStatus::Applied, EventStatus::Unmatched]);
    diesel::delete(gateway_events::table.filter(over.and(gateway_events::created_at.lt(before)))).execute(&mut conn).await
}

/// Notes what was done with an event.
pub async fn set_event(
    mut conn: &Conn,
    event: &StoredEvent,
    status: EventStatus,
    payment: Option<(Uuid, PaymentId)>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let (property_id, payment_id) = payment.unzip();
    diesel::update(gateway_events::table.find((event.provider, &event.id)))
        .set((
            gateway_events::status.eq(status),
            gateway_events::property_id.eq(property_id),
            gateway_events::payment_id.eq(payment_id),
            gateway_events::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Notes that somebody has looked at the events of a payment that were put aside. Returns how many there were.
pub async fn settle_parked(mut conn: &Conn, payment: &Payment, now: DateTime<Utc>) -> QueryResult<usize> {
    let of_payment = gateway_events::property_id.eq(payment.property_id).and(gateway_events::payment_id.eq(payment.id));
    diesel::update(gateway_events::table.filter(of_payment).filter(gateway_events::status.eq(EventStatus::Parked)))
        .set((gateway_events::status.eq(EventStatus::Applied), gateway_events::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// The payment that an event is about: the one that it names, else one with an id that it names.
pub async fn payment_of_event(mut conn: &Conn, event: &StoredEvent) -> QueryResult<Option<Payment>> {
    let named = match event.told_payment_id {
        Some(id) => payments::table
            .filter(payments::id.eq(id))
            .filter(payments::provider.eq(event.provider))
            .select(Payment::as_select())
            .first(&mut conn)
            .await
            .optional()?,
        None => None,
    };
    let ids: Vec<&str> = event.told_ids.iter().flatten().map(String::as_str).collect();
    match named {
        Some(payment) => Ok(Some(payment)),
        None => payments::table
            .filter(payments::provider.eq(event.provider))
            .filter(payments::gateway_id.eq_any(ids.clone()).or(payments::gateway_transaction_id.eq_any(ids)))
            .select(Payment::as_select())
            .first(&mut conn)
            .await
            .optional(),
    }
}
