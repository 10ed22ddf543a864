//! Charging of dues to guarantees: by the job, or by staff.
use super::follow::follow_in;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::payments::{self, Payment, PaymentId};
use crate::domains::payments_due::dto::ChargedOut;
use crate::domains::payments_due::error::PaymentsDueError;
use crate::domains::payments_due::model::{PaymentDue, PaymentDueId};
use crate::domains::payments_due::repository::{self, Chargeable};
use crate::domains::{folios, properties};
use crate::error::Or404;
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::Staff;
use crate::security::permission::PaymentsWrite;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Number of bookings that are charged in one run of the job, or a few more.
const BATCH: i64 = 200;

/// Charges what is due of a booking to its guarantee. The payment and its order are committed before the gateway is called; sent
/// again with its key, the request goes on where it broke off.
pub async fn charge(app: &App, staff: &Staff<PaymentsWrite>, key: &IdempotencyKey, booking_id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let begun = app
        .change(&key.of_part(&[]), async |conn| {
            let booking = folios::find_of_booking(conn, &staff.reach(), booking_id).await?.or_404("booking")?;
            let (payment, payment_due_ids) =
                begin(conn, booking.property_id, booking.id, &cause).await?.ok_or(PaymentsDueError::NothingDue)?;
            let (payment_id, amount) = (payment.id, payment.money(payment.amount_minor));
            let location = format!("/v1/payments/{payment_id}");
            Answer::created(location, payment.version, &ChargedOut { payment_id, amount, payment_due_ids })
        })
        .await?;
    if key.is_dry_run() {
        return Ok(begun);
    }
    if let Some(answer) = app.begin_parts(key).await? {
        return Ok(answer);
    }
    let id = begun.location.as_deref().and_then(|location| location.rsplit('/').next()).unwrap_or_default();
    let id: PaymentId = serde_json::from_value(Value::from(id)).map_err(Error::internal)?;
    payments::go_on(app, id).await?;
    app.end_parts(key, begun).await
}

/// Writes the payment by which all that is due of a booking is charged, and its order. None: nothing is due.
async fn begin(conn: &Conn, property_id: Uuid, booking_id: Uuid, cause: &Cause) -> Result<Option<(Payment, Vec<PaymentDueId>)>> {
    let property = properties::hold(conn, property_id).await?.or_404("booking")?;
    let today = property.business_date(cause.at);
    let Some(followed) = follow_in(conn, property_id, booking_id, cause).await? else { return Ok(None) };
    let due: Vec<&PaymentDue> = followed.dues.iter().filter(|row| row.due_on <= today && row.outstanding_minor > 0).collect();
    let amount_minor: i64 = due.iter().map(|row| row.outstanding_minor).sum();
    if amount_minor == 0 {
        return Ok(None);
    }
    let guarantee = payments::stored_guarantee(conn, property_id, booking_id).await?.ok_or(PaymentsDueError::NoGuarantee)?;
    let Some(payment) = payments::begin_charge(conn, &property, &guarantee, amount_minor, cause).await? else { return Ok(None) };
    let ids: Vec<PaymentDueId> = due.iter().map(|row| row.id).collect();
    let charged = repository::note_charge(conn, property_id, &ids, (payment.id, today), cause.at).await?;
    let events = charged.iter().filter_map(|after| {
        let before = due.iter().find(|row| row.id == after.id)?;
        Some(Event::changed(*before, after).named("payment_due.charged"))
    });
    outbox::publish(conn, cause, events).await?;
    Ok(Some((payment, ids)))
}

/// Charges what is due at hotels that want that by itself. One that fails, or cannot be charged for now, is in the way of no
/// other.
pub async fn charge_due(app: &App) -> Result<()> {
    let (mut tried, mut begun, mut after) = (BTreeSet::new(), 0, None);
    let mut failures = Failures::default();
    while begun < BATCH {
        let due = repository::chargeable(&*app.db.conn().await?, None, true, after, app.clock.now(), BATCH).await?;
        let Some(last) = due.last() else { break };
        after = Some((last.due_on, last.id));
        for Chargeable { property_id, booking_id, .. } in due {
            if !tried.insert((property_id, booking_id)) {
                continue;
            }
            let done = charge_one(app, property_id, booking_id).await;
            let is_begun = failures.note_fault("what is due could not be charged", booking_id, done)?;
            begun += i64::from(is_begun.unwrap_or(false));
        }
    }
    failures.result(())
}

/// Charges what is due of a booking. Returns `true` if the gateway was asked, whatever came of it.
async fn charge_one(app: &App, property_id: Uuid, booking_id: Uuid) -> Result<bool> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let begun = conn.transaction(async |conn| begin(conn, property_id, booking_id, &cause).await).await?;
    drop(conn);
    app.relay.wake();
    let Some((payment, _)) = begun else { return Ok(false) };
    if let Err(error) = payments::go_on(app, payment.id).await {
        tracing::warn!(%booking_id, ?error, "what is due was ordered, and is not charged yet");
    }
    Ok(true)
}
