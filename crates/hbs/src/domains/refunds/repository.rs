use super::dto::RefundFilter;
use super::model::{OfPayment, Refund, RefundChange, RefundId, RefundStatus, RefundWay, WithPayment};
use crate::domains::payments::{Payment, PaymentId};
use crate::gateways::Provider;
use crate::security::{Reach, own_beside_scope};
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{bookings, payments, refund_entries, refunds};
use std::collections::HashMap;
use uuid::Uuid;

#[diesel::dsl::auto_type]
fn with_payment() -> _ {
    let of_refund = payments::property_id.eq(refunds::property_id).and(payments::id.eq(refunds::payment_id));
    let of_payment = bookings::property_id.eq(payments::property_id).and(bookings::id.nullable().eq(payments::booking_id));
    refunds::table.inner_join(payments::table.on(of_refund)).left_join(bookings::table.on(of_payment))
}

/// A refund within reach: of one's own booking, or of a property in scope.
pub async fn find(mut conn: &Conn, reach: &Reach, id: RefundId) -> QueryResult<Option<WithPayment>> {
    with_payment()
        .filter(refunds::id.eq(id))
        .filter(
            reach
                .scope
                .is_all()
                .into_sql::<Bool>()
                .nullable()
                .or(refunds::property_id.eq_any(reach.scope.ids()).nullable())
                .or(reach.own_bookings()),
        )
        .select((Refund::as_select(), OfPayment::as_select()))
        .first(&mut conn)
        .await
        .optional()
}

/// A refund of a hotel, locked. Its payment is locked before.
pub async fn lock(mut conn: &Conn, property_id: Uuid, id: RefundId) -> QueryResult<Option<Refund>> {
    refunds::table.find((property_id, id)).select(Refund::as_select()).for_no_key_update().first(&mut conn).await.optional()
}

/// Refunds within reach, the newest first. `before` is the last id seen.
pub async fn list(
    mut conn: &Conn,
    reach: &Reach,
    filter: &RefundFilter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<WithPayment>> {
    let own = own_beside_scope(conn, reach, filter.property_id).await?;
    let only = reach.scope.only().filter(|_| own.is_empty());
    let mut query =
        with_payment().order(refunds::id.desc()).limit(limit).select((Refund::as_select(), OfPayment::as_select())).into_boxed();
    if reach.guest.is_some() {
        query = query.filter(reach.of_link());
    } else if reach.is_own_only() {
        query = query.filter(bookings::user_id.eq(reach.owner));
    } else if own.is_empty() && !reach.scope.is_all() {
        query = query.filter(refunds::property_id.eq_any(reach.scope.ids()));
    } else if !own.is_empty() {
        query = query.filter(payments::property_id.nullable().eq_any(reach.scope.ids()).or(payments::booking_id.eq_any(own)));
    }
    let RefundFilter { property_id, booking_id, payment_id, status } = filter;
    if let Some(property_id) = property_id.or(only) {
        query = query.filter(refunds::property_id.eq(property_id));
    }
    if let Some(booking_id) = booking_id {
        query = query.filter(payments::booking_id.eq(booking_id));
    }
    if let Some(payment_id) = payment_id {
        query = query.filter(refunds::payment_id.eq(payment_id));
    }
    if let Some(status) = status {
        query = query.filter(refunds::status.eq(status));
    }
    if let Some(before) = before {
        query = query.filter(refunds::id.lt(before));
    }
    query.load(&mut conn).await
}

/// The entries that refunds, given with their properties, are for.
pub async fn entries(mut conn: &Conn, refunds: &[(Uuid, Uuid)]) -> QueryResult<HashMap<Uuid, Vec<Uuid>>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = refunds.iter().copied().unzip();
    let rows: Vec<(Uuid, Uuid)> = refund_entries::table
        .filter(refund_entries::property_id.eq_any(properties))
        .filter(refund_entries::refund_id.eq_any(ids))
        .order((refund_entries::refund_id, refund_entries::entry_id))
        .select((refund_entries::refund_id, refund_entries::entry_id))
        .load(&mut conn)
        .await?;
    let mut found: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (refund_id, entry_id) in rows {
        found.entry(refund_id).or_default().push(entry_id);
    }
    Ok(found)
}

/// Returns what refunds that name some entries come to, in minor units: all but those that were rejected or have failed.
pub async fn asked_for(mut conn: &Conn, property_id: Uuid, entry_ids: &[Uuid]) -> QueryResult<i64> {
    let naming = refund_entries::table
        .filter(refund_entries::property_id.eq(property_id))
        .filter(refund_entries::entry_id.eq_any(entry_ids))
        .select(refund_entries::refund_id);
    let amounts: Vec<i64> = refunds::table
        .filter(refunds::property_id.eq(property_id))
        .filter(refunds::id.eq_any(naming))
        .filter(refunds::status.ne_all([RefundStatus::Rejected, RefundStatus::Failed]))
        .select(refunds::amount_minor)
        .load(&mut conn)
        .await?;
    Ok(amounts.into_iter().sum())
}

