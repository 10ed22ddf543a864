//! Orders of staff: capture what is authorized, give a payment up, or try again.
use super::create::{PAGE_LASTS, Page, go_on, order, shown_of};
use super::order::resolve;
use super::rehearse::rehearse;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::folios;
use crate::domains::payments::dto::CapturePayment;
use crate::domains::payments::error::PaymentError;
use crate::domains::payments::model::{Attempt, AttemptId, AttemptKind, AttemptStatus, Payment, PaymentId, PaymentStatus};
use crate::domains::payments::repository;
use crate::domains::payments::rules::answered;
use crate::domains::payments::service::record::{check_balance, shown};
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::pauses::Pause;
use crate::security::Staff;
use crate::security::permission::PaymentsWrite;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;

/// Captures some or all of what is authorized: the rest is free again.
pub async fn capture(
    app: &App,
    staff: &Staff<PaymentsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: PaymentId,
    request: CapturePayment,
) -> Result<Answer> {
    let order = |payment: &Payment| {
        check_status(payment, &[PaymentStatus::Authorized], "captured")?;
        let amount = request.amount.unwrap_or_else(|| payment.money(payment.authorized_minor));
        if amount.currency != payment.currency {
            return Err(PaymentError::OtherCurrency { pointer: "/amount", expected: payment.currency });
        }
        if amount.minor <= 0 {
            return Err(PaymentError::NotPositive);
        }
        if amount.minor > payment.authorized_minor {
            return Err(PaymentError::ExceedsAuthorized(payment.money(payment.authorized_minor)));
        }
        Ok((AttemptKind::Capture, amount.minor))
    };
    in_parts(app, staff, key, seen, id, order).await
}

/// Gives a payment up that is not captured: its page is closed, or what is authorized is free again.
pub async fn void(app: &App, staff: &Staff<PaymentsWrite>, key: &IdempotencyKey, seen: IfMatch, id: PaymentId) -> Result<Answer> {
    let order = |payment: &Payment| {
        check_status(payment, &[PaymentStatus::Pending, PaymentStatus::RequiresAction, PaymentStatus::Authorized], "voided")?;
        Ok((AttemptKind::Void, payment.amount_minor))
    };
    in_parts(app, staff, key, seen, id, order).await
}

/// Commits an order, then gives it to the gateway.
async fn in_parts(
    app: &App,
    staff: &Staff<PaymentsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: PaymentId,
    order: impl Fn(&Payment) -> Result<(AttemptKind, i64), PaymentError> + Send + Sync,
) -> Result<Answer> {
    app.pauses.here(Pause::BeforeClaim).await;
    let cause = staff.caller.cause(app.clock.now());
    let begun = app
        .change(&key.of_part(&[]), async |conn| {
            let payment = lock(conn, staff, id).await?;
            seen.check(payment.version)?;
            let (kind, amount_minor) = order(&payment)?;
            let attempt = attempt(&payment, kind, amount_minor, cause.at);
            repository::insert_attempt(conn, &attempt).await?;
            let event = Event::of("payment.ordered", &payment).with("order", kind).with("amount_minor", amount_minor);
            outbox::publish(conn, &cause, [event]).await?;
            let payment = if key.is_dry_run() { rehearse(conn, &payment, &attempt).await? } else { payment };
            ordered(conn, staff, payment).await
        })
        .await?;
    if key.is_dry_run() {
        return Ok(begun);
    }
    if let Some(answer) = app.begin_parts(key).await? {
        return Ok(answer);
    }
    end(app, staff, key, go_on(app, id).await?).await
}

async fn ordered(conn: &Conn, staff: &Staff<PaymentsWrite>, payment: Payment) -> Result<Answer> {
    let version = payment.version;
    Answer::ok(version, &shown(conn, &staff.reach(), vec![payment]).await?.pop().or_404("payment")?)
}

async fn end(app: &App, staff: &Staff<PaymentsWrite>, key: &IdempotencyKey, payment: Payment) -> Result<Answer> {
    let answer = Answer::ok(payment.version, &shown_of(app, &staff.reach(), payment).await?)?;
    app.end_parts(key, answer).await
}

