//! Payments of the demo hotels through the gateway: it has them in its books, too, so whatever asks for them finds the same.
use super::create::{Begun, begin_payment, go_on};
use super::order::ask;
use super::orders::attempt;
use super::settle::{Told, settle};
use crate::app::App;
use crate::domains::folios;
use crate::domains::payments::model::{AttemptKind, Payment};
use crate::domains::payments::repository;
use crate::domains::properties;
use crate::error::Or404;
use crate::gateways::Capture;
use crate::outbox::{self, Cause, Event};
use crate::{Error, Result};
use chrono::TimeDelta;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Page on which somebody of a demo hotel pays.
#[derive(Debug, Clone, Copy)]
pub struct DemoPage {
    pub property_id: Uuid,
    pub booking_id: Uuid,
    pub amount_minor: i64,
    pub capture: Capture,
    /// Time for which it is open.
    pub lasts: TimeDelta,
}

/// Begins a payment on the main folio of a booking of a demo hotel, and has the gateway open its page.
pub async fn begin_for_demo(app: &App, page: DemoPage) -> Result<Payment> {
    let DemoPage { property_id, booking_id, amount_minor, capture, lasts } = page;
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let begun = conn.transaction(async |conn| {
        let property = properties::hold(conn, property_id).await?.or_404("property")?;
        let folio = folios::lock_to_pay(conn, property_id, booking_id).await?;
        let begun = Begun { amount_minor, capture, lasts, return_url: None };
        begin_payment(app, conn, &property, &folio, begun, &cause).await
    });
    let payment = begun.await?;
    drop(conn);
    go_on(app, payment.id).await
}

/// Asks the gateway how a payment of a demo hotel stands, and lets the payment follow.
pub async fn follow_for_demo(app: &App, payment: &Payment) -> Result<Payment> {
    let told = ask(app, payment).await?;
    settle(app, payment, None, Told::Payment(&told)).await
}

/// Gives up a payment of a demo hotel of which nothing is captured.
pub async fn give_up_for_demo(app: &App, payment: &Payment) -> Result<Payment> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let ordered = conn.transaction(async |conn| {
        let void = attempt(payment, AttemptKind::Void, payment.amount_minor, cause.at);
        repository::insert_attempt(conn, &void).await?;
        let event = Event::of("payment.ordered", payment).with("order", void.kind).with("amount_minor", void.amount_minor);
        outbox::publish(conn, &cause, [event]).await?;
        Ok::<_, Error>(())
    });
    ordered.await?;
    drop(conn);
    go_on(app, payment.id).await
}
