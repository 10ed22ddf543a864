//! Orders: an attempt is given to its gateway, and what comes of it is written.
use super::settle::{Told, settle};
use crate::app::App;
use crate::clock::Clock;
use crate::domains::payments::model::{Attempt, AttemptKind, ChargeWords, Payment, Words};
use crate::domains::payments::repository;
use crate::gateways::{
    Capture, Charge, Checkout, GatewayError, GatewayPayment, GatewayStatus, Guarantee, PaymentGateway, Purpose,
};
use crate::language::Language;
use crate::pauses::Pause;
use crate::texts::Locale;
use crate::{Error, Result};
use chrono::TimeDelta;
use uuid::Uuid;

/// Time for which gateways remember keys.
pub(super) const KEYS_LAST: TimeDelta = TimeDelta::hours(24);

/// Gives an attempt to its gateway, and writes what comes of it. Returns the payment as it is then.
pub async fn place(app: &App, payment: &Payment, attempt: &Attempt) -> Result<Payment> {
    app.pauses.here(Pause::AfterClaim).await;
    let outcome = give(app, payment, attempt).await;
    write(app, payment, attempt, outcome).await
}

async fn write(
    app: &App,
    payment: &Payment,
    attempt: &Attempt,
    outcome: Result<GatewayPayment, GatewayError>,
) -> Result<Payment> {
    let told = match &outcome {
        Ok(payment) => Told::Payment(payment),
        Err(error) => Told::Failure(error),
    };
    settle(app, payment, Some(attempt), told).await
}

async fn give(app: &App, payment: &Payment, attempt: &Attempt) -> Result<GatewayPayment, GatewayError> {
    let gateway = gateway_of(app, payment)?;
    let key = attempt.id.into();
    match attempt.kind {
        AttemptKind::Checkout => gateway.checkout(key, &checkout(payment, attempt)?).await,
        AttemptKind::Charge => gateway.charge(key, &charge(payment, attempt)?).await,
        AttemptKind::Capture => gateway.capture(key, &payment.gateway_ids()?, payment.money(attempt.amount_minor)).await,
        AttemptKind::Void => gateway.void(key, &payment.gateway_ids()?).await,
        AttemptKind::Refund => Err(GatewayError::NotDone("refunds are ordered by refunds")),
    }
}

fn gateway_of<'a>(app: &'a App, payment: &Payment) -> Result<&'a dyn PaymentGateway, GatewayError> {
    let gateway = payment.provider.and_then(|provider| app.gateways.of(provider));
    gateway.ok_or(GatewayError::NotDone("its gateway is not in the settings"))
}

/// The order of a page, from the attempt's row: it is the same when it is given again.
fn checkout(payment: &Payment, attempt: &Attempt) -> Result<Checkout, GatewayError> {
    let words: Words = serde_json::from_value(attempt.words.clone().unwrap_or_default())
        .map_err(|_| GatewayError::NotDone("the words of the order cannot be read"))?;
    let capture = payment.capture.ok_or(GatewayError::NotDone("the payment has no gateway"))?;
    let (amount, stores_guarantee) = (payment.money(attempt.amount_minor), words.stores_guarantee);
    Ok(page_of(payment.id.into(), Purpose::Pay { amount, capture, stores_guarantee }, words))
}

/// The order of a page for a payment, or for a guarantee.
pub fn page_of(payment_id: Uuid, purpose: Purpose, words: Words) -> Checkout {
    let Words { description, email, language, return_url, cancel_url, expires_at, stores_guarantee: _ } = words;
    let language = language.parse::<Locale>().ok().and_then(|locale| Language::of(&locale)).unwrap_or(Language::English);
    Checkout { payment_id, purpose, description, email, language, return_url, cancel_url, expires_at }
}

/// The order to charge a guarantee, from the attempt's row.
fn charge(payment: &Payment, attempt: &Attempt) -> Result<Charge, GatewayError> {
    let words: ChargeWords = serde_json::from_value(attempt.words.clone().unwrap_or_default())
        .map_err(|_| GatewayError::NotDone("the words of the order cannot be read"))?;
    let ChargeWords { customer_id, method_id, description } = words;
    let guarantee = Guarantee { customer_id, method_id };
    let (payment_id, amount) = (payment.id.into(), payment.money(attempt.amount_minor));
    Ok(Charge { payment_id, guarantee, amount, capture: Capture::Automatic, description })
}

/// Asks what has become of an order whose end nobody knows, and gives it again with the same key where nothing was done.
pub async fn resolve(app: &App, payment: &Payment, attempt: &Attempt) -> Result<Payment> {
    let is_remembered = Clock::real_now() - attempt.ordered_at < KEYS_LAST;
    match look_up(app, payment, attempt).await {
        Ok(Some(found)) => write(app, payment, attempt, Ok(found)).await,
        Ok(None) if is_remembered => {
            let outcome = match give(app, payment, attempt).await {
                // It was looked up: nothing was done, and with this key nothing will be.
                Err(GatewayError::Stuck) => Err(GatewayError::Refused { code: "failed".into() }),
                outcome => outcome,
            };
            write(app, payment, attempt, outcome).await
        }
        Ok(None) => write(app, payment, attempt, Err(GatewayError::Refused { code: "not_done".into() })).await,
        Err(error) => {
            tracing::warn!(payment_id = %payment.id, %error, "the gateway does not say what has become of an order");
            repository::find_in(&*app.db.conn().await?, payment.property_id, payment.id)
                .await?
                .ok_or_else(|| Error::internal("a payment is gone"))
        }
    }
}

/// Looks up the result of an order, if it has any.
async fn look_up(app: &App, payment: &Payment, attempt: &Attempt) -> Result<Option<GatewayPayment>, GatewayError> {
    let gateway = gateway_of(app, payment)?;
    match attempt.kind {
        AttemptKind::Checkout | AttemptKind::Charge => gateway.find_payment(attempt.id.into(), attempt.ordered_at).await,
        AttemptKind::Capture => {
            let found = gateway.payment(&payment.gateway_ids()?).await?;
            Ok(Some(found).filter(|found| found.captured.minor > 0))
        }
        AttemptKind::Void => {
            let found = gateway.payment(&payment.gateway_ids()?).await?;
            let is_given_up = found.page.is_none() && found.capturable.minor == 0;
            // A page that was closed has expired, as the gateway sees it.
            let status = if found.status == GatewayStatus::Expired { GatewayStatus::Voided } else { found.status };
            Ok(Some(GatewayPayment { status, ..found }).filter(|_| is_given_up))
        }
        AttemptKind::Refund => Err(GatewayError::NotDone("refunds are ordered by refunds")),
    }
}

/// Asks the gateway how a payment stands.
pub async fn ask(app: &App, payment: &Payment) -> Result<GatewayPayment> {
    asked(app, payment).await.map_err(|error| Error::unavailable(format!("The gateway did not answer: {error}.")))
}

/// Asks the gateway how a payment stands, and returns what it says, also if that is no.
pub async fn asked(app: &App, payment: &Payment) -> Result<GatewayPayment, GatewayError> {
    let ids = payment.gateway_ids()?;
    gateway_of(app, payment)?.payment(&ids).await
}
