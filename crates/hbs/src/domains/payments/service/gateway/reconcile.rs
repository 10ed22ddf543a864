//! Reconciling: whatever was lost on the way, in the end our books are those of the gateway.
use super::events::{act, alarm};
use super::guarantees;
use super::order::{ask, asked, resolve};
use super::settle::{Told, settle};
use crate::app::App;
use crate::clock::Clock;
use crate::domains::payments::model::{Attempt, AttemptId, Payment, PaymentId, PaymentStatus, StoredEvent};
use crate::domains::payments::repository;
use crate::failures::Failures;
use crate::gateways::{GatewayPayment, GatewayStatus, PaymentMade, Provider};
use crate::money::Money;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashSet;
use uuid::Uuid;

const BATCH: i64 = 100;
/// Time after which a payment that is under way is asked for, though nothing was told of it.
const ASKED_EVERY: TimeDelta = TimeDelta::minutes(10);
/// Time after which an event of a payment that is not there, or that its gateway has not answered, is an alarm.
const UNMATCHED_FOR: TimeDelta = TimeDelta::minutes(10);
/// Time within which the payment of an event is looked for: later it is none of HBS, whoever else uses the gateway's account.
const MATCHED_WITHIN: TimeDelta = TimeDelta::days(1);
/// Time for which events are kept. Gateways send one again for some days at most.
pub const EVENTS_KEPT: TimeDelta = TimeDelta::days(30);

/// Asks for orders whose end nobody knows, acts on events that could not be acted on, and asks for payments that are under
/// way. One that fails is in the way of no other.
pub async fn reconcile(app: &App) -> Result<()> {
    let mut failures = Failures::default();
    reconcile_batch(app, &mut failures).await?;
    failures.result(())
}

/// Does that for as many of each as a batch has. Returns the orders that it asked for.
async fn reconcile_batch(app: &App, failures: &mut Failures) -> Result<Vec<AttemptId>> {
    let now = Clock::real_now();
    let attempts = stale(app, now).await?;
    for attempt in &attempts {
        failures.note_fault("an order could not be reconciled", attempt.id, resolve_one(app, attempt).await)?;
    }
    let conn = app.db.conn().await?;
    let since = app.clock.now() - MATCHED_WITHIN;
    let events: Vec<StoredEvent> = repository::open_events(&conn, since, BATCH).await?;
    drop(conn);
    for event in events {
        let acted = try_again(app, &event).await;
        failures.note_fault("an event of a gateway could not be acted on", &event.id, acted)?;
        if event.created_at < app.clock.now() - UNMATCHED_FOR {
            let marked = alarm(app, &event).await;
            failures.note_fault("a payment whose event waits could not be marked", &event.id, marked)?;
        }
    }
    let conn = app.db.conn().await?;
    let providers = app.gateways.providers();
    let under_way: Vec<Payment> = repository::to_be_asked(&conn, &providers, now - ASKED_EVERY, BATCH).await?;
    drop(conn);
    for payment in under_way {
        failures.note_fault("a payment could not be asked for", payment.id, ask_one(app, &payment, now).await)?;
    }
    guarantees::reconcile(app, failures).await?;
    measure(app).await?;
    Ok(attempts.into_iter().map(|attempt| attempt.id).collect())
}

/// Difference between the books of a gateway and those of HBS, which were restored from a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A payment that has another state now that its gateway was asked.
    Settled { payment_id: PaymentId, before: PaymentStatus, after: PaymentStatus },
    /// A payment with money in it that HBS does not have: it was made after the backup.
    Unknown {
        provider: Provider,
        gateway_id: String,
        payment_id: Uuid,
        status: GatewayStatus,
        captured: Money,
        /// Amount that is held and not captured yet.
        capturable: Money,
    },
}

/// Asks the gateways for all payments that are under way, however lately that was done, and for those that were made since an
/// instant. A gateway that does not answer, or is not set up, is an error: nobody knows then what is missing.
pub async fn reconcile_all(app: &App, since: DateTime<Utc>) -> Result<Vec<Difference>> {
    let conn = app.db.conn().await?;
    refuse_unknown_gateways(app, &conn).await?;
    let before: Vec<Payment> = repository::under_way_at(&conn, &app.gateways.providers()).await?;
    drop(conn);
    reconcile_whole(app).await?;
    for payment in &before {
        ask_for_good(app, payment).await?;
    }
    let mut differences = Vec::new();
    for payment in before {
        let after = repository::find_in(&*app.db.conn().await?, payment.property_id, payment.id).await?;
        if let Some(after) = after.filter(|after| after.status != payment.status) {
            differences.push(Difference::Settled { payment_id: payment.id, before: payment.status, after: after.status });
        }
    }
    differences.extend(unknown_since(app, since).await?);
    Ok(differences)
}

