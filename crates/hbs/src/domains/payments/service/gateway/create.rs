//! Payments on a page of the gateway.
use super::events::act_on_waiting;
use super::order::place;
use super::rehearse::rehearse;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::folios::{self, Folio};
use crate::domains::payments::dto::{CreatePayment, PaymentOut};
use crate::domains::payments::error::PaymentError;
use crate::domains::payments::model::{
    Attempt, AttemptId, AttemptKind, AttemptStatus, Payer, Payment, PaymentId, PaymentMethod, PaymentStatus, Words,
};
use crate::domains::payments::repository;
use crate::domains::payments::service::record::{Asked, check_balance, check_method, recorded, shown, target};
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::gateways::{Capture, Provider};
use crate::idempotency::IdempotencyKey;
use crate::language::Language;
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::pauses::Pause;
use crate::security::permission::PaymentsWrite;
use crate::security::{OwnOr, Reach, Scope};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::TimeDelta;
use serde_json::Value;
use uuid::Uuid;

/// Time for which a page is open.
pub(super) const PAGE_LASTS: TimeDelta = TimeDelta::hours(2);

/// Maximum number of payments of a folio that guests have under way: each is an order to the gateway, which is then asked again
/// and again what has become of it.
const MOST_UNDER_WAY: i64 = 20;

/// Begins a payment: its row and the order of the page are committed, then the gateway opens the page. Sent again with its
/// key it goes on where it broke off.
pub async fn create(app: &App, who: &OwnOr<PaymentsWrite>, key: &IdempotencyKey, request: CreatePayment) -> Result<Answer> {
    app.pauses.here(Pause::BeforeClaim).await;
    // First the part that can be refused: what is refused uses up no key.
    let begun = begin(app, who, &key.of_part(&[]), &request).await?;
    if key.is_dry_run() {
        return Ok(begun);
    }
    if let Some(answer) = app.begin_parts(key).await? {
        return Ok(answer);
    }
    let (location, id) = made(&begun)?;
    let payment = go_on(app, id).await?;
    let answer = Answer::created(location, payment.version, &shown_of(app, &who.reach, payment).await?)?;
    app.end_parts(key, answer).await
}

/// The address and the id of the payment that the first part has made.
fn made(begun: &Answer) -> Result<(String, PaymentId)> {
    let location = begun.location.clone().unwrap_or_default();
    let id = location.rsplit('/').next().unwrap_or_default();
    let id = serde_json::from_value(Value::from(id)).map_err(Error::internal)?;
    Ok((location, id))
}

/// Gives the order of a payment that is still open to its gateway. What the gateway told of a new payment before it had answered
/// has waited for this.
pub async fn go_on(app: &App, id: PaymentId) -> Result<Payment> {
    let conn = app.db.conn().await?;
    let payment = repository::find(&conn, &Reach::of_scope(Scope::All), id).await?.or_404("payment")?;
    let attempt = repository::open_attempt(&conn, payment.property_id, id).await?;
    drop(conn);
    let Some(attempt) = attempt else { return Ok(payment) };
    let placed = place(app, &payment, &attempt).await?;
    match attempt.kind {
        AttemptKind::Checkout | AttemptKind::Charge => act_on_waiting(app, placed).await,
        AttemptKind::Capture | AttemptKind::Void | AttemptKind::Refund => Ok(placed),
    }
}

pub(super) async fn shown_of(app: &App, reach: &Reach, payment: Payment) -> Result<PaymentOut> {
    let conn = app.db.conn().await?;
    shown(&conn, reach, vec![payment]).await?.pop().or_404("payment")
}

async fn begin(app: &App, who: &OwnOr<PaymentsWrite>, key: &IdempotencyKey, request: &CreatePayment) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    let provider = app.gateways.current().ok_or(PaymentError::NoGateway)?.provider();
    app.change(key, async |conn| {
        let (property_id, folio_id) = target(conn, &who.reach, request).await?;
        let property = properties::hold(conn, property_id).await?.or_404("folio")?;
        let asked = Asked::check(conn, &property, request, cause.at).await?;
        let capture = request.capture.unwrap_or(Capture::Automatic);
        if capture == Capture::Manual {
            who.caller.require::<PaymentsWrite>(property_id)?;
        }
        let folio = folios::lock_to_pay(conn, property_id, folio_id).await?;
        if request.stores_guarantee && folio.booking_id.is_none() {
            return Err(Error::invalid("/stores_guarantee", "is for payments of bookings"));
        }
        let is_to_staff = who.reach.scope.covers(property_id);
        if !is_to_staff && repository::count_under_way(conn, property_id, folio.id).await? >= MOST_UNDER_WAY {
            return Err(PaymentError::TooManyUnderWay(MOST_UNDER_WAY).into());
        }
        let overpays = check_balance(conn, &who.caller, &folio, asked.amount_minor, request.overpay).await?;
        let new = recorded(&folio, request, asked, cause.at);
        let payment = Payment { capture: Some(capture), ..on_page(new, provider) };
        repository::insert(conn, &payment).await?;
        let page = Page { hotel: &property.name, stores_guarantee: request.stores_guarantee, return_url: None };
        let attempt = order(app, conn, &payment, page).await?;
        repository::insert_attempt(conn, &attempt).await?;
        let event = Event::created(&payment);
        let event = if overpays { event.with("overpays", true) } else { event };
        outbox::publish(conn, &cause, [event]).await?;
        let location = format!("/v1/payments/{}", payment.id);
        let (payment, attempt) = if key.is_dry_run() {
            let opened = rehearse(conn, &payment, &attempt).await?;
            (opened, Attempt { status: AttemptStatus::Succeeded, ..attempt })
        } else {
            (payment, attempt)
        };
        Answer::created(location, payment.version, &PaymentOut::new(payment, vec![attempt], is_to_staff))
    })
    .await
}

