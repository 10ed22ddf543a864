//! Events of gateways. Each is kept before anything is done, once however often it comes; then the gateway is asked for the
//! payment, which follows that.
use super::guarantees;
use super::order::ask;
use super::settle::{Told, settle};
use crate::Result;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::payments::error::PaymentError;
use crate::domains::payments::model::{Attention, EventStatus, Guarantee, Payment, PaymentStatus, StoredEvent};
use crate::domains::payments::repository;
use crate::error::Or404;
use crate::gateways::{GatewayEvent, GatewayPayment, Provider};
use crate::outbox::{self, Cause, Event};
use diesel_async::AsyncConnection;

/// Takes an event of a gateway, if it is genuine and neither too old nor from the future. What cannot be done now is done
/// later: the event is kept.
pub async fn receive(app: &App, provider: Provider, signature: Option<&str>, body: &[u8]) -> Result<()> {
    let gateway = app.gateways.of(provider).or_404("gateway")?;
    let event = gateway.event(signature, body, Clock::real_now()).map_err(PaymentError::Event)?;
    let conn = app.db.conn().await?;
    let kept = repository::keep_event(&conn, &stored(app, provider, event)).await?;
    drop(conn);
    act(app, &kept).await
}

fn stored(app: &App, provider: Provider, event: GatewayEvent) -> StoredEvent {
    let GatewayEvent { id, kind, occurred_at, payment_id, refund_id, ids, amount } = event;
    let now = app.clock.now();
    StoredEvent {
        provider,
        id,
        kind,
        status: EventStatus::Received,
        told_payment_id: payment_id,
        told_refund_id: refund_id,
        told_ids: ids.into_iter().map(Some).collect(),
        amount_minor: amount.map(|amount| amount.minor),
        currency: amount.map(|amount| amount.currency),
        occurred_at,
        created_at: now,
        updated_at: now,
    }
}

/// Acts on an event that is kept, if nobody has yet.
pub(super) async fn act(app: &App, event: &StoredEvent) -> Result<()> {
    if !matches!(event.status, EventStatus::Received | EventStatus::Unmatched) {
        return Ok(());
    }
    let conn = app.db.conn().await?;
    let found = repository::payment_of_event(&conn, event).await?;
    if found.is_none()
        && let Some(guarantee) = repository::guarantee_of_event(&conn, event).await?
    {
        drop(conn);
        return act_on_guarantee(app, event, &guarantee).await;
    }
    // A charge that was declined has no id here: the order's answer said all that there is.
    if let Some(payment) =
        found.as_ref().filter(|payment| payment.gateway_id.is_none() && payment.status == PaymentStatus::Failed)
    {
        let which = Some((payment.property_id, payment.id));
        repository::set_event(&conn, event, EventStatus::Applied, which, app.clock.now()).await?;
        return Ok(());
    }
    // It can come while the order is under way: then the payment is not known by its id at the gateway yet.
    let Some(payment) = found.filter(|payment| payment.gateway_id.is_some()) else {
        repository::set_event(&conn, event, EventStatus::Unmatched, None, app.clock.now()).await?;
        return Ok(());
    };
    drop(conn);
    let told = ask(app, &payment).await?;
    if !agrees(event, &told) {
        return park(app, event, &payment).await;
    }
    settle(app, &payment, None, Told::Payment(&told)).await?;
    end(app, event, &payment, told.refunded.minor > 0).await
}

/// Acts on the events of a payment that came before its gateway had answered the order. Returns the payment as it is then.
pub(super) async fn act_on_waiting(app: &App, payment: Payment) -> Result<Payment> {
    if payment.gateway_id.is_none() {
        return Ok(payment);
    }
    let conn = app.db.conn().await?;
    let waiting = repository::waiting_events(&conn, payment.id).await?;
    drop(conn);
    if waiting.is_empty() {
        return Ok(payment);
    }
    for event in &waiting {
        // The order is done all the same, and the job tries the event again.
        if let Err(error) = act(app, event).await {
            tracing::warn!(event_id = event.id, payment_id = %payment.id, ?error, "an event that waited could not be acted on");
        }
    }
    let found = repository::find_in(&*app.db.conn().await?, payment.property_id, payment.id).await?;
    Ok(found.unwrap_or(payment))
}

