//! Ends of payment links: staff take them back, their time is over, or what they asked for is paid.
use super::links::shown;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::payment_links::error::PaymentLinkError;
use crate::domains::payment_links::model::{LinkStatus, PaymentLink, PaymentLinkId};
use crate::domains::payment_links::repository;
use crate::domains::payment_links::rules::{Begun, ends_as, is_under_way};
use crate::domains::{folios, payments, properties};
use crate::error::Or404;
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::PaymentsWrite;
use crate::security::{Scope, Staff};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use diesel_async::AsyncConnection;
use uuid::Uuid;

const BATCH: i64 = 200;

/// Takes a link back.
pub async fn cancel(
    app: &App,
    staff: &Staff<PaymentsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: PaymentLinkId,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("payment link")?;
        let before = lock(conn, &found).await?.or_404("payment link")?;
        seen.check(before.version)?;
        let status = before.status_at(cause.at);
        if status != LinkStatus::Open {
            return Err(PaymentLinkError::Over(status).into());
        }
        let after = end(conn, &before, LinkStatus::Cancelled, &cause).await?;
        Answer::ok(after.version, &shown(app, after)?)
    })
    .await
}

/// A link, locked after its folio.
pub async fn lock(conn: &Conn, found: &PaymentLink) -> Result<Option<PaymentLink>> {
    if properties::hold(conn, found.property_id).await?.is_none() {
        return Ok(None);
    }
    folios::lock(conn, found.property_id, found.folio_id).await?;
    Ok(repository::lock(conn, found.property_id, found.id).await?)
}

/// Ends a link, whose row is locked.
pub async fn end(conn: &Conn, before: &PaymentLink, status: LinkStatus, cause: &Cause) -> Result<PaymentLink> {
    let after = repository::end(conn, before, status, cause.at).await?;
    let kind = match status {
        LinkStatus::Paid => "payment_link.paid",
        LinkStatus::Cancelled => "payment_link.cancelled",
        LinkStatus::Expired | LinkStatus::Open => "payment_link.expired",
    };
    outbox::publish(conn, cause, [Event::changed(before, &after).named(kind)]).await?;
    Ok(after)
}

/// Ends the links whose time is over.
pub async fn expire(app: &App) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let overdue = repository::overdue(&*app.db.conn().await?, cause.at, BATCH).await?;
    let mut failures = Failures::default();
    for found in overdue {
        failures.note("a payment link could not be ended", found.id, expire_one(app, &found, &cause).await)?;
    }
    app.relay.wake();
    failures.result(())
}

async fn expire_one(app: &App, found: &PaymentLink, cause: &Cause) -> Result<()> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| match lock(conn, found).await? {
        Some(link) if link.status == LinkStatus::Open => end(conn, &link, LinkStatus::Expired, cause).await.map(drop),
        _ => Ok(()),
    })
    .await
}

/// Ends the open links of a hotel that ask for nothing any more. It comes to the same however often it is done.
pub async fn close_paid(app: &App, property_id: Uuid) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let open = repository::open_at(&*app.db.conn().await?, property_id).await?;
    let mut failures = Failures::default();
    for found in open {
        let mut conn = app.db.conn().await?;
        let closed = conn.transaction(async |conn| close_one(conn, &found, &cause).await).await;
        failures.note("a payment link could not be ended; it is tried again", found.id, closed)?;
    }
    app.relay.wake();
    failures.result(())
}

async fn close_one(conn: &Conn, found: &PaymentLink, cause: &Cause) -> Result<()> {
    let Some(link) = lock(conn, found).await? else { return Ok(()) };
    let folio = folios::find(conn, &Scope::All, link.folio_id).await?.or_404("folio")?;
    if let Some(status) = over(conn, &link, folio.balance_minor).await? {
        end(conn, &link, status, cause).await?;
    }
    Ok(())
}

/// Returns how a link ends that asks for nothing any more, of a folio that is locked; none if it stays open.
pub async fn over(conn: &Conn, link: &PaymentLink, balance_minor: i64) -> Result<Option<LinkStatus>> {
    let payment = match link.payment_id {
        Some(id) => payments::find_in(conn, link.property_id, id).await?,
        None => None,
    };
    let begun = payment.map_or_else(Begun::default, |payment| Begun {
        captured_minor: payment.captured_minor,
        is_under_way: is_under_way(payment.status),
    });
    Ok(ends_as(link, balance_minor, begun))
}
