//! Refunds of the demo hotels.
use super::pay::{Held, Wanted};
use crate::Result;
use crate::domains::payments::Payment;
use crate::domains::properties::Property;
use crate::outbox::Cause;
use crate::stores::postgres::Conn;

/// What becomes of a refund of a demo hotel: somebody has to decide about it, or it was paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoRefund {
    Requested,
    Completed,
}

/// Asks for a refund of a payment that was recorded at the desk.
pub async fn request_for_demo(
    conn: &Conn,
    property: &Property,
    payment: &Payment,
    (amount_minor, reason, end): (i64, &str, DemoRefund),
    cause: &Cause,
) -> Result<()> {
    let held = Held::lock(conn, property, payment, cause).await?;
    let needs_nobody = end == DemoRefund::Completed;
    let wanted = Wanted { amount_minor, reason, requested_by: None, posting_id: None, entry_ids: &[], needs_nobody };
    held.request(&wanted).await.map(drop)
}
