//! Refunds of the demo hotels.
use super::gateway;
use super::pay::{Held, Wanted};
use crate::Result;
use crate::app::App;
use crate::domains::payments::Payment;
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::outbox::Cause;
use crate::stores::postgres::Conn;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// End of a refund of a demo hotel: somebody has to decide about it, it was paid back, or somebody has not granted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoRefund {
    Requested,
    Completed,
    Rejected { by: Uuid, reason: &'static str },
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
    let refund = held.request(&wanted(amount_minor, reason, end == DemoRefund::Completed)).await?;
    if let DemoRefund::Rejected { by, reason } = end {
        let held = Held::lock(conn, property, payment, cause).await?;
        held.reject(&refund, by, reason).await?;
    }
    Ok(())
}

/// Pays back some of a payment of a demo hotel through its gateway. Where the answer does not tell what has become of the order,
/// the gateway is asked for it at once, if that `is_looked_up`.
pub async fn order_for_demo(app: &App, payment: &Payment, (amount_minor, reason): (i64, &str), is_looked_up: bool) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let ordered = conn.transaction(async |conn| {
        let property = properties::hold(conn, payment.property_id).await?.or_404("payment")?;
        let held = Held::lock(conn, &property, payment, &cause).await?;
        held.request(&wanted(amount_minor, reason, true)).await
    });
    let refund = ordered.await?;
    drop(conn);
    gateway::go_on(app, refund.id).await?;
    if is_looked_up {
        gateway::resolve(app, refund.id).await?;
    }
    Ok(())
}

fn wanted(amount_minor: i64, reason: &str, needs_nobody: bool) -> Wanted<'_> {
    Wanted { amount_minor, reason, requested_by: None, posting_id: None, entry_ids: &[], needs_nobody }
}