/// An order about a payment that its gateway has.
pub(super) fn attempt(payment: &Payment, kind: AttemptKind, amount_minor: i64, at: chrono::DateTime<chrono::Utc>) -> Attempt {
    Attempt {
        property_id: payment.property_id,
        id: AttemptId::now_v7(),
        payment_id: payment.id,
        refund_id: None,
        kind,
        status: AttemptStatus::Open,
        amount_minor,
        words: None,
        fault: None,
        ordered_at: Clock::real_now(),
        created_at: at,
        updated_at: at,
    }
}

/// A payment through a gateway, locked, of which nothing is ordered at the moment.
async fn lock(conn: &Conn, staff: &Staff<PaymentsWrite>, id: PaymentId) -> Result<Payment> {
    let found = repository::find(conn, &staff.reach(), id).await?.or_404("payment")?;
    properties::hold(conn, found.property_id).await?.or_404("payment")?;
    let payment = repository::lock(conn, found.property_id, id).await?.or_404("payment")?;
    if payment.status == PaymentStatus::Unknown {
        return Err(PaymentError::Unclear.into());
    }
    match repository::open_attempt(conn, payment.property_id, id).await? {
        Some(_) => Err(PaymentError::Ordered.into()),
        None => Ok(payment),
    }
}

fn check_status(payment: &Payment, may: &[PaymentStatus], done: &'static str) -> Result<(), PaymentError> {
    let is_at_gateway = payment.gateway_id.is_some();
    if may.contains(&payment.status) && is_at_gateway {
        return Ok(());
    }
    Err(PaymentError::IllegalMove { status: payment.status, done })
}

/// Tries again: an order that is open is given again with its key, one whose end nobody knows is looked up, and a payment
/// that failed or whose page is over gets another page.
pub async fn retry(
    app: &App,
    staff: &Staff<PaymentsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: PaymentId,
) -> Result<Answer> {
    if let Some(answer) = app.begin_parts(key).await? {
        return Ok(answer);
    }
    let conn = app.db.conn().await?;
    let found = repository::find(&conn, &staff.reach(), id).await?.or_404("payment")?;
    seen.check(found.version)?;
    let open = repository::open_attempt(&conn, found.property_id, id).await?;
    drop(conn);
    if let Some(attempt) = open {
        return end(app, staff, key, resolve(app, &found, &attempt).await?).await;
    }
    begin_again(app, staff, &key.of_part(&[]), seen, id).await?;
    end(app, staff, key, go_on(app, id).await?).await
}

async fn begin_again(
    app: &App,
    staff: &Staff<PaymentsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: PaymentId,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.reach(), id).await?.or_404("payment")?;
        let property = properties::hold(conn, found.property_id).await?.or_404("payment")?;
        let folio = folios::lock_to_pay(conn, property.id, found.folio_id).await?;
        let before = lock(conn, staff, id).await?;
        seen.check(before.version)?;
        if !matches!(before.status, PaymentStatus::Failed | PaymentStatus::Expired) || before.provider.is_none() {
            return Err(PaymentError::IllegalMove { status: before.status, done: "tried again" }.into());
        }
        check_balance(conn, &staff.caller, &folio, before.amount_minor, false).await?;
        let wanted = Payment {
            status: PaymentStatus::Pending,
            authorized_minor: 0,
            // The new page has an id of its own: what is told of the old one until then waits.
            gateway_id: None,
            gateway_transaction_id: None,
            decline: None,
            page: None,
            page_expires_at: Some(Clock::real_now() + PAGE_LASTS),
            updated_at: cause.at,
            ..answered(&before)
        };
        let after = repository::move_to(conn, &wanted, cause.at).await?;
        let page = Page { hotel: &property.name, stores_guarantee: false, return_url: None };
        let attempt = order(app, conn, &after, page).await?;
        repository::insert_attempt(conn, &attempt).await?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after).named("payment.retried")]).await?;
        ordered(conn, staff, after).await
    })
    .await
}