pub async fn insert(mut conn: &Conn, new: &Refund) -> QueryResult<usize> {
    diesel::insert_into(refunds::table).values(new).execute(&mut conn).await
}

pub async fn insert_entries(mut conn: &Conn, refund: &Refund, entry_ids: &[Uuid]) -> QueryResult<usize> {
    let row = |entry_id: &Uuid| {
        (
            refund_entries::property_id.eq(refund.property_id),
            refund_entries::refund_id.eq(Uuid::from(refund.id)),
            refund_entries::entry_id.eq(*entry_id),
            refund_entries::created_at.eq(refund.created_at),
            refund_entries::updated_at.eq(refund.created_at),
        )
    };
    let rows: Vec<_> = entry_ids.iter().map(row).collect();
    diesel::insert_into(refund_entries::table).values(rows).execute(&mut conn).await
}

/// Changes a refund that is locked.
pub async fn change(mut conn: &Conn, row: &Refund, change: &RefundChange, now: DateTime<Utc>) -> QueryResult<Refund> {
    diesel::update(refunds::table.find((row.property_id, row.id)))
        .set((change, refunds::version.eq(refunds::version + 1), refunds::updated_at.eq(now)))
        .returning(Refund::as_returning())
        .get_result(&mut conn)
        .await
}

/// Returns `true` if a posting has given rise to a refund of a payment already.
pub async fn is_known(mut conn: &Conn, property_id: Uuid, posting_id: Uuid, payment_id: PaymentId) -> QueryResult<bool> {
    let known = refunds::table
        .filter(refunds::property_id.eq(property_id))
        .filter(refunds::posting_id.eq(posting_id))
        .filter(refunds::payment_id.eq(payment_id));
    diesel::select(exists(known)).get_result(&mut conn).await
}

/// The refunds of a payment that are at its gateway, under way or done: what was transferred instead has nothing to do with it.
pub async fn at_gateway(mut conn: &Conn, property_id: Uuid, payment_id: Uuid) -> QueryResult<Vec<RefundId>> {
    refunds::table
        .filter(refunds::property_id.eq(property_id))
        .filter(refunds::payment_id.eq(payment_id))
        .filter(refunds::status.eq_any([RefundStatus::Processing, RefundStatus::Completed]))
        .filter(refunds::way.eq(RefundWay::Own))
        .order(refunds::id)
        .select(refunds::id)
        .load(&mut conn)
        .await
}

/// The refunds among these that are on their way.
pub async fn on_the_way(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<RefundId>> {
    refunds::table
        .filter(refunds::id.eq_any(ids))
        .filter(refunds::status.eq(RefundStatus::Processing))
        .order(refunds::id)
        .select(refunds::id)
        .load(&mut conn)
        .await
}

/// The refunds that gateways which can be asked have, and that are on their way and were not asked for since a time. Those that
/// were asked for longest ago come first, and are noted as asked for now.
pub async fn to_be_asked(
    mut conn: &Conn,
    providers: &[Provider],
    (before, now): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> QueryResult<Vec<RefundId>> {
    let of_refund = payments::property_id.eq(refunds::property_id).and(payments::id.eq(refunds::payment_id));
    let ids: Vec<RefundId> = refunds::table
        .inner_join(payments::table.on(of_refund))
        .filter(refunds::status.eq(RefundStatus::Processing))
        .filter(refunds::gateway_id.is_not_null())
        .filter(payments::provider.eq_any(providers))
        .filter(refunds::asked_at.is_null().or(refunds::asked_at.lt(before)))
        .order(refunds::asked_at.asc().nulls_first())
        .limit(limit)
        .select(refunds::id)
        .load(&mut conn)
        .await?;
    let asked = refunds::table.filter(refunds::id.eq_any(&ids));
    diesel::update(asked).set(refunds::asked_at.eq(now)).execute(&mut conn).await?;
    Ok(ids)
}

/// Returns what was paid back without a second person since a time, of a payment or of all payments of its booking, in minor
/// units.
pub async fn unapproved(mut conn: &Conn, payment: &Payment, since: DateTime<Utc>) -> QueryResult<i64> {
    let of_refund = payments::property_id.eq(refunds::property_id).and(payments::id.eq(refunds::payment_id));
    let gone = [RefundStatus::Approved, RefundStatus::Processing, RefundStatus::Completed];
    let mut query = refunds::table
        .inner_join(payments::table.on(of_refund))
        .filter(refunds::property_id.eq(payment.property_id))
        .filter(refunds::status.eq_any(gone))
        .filter(refunds::decided_by.is_null())
        .filter(refunds::created_at.gt(since))
        .select(refunds::amount_minor)
        .into_boxed();
    query = match payment.booking_id {
        Some(booking_id) => query.filter(payments::booking_id.eq(booking_id)),
        None => query.filter(payments::id.eq(payment.id)),
    };
    let amounts: Vec<i64> = query.load(&mut conn).await?;
    Ok(amounts.into_iter().sum())
}
