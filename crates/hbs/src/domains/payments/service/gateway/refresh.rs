//! Asking a gateway how a payment stands, for whoever comes back from its page and would else wait for its event.
use super::create::shown_of;
use super::order::{ask, resolve};
use super::settle::{Told, settle};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::payments::model::{Attempt, Payment, PaymentId, PaymentStatus};
use crate::domains::payments::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::security::OwnOr;
use crate::security::permission::PaymentsWrite;
use chrono::TimeDelta;
use std::time::Duration;

/// Time within which a gateway is asked for a payment once, whoever wants to know: a page that polls would use up what the
/// account may ask, for all.
const ASKED_EVERY: TimeDelta = TimeDelta::seconds(2);
/// Pause between two looks at what becomes of a payment meanwhile.
const LOOKED_EVERY: Duration = Duration::from_millis(100);
/// Number of looks: a few more than there are until the gateway may be asked again.
const LOOKS: usize = 25;

/// Asks the gateway of a payment that is under way how it stands, and lets it follow. Events, the job and others who ask at the
/// same time come to the same; of those who ask, one asks the gateway, and the others wait for what it says. What is over, or is
/// being ordered at the moment, stays as it is.
pub async fn refresh(app: &App, who: &OwnOr<PaymentsWrite>, key: &IdempotencyKey, id: PaymentId) -> Result<Answer> {
    if let Some(answer) = app.begin_parts(key).await? {
        return Ok(answer);
    }
    let conn = app.db.conn().await?;
    let found = repository::find(&conn, &who.reach, id).await?.or_404("payment")?;
    let open = repository::open_attempt(&conn, found.property_id, id).await?;
    drop(conn);
    let can_change = match open {
        Some(_) => found.status == PaymentStatus::Unknown,
        None => is_under_way(&found),
    };
    let payment = if !can_change {
        found
    } else if let Some(stored) = stored_meanwhile(app, &found).await? {
        stored
    } else {
        ask_now(app, &found, open.as_ref()).await?
    };
    let answer = Answer::ok(payment.version, &shown_of(app, &who.reach, payment).await?)?;
    app.end_parts(key, answer).await
}

/// The payment as it is stored, where others have asked its gateway lately: as soon as it has changed, else once nobody has let
/// this request ask for long enough. None: this request is to ask, and that is noted.
async fn stored_meanwhile(app: &App, found: &Payment) -> Result<Option<Payment>> {
    for _ in 0..LOOKS {
        let now = Clock::real_now();
        let conn = app.db.conn().await?;
        let is_to_ask = repository::begin_to_ask(&conn, found, (now - ASKED_EVERY, now)).await?;
        drop(conn);
        if is_to_ask {
            return Ok(None);
        }
        tokio::time::sleep(LOOKED_EVERY).await;
        let conn = app.db.conn().await?;
        let stored = repository::find_in(&conn, found.property_id, found.id).await?.or_404("payment")?;
        if stored.version != found.version {
            return Ok(Some(stored));
        }
    }
    Ok(Some(found.clone()))
}

/// Asks the gateway of a payment what has become of its order, or how it stands.
async fn ask_now(app: &App, payment: &Payment, open: Option<&Attempt>) -> Result<Payment> {
    match open {
        Some(attempt) => resolve(app, payment, attempt).await,
        None => {
            let told = ask(app, payment).await?;
            settle(app, payment, None, Told::Payment(&told)).await
        }
    }
}

/// Returns `true` if a payment is at its gateway and has no end yet.
fn is_under_way(payment: &Payment) -> bool {
    let has_no_end = matches!(
        payment.status,
        PaymentStatus::Pending | PaymentStatus::RequiresAction | PaymentStatus::Authorized | PaymentStatus::Unknown
    );
    has_no_end && payment.gateway_id.is_some()
}
