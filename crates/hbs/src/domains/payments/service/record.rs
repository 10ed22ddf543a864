//! Payments that staff record: money at the desk, a card at the terminal, a transfer to the bank account.
use super::settings::known_settings;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::drawers;
use crate::domains::folios::{self, Folio};
use crate::domains::payments::dto::{CreatePayment, PaymentOut};
use crate::domains::payments::error::PaymentError;
use crate::domains::payments::model::{Attempt, Payment, PaymentId, PaymentMethod, PaymentStatus};
use crate::domains::payments::repository;
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::{PaymentsOverpay, PaymentsWrite};
use crate::security::{Caller, OwnOr, Reach, Scope};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// Records what was paid on a folio: it counts at once.
pub async fn record(app: &App, who: &OwnOr<PaymentsWrite>, key: &IdempotencyKey, request: CreatePayment) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (property_id, folio_id) = target(conn, &who.reach, &request).await?;
        who.caller.require::<PaymentsWrite>(property_id)?;
        let property = properties::hold(conn, property_id).await?.or_404("folio")?;
        let asked = Asked::check(conn, &property, &request, cause.at).await?;
        let folio = folios::lock_to_pay(conn, property_id, folio_id).await?;
        let overpays = check_balance(conn, &who.caller, &folio, asked.amount_minor, request.overpay).await?;
        let drawer_id = match request.method {
            PaymentMethod::Cash => drawers::hold_open(conn, property_id, who.caller.answerable()).await?,
            _ => None,
        };
        let recorded_by = Some(who.caller.answerable());
        let payment = Payment { drawer_id, recorded_by, ..recorded(&folio, &request, asked, cause.at) };
        repository::insert(conn, &payment).await?;
        let posted = folios::pay(conn, &payment.on_folio(asked.today, cause.at), asked.amount_minor).await?;
        let event = Event::created(&payment).with("lines", &posted);
        let event = if overpays { event.with("overpays", true) } else { event };
        outbox::publish(conn, &cause, [event]).await?;
        Answer::created(format!("/v1/payments/{}", payment.id), payment.version, &PaymentOut::new(payment, Vec::new(), true))
    })
    .await
}

/// Records what a guest of a demo hotel has paid on the main folio of a booking, which has its id.
pub async fn record_for_demo(
    conn: &Conn,
    property: &Property,
    booking_id: Uuid,
    (method, amount_minor): (PaymentMethod, i64),
    cause: &Cause,
) -> Result<Payment> {
    let folio = folios::lock_to_pay(conn, property.id, booking_id).await?;
    let today = property.business_date(cause.at);
    let value_date = (method == PaymentMethod::BankTransfer).then_some(today);
    let request = CreatePayment::of_method(method, Money::new(amount_minor, folio.currency));
    let payment = recorded(&folio, &request, Asked { amount_minor, value_date, today }, cause.at);
    repository::insert(conn, &payment).await?;
    let posted = folios::pay(conn, &payment.on_folio(today, cause.at), amount_minor).await?;
    outbox::publish(conn, cause, [Event::created(&payment).with("lines", &posted)]).await?;
    Ok(payment)
}

/// A request, once it is checked.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub amount_minor: i64,
    pub value_date: Option<NaiveDate>,
    /// Business date.
    pub today: NaiveDate,
}

impl Asked {
    pub async fn check(conn: &Conn, property: &Property, request: &CreatePayment, now: DateTime<Utc>) -> Result<Self> {
        check_method(conn, property, request.method).await?;
        if request.capture.is_some() && request.method != PaymentMethod::Gateway {
            return Err(Error::invalid("/capture", "is for payments through a gateway"));
        }
        if request.stores_guarantee && request.method != PaymentMethod::Gateway {
            return Err(Error::invalid("/stores_guarantee", "is for payments through a gateway"));
        }
        let today = property.business_date(now);
        Ok(Self { amount_minor: amount(request, property)?, value_date: value_date(request, today)?, today })
    }
}

