use super::dto::PaymentLinkFilter;
use super::model::{LinkStatus, PaymentLink, PaymentLinkId};
use crate::domains::payments::PaymentId;
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use crate::texts::Locale;
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{bookings, payment_links};
use uuid::Uuid;

/// A link within the scope.
pub async fn find(mut conn: &Conn, scope: &Scope, id: PaymentLinkId) -> QueryResult<Option<PaymentLink>> {
    payment_links::table
        .filter(payment_links::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(payment_links::property_id.eq_any(scope.ids())))
        .select(PaymentLink::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// A link of a hotel.
pub async fn find_in(mut conn: &Conn, property_id: Uuid, id: PaymentLinkId) -> QueryResult<Option<PaymentLink>> {
    payment_links::table.find((property_id, id)).select(PaymentLink::as_select()).first(&mut conn).await.optional()
}

/// A link of a hotel, locked. Its folio is locked before.
pub async fn lock(mut conn: &Conn, property_id: Uuid, id: PaymentLinkId) -> QueryResult<Option<PaymentLink>> {
    payment_links::table
        .find((property_id, id))
        .select(PaymentLink::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// The open link of a folio, if it has one. The caller holds the folio.
pub async fn open_of(mut conn: &Conn, property_id: Uuid, folio_id: Uuid) -> QueryResult<Option<PaymentLink>> {
    payment_links::table
        .filter(payment_links::property_id.eq(property_id))
        .filter(payment_links::folio_id.eq(folio_id))
        .filter(payment_links::status.eq(LinkStatus::Open))
        .select(PaymentLink::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// The open links of a hotel.
pub async fn open_at(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<PaymentLink>> {
    payment_links::table
        .filter(payment_links::property_id.eq(property_id))
        .filter(payment_links::status.eq(LinkStatus::Open))
        .order(payment_links::id)
        .select(PaymentLink::as_select())
        .load(&mut conn)
        .await
}

/// The open links whose time is over, the oldest first.
pub async fn overdue(mut conn: &Conn, now: DateTime<Utc>, limit: i64) -> QueryResult<Vec<PaymentLink>> {
    payment_links::table
        .filter(payment_links::status.eq(LinkStatus::Open))
        .filter(payment_links::expires_at.le(now))
        .order(payment_links::expires_at)
        .limit(limit)
        .select(PaymentLink::as_select())
        .load(&mut conn)
        .await
}

/// Links within the scope, the newest first. `before` is the last id seen; what is open and over counts as expired.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &PaymentLinkFilter,
    now: DateTime<Utc>,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<PaymentLink>> {
    let mut query =
        payment_links::table.order(payment_links::id.desc()).limit(limit).select(PaymentLink::as_select()).into_boxed();
    if !scope.is_all() {
        query = query.filter(payment_links::property_id.eq_any(scope.ids()));
    }
    let PaymentLinkFilter { property_id, folio_id, booking_id, status } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(payment_links::property_id.eq(property_id));
    }
    if let Some(folio_id) = folio_id {
        query = query.filter(payment_links::folio_id.eq(folio_id));
    }
    if let Some(booking_id) = booking_id {
        query = query.filter(payment_links::booking_id.eq(booking_id));
    }
    let is_over = payment_links::status.eq(LinkStatus::Open).and(payment_links::expires_at.le(now));
    match status {
        Some(LinkStatus::Open) => query = query.filter(payment_links::status.eq(LinkStatus::Open).and(not(is_over))),
        Some(LinkStatus::Expired) => query = query.filter(payment_links::status.eq(LinkStatus::Expired).or(is_over)),
        Some(status) => query = query.filter(payment_links::status.eq(status)),
        None => {}
    }
    if let Some(before) = before {
        query = query.filter(payment_links::id.lt(before));
    }
    query.load(&mut conn).await
}

pub async fn insert(mut conn: &Conn, new: &PaymentLink) -> QueryResult<usize> {
    diesel::insert_into(payment_links::table).values(new).execute(&mut conn).await
}

/// Ends a link, whose row is locked.
pub async fn end(mut conn: &Conn, row: &PaymentLink, status: LinkStatus, now: DateTime<Utc>) -> QueryResult<PaymentLink> {
    diesel::update(payment_links::table.find((row.property_id, row.id)))
        .set((
            payment_links::status.eq(status),
            payment_links::version.eq(payment_links::version + 1),
            payment_links::updated_at.eq(now),
        ))
        .returning(PaymentLink::as_returning())
        .get_result(&mut conn)
        .await
}

/// Notes the payment that was begun by a link, whose row is locked.
pub async fn set_payment(
    mut conn: &Conn,
    row: &PaymentLink,
    payment_id: PaymentId,
    now: DateTime<Utc>,
) -> QueryResult<PaymentLink> {
    diesel::update(payment_links::table.find((row.property_id, row.id)))
        .set((
            payment_links::payment_id.eq(Some(payment_id)),
            payment_links::version.eq(payment_links::version + 1),
            payment_links::updated_at.eq(now),
        ))
        .returning(PaymentLink::as_returning())
        .get_result(&mut conn)
        .await
}

/// The reference of a booking, and the language of its guest, if it is known.
pub async fn booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Option<(String, Option<Locale>)>> {
    bookings::table
        .find((property_id, booking_id))
        .select((bookings::reference, bookings::locale))
        .first(&mut conn)
        .await
        .optional()
}
