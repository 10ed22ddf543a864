use crate::domains::payments::dto::PaymentFilter;
use crate::domains::payments::model::{Attention, Payer, Payment, PaymentId, PaymentStatus};
use crate::gateways::Provider;
use crate::security::{Reach, own_beside_scope};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, as_indexed, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{bookings, payments};
use std::collections::HashSet;
use uuid::Uuid;

/// Condition of payments that are under way at a gateway, as their index has it.
const UNDER_WAY: &str =
    "payments.method = 'gateway' AND payments.status IN ('pending', 'requires_action', 'authorized', 'unknown')";

#[diesel::dsl::auto_type]
fn with_booking() -> _ {
    let of_payment = bookings::property_id.eq(payments::property_id).and(bookings::id.nullable().eq(payments::booking_id));
    payments::table.left_join(bookings::table.on(of_payment))
}

/// A payment within reach: of one's own booking, or of a property in scope.
pub async fn find(mut conn: &Conn, reach: &Reach, id: PaymentId) -> QueryResult<Option<Payment>> {
    with_booking()
        .filter(payments::id.eq(id))
        .filter(
            reach
                .scope
                .is_all()
                .into_sql::<Bool>()
                .nullable()
                .or(payments::property_id.eq_any(reach.scope.ids()).nullable())
                .or(reach.own_bookings()),
        )
        .select(Payment::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// A payment of a hotel.
pub async fn find_in(mut conn: &Conn, property_id: Uuid, id: PaymentId) -> QueryResult<Option<Payment>> {
    payments::table.find((property_id, id)).select(Payment::as_select()).first(&mut conn).await.optional()
}

/// A payment of a hotel, locked. The folios that have its money are locked before.
pub async fn lock(mut conn: &Conn, property_id: Uuid, id: PaymentId) -> QueryResult<Option<Payment>> {
    payments::table.find((property_id, id)).select(Payment::as_select()).for_no_key_update().first(&mut conn).await.optional()
}

/// Payments within reach, the newest first. `before` is the last id seen.
pub async fn list(
    mut conn: &Conn,
    reach: &Reach,
    filter: &PaymentFilter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Payment>> {
    let own = own_beside_scope(conn, reach, filter.property_id).await?;
    let only = reach.scope.only().filter(|_| own.is_empty());
    let mut query = with_booking().order(payments::id.desc()).limit(limit).select(Payment::as_select()).into_boxed();
    if reach.guest.is_some() {
        query = query.filter(reach.of_link());
    } else if reach.is_own_only() {
        query = query.filter(bookings::user_id.eq(reach.owner));
    } else if own.is_empty() && !reach.scope.is_all() {
        query = query.filter(payments::property_id.eq_any(reach.scope.ids()));
    } else if !own.is_empty() {
        query = query.filter(payments::property_id.nullable().eq_any(reach.scope.ids()).or(payments::booking_id.eq_any(own)));
    }
    let PaymentFilter { property_id, booking_id, folio_id, status, method, needs_attention, from, to } = filter;
    if let Some(property_id) = property_id.or(only) {
        query = query.filter(payments::property_id.eq(property_id));
    }
    if let Some(booking_id) = booking_id {
        query = query.filter(payments::booking_id.eq(booking_id));
    }
    if let Some(folio_id) = folio_id {
        query = query.filter(payments::folio_id.eq(folio_id));
    }
    if let Some(status) = status {
        query = query.filter(payments::status.eq(status));
    }
    if let Some(method) = method {
        query = query.filter(payments::method.eq(method));
    }
    match needs_attention {
        Some(true) => query = query.filter(payments::attention.is_not_null()),
        Some(false) => query = query.filter(payments::attention.is_null()),
        None => {}
    }
    if let Some(from) = from {
        query = query.filter(payments::business_date.ge(from));
    }
    if let Some(to) = to {
        query = query.filter(payments::business_date.le(to));
    }
    if let Some(before) = before {
        query = query.filter(payments::id.lt(before));
    }
    query.load(&mut conn).await
}

/// The captured payments of a booking's folios, the newest first.
pub async fn of_booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<Payment>> {
    payments::table
        .filter(payments::property_id.eq(property_id))
        .filter(payments::booking_id.eq(booking_id))
        .filter(payments::status.eq(PaymentStatus::Captured))
        .order(payments::id.desc())
        .select(Payment::as_select())
        .load(&mut conn)
        .await
}

/// Returns what is about to be paid on a folio, in minor units: by payments that are under way. The caller holds the folio.
pub async fn under_way(mut conn: &Conn, property_id: Uuid, folio_id: Uuid) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Sum {
        #[diesel(sql_type = BigInt)]
        amount_minor: i64,
    }
    let statement = constant_sql(
        "SELECT coalesce(sum(amount_minor), 0)::bigint AS amount_minor FROM payments \
         WHERE property_id = $1 AND folio_id = $2 AND status IN ('pending', 'requires_action', 'authorized', 'unknown')",
    );
    let sum: Sum = Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(folio_id)).get_result(&mut conn).await?;
    Ok(sum.amount_minor)
}

/// Returns the number of payments of a folio that are under way at a gateway. The caller holds the folio.
pub async fn count_under_way(mut conn: &Conn, property_id: Uuid, folio_id: Uuid) -> QueryResult<i64> {
    payments::table
        .filter(as_indexed(UNDER_WAY))
        .filter(payments::property_id.eq(property_id))
        .filter(payments::folio_id.eq(folio_id))
        .select(count_star())
        .first(&mut conn)
        .await
}

/// Returns what a hotel has of the payments of a booking and will keep, in minor units: what is asked for to be paid back counts
/// no more.
pub async fn had_of_booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Sum {
        #[diesel(sql_type = BigInt)]
        amount_minor: i64,
    }
    let statement = constant_sql(
        "SELECT coalesce(sum(captured_minor - refunded_minor - greatest(refunding_minor, lost_minor)), 0)::bigint AS amount_minor \
         FROM payments WHERE property_id = $1 AND booking_id = $2",
    );
    let sum: Sum = Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(booking_id)).get_result(&mut conn).await?;
    Ok(sum.amount_minor)
}

