//! Refunds that cancellations and no-shows give rise to: what was paid beyond the fee.
use super::gateway;
use super::pay::{Held, Wanted};
use crate::Result;
use crate::app::App;
use crate::domains::payments::{self, Payment};
use crate::domains::refunds::model::RefundId;
use crate::domains::refunds::repository;
use crate::domains::refunds::rules::credit_of;
use crate::domains::{folios, properties};
use crate::failures::Failures;
use crate::gateways::DisputeStatus;
use crate::outbox::Cause;
use crate::stores::postgres::Conn;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Reason of such refunds.
const REASON: &str = "Cancellation or no-show: paid beyond the fee";

/// Asks for what a booking has as a credit once a stay has ended, of its payments from the newest on. It comes to the same
/// however often it is done: what is asked for counts, and each posting asks once for each payment. One that fails is in the way
/// of no other, and is tried again.
pub async fn request_for_ended(app: &App, property_id: Uuid, booking_id: Uuid, stay_id: Uuid) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let Some(posting_id) = folios::last_settlement(&conn, property_id, stay_id).await? else { return Ok(()) };
    let (mut requested, mut failures) = (Vec::new(), Failures::default());
    for found in payments::of_booking(&conn, property_id, booking_id).await? {
        let asked = conn.transaction(async |conn| request_of(conn, &found, (booking_id, posting_id), &cause).await).await;
        requested.extend(failures.note("a refund could not be asked for; it is tried again", found.id, asked)?.flatten());
    }
    drop(conn);
    order(app, requested, failures).await
}

/// Pays all back that a booking has paid and can be paid back, without a second person: nobody decides about what came too late.
/// It comes to the same however often it is done. One that fails is in the way of no other, and is tried again.
pub async fn refund_whole(app: &App, property_id: Uuid, booking_id: Uuid, reason: &str) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let (mut requested, mut failures) = (Vec::new(), Failures::default());
    for found in payments::of_booking(&conn, property_id, booking_id).await? {
        let asked = conn.transaction(async |conn| refund_rest(conn, &found, reason, &cause).await).await;
        requested.extend(failures.note("a refund could not be asked for; it is tried again", found.id, asked)?.flatten());
    }
    drop(conn);
    order(app, requested, failures).await
}

/// Gives the orders of what was asked for to the gateways, and tells of it. Returns the last failure of all, if there was one.
async fn order(app: &App, requested: Vec<RefundId>, mut failures: Failures) -> Result<()> {
    for id in requested {
        failures.note("a refund could not be ordered; it is tried again", id, gateway::go_on(app, id).await)?;
    }
    app.relay.wake();
    app.mailer.wake();
    failures.result(())
}

async fn refund_rest(conn: &Conn, found: &Payment, reason: &str, cause: &Cause) -> Result<Option<RefundId>> {
    let Some(property) = properties::hold(conn, found.property_id).await? else { return Ok(None) };
    let held = Held::lock(conn, &property, found, cause).await?;
    let amount_minor = held.payment.refundable_minor();
    if amount_minor == 0 || is_disputed(&held.payment) {
        return Ok(None);
    }
    let wanted = Wanted { amount_minor, reason, requested_by: None, posting_id: None, entry_ids: &[], needs_nobody: true };
    Ok(Some(held.request(&wanted).await?.id))
}

/// Returns `true` if the payer's bank takes the payment back, or may: what is disputed is decided by it.
fn is_disputed(payment: &Payment) -> bool {
    matches!(payment.dispute, Some(DisputeStatus::Open | DisputeStatus::Lost))
}

async fn request_of(
    conn: &Conn,
    found: &Payment,
    (booking_id, posting_id): (Uuid, Uuid),
    cause: &Cause,
) -> Result<Option<RefundId>> {
    let property_id = found.property_id;
    let Some(property) = properties::hold(conn, property_id).await? else { return Ok(None) };
    let held = Held::lock(conn, &property, found, cause).await?;
    if repository::is_known(conn, property_id, posting_id, held.payment.id).await? {
        return Ok(None);
    }
    if is_disputed(&held.payment) {
        return Ok(None);
    }
    let balance = folios::balances(conn, &[(property_id, booking_id)]).await?.remove(&booking_id).unwrap_or(0);
    let refunding = payments::refunding_of_booking(conn, property_id, booking_id).await?;
    let amount_minor = credit_of(balance, refunding, held.payment.refundable_minor());
    if amount_minor == 0 {
        return Ok(None);
    }
    let wanted = Wanted {
        amount_minor,
        reason: REASON,
        requested_by: None,
        posting_id: Some(posting_id),
        entry_ids: &[],
        needs_nobody: false,
    };
    Ok(Some(held.request(&wanted).await?.id))
}
