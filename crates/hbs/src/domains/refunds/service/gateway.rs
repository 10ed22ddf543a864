//! Refunds through the gateway of their payment: ordered once they are committed, and followed until the money is there.
use super::pay::Held;
use super::request::shown;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::payments::{self, Attempt, Payment};
use crate::domains::properties;
use crate::domains::refunds::model::{OfPayment, Refund, RefundId, RefundStatus, RefundWay};
use crate::domains::refunds::repository;
use crate::error::Or404;
use crate::failures::Failures;
use crate::gateways::{GatewayError, GatewayRefund, GatewayRefundStatus, PaymentGateway, RefundOrder};
use crate::idempotency::IdempotencyKey;
use crate::outbox::Cause;
use crate::pauses::Pause;
use crate::security::{Reach, Scope};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::TimeDelta;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Time for which gateways remember keys.
const KEYS_LAST: TimeDelta = TimeDelta::hours(24);
const BATCH: i64 = 100;
/// Time after which a refund that is on its way is asked for, though nothing was told of it.
const ASKED_EVERY: TimeDelta = TimeDelta::minutes(10);

/// Answer of a gateway.
#[derive(Clone, Copy)]
enum Told<'a> {
    Refund(&'a GatewayRefund),
    Failure(&'a GatewayError),
}

/// Ends a request that has committed an order: what came of it is the answer.
pub async fn finish(app: &App, key: &IdempotencyKey, reach: &Reach, begun: Answer, refund: Refund) -> Result<Answer> {
    let conn = app.db.conn().await?;
    let payment = super::pay::payment_of(&conn, refund.property_id, refund.payment_id).await?;
    let version = refund.version;
    let body = shown(&conn, reach, vec![(refund, OfPayment::from(&payment))]).await?.pop().or_404("refund")?;
    drop(conn);
    let answer = Answer { status: begun.status, location: begun.location, ..Answer::ok(version, &body)? };
    app.end_parts(key, answer).await
}

/// Gives the order of a refund to the gateway, if it is open, and writes what comes of it.
pub async fn go_on(app: &App, id: RefundId) -> Result<Refund> {
    let (refund, payment, attempt) = read(app, id).await?;
    match attempt {
        Some(attempt) if refund.status == RefundStatus::Processing => place(app, &payment, &refund, &attempt).await,
        _ => Ok(refund),
    }
}

async fn read(app: &App, id: RefundId) -> Result<(Refund, Payment, Option<Attempt>)> {
    let conn = app.db.conn().await?;
    let (refund, _) = repository::find(&conn, &Reach::of_scope(Scope::All), id).await?.or_404("refund")?;
    let payment = super::pay::payment_of(&conn, refund.property_id, refund.payment_id).await?;
    let attempt = payments::open_attempt_of_refund(&conn, refund.property_id, id.into()).await?;
    Ok((refund, payment, attempt))
}

fn gateway_of<'a>(app: &'a App, payment: &Payment) -> Result<&'a dyn PaymentGateway, GatewayError> {
    let gateway = payment.provider.and_then(|provider| app.gateways.of(provider));
    gateway.ok_or(GatewayError::NotDone("its gateway is not in the settings"))
}

async fn place(app: &App, payment: &Payment, refund: &Refund, attempt: &Attempt) -> Result<Refund> {
    app.pauses.here(Pause::AfterClaim).await;
    let outcome = give(app, payment, refund, attempt).await;
    write(app, payment, refund, Some(attempt), outcome).await
}

async fn give(app: &App, payment: &Payment, refund: &Refund, attempt: &Attempt) -> Result<GatewayRefund, GatewayError> {
    let amount = payment.money(attempt.amount_minor);
    let order = RefundOrder { ids: payment.gateway_ids()?, refund_id: refund.id.into(), amount };
    gateway_of(app, payment)?.refund(attempt.id.into(), &order).await
}

async fn write(
    app: &App,
    payment: &Payment,
    refund: &Refund,
    attempt: Option<&Attempt>,
    outcome: Result<GatewayRefund, GatewayError>,
) -> Result<Refund> {
    let told = match &outcome {
        Ok(refund) => Told::Refund(refund),
        Err(error) => Told::Failure(error),
    };
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let settled = conn.transaction(async |conn| {
        let after = settle(conn, payment, refund.id, attempt, told, &cause).await?;
        if attempt.is_some() {
            app.pauses.here(Pause::BeforeCommit).await;
        }
        Ok::<_, Error>(after)
    });
    let after = settled.await?;
    drop(conn);
    if attempt.is_some() {
        app.pauses.here(Pause::AfterCommit).await;
    }
    app.relay.wake();
    app.mailer.wake();
    Ok(after)
}