/// Returns what is asked for or under way to be paid back of all payments of a booking, in minor units.
pub async fn refunding_of_booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Sum {
        #[diesel(sql_type = BigInt)]
        amount_minor: i64,
    }
    let statement = constant_sql(
        "SELECT coalesce(sum(refunding_minor), 0)::bigint AS amount_minor FROM payments \
         WHERE property_id = $1 AND booking_id = $2",
    );
    let sum: Sum = Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(booking_id)).get_result(&mut conn).await?;
    Ok(sum.amount_minor)
}

pub async fn insert(mut conn: &Conn, new: &Payment) -> QueryResult<usize> {
    diesel::insert_into(payments::table).values(new).execute(&mut conn).await
}

/// Adds many payments, by one statement.
pub async fn insert_each(mut conn: &Conn, new: &[Payment]) -> QueryResult<usize> {
    diesel::insert_into(payments::table).values(new).execute(&mut conn).await
}

/// Writes a payment as it is now, whose row is locked.
pub async fn move_to(mut conn: &Conn, after: &Payment, now: DateTime<Utc>) -> QueryResult<Payment> {
    diesel::update(payments::table.find((after.property_id, after.id)))
        .set((
            payments::status.eq(after.status),
            payments::authorized_minor.eq(after.authorized_minor),
            payments::captured_minor.eq(after.captured_minor),
            payments::gateway_id.eq(&after.gateway_id),
            payments::gateway_transaction_id.eq(&after.gateway_transaction_id),
            payments::page.eq(&after.page),
            payments::page_expires_at.eq(after.page_expires_at),
            payments::capture_before.eq(after.capture_before),
            payments::decline.eq(after.decline),
            payments::dispute.eq(after.dispute),
            payments::attention.eq(after.attention),
            payments::attention_about.eq(&after.attention_about),
            payments::lost_minor.eq(after.lost_minor),
            payments::version.eq(payments::version + 1),
            payments::updated_at.eq(now),
        ))
        .returning(Payment::as_returning())
        .get_result(&mut conn)
        .await
}