/// Marks the payment of an event that has waited for long, for somebody to look at. Once the gateway is heard of it, nobody has
/// to any more.
pub(super) async fn alarm(app: &App, event: &StoredEvent) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let Some(found) = repository::payment_of_event(&conn, event).await? else { return Ok(()) };
    conn.transaction(async |conn| {
        let before = repository::lock(conn, found.property_id, found.id).await?.or_404("payment")?;
        let waits = before.gateway_id.is_none() && before.status != PaymentStatus::Failed;
        if !waits || before.attention.is_some() {
            return Ok(());
        }
        let about = format!("{} {}", Attention::EventWaits, event.id);
        let after = repository::mark(conn, &before, Attention::EventWaits, &about, cause.at).await?;
        let changed = Event::changed(&before, &after);
        if !changed.is_empty() {
            tracing::error!(event_id = event.id, payment_id = %before.id, "an event of a gateway waits for its payment");
            outbox::publish(conn, &cause, [changed]).await?;
        }
        Ok::<_, crate::Error>(())
    })
    .await?;
    app.relay.wake();
    Ok(())
}

/// Acts on an event of a guarantee: it follows its gateway.
async fn act_on_guarantee(app: &App, event: &StoredEvent, guarantee: &Guarantee) -> Result<()> {
    guarantees::ask(app, guarantee).await?;
    repository::set_event(&*app.db.conn().await?, event, EventStatus::Applied, None, app.clock.now()).await?;
    Ok(())
}

/// Returns `true` if an event of a payment is about the amount that the gateway has of it. That of a refund is its own, also of
/// one that was made at the gateway.
fn agrees(event: &StoredEvent, told: &GatewayPayment) -> bool {
    let is_of_refund = event.kind.split('.').any(|part| part == "refund");
    if event.told_refund_id.is_some() || is_of_refund {
        return true;
    }
    let is_amount = |minor: i64| [told.amount.minor, told.captured.minor].contains(&minor);
    event.amount_minor.is_none_or(is_amount) && event.currency.is_none_or(|currency| currency == told.amount.currency)
}

/// Puts an event aside that does not say what the gateway has, and marks the payment for somebody to look at.
async fn park(app: &App, event: &StoredEvent, payment: &Payment) -> Result<()> {
    tracing::error!(event_id = event.id, payment_id = %payment.id, "an event of a gateway does not say what the gateway has");
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let before = repository::lock(conn, payment.property_id, payment.id).await?.or_404("payment")?;
        repository::set_event(conn, event, EventStatus::Parked, Some((before.property_id, before.id)), cause.at).await?;
        let (attention, about) = (Attention::AmountDiffers, format!("{} {}", Attention::AmountDiffers, event.id));
        let wanted = Payment { attention: Some(attention), attention_about: Some(about), ..before.clone() };
        let changed = Event::changed(&before, &wanted);
        if !changed.is_empty() {
            repository::move_to(conn, &wanted, cause.at).await?;
            outbox::publish(conn, &cause, [changed]).await?;
        }
        Ok::<_, crate::Error>(())
    })
    .await?;
    app.relay.wake();
    Ok(())
}

/// Notes that an event was acted on, and tells refunds of it that something may have become of them.
async fn end(app: &App, event: &StoredEvent, payment: &Payment, has_refunds: bool) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        repository::set_event(conn, event, EventStatus::Applied, Some((payment.property_id, payment.id)), cause.at).await?;
        if has_refunds || event.told_refund_id.is_some() {
            outbox::publish(conn, &cause, [Event::of("payment.refunds_told", payment)]).await?;
        }
        Ok::<_, crate::Error>(())
    })
    .await?;
    app.relay.wake();
    Ok(())
}