/// Lets a refund follow what its gateway has said. It comes to the same however often it is done.
async fn settle(
    conn: &Conn,
    payment: &Payment,
    id: RefundId,
    attempt: Option<&Attempt>,
    told: Told<'_>,
    cause: &Cause,
) -> Result<Refund> {
    let property = properties::hold(conn, payment.property_id).await?.or_404("refund")?;
    let held = Held::lock(conn, &property, payment, cause).await?;
    let refund = held.refund(id).await?;
    let fault = match told {
        Told::Failure(error) if error.keeps_key() => return Ok(refund),
        Told::Failure(GatewayError::Refused { code }) => Some(code.as_str()),
        Told::Failure(_) => Some("declined"),
        Told::Refund(told) if told.amount != payment.money(refund.amount_minor) => {
            tracing::error!(refund_id = %refund.id, "a refund is not of the amount that its gateway has");
            held.mark_amount_differs(&refund, told.amount).await?;
            return Ok(refund);
        }
        Told::Refund(_) => None,
    };
    if let Some(attempt) = attempt {
        let ended = payments::end_attempt(conn, (property.id, attempt.id), fault, cause.at).await?;
        // Somebody else has settled the order: what was refused counts no more.
        if !ended && fault.is_some() {
            return Ok(refund);
        }
    }
    match (told, refund.status) {
        (Told::Failure(_), RefundStatus::Processing) => held.fail(&refund).await,
        (Told::Refund(told), RefundStatus::Processing) => match told.status {
            GatewayRefundStatus::Pending => held.note(&refund, &told.id).await,
            GatewayRefundStatus::Succeeded => held.complete(&refund, Some(&told.id)).await,
            GatewayRefundStatus::Failed => held.fail(&refund).await,
        },
        (Told::Refund(told), RefundStatus::Completed)
            if told.status == GatewayRefundStatus::Failed && refund.way == RefundWay::Own =>
        {
            held.fail(&refund).await
        }
        _ => Ok(refund),
    }
}

/// What the order of a refund comes to where the gateway does it at once, written as the deed is. The transaction of a dry run
/// is rolled back, and the gateway is not asked.
pub async fn rehearse(conn: &Conn, payment: &Payment, refund: Refund, cause: &Cause) -> Result<Refund> {
    if refund.status != RefundStatus::Processing {
        return Ok(refund);
    }
    let attempt = payments::open_attempt_of_refund(conn, refund.property_id, refund.id.into()).await?;
    let done = GatewayRefund {
        id: refund.gateway_id.clone().unwrap_or_else(|| refund.id.to_string()),
        refund_id: Some(refund.id.into()),
        status: GatewayRefundStatus::Succeeded,
        amount: payment.money(refund.amount_minor),
    };
    settle(conn, payment, refund.id, attempt.as_ref(), Told::Refund(&done), cause).await
}

/// Asks what has become of a refund: of its order, if nobody knows its end, else of the refund itself.
pub async fn resolve(app: &App, id: RefundId) -> Result<Refund> {
    let (refund, payment, attempt) = read(app, id).await?;
    match (attempt, &refund.gateway_id) {
        (Some(attempt), _) => resolve_order(app, &payment, &refund, &attempt).await,
        (None, Some(gateway_id)) => {
            let asked = async { gateway_of(app, &payment)?.refund_by_id(gateway_id).await };
            match asked.await {
                Ok(told) => write(app, &payment, &refund, None, Ok(told)).await,
                Err(error) => Err(Error::unavailable(format!("The gateway did not answer: {error}."))),
            }
        }
        (None, None) => Ok(refund),
    }
}

async fn resolve_order(app: &App, payment: &Payment, refund: &Refund, attempt: &Attempt) -> Result<Refund> {
    let asked = async { gateway_of(app, payment)?.find_refund(attempt.id.into(), &payment.gateway_ids()?).await };
    let is_remembered = Clock::real_now() - attempt.ordered_at < KEYS_LAST;
    match asked.await {
        Ok(Some(found)) => write(app, payment, refund, Some(attempt), Ok(found)).await,
        Ok(None) if is_remembered => {
            let outcome = match give(app, payment, refund, attempt).await {
                // It was looked up: nothing was done, and with this key nothing will be.
                Err(GatewayError::Stuck) => Err(GatewayError::Refused { code: "failed".into() }),
                outcome => outcome,
            };
            write(app, payment, refund, Some(attempt), outcome).await
        }
        Ok(None) => {
            let not_done = GatewayError::Refused { code: "not_done".into() };
            write(app, payment, refund, Some(attempt), Err(not_done)).await
        }
        Err(error) => Err(Error::unavailable(format!("The gateway did not answer: {error}."))),
    }
}

/// Asks for the refunds of a payment of which its gateway has told something. A gateway that does not answer holds up no
/// other event.
pub async fn follow(app: &App, property_id: Uuid, payment_id: Uuid) -> Result<()> {
    let conn = app.db.conn().await?;
    let ids = repository::at_gateway(&conn, property_id, payment_id).await?;
    drop(conn);
    // What fails is in the log alone: the job asks for it again.
    resolve_each(app, ids, &mut Failures::default()).await
}

async fn resolve_each(app: &App, ids: Vec<RefundId>, failures: &mut Failures) -> Result<()> {
    for id in ids {
        failures.note_fault("a refund could not be reconciled", id, resolve(app, id).await)?;
    }
    Ok(())
}

/// Asks for orders of refunds whose end nobody knows, and for refunds that have been on their way for a while. One that fails
/// is in the way of no other.
pub async fn reconcile(app: &App) -> Result<()> {
    let now = Clock::real_now();
    let patience = i64::try_from(app.config.gateway_timeout_seconds).unwrap_or(i64::MAX / 4);
    let conn = app.db.conn().await?;
    let providers = app.gateways.providers();
    let unanswered_since = now - TimeDelta::seconds(patience * 2);
    let stale = payments::stale_attempts(&conn, &providers, true, (unanswered_since, now), BATCH).await?;
    let ordered: Vec<Uuid> = stale.into_iter().filter_map(|attempt| attempt.refund_id).collect();
    let mut ids = repository::on_the_way(&conn, &ordered).await?;
    ids.extend(repository::to_be_asked(&conn, &providers, (now - ASKED_EVERY, now), BATCH).await?);
    drop(conn);
    let mut failures = Failures::default();
    resolve_each(app, ids, &mut failures).await?;
    failures.result(())
}
