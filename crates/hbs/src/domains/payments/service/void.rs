//! Voiding payments: those that were recorded by mistake, and those of a gateway that are not captured.
use super::gateway;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::payments::dto::{PaymentOut, VoidPayment};
use crate::domains::payments::error::PaymentError;
use crate::domains::payments::model::{Payment, PaymentId, PaymentMethod, PaymentStatus};
use crate::domains::payments::repository;
use crate::domains::properties::{self, Property};
use crate::domains::{drawers, folios};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::Staff;
use crate::security::permission::PaymentsWrite;
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, changed_meanwhile};
use chrono::NaiveDate;

/// Takes a payment back that was recorded on this business date, as if it had not been paid; gives one of a gateway up.
pub async fn void(
    app: &App,
    staff: &Staff<PaymentsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: PaymentId,
    request: VoidPayment,
) -> Result<Answer> {
    let known = repository::find(&*app.db.conn().await?, &staff.reach(), id).await?.or_404("payment")?;
    if known.method == PaymentMethod::Gateway {
        return gateway::void(app, staff, key, seen, id).await;
    }
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.reach(), id).await?.or_404("payment")?;
        let property = properties::hold(conn, found.property_id).await?.or_404("payment")?;
        let today = property.business_date(cause.at);
        let locked = folios::lock_paid(conn, property.id, id.into(), (found.folio_id, found.booking_id)).await?;
        let before = repository::lock(conn, property.id, id).await?.or_404("payment")?;
        seen.check(before.version)?;
        check(&before, today)?;
        if let Some(drawer_id) = before.drawer_id
            && !drawers::is_open(conn, property.id, drawer_id).await?
        {
            return Err(PaymentError::DrawerCounted.into());
        }
        let paid = before.on_folio(today, cause.at);
        let posted = folios::take_payment_back(conn, &paid, locked, request.reason.as_deref()).await?;
        let voided = repository::void(conn, &before, cause.at).await?;
        let after = voided.ok_or_else(|| changed_meanwhile(before.version))?;
        let event = Event::changed(&before, &after).named("payment.voided").with("lines", &posted);
        let event = match &request.reason {
            Some(reason) => event.with("reason", reason),
            None => event,
        };
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &PaymentOut::new(after, Vec::new(), true))
    })
    .await
}

/// Takes a payment of a demo hotel back on the business date on which it was recorded.
pub async fn void_for_demo(conn: &Conn, property: &Property, before: &Payment, reason: &str, cause: &Cause) -> Result<()> {
    let locked = folios::lock_paid(conn, property.id, before.id.into(), (before.folio_id, before.booking_id)).await?;
    let paid = before.on_folio(property.business_date(cause.at), cause.at);
    let posted = folios::take_payment_back(conn, &paid, locked, Some(reason)).await?;
    let voided = repository::void(conn, before, cause.at).await?;
    let after = voided.ok_or_else(|| changed_meanwhile(before.version))?;
    let event = Event::changed(before, &after).named("payment.voided").with("lines", &posted).with("reason", reason);
    outbox::publish(conn, cause, [event]).await?;
    Ok(())
}

fn check(payment: &Payment, today: NaiveDate) -> Result<()> {
    if payment.status != PaymentStatus::Captured {
        return Err(PaymentError::IllegalMove { status: payment.status, done: "voided" }.into());
    }
    if payment.business_date != today {
        return Err(PaymentError::DateOver { recorded_on: payment.business_date, business_date: today }.into());
    }
    let back_minor = payment.refunded_minor + payment.refunding_minor;
    if back_minor > 0 {
        return Err(PaymentError::HasRefunds(payment.money(back_minor)).into());
    }
    Ok(())
}