/// Refuses payments under way of which no gateway of the settings knows anything.
async fn refuse_unknown_gateways(app: &App, conn: &Conn) -> Result<()> {
    let elsewhere = repository::under_way_elsewhere(conn, &app.gateways.providers()).await?;
    let missing: Vec<String> = elsewhere
        .into_iter()
        .filter_map(|(provider, number)| {
            Some(format!("the gateway {} is not set up, and {number} payments through it are under way", provider?))
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::internal(format!("{}: set it up, then resume", missing.join("; "))))
}

/// Reconciles batch after batch, until there is no order that was not asked for.
async fn reconcile_whole(app: &App) -> Result<()> {
    let mut seen: HashSet<AttemptId> = HashSet::new();
    loop {
        let before = seen.len();
        // What fails is in the log alone: each payment is asked for again, for good.
        seen.extend(reconcile_batch(app, &mut Failures::default()).await?);
        if seen.len() == before {
            return Ok(());
        }
    }
}

/// Asks for a payment, and lets it follow. No answer is an error; what the gateway says, and be it no, is in the way of no other.
async fn ask_for_good(app: &App, payment: &Payment) -> Result<()> {
    let conn = app.db.conn().await?;
    repository::note_asked(&conn, payment, Clock::real_now()).await?;
    drop(conn);
    match asked(app, payment).await {
        Ok(told) => {
            if let Err(error) = settle(app, payment, None, Told::Payment(&told)).await {
                tracing::warn!(payment_id = %payment.id, ?error, "a payment could not follow its gateway");
            }
        }
        Err(error) if error.keeps_key() => {
            let gateway = payment.provider.map_or("unknown", Provider::as_str);
            return Err(Error::internal(format!(
                "the gateway {gateway} does not say how payment {} stands: {error}",
                payment.id
            )));
        }
        Err(error) => tracing::warn!(payment_id = %payment.id, %error, "a gateway does not know a payment that is under way"),
    }
    Ok(())
}

/// The payments with money in them that gateways have, and HBS does not.
async fn unknown_since(app: &App, since: DateTime<Utc>) -> Result<Vec<Difference>> {
    let mut unknown = Vec::new();
    for provider in app.gateways.providers() {
        let Some(gateway) = app.gateways.of(provider) else { continue };
        let made = gateway.made_since(since).await;
        let made =
            made.map_err(|error| Error::internal(format!("the gateway {provider} does not list its payments: {error}")))?;
        let ids: Vec<Uuid> = made.iter().map(|made| made.payment_id).collect();
        let known = repository::known(&*app.db.conn().await?, &ids).await?;
        for PaymentMade { payment_id, payment } in made.into_iter().filter(|made| !known.contains(&made.payment_id)) {
            let GatewayPayment { ids, status, captured, capturable, .. } = payment;
            if captured.minor > 0 || capturable.minor > 0 || status == GatewayStatus::Processing {
                unknown.push(Difference::Unknown { provider, gateway_id: ids.id, payment_id, status, captured, capturable });
            }
        }
    }
    Ok(unknown)
}

/// The orders that are no longer under way: a call takes no longer than the gateway has to answer.
async fn stale(app: &App, now: DateTime<Utc>) -> Result<Vec<Attempt>> {
    let patience = i64::try_from(app.config.gateway_timeout_seconds).unwrap_or(i64::MAX / 4);
    let before = now - TimeDelta::seconds(patience * 2);
    let conn = app.db.conn().await?;
    Ok(repository::stale_attempts(&conn, &app.gateways.providers(), false, (before, now), BATCH).await?)
}

async fn resolve_one(app: &App, attempt: &Attempt) -> Result<()> {
    let found = repository::find_in(&*app.db.conn().await?, attempt.property_id, attempt.payment_id).await?;
    match found {
        Some(payment) => resolve(app, &payment, attempt).await.map(drop),
        None => Ok(()),
    }
}

/// Acts on an event that is kept. However that ends, the others come first the next time.
async fn try_again(app: &App, event: &StoredEvent) -> Result<()> {
    let conn = app.db.conn().await?;
    repository::note_tried(&conn, event, app.clock.now()).await?;
    drop(conn);
    act(app, event).await
}

/// Removes the events that are over. What is parked stays, since somebody has to look at it.
pub async fn forget_events(app: &App) -> Result<()> {
    let before = app.clock.now() - EVENTS_KEPT;
    let forgotten = repository::forget_events(&*app.db.conn().await?, before).await?;
    if forgotten > 0 {
        tracing::info!(forgotten, "events of gateways were removed");
    }
    Ok(())
}

async fn ask_one(app: &App, payment: &Payment, now: DateTime<Utc>) -> Result<()> {
    let conn = app.db.conn().await?;
    repository::note_asked(&conn, payment, now).await?;
    drop(conn);
    let told = ask(app, payment).await?;
    settle(app, payment, None, Told::Payment(&told)).await?;
    Ok(())
}

/// Tells how many payments and events somebody has to look at.
async fn measure(app: &App) -> Result<()> {
    let before = app.clock.now() - UNMATCHED_FOR;
    let odd = repository::attention(&*app.db.conn().await?, before).await?;
    metrics::gauge!("hbs_payments_attention").set(u32::try_from(odd).unwrap_or(u32::MAX));
    Ok(())
}