/// The payments that are under way at gateways that can be asked, and were not asked for since a time.
pub async fn to_be_asked(
    mut conn: &Conn,
    providers: &[Provider],
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Payment>> {
    payments::table
        .filter(as_indexed(UNDER_WAY))
        .filter(payments::gateway_id.is_not_null())
        .filter(payments::provider.eq_any(providers))
        .filter(payments::asked_at.is_null().and(payments::updated_at.lt(before)).or(payments::asked_at.lt(before)))
        .order(payments::asked_at)
        .limit(limit)
        .select(Payment::as_select())
        .load(&mut conn)
        .await
}

/// All payments that are under way at gateways that can be asked.
pub async fn under_way_at(mut conn: &Conn, providers: &[Provider]) -> QueryResult<Vec<Payment>> {
    payments::table
        .filter(as_indexed(UNDER_WAY))
        .filter(payments::gateway_id.is_not_null())
        .filter(payments::provider.eq_any(providers))
        .order(payments::id)
        .select(Payment::as_select())
        .load(&mut conn)
        .await
}

/// The providers that are none of these and have payments under way, each with their number.
pub async fn under_way_elsewhere(mut conn: &Conn, providers: &[Provider]) -> QueryResult<Vec<(Option<Provider>, i64)>> {
    payments::table
        .filter(as_indexed(UNDER_WAY))
        .filter(payments::provider.is_not_null())
        .filter(payments::provider.ne_all(providers))
        .group_by(payments::provider)
        .order(payments::provider)
        .select((payments::provider, count_star()))
        .load(&mut conn)
        .await
}

/// The ids among these that payments have.
pub async fn known(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashSet<Uuid>> {
    let found: Vec<Uuid> = payments::table.filter(payments::id.eq_any(ids)).select(payments::id).load(&mut conn).await?;
    Ok(found.into_iter().collect())
}

/// Notes when the gateway was asked for a payment.
pub async fn note_asked(mut conn: &Conn, row: &Payment, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(payments::table.find((row.property_id, row.id))).set(payments::asked_at.eq(now)).execute(&mut conn).await
}

/// Notes that the gateway is asked for a payment now, if it was not since a time. False: it was.
pub async fn begin_to_ask(mut conn: &Conn, row: &Payment, (before, now): (DateTime<Utc>, DateTime<Utc>)) -> QueryResult<bool> {
    diesel::update(payments::table.find((row.property_id, row.id)))
        .filter(payments::asked_at.is_null().or(payments::asked_at.lt(before)))
        .set(payments::asked_at.eq(now))
        .execute(&mut conn)
        .await
        .map(|begun| begun == 1)
}

/// Returns how many payments somebody has to look at, and how many events of gateways are parked, or name a payment of HBS that
/// was not there since a time. Events that name none are of whoever else uses the account.
pub async fn attention(mut conn: &Conn, before: DateTime<Utc>) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        odd: i64,
    }
    let statement = constant_sql(
        "SELECT (SELECT count(*) FROM payments WHERE attention IS NOT NULL) + (SELECT count(*) FROM gateway_events \
           WHERE status = 'parked' OR (status = 'received' AND created_at < $1) \
             OR (status = 'unmatched' AND told_payment_id IS NOT NULL AND created_at < $1)) AS odd",
    );
    let count: Count = Cached(statement.bind::<Timestamptz, _>(before)).get_result(&mut conn).await?;
    Ok(count.odd)
}

/// Returns how many payments of a hotel somebody has to look at.
pub async fn attention_at(mut conn: &Conn, property_id: Uuid) -> QueryResult<i64> {
    payments::table
        .filter(payments::property_id.eq(property_id))
        .filter(payments::attention.is_not_null())
        .count()
        .get_result(&mut conn)
        .await
}