/// A payment that counts at once.
pub fn recorded(folio: &Folio, request: &CreatePayment, asked: Asked, now: DateTime<Utc>) -> Payment {
    let Asked { amount_minor, value_date, today } = asked;
    Payment {
        property_id: folio.property_id,
        id: PaymentId::now_v7(),
        folio_id: folio.id,
        booking_id: folio.booking_id,
        method: request.method,
        status: PaymentStatus::Captured,
        currency: folio.currency,
        amount_minor,
        authorized_minor: amount_minor,
        captured_minor: amount_minor,
        refunding_minor: 0,
        refunded_minor: 0,
        reference: request.reference.clone(),
        value_date,
        business_date: today,
        version: 1,
        created_at: now,
        updated_at: now,
        capture: None,
        provider: None,
        gateway_id: None,
        gateway_transaction_id: None,
        page: None,
        page_expires_at: None,
        capture_before: None,
        decline: None,
        dispute: None,
        attention: None,
        lost_minor: 0,
        drawer_id: None,
        is_brought_in: false,
        recorded_by: None,
        attention_about: None,
        acknowledged: None,
        transferred_minor: 0,
    }
}

/// Payments with their orders, in one more statement however many there are, as whoever has this reach sees them.
pub async fn shown(conn: &Conn, reach: &Reach, payments: Vec<Payment>) -> Result<Vec<PaymentOut>> {
    let ids: Vec<(Uuid, PaymentId)> = payments.iter().map(|payment| (payment.property_id, payment.id)).collect();
    let mut attempts: HashMap<Uuid, Vec<Attempt>> = HashMap::new();
    for attempt in repository::attempts_of(conn, &ids).await? {
        attempts.entry(attempt.payment_id.into()).or_default().push(attempt);
    }
    let show = |payment: Payment| {
        let of_payment = attempts.remove(&payment.id.into()).unwrap_or_default();
        let is_to_staff = reach.scope.covers(payment.property_id);
        PaymentOut::new(payment, of_payment, is_to_staff)
    };
    Ok(payments.into_iter().map(show).collect())
}

/// The folio that a request is about, with its property.
pub async fn target(conn: &Conn, reach: &Reach, request: &CreatePayment) -> Result<(Uuid, Uuid)> {
    match (request.folio_id, request.booking_id) {
        (Some(folio_id), None) => {
            let folio = folios::find(conn, &Scope::All, folio_id).await?.or_404("folio")?;
            // Guests reach the folios of their own bookings.
            if !reach.scope.covers(folio.property_id) {
                let booking_id = folio.booking_id.or_404("folio")?;
                folios::find_of_booking(conn, reach, booking_id).await?.or_404("folio")?;
            }
            Ok((folio.property_id, folio.id))
        }
        // The main folio of a booking has its id.
        (None, Some(booking_id)) => {
            let booking = folios::find_of_booking(conn, reach, booking_id).await?.or_404("booking")?;
            Ok((booking.property_id, booking.id))
        }
        _ => Err(Error::invalid("/folio_id", "give exactly one of `folio_id` and `booking_id`")),
    }
}

pub async fn check_method(conn: &Conn, property: &Property, method: PaymentMethod) -> Result<()> {
    let methods = known_settings(conn, property).await?.methods();
    if methods.contains(&method) { Ok(()) } else { Err(PaymentError::MethodNotTaken(methods).into()) }
}

fn amount(request: &CreatePayment, property: &Property) -> Result<i64> {
    if request.amount.currency != property.currency {
        return Err(PaymentError::OtherCurrency { pointer: "/amount", expected: property.currency }.into());
    }
    if request.amount.minor <= 0 {
        return Err(PaymentError::NotPositive.into());
    }
    Ok(request.amount.minor)
}

/// Returns the date on which the bank credited a transfer.
fn value_date(request: &CreatePayment, today: NaiveDate) -> Result<Option<NaiveDate>> {
    match (request.method, request.value_date) {
        (PaymentMethod::BankTransfer, Some(date)) if date > today => {
            Err(Error::invalid("/value_date", format!("must not be after the business date, {today}")))
        }
        (PaymentMethod::BankTransfer, date) => Ok(Some(date.unwrap_or(today))),
        (_, None) => Ok(None),
        (_, Some(_)) => Err(Error::invalid("/value_date", "is for bank transfers")),
    }
}

/// Checks that a payment is no more than what is left to be paid on its folio, which is locked: payments that are under way
/// count as paid. Returns `true` if it is more and may be.
pub async fn check_balance(conn: &Conn, caller: &Caller, folio: &Folio, amount_minor: i64, overpay: bool) -> Result<bool> {
    let left_minor = folio.balance_minor - repository::under_way(conn, folio.property_id, folio.id).await?;
    if amount_minor <= left_minor {
        return Ok(false);
    }
    if !overpay {
        return Err(PaymentError::ExceedsBalance(Money::new(left_minor.max(0), folio.currency)).into());
    }
    caller.require::<PaymentsOverpay>(folio.property_id)?;
    Ok(true)
}
