//! Orders to gateways.
use crate::domains::payments::model::{Attempt, AttemptId, AttemptStatus, PaymentId};
use crate::gateways::Provider;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{payment_attempts, payments};
use uuid::Uuid;

pub async fn insert_attempt(mut conn: &Conn, new: &Attempt) -> QueryResult<usize> {
    diesel::insert_into(payment_attempts::table).values(new).execute(&mut conn).await
}

/// The attempts of payments, given with their properties, the oldest first.
pub async fn attempts_of(mut conn: &Conn, payments: &[(Uuid, PaymentId)]) -> QueryResult<Vec<Attempt>> {
    let (properties, ids): (Vec<Uuid>, Vec<PaymentId>) = payments.iter().copied().unzip();
    payment_attempts::table
        .filter(payment_attempts::property_id.eq_any(properties))
        .filter(payment_attempts::payment_id.eq_any(ids))
        .order(payment_attempts::id)
        .select(Attempt::as_select())
        .load(&mut conn)
        .await
}

/// The order of a payment that is not settled, if there is one: that of a refund is the refund's.
pub async fn open_attempt(mut conn: &Conn, property_id: Uuid, payment_id: PaymentId) -> QueryResult<Option<Attempt>> {
    payment_attempts::table
        .filter(payment_attempts::property_id.eq(property_id))
        .filter(payment_attempts::payment_id.eq(payment_id))
        .filter(payment_attempts::refund_id.is_null())
        .filter(payment_attempts::status.eq(AttemptStatus::Open))
        .select(Attempt::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The order of a refund that is not settled, if there is one.
pub async fn open_attempt_of_refund(mut conn: &Conn, property_id: Uuid, refund_id: Uuid) -> QueryResult<Option<Attempt>> {
    payment_attempts::table
        .filter(payment_attempts::property_id.eq(property_id))
        .filter(payment_attempts::refund_id.eq(refund_id))
        .filter(payment_attempts::status.eq(AttemptStatus::Open))
        .select(Attempt::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The orders that nobody has settled since a time, at gateways that can be asked: those of refunds, or those of payments
/// themselves. Those that were asked for longest ago come first, and are noted as asked for now.
pub async fn stale_attempts(
    mut conn: &Conn,
    providers: &[Provider],
    are_of_refunds: bool,
    (before, now): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> QueryResult<Vec<Attempt>> {
    let of_attempt = payments::property_id.eq(payment_attempts::property_id).and(payments::id.eq(payment_attempts::payment_id));
    let stale: Vec<Attempt> = payment_attempts::table
        .inner_join(payments::table.on(of_attempt))
        .filter(payment_attempts::status.eq(AttemptStatus::Open))
        .filter(payment_attempts::ordered_at.lt(before))
        .filter(payment_attempts::refund_id.is_not_null().eq(are_of_refunds))
        .filter(payments::provider.eq_any(providers))
        .order((payment_attempts::asked_at.asc().nulls_first(), payment_attempts::ordered_at))
        .limit(limit)
        .select(Attempt::as_select())
        .load(&mut conn)
        .await?;
    let ids: Vec<AttemptId> = stale.iter().map(|attempt| attempt.id).collect();
    diesel::update(payment_attempts::table.filter(payment_attempts::id.eq_any(ids)))
        .filter(payment_attempts::status.eq(AttemptStatus::Open))
        .set(payment_attempts::asked_at.eq(now))
        .execute(&mut conn)
        .await?;
    Ok(stale)
}

/// Settles an order. False: somebody has settled it already.
pub async fn end_attempt(
    mut conn: &Conn,
    (property_id, id): (Uuid, AttemptId),
    fault: Option<&str>,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let status = if fault.is_some() { AttemptStatus::Failed } else { AttemptStatus::Succeeded };
    diesel::update(payment_attempts::table.find((property_id, id)))
        .filter(payment_attempts::status.eq(AttemptStatus::Open))
        .set((payment_attempts::status.eq(status), payment_attempts::fault.eq(fault), payment_attempts::updated_at.eq(now)))
        .execute(&mut conn)
        .await
        .map(|ended| ended == 1)
}
