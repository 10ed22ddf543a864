//! Asking a gateway how a payment stands, for whoever comes back from its page and would else wait for its event.
use super::create::shown_of;
use super::order::{ask, resolve};
use super::settle::{Told, settle};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::payments::model::{Payment, PaymentId, PaymentStatus};
use crate::domains::payments::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::security::OwnOr;
use crate::security::permission::PaymentsWrite;

/// Asks the gateway of a payment that is under way how it stands, and lets it follow. Events, the job and others who ask at the
/// same time come to the same. What is over, or is being ordered at the moment, stays as it is.
pub async fn refresh(app: &App, who: &OwnOr<PaymentsWrite>, key: &IdempotencyKey, id: PaymentId) -> Result<Answer> {
    if let Some(answer) = app.begin_parts(key).await? {
        return Ok(answer);
    }
    let conn = app.db.conn().await?;
    let found = repository::find(&conn, &who.reach, id).await?.or_404("payment")?;
    let open = repository::open_attempt(&conn, found.property_id, id).await?;
    drop(conn);
    let payment = match open {
        Some(attempt) if found.status == PaymentStatus::Unknown => resolve(app, &found, &attempt).await?,
        None if is_under_way(&found) => {
            let told = ask(app, &found).await?;
            settle(app, &found, None, Told::Payment(&told)).await?
        }
        _ => found,
    };
    let answer = Answer::ok(payment.version, &shown_of(app, &who.reach, payment).await?)?;
    app.end_parts(key, answer).await
}

/// Returns `true` if a payment is at its gateway and has no end yet.
fn is_under_way(payment: &Payment) -> bool {
    let has_no_end = matches!(
        payment.status,
        PaymentStatus::Pending | PaymentStatus::RequiresAction | PaymentStatus::Authorized | PaymentStatus::Unknown
    );
    has_no_end && payment.gateway_id.is_some()
}
