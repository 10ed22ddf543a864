//! Charging guarantees while their owners are not there.
use crate::clock::Clock;
use crate::domains::folios;
use crate::domains::payments::dto::CreatePayment;
use crate::domains::payments::model::{
    Attempt, AttemptId, AttemptKind, AttemptStatus, ChargeWords, Guarantee, Payment, PaymentMethod, PaymentStatus,
};
use crate::domains::payments::repository;
use crate::domains::payments::service::record::{Asked, recorded};
use crate::domains::properties::Property;
use crate::gateways::Capture;
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};

/// Begins to charge the guarantee of a booking with an amount, or with what is left to be paid on its main folio, if that is
/// less: writes the payment and its order, which is given to the gateway once they are committed. None: nothing is left.
pub async fn begin_charge(
    conn: &Conn,
    property: &Property,
    guarantee: &Guarantee,
    amount_minor: i64,
    cause: &Cause,
) -> Result<Option<Payment>> {
    let Some(means) = guarantee.means() else { return Ok(None) };
    let folio = folios::lock_to_pay(conn, property.id, guarantee.booking_id).await?;
    let left_minor = folio.balance_minor - repository::under_way(conn, property.id, folio.id).await?;
    let amount_minor = amount_minor.min(left_minor);
    if amount_minor <= 0 {
        return Ok(None);
    }
    let request = CreatePayment::of_method(PaymentMethod::Gateway, Money::new(amount_minor, folio.currency));
    let asked = Asked { amount_minor, value_date: None, today: property.business_date(cause.at) };
    let payment = Payment {
        method: PaymentMethod::Gateway,
        status: PaymentStatus::Pending,
        authorized_minor: 0,
        captured_minor: 0,
        capture: Some(Capture::Automatic),
        provider: Some(guarantee.provider),
        ..recorded(&folio, &request, asked, cause.at)
    };
    repository::insert(conn, &payment).await?;
    let payer = repository::payer_of(conn, property.id, guarantee.booking_id).await?;
    let description = payer.map_or_else(|| property.name.clone(), |payer| format!("{}, {}", property.name, payer.reference));
    let words = ChargeWords { customer_id: means.customer_id, method_id: means.method_id, description };
    let attempt = Attempt {
        property_id: property.id,
        id: AttemptId::now_v7(),
        payment_id: payment.id,
        refund_id: None,
        kind: AttemptKind::Charge,
        status: AttemptStatus::Open,
        amount_minor,
        words: Some(serde_json::to_value(words).map_err(Error::internal)?),
        fault: None,
        ordered_at: Clock::real_now(),
        created_at: cause.at,
        updated_at: cause.at,
    };
    repository::insert_attempt(conn, &attempt).await?;
    outbox::publish(conn, cause, [Event::created(&payment)]).await?;
    Ok(Some(payment))
}
