//! Stripe's objects, as far as HBS reads them.
use crate::gateways::{
    Decline, DisputeStatus, GatewayDispute, GatewayError, GatewayIds, GatewayPayment, GatewayRefund, GatewayRefundStatus,
    GatewayStatus, Guarantee, amounts,
};
use crate::money::Money;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::HashMap;
use uuid::Uuid;

/// Reference to another object: its id, or the object where the request asked for it.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Reference<T> {
    Id(String),
    Object(Box<T>),
}

/// An object of which nothing but the id is of interest.
#[derive(Deserialize)]
pub struct Named {
    id: String,
}

/// Metadata that HBS has written on an object.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub struct Metadata(HashMap<String, String>);

impl Metadata {
    pub fn id(&self, name: &str) -> Option<Uuid> {
        self.0.get(name).and_then(|text| text.parse().ok())
    }

    /// Currency of a guarantee, of which Stripe's own object does not always have one.
    fn currency(&self) -> Option<&str> {
        self.0.get("hbs_currency").map(String::as_str)
    }
}

/// A page of Stripe's: a Checkout Session.
#[derive(Deserialize)]
pub struct Session {
    pub id: String,
    status: Option<String>,
    amount_total: Option<i64>,
    currency: Option<String>,
    url: Option<String>,
    pub payment_intent: Option<Reference<Intent>>,
    setup_intent: Option<Reference<Setup>>,
    metadata: Option<Metadata>,
}

/// A payment: a PaymentIntent.
#[derive(Deserialize)]
pub struct Intent {
    pub id: String,
    status: String,
    amount: i64,
    amount_capturable: i64,
    amount_received: i64,
    currency: String,
    customer: Option<Reference<Named>>,
    payment_method: Option<Reference<Named>>,
    setup_future_usage: Option<String>,
    latest_charge: Option<Reference<StripeCharge>>,
    last_payment_error: Option<Fault>,
    cancellation_reason: Option<String>,
    metadata: Option<Metadata>,
}

/// The storing of a means of payment: a SetupIntent.
#[derive(Deserialize)]
pub struct Setup {
    id: String,
    status: String,
    customer: Option<Reference<Named>>,
    payment_method: Option<Reference<Named>>,
    last_setup_error: Option<Fault>,
}

/// A movement of money: a Charge.
#[derive(Deserialize)]
pub struct StripeCharge {
    amount_refunded: i64,
    disputed: bool,
    payment_method_details: Option<MethodDetails>,
}

#[derive(Deserialize)]
struct MethodDetails {
    card: Option<CardDetails>,
}

#[derive(Deserialize)]
struct CardDetails {
    capture_before: Option<i64>,
}

#[derive(Deserialize)]
pub struct StripeRefund {
    id: String,
    amount: i64,
    currency: String,
    status: Option<String>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
pub struct StripeDispute {
    id: String,
    amount: i64,
    currency: String,
    status: String,
    evidence_details: Option<EvidenceDetails>,
}

#[derive(Deserialize)]
struct EvidenceDetails {
    due_by: Option<i64>,
}

/// One page of a list.
#[derive(Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
}

/// Body of a refusal.
#[derive(Deserialize)]
pub struct Refusal {
    error: Fault,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
}

type Read<T> = Result<T, GatewayError>;

/// Objects that a list has, which are looked for by the key of their order.
pub trait Listed {
    fn id(&self) -> &str;
    fn metadata(&self) -> Option<&Metadata>;
}

impl Listed for Session {
    fn id(&self) -> &str {
        &self.id
    }
    fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }
}

impl Listed for Intent {
    fn id(&self) -> &str {
        &self.id
    }
    fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }
}

impl Listed for StripeRefund {
    fn id(&self) -> &str {
        &self.id
    }
    fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }
}

impl<T> Reference<T> {
    fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

impl Reference<Named> {
    fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => &object.id,
        }
    }
}

impl Session {
    /// The payment behind the page, whose ids are the page's.
    pub fn payment(&self) -> Read<GatewayPayment> {
        let status = self.status.as_deref().unwrap_or_default();
        let mut payment = match (self.intent(), self.setup()) {
            (Some(intent), _) => intent.payment()?,
            (None, setup) => self.without_money(setup)?,
        };
        payment.ids.id.clone_from(&self.id);
        match status {
            "open" => {
                payment.status = GatewayStatus::Open;
                payment.page.clone_from(&self.url);
            }
            "expired" => payment.status = GatewayStatus::Expired,
            _ => {}
        }
        Ok(payment)
    }

    pub fn is_open(&self) -> bool {
        self.status.as_deref() == Some("open")
    }

    pub fn intent(&self) -> Option<&Intent> {
        self.payment_intent.as_ref().and_then(Reference::object)
    }

    fn setup(&self) -> Option<&Setup> {
        self.setup_intent.as_ref().and_then(Reference::object)
    }

    /// A payment that is not begun, or a guarantee.
    fn without_money(&self, setup: Option<&Setup>) -> Read<GatewayPayment> {
        let currency = self.currency.as_deref().or(self.metadata.as_ref().and_then(Metadata::currency));
        let currency = currency.ok_or(NOT_EXPECTED)?;
        let nothing = money(0, currency)?;
        Ok(GatewayPayment {
            ids: GatewayIds { id: self.id.clone(), transaction_id: setup.map(|setup| setup.id.clone()) },
            status: setup.map_or(GatewayStatus::Processing, Setup::status),
            amount: money(self.amount_total.unwrap_or(0), currency)?,
            capturable: nothing,
            captured: nothing,
            refunded: nothing,
            capture_before: None,
            page: None,
            guarantee: setup.and_then(Setup::guarantee),
            decline: setup.and_then(|setup| setup.last_setup_error.as_ref()).map(Fault::decline),
            dispute: None,
        })
    }
}

