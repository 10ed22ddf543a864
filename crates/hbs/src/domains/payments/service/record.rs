//! Payments that staff record: money at the desk, a card at the terminal, a transfer to the bank account.
use super::settings::known_settings;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios::{self, Folio};
use crate::domains::payments::dto::{CreatePayment, PaymentFilter, PaymentOut};
use crate::domains::payments::error::PaymentError;
use crate::domains::payments::model::{Payment, PaymentId, PaymentMethod, PaymentStatus};
use crate::domains::payments::repository;
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{PaymentsOverpay, PaymentsRead, PaymentsWrite};
use crate::security::{Caller, OwnOr, Staff};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::NaiveDate;
use uuid::Uuid;

pub async fn list(app: &App, who: &OwnOr<PaymentsRead>, filter: &PaymentFilter, page: &PageQuery) -> Result<Page<PaymentOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &who.reach, filter, before, limit + 1).await?;
    Ok(page.page(rows, |payment| payment.id)?.map(PaymentOut::from))
}

pub async fn get(app: &App, who: &OwnOr<PaymentsRead>, id: PaymentId) -> Result<PaymentOut> {
    let conn = app.db.conn().await?;
    Ok(repository::find(&conn, &who.reach, id).await?.or_404("payment")?.into())
}

/// Records what was paid on a folio: it counts at once.
pub async fn create(app: &App, staff: &Staff<PaymentsWrite>, key: &IdempotencyKey, request: CreatePayment) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (property_id, folio_id) = target(conn, staff, &request).await?;
        let property = properties::hold(conn, property_id).await?.or_404("folio")?;
        check_method(conn, &property, request.method).await?;
        let today = property.business_date(cause.at);
        let value_date = value_date(&request, today)?;
        let amount_minor = amount(&request, &property)?;
        let folio = folios::lock_to_pay(conn, property_id, folio_id).await?;
        let overpays = check_balance(conn, &staff.caller, &folio, amount_minor, request.overpay).await?;
        let payment = Payment {
            property_id,
            id: PaymentId::now_v7(),
            folio_id,
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
            created_at: cause.at,
            updated_at: cause.at,
        };
        repository::insert(conn, &payment).await?;
        let posted = folios::pay(conn, &payment.on_folio(today, cause.at), amount_minor).await?;
        let event = Event::created(&payment).with("lines", &posted);
        let event = if overpays { event.with("overpays", true) } else { event };
        outbox::publish(conn, &cause, [event]).await?;
        Answer::created(format!("/v1/payments/{}", payment.id), payment.version, &PaymentOut::from(payment))
    })
    .await
}

/// The folio that a request is about, with its property.
async fn target(conn: &Conn, staff: &Staff<PaymentsWrite>, request: &CreatePayment) -> Result<(Uuid, Uuid)> {
    match (request.folio_id, request.booking_id) {
        (Some(folio_id), None) => {
            let folio = folios::find(conn, &staff.scope, folio_id).await?.or_404("folio")?;
            Ok((folio.property_id, folio.id))
        }
        // The main folio of a booking has its id.
        (None, Some(booking_id)) => {
            let booking = folios::find_of_booking(conn, &staff.reach(), booking_id).await?.or_404("booking")?;
            Ok((booking.property_id, booking.id))
        }
        _ => Err(Error::invalid("/folio_id", "give exactly one of `folio_id` and `booking_id`")),
    }
}

async fn check_method(conn: &Conn, property: &Property, method: PaymentMethod) -> Result<()> {
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
async fn check_balance(conn: &Conn, caller: &Caller, folio: &Folio, amount_minor: i64, overpay: bool) -> Result<bool> {
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