/// The contact of a booking, who is asked to pay.
pub async fn payer_of(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Option<Payer>> {
    bookings::table.find((property_id, booking_id)).select(Payer::as_select()).first(&mut conn).await.optional()
}

/// Voids a payment that was recorded, and of which nothing is paid back. None: it is not so any more.
pub async fn void(mut conn: &Conn, row: &Payment, now: DateTime<Utc>) -> QueryResult<Option<Payment>> {
    diesel::update(payments::table.find((row.property_id, row.id)))
        .filter(payments::version.eq(row.version))
        .set((
            payments::status.eq(PaymentStatus::Voided),
            payments::captured_minor.eq(0),
            payments::version.eq(payments::version + 1),
            payments::updated_at.eq(now),
        ))
        .returning(Payment::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Sets money of a captured payment aside, to be paid back. None: so much is not there.
pub async fn reserve(mut conn: &Conn, row: &Payment, amount_minor: i64, now: DateTime<Utc>) -> QueryResult<Option<Payment>> {
    let attention = row.attention.filter(|attention| *attention != Attention::RefundFailed);
    let about = row.attention_about.as_deref().filter(|_| attention.is_some());
    let set_aside = payments::refunded_minor + payments::refunding_minor + payments::lost_minor;
    let is_there = (payments::captured_minor - set_aside).ge(amount_minor);
    diesel::update(payments::table.find((row.property_id, row.id)))
        .filter(payments::status.eq(PaymentStatus::Captured).and(is_there))
        .set((
            payments::refunding_minor.eq(payments::refunding_minor + amount_minor),
            payments::attention.eq(attention),
            payments::attention_about.eq(about),
            payments::version.eq(payments::version + 1),
            payments::updated_at.eq(now),
        ))
        .returning(Payment::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Notes that a refund has not gone through: what was set aside is free, what was counted as paid back is not any more.
pub async fn refund_failed(
    mut conn: &Conn,
    row: &Payment,
    (refunding_minor, refunded_minor): (i64, i64),
    now: DateTime<Utc>,
) -> QueryResult<Payment> {
    diesel::update(payments::table.find((row.property_id, row.id)))
        .set((
            payments::refunding_minor.eq(payments::refunding_minor - refunding_minor),
            payments::refunded_minor.eq(payments::refunded_minor - refunded_minor),
            payments::attention.eq(Attention::RefundFailed),
            payments::attention_about.eq(None::<String>),
            payments::version.eq(payments::version + 1),
            payments::updated_at.eq(now),
        ))
        .returning(Payment::as_returning())
        .get_result(&mut conn)
        .await
}

/// Marks a payment for somebody to look at, and says at what exactly. Its row is locked.
pub async fn mark(mut conn: &Conn, row: &Payment, attention: Attention, about: &str, now: DateTime<Utc>) -> QueryResult<Payment> {
    if row.attention == Some(attention) || row.is_acknowledged(about) {
        return Ok(row.clone());
    }
    diesel::update(payments::table.find((row.property_id, row.id)))
        .set((
            payments::attention.eq(attention),
            payments::attention_about.eq(about),
            payments::version.eq(payments::version + 1),
            payments::updated_at.eq(now),
        ))
        .returning(Payment::as_returning())
        .get_result(&mut conn)
        .await
}

/// Notes that somebody has looked at a payment, whose row is locked: what it says is not said again.
pub async fn acknowledge(
    mut conn: &Conn,
    row: &Payment,
    acknowledged: Option<String>,
    now: DateTime<Utc>,
) -> QueryResult<Payment> {
    diesel::update(payments::table.find((row.property_id, row.id)))
        .set((
            payments::attention.eq(None::<Attention>),
            payments::attention_about.eq(None::<String>),
            payments::acknowledged.eq(acknowledged),
            payments::version.eq(payments::version + 1),
            payments::updated_at.eq(now),
        ))
        .returning(Payment::as_returning())
        .get_result(&mut conn)
        .await
}

/// Frees what was set aside: it is not paid back after all.
pub async fn release(mut conn: &Conn, row: &Payment, amount_minor: i64, now: DateTime<Utc>) -> QueryResult<Payment> {
    diesel::update(payments::table.find((row.property_id, row.id)))
        .set((
            payments::refunding_minor.eq(payments::refunding_minor - amount_minor),
            payments::version.eq(payments::version + 1),
            payments::updated_at.eq(now),
        ))
        .returning(Payment::as_returning())
        .get_result(&mut conn)
        .await
}

/// Counts what was set aside as paid back; `is_transferred` if that went by another way than the payment's own. What a bank took
/// back meanwhile is less by what is not there for both.
pub async fn settle_refund(
    mut conn: &Conn,
    row: &Payment,
    (amount_minor, is_transferred): (i64, bool),
    now: DateTime<Utc>,
) -> QueryResult<Payment> {
    let transferred_minor = if is_transferred { amount_minor } else { 0 };
    let lost_minor = row.lost_minor.min(row.captured_minor - row.refunded_minor - amount_minor);
    diesel::update(payments::table.find((row.property_id, row.id)))
        .set((
            payments::refunding_minor.eq(payments::refunding_minor - amount_minor),
            payments::refunded_minor.eq(payments::refunded_minor + amount_minor),
            payments::transferred_minor.eq(payments::transferred_minor + transferred_minor),
            payments::lost_minor.eq(lost_minor),
            payments::version.eq(payments::version + 1),
            payments::updated_at.eq(now),
        ))
        .returning(Payment::as_returning())
        .get_result(&mut conn)
        .await
}
