//! Acknowledgements: somebody has looked at a payment, and has said what was found.
use super::record::shown;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::payments::dto::AcknowledgePayment;
use crate::domains::payments::model::PaymentId;
use crate::domains::payments::repository;
use crate::domains::payments::rules::acknowledged;
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::PaymentsWrite;
use crate::version::IfMatch;

/// Ends the attention that a payment needs, and settles what was told of it and put aside. What goes on, or comes anew, is said
/// again.
pub async fn acknowledge(
    app: &App,
    staff: &Staff<PaymentsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: PaymentId,
    request: AcknowledgePayment,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.reach(), id).await?.or_404("payment")?;
        let property = properties::hold(conn, found.property_id).await?.or_404("payment")?;
        let before = repository::lock(conn, property.id, id).await?.or_404("payment")?;
        seen.check(before.version)?;
        let parked = repository::settle_parked(conn, &before, cause.at).await?;
        if before.attention.is_none() && parked == 0 {
            let version = before.version;
            let body = shown(conn, &staff.reach(), vec![before]).await?.pop().or_404("payment")?;
            return Answer::unchanged(version, &body);
        }
        let after = repository::acknowledge(conn, &before, acknowledged(&before), cause.at).await?;
        let event = Event::changed(&before, &after).named("payment.acknowledged").with("reason", &request.reason);
        outbox::publish(conn, &cause, [event.with("parked_events", parked)]).await?;
        let version = after.version;
        let body = shown(conn, &staff.reach(), vec![after]).await?.pop().or_404("payment")?;
        Answer::ok(version, &body)
    })
    .await
}
