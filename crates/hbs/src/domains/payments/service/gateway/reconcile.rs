//! Reconciling: whatever was lost on the way, in the end our books are those of the gateway.
use super::events::act;
use super::guarantees;
use super::order::{ask, resolve};
use super::settle::{Told, settle};
use crate::Result;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::payments::model::{Attempt, Payment, StoredEvent};
use crate::domains::payments::repository;
use chrono::{DateTime, TimeDelta, Utc};

const BATCH: i64 = 100;
/// Time after which a payment that is under way is asked for, though nothing was told of it.
const ASKED_EVERY: TimeDelta = TimeDelta::minutes(10);
/// Time after which an event of a payment that is not there is an alarm.
const UNMATCHED_FOR: TimeDelta = TimeDelta::minutes(10);
/// Time within which the payment of an event is looked for: later it is none of HBS, whoever else uses the gateway's account.
const MATCHED_WITHIN: TimeDelta = TimeDelta::days(1);
/// Time for which events are kept. Gateways send one again for some days at most.
const EVENTS_KEPT: TimeDelta = TimeDelta::days(30);

/// Asks for orders whose end nobody knows, acts on events that could not be acted on, and asks for payments that are under
/// way. One that fails is in the way of no other.
pub async fn reconcile(app: &App) -> Result<()> {
    let now = Clock::real_now();
    for attempt in stale(app, now).await? {
        warn(resolve_one(app, &attempt).await, "an order could not be reconciled");
    }
    let conn = app.db.conn().await?;
    let since = app.clock.now() - MATCHED_WITHIN;
    let events: Vec<StoredEvent> = repository::open_events(&conn, since, BATCH).await?;
    drop(conn);
    for event in events {
        warn(try_again(app, &event).await, "an event of a gateway could not be acted on");
    }
    let conn = app.db.conn().await?;
    let providers = app.gateways.providers();
    let under_way: Vec<Payment> = repository::to_be_asked(&conn, &providers, now - ASKED_EVERY, BATCH).await?;
    drop(conn);
    for payment in under_way {
        warn(ask_one(app, &payment, now).await, "a payment could not be asked for");
    }
    warn(guarantees::reconcile(app).await, "guarantees could not be asked for");
    measure(app).await
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

fn warn(done: Result<()>, what: &'static str) {
    if let Err(error) = done {
        tracing::warn!(?error, "{what}");
    }
}
