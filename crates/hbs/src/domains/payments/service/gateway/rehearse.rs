//! Dry runs of orders: what each comes to where the gateway does it at once. It is not asked.
use crate::clock::Clock;
use crate::domains::payments::model::{Attempt, AttemptKind, Payment};
use crate::domains::payments::repository;
use crate::domains::payments::rules::follow;
use crate::gateways::{GatewayIds, GatewayPayment, GatewayStatus};
use crate::stores::postgres::Conn;
use crate::{Error, Result};

/// Ends an order as if its gateway had done it, and lets the payment follow, by the rule of the deed. The transaction of a dry
/// run writes it, and is rolled back: so no line of a folio is written.
pub async fn rehearse(conn: &Conn, payment: &Payment, attempt: &Attempt) -> Result<Payment> {
    repository::end_attempt(conn, (payment.property_id, attempt.id), None, attempt.created_at).await?;
    let done = follow(payment, &told_if_done(payment, attempt), Clock::real_now());
    let done = done.map_err(|fault| Error::internal(format!("a payment cannot be what was ordered of it: {fault:?}")))?;
    Ok(repository::move_to(conn, &done, attempt.created_at).await?)
}

/// The payment as its gateway would have it, the order being done. The address of a page nobody knows before it is open.
fn told_if_done(payment: &Payment, attempt: &Attempt) -> GatewayPayment {
    let (status, captured_minor) = match attempt.kind {
        AttemptKind::Checkout => (GatewayStatus::Open, 0),
        AttemptKind::Void => (GatewayStatus::Voided, 0),
        AttemptKind::Capture | AttemptKind::Charge => (GatewayStatus::Captured, attempt.amount_minor),
        AttemptKind::Refund => (GatewayStatus::Captured, payment.captured_minor),
    };
    let id = payment.gateway_id.clone().unwrap_or_else(|| payment.id.to_string());
    GatewayPayment {
        ids: GatewayIds { id, transaction_id: payment.gateway_transaction_id.clone() },
        status,
        amount: payment.money(payment.amount_minor),
        capturable: payment.money(0),
        captured: payment.money(captured_minor),
        refunded: payment.money(0),
        capture_before: None,
        page: None,
        guarantee: None,
        decline: payment.decline,
        dispute: None,
    }
}
