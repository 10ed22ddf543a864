//! Writing of what a gateway has said: the state of the payment, and its money on folios, in one transaction.
use super::guarantees;
use crate::Result;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::folios::{self, LockedShares, Posted};
use crate::domains::payments::model::{Attempt, AttemptKind, Attention, Payment, PaymentStatus};
use crate::domains::payments::repository;
use crate::domains::payments::rules::{Fault, answered, follow};
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::gateways::{GatewayError, GatewayPayment};
use crate::outbox::{self, Cause, Event};
use crate::pauses::Pause;
use crate::stores::postgres::Conn;
use diesel_async::AsyncConnection;

/// Answer of a gateway.
#[derive(Clone, Copy)]
pub enum Told<'a> {
    Payment(&'a GatewayPayment),
    Failure(&'a GatewayError),
}

/// Lets a payment follow what its gateway has said, of an order or by itself. It comes to the same however often it is done,
/// and whoever is first. Returns the payment as it is then.
pub async fn settle(app: &App, payment: &Payment, attempt: Option<&Attempt>, told: Told<'_>) -> Result<Payment> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let settled = conn.transaction(async |conn| {
        let after = settle_in(conn, payment, attempt, told, &cause).await?;
        if attempt.is_some() {
            app.pauses.here(Pause::BeforeCommit).await;
        }
        Ok::<_, crate::Error>(after)
    });
    let after = settled.await?;
    drop(conn);
    if attempt.is_some() {
        app.pauses.here(Pause::AfterCommit).await;
    }
    app.relay.wake();
    Ok(after)
}

async fn settle_in(conn: &Conn, found: &Payment, attempt: Option<&Attempt>, told: Told<'_>, cause: &Cause) -> Result<Payment> {
    let property = properties::hold(conn, found.property_id).await?.or_404("payment")?;
    let held = Held::lock(conn, &property, found, cause).await?;
    let (fault, after) = match told {
        Told::Payment(told) => (None, followed(&held.before, told)),
        Told::Failure(GatewayError::NotDone(_)) => return Ok(held.before),
        Told::Failure(GatewayError::Unclear(_) | GatewayError::Stuck) => {
            let is_captured = held.before.status == PaymentStatus::Captured;
            let status = if is_captured { held.before.status } else { PaymentStatus::Unknown };
            let after = Payment { status, ..held.before.clone() };
            return held.write(after).await;
        }
        Told::Failure(GatewayError::Declined(decline)) => {
            let after = refused(&held.before, attempt);
            (Some(decline.as_str()), Payment { decline: Some(*decline), ..after })
        }
        Told::Failure(GatewayError::Refused { code }) => (Some(code.as_str()), refused(&held.before, attempt)),
    };
    if let Some(attempt) = attempt {
        let ended = repository::end_attempt(conn, (property.id, attempt.id), fault, cause.at).await?;
        // Somebody else has settled the order: what was refused counts no more.
        if !ended && fault.is_some() {
            return Ok(held.before);
        }
    }
    let settled = held.write(after).await?;
    if let (Told::Payment(GatewayPayment { guarantee: Some(means), .. }), Some(booking_id)) = (told, settled.booking_id) {
        guarantees::keep(conn, &settled, booking_id, means, cause).await?;
    }
    Ok(settled)
}

/// The payment as it follows its gateway; as it was, with a mark, where that cannot be.
fn followed(before: &Payment, told: &GatewayPayment) -> Payment {
    follow(before, told, Clock::real_now()).unwrap_or_else(|fault| {
        tracing::error!(payment_id = %before.id, ?fault, "a payment is not what its gateway has");
        let attention = match fault {
            Fault::Amount => Attention::AmountDiffers,
            Fault::TakenBack => Attention::TakenBack,
        };
        let about = format!("{attention} {} {}", told.amount.minor, told.captured.minor);
        if before.is_acknowledged(&about) {
            return before.clone();
        }
        Payment { attention: Some(attention), attention_about: Some(about), ..before.clone() }
    })
}

/// The payment after a definite refusal: nothing was paid on a page that was not opened, nor of a guarantee; otherwise it stands
/// as before.
fn refused(before: &Payment, attempt: Option<&Attempt>) -> Payment {
    let status = match (attempt.map(|attempt| attempt.kind), before.status) {
        (Some(AttemptKind::Checkout | AttemptKind::Charge), _) => PaymentStatus::Failed,
        (_, PaymentStatus::Unknown) if before.authorized_minor > 0 => PaymentStatus::Authorized,
        (_, PaymentStatus::Unknown) => PaymentStatus::RequiresAction,
        (_, status) => status,
    };
    Payment { status, ..answered(before) }
}

/// A payment that is locked, with the folios that have its money.
struct Held<'a> {
    conn: &'a Conn,
    property: &'a Property,
    cause: &'a Cause,
    before: Payment,
    locked: LockedShares,
}

impl<'a> Held<'a> {
    async fn lock(conn: &'a Conn, property: &'a Property, found: &Payment, cause: &'a Cause) -> Result<Self> {
        let Payment { id, folio_id, booking_id, .. } = *found;
        let locked = folios::lock_paid(conn, property.id, id.into(), (folio_id, booking_id)).await?;
        let before = repository::lock(conn, property.id, id).await?.or_404("payment")?;
        Ok(Self { conn, property, cause, before, locked })
    }

    /// Writes the payment as it is now, with its money. Where nothing differs, nothing is written.
    async fn write(self, after: Payment) -> Result<Payment> {
        let Self { conn, property, cause, before, locked } = self;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Ok(before);
        }
        let row = repository::move_to(conn, &after, cause.at).await?;
        let paid = before.on_folio(property.business_date(cause.at), cause.at);
        let more = after.had_minor() - before.had_minor();
        let posted = match more {
            0 => Posted::default(),
            1.. => folios::pay_late(conn, &paid, locked, more).await?,
            _ => folios::lose(conn, &paid, locked, -more).await?,
        };
        let event = event.named(kind(&before, &row));
        let event = if posted.is_empty() { event } else { event.with("lines", &posted) };
        outbox::publish(conn, cause, [event]).await?;
        Ok(row)
    }
}

fn kind(before: &Payment, after: &Payment) -> &'static str {
    if before.status == after.status {
        return "payment.updated";
    }
    match after.status {
        PaymentStatus::Authorized => "payment.authorized",
        PaymentStatus::Captured => "payment.captured",
        PaymentStatus::Failed => "payment.failed",
        PaymentStatus::Voided => "payment.voided",
        PaymentStatus::Expired => "payment.expired",
        PaymentStatus::Unknown => "payment.unclear",
        PaymentStatus::Pending | PaymentStatus::RequiresAction => "payment.updated",
    }
}