/// A payment of which nothing is paid yet, on a page of a gateway.
fn on_page(payment: Payment, provider: Provider) -> Payment {
    Payment {
        status: PaymentStatus::Pending,
        authorized_minor: 0,
        captured_minor: 0,
        capture: Some(Capture::Automatic),
        provider: Some(provider),
        page_expires_at: Some(Clock::real_now() + PAGE_LASTS),
        ..payment
    }
}

/// Begins a payment of a folio, which is locked, for whoever is sent to its page: its row and its order, which is given to the
/// gateway once they are committed. They come back to `return_url`.
pub async fn begin_page(
    app: &App,
    conn: &Conn,
    property: &Property,
    folio: &Folio,
    (amount_minor, return_url): (i64, String),
    cause: &Cause,
) -> Result<Payment> {
    check_method(conn, property, PaymentMethod::Gateway).await?;
    let begun = Begun { amount_minor, capture: Capture::Automatic, lasts: PAGE_LASTS, return_url: Some(return_url) };
    begin_payment(app, conn, property, folio, begun, cause).await
}

/// A payment that is begun for somebody who is sent to its page.
pub(super) struct Begun {
    pub amount_minor: i64,
    pub capture: Capture,
    /// Time for which the page is open.
    pub lasts: TimeDelta,
    /// Address to which whoever paid comes back; none for that of the booking.
    pub return_url: Option<String>,
}

/// Writes a payment of a folio, which is locked, with the order of its page.
pub(super) async fn begin_payment(
    app: &App,
    conn: &Conn,
    property: &Property,
    folio: &Folio,
    begun: Begun,
    cause: &Cause,
) -> Result<Payment> {
    let Begun { amount_minor, capture, lasts, return_url } = begun;
    let provider = app.gateways.current().ok_or(PaymentError::NoGateway)?.provider();
    let request = CreatePayment::of_method(PaymentMethod::Gateway, Money::new(amount_minor, folio.currency));
    let asked = Asked { amount_minor, value_date: None, today: property.business_date(cause.at) };
    let new = on_page(recorded(folio, &request, asked, cause.at), provider);
    let payment = Payment { capture: Some(capture), page_expires_at: Some(Clock::real_now() + lasts), ..new };
    repository::insert(conn, &payment).await?;
    let page = Page { hotel: &property.name, stores_guarantee: false, return_url };
    let attempt = order(app, conn, &payment, page).await?;
    repository::insert_attempt(conn, &attempt).await?;
    outbox::publish(conn, cause, [Event::created(&payment)]).await?;
    Ok(payment)
}

/// A page that is ordered, beside its payment.
pub(super) struct Page<'a> {
    /// Name of the hotel.
    pub hotel: &'a str,
    pub stores_guarantee: bool,
    /// Address to which whoever paid comes back; none for that of the booking.
    pub return_url: Option<String>,
}

/// Returns the texts that a page is ordered with, of a hotel or of a booking: whoever was there comes back to its page.
pub(super) async fn words(app: &App, conn: &Conn, property_id: Uuid, booking_id: Option<Uuid>, hotel: &str) -> Result<Words> {
    let payer = match booking_id {
        Some(booking_id) => repository::payer_of(conn, property_id, booking_id).await?,
        None => None,
    };
    let site = app.config.public_url.trim_end_matches('/');
    let page = booking_id.map_or_else(|| format!("{site}/"), |booking_id| format!("{site}/bookings/{booking_id}"));
    let description = payer.as_ref().map_or_else(|| hotel.to_owned(), |payer| format!("{hotel}, {}", payer.reference));
    let Payer { email, locale, .. } = payer.unwrap_or_default();
    Ok(Words {
        description,
        email,
        language: Language::first_of(locale.iter()).code().to_owned(),
        return_url: page.clone(),
        cancel_url: page,
        expires_at: Clock::real_now() + PAGE_LASTS,
        stores_guarantee: false,
    })
}

/// The order of a page on which a payment is made.
pub(super) async fn order(app: &App, conn: &Conn, payment: &Payment, page: Page<'_>) -> Result<Attempt> {
    let Page { hotel, stores_guarantee, return_url } = page;
    let words = words(app, conn, payment.property_id, payment.booking_id, hotel).await?;
    let return_url = format!("{}?payment_id={}", return_url.as_ref().unwrap_or(&words.return_url), payment.id);
    let cancel_url = format!("{return_url}&cancelled=true");
    let expires_at = payment.page_expires_at.unwrap_or(words.expires_at);
    let words = Words { cancel_url, return_url, stores_guarantee, expires_at, ..words };
    let now = Clock::real_now();
    Ok(Attempt {
        property_id: payment.property_id,
        id: AttemptId::now_v7(),
        payment_id: payment.id,
        refund_id: None,
        kind: AttemptKind::Checkout,
        status: AttemptStatus::Open,
        amount_minor: payment.amount_minor,
        words: Some(serde_json::to_value(words).map_err(Error::internal)?),
        fault: None,
        ordered_at: now,
        created_at: payment.updated_at,
        updated_at: payment.updated_at,
    })
}