impl Setup {
    fn status(&self) -> GatewayStatus {
        match self.status.as_str() {
            "succeeded" => GatewayStatus::Stored,
            "canceled" => GatewayStatus::Voided,
            "requires_payment_method" => GatewayStatus::Failed,
            _ => GatewayStatus::Processing,
        }
    }

    fn guarantee(&self) -> Option<Guarantee> {
        let is_stored = self.status == "succeeded";
        if is_stored { guarantee(self.customer.as_ref(), self.payment_method.as_ref()) } else { None }
    }
}

impl Intent {
    pub fn payment(&self) -> Read<GatewayPayment> {
        let money = |amount| money(amount, &self.currency);
        let charge = self.charge();
        let status = self.status();
        let is_kept = self.setup_future_usage.as_deref() == Some("off_session");
        let is_paid = matches!(status, GatewayStatus::Authorized | GatewayStatus::Captured);
        let stored = || guarantee(self.customer.as_ref(), self.payment_method.as_ref());
        Ok(GatewayPayment {
            ids: GatewayIds { id: self.id.clone(), transaction_id: Some(self.id.clone()) },
            status,
            amount: money(self.amount)?,
            capturable: money(self.amount_capturable)?,
            captured: money(self.amount_received)?,
            refunded: money(charge.map_or(0, |charge| charge.amount_refunded))?,
            capture_before: charge.and_then(StripeCharge::capture_before),
            page: None,
            guarantee: if is_kept && is_paid { stored() } else { None },
            decline: self.last_payment_error.as_ref().filter(|_| !is_paid).map(Fault::decline),
            dispute: None,
        })
    }

    fn charge(&self) -> Option<&StripeCharge> {
        self.latest_charge.as_ref().and_then(Reference::object)
    }

    pub fn is_disputed(&self) -> bool {
        self.charge().is_some_and(|charge| charge.disputed)
    }

    fn status(&self) -> GatewayStatus {
        match (self.status.as_str(), self.cancellation_reason.as_deref()) {
            ("requires_payment_method", _) => GatewayStatus::Failed,
            ("requires_capture", _) => GatewayStatus::Authorized,
            ("succeeded", _) => GatewayStatus::Captured,
            ("canceled", Some("automatic" | "expired")) => GatewayStatus::Expired,
            ("canceled", _) => GatewayStatus::Voided,
            _ => GatewayStatus::Processing,
        }
    }
}

impl StripeCharge {
    fn capture_before(&self) -> Option<DateTime<Utc>> {
        let card = self.payment_method_details.as_ref()?.card.as_ref()?;
        DateTime::from_timestamp(card.capture_before?, 0)
    }
}

impl StripeRefund {
    pub fn refund(&self) -> Read<GatewayRefund> {
        let status = match self.status.as_deref() {
            Some("succeeded") => GatewayRefundStatus::Succeeded,
            Some("failed" | "canceled") => GatewayRefundStatus::Failed,
            _ => GatewayRefundStatus::Pending,
        };
        let amount = money(self.amount, &self.currency)?;
        let refund_id = self.metadata.as_ref().and_then(|metadata| metadata.id("hbs_refund"));
        Ok(GatewayRefund { id: self.id.clone(), refund_id, status, amount })
    }
}

impl StripeDispute {
    /// The dispute, unless it is only a question that takes no money.
    pub fn dispute(&self) -> Read<Option<GatewayDispute>> {
        let status = match self.status.as_str() {
            "won" => DisputeStatus::Won,
            "lost" => DisputeStatus::Lost,
            status if status.starts_with("warning") => return Ok(None),
            _ => DisputeStatus::Open,
        };
        let due_by = self.evidence_details.as_ref().and_then(|details| details.due_by);
        Ok(Some(GatewayDispute {
            id: self.id.clone(),
            status,
            amount: money(self.amount, &self.currency)?,
            answer_before: due_by.and_then(|due_by| DateTime::from_timestamp(due_by, 0)),
        }))
    }
}

impl Refusal {
    pub fn error(&self) -> GatewayError {
        let fault = &self.error;
        match fault.kind.as_deref() {
            Some("card_error") => GatewayError::Declined(fault.decline()),
            // The key was used for an order in other words, of which nobody knows here what it came to.
            Some("idempotency_error") => GatewayError::Unclear("the gateway has another order with this key"),
            _ => GatewayError::Refused { code: fault.code.clone().unwrap_or_else(|| "invalid_request".into()) },
        }
    }
}

impl Fault {
    fn decline(&self) -> Decline {
        match (self.code.as_deref().unwrap_or_default(), self.decline_code.as_deref().unwrap_or_default()) {
            ("authentication_required", _) | (_, "authentication_required") => Decline::AuthenticationRequired,
            ("payment_intent_authentication_failure" | "setup_intent_authentication_failure", _) => Decline::AuthenticationFailed,
            ("expired_card", _) | (_, "expired_card") => Decline::ExpiredCard,
            (_, "insufficient_funds" | "withdrawal_count_limit_exceeded" | "card_velocity_exceeded") => {
                Decline::InsufficientFunds
            }
            _ => Decline::CardDeclined,
        }
    }
}

fn guarantee(customer: Option<&Reference<Named>>, method: Option<&Reference<Named>>) -> Option<Guarantee> {
    Some(Guarantee { customer_id: customer?.id().into(), method_id: method?.id().into() })
}

const NOT_EXPECTED: GatewayError = GatewayError::Unclear("the gateway's answer is not as expected");

fn money(number: i64, currency: &str) -> Read<Money> {
    amounts::from_stripe(number, currency).ok_or(NOT_EXPECTED)
}
