//! Gateways that take payments by card: what HBS asks of one, whichever it is, and what it answers.
//!
//! Card data never touches HBS: whoever pays does so on a page of the gateway. Each order carries a key, the id of the
//! attempt that was committed before it. An order that ended ambiguously is given again **with the same key and the same
//! words**, and does nothing twice; after a definite refusal another attempt has another key ([`GatewayError`] tells
//! which). What a gateway tells by itself (a [`GatewayEvent`]) is a hint: ask it for the object, then believe that.
mod amounts;
mod demo;
mod signature;
mod stripe;
mod wire;

pub use demo::DemoGateway;
pub use signature::{EventFault, SIGNATURE_HEADER};
pub use stripe::Stripe;

use crate::language::Language;
use crate::money::{Currency, Money};
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use uuid::Uuid;

text_enum! {
    /// Gateway through which a payment goes.
    pub enum Provider {
        Stripe = "stripe",
        /// The demo gateway: no money moves.
        Demo = "demo",
    }
}

text_enum! {
    /// Time at which authorized money is taken.
    pub enum Capture {
        /// At once.
        Automatic = "automatic",
        /// When it is asked for.
        Manual = "manual",
    }
}

text_enum! {
    /// State of a payment at its gateway.
    pub enum GatewayStatus {
        /// Its page is open, and nobody has paid there yet.
        Open = "open",
        /// Paid, and the bank has not said yet that it goes well.
        Processing = "processing",
        /// Money is set aside and can be captured.
        Authorized = "authorized",
        Captured = "captured",
        /// A means of payment is stored and can be charged later: a guarantee. No money has moved.
        Stored = "stored",
        /// Nothing was paid, and nothing can be any more.
        Failed = "failed",
        /// Given up before anything was captured: what was set aside is free again.
        Voided = "voided",
        /// Its page was closed, or what was set aside is free again, because nobody went on in time.
        Expired = "expired",
    }
}

text_enum! {
    /// State of a refund at its gateway.
    pub enum GatewayRefundStatus {
        Pending = "pending",
        Succeeded = "succeeded",
        /// Refused, given up, or come back days later: the money is the hotel's still.
        Failed = "failed",
    }
}

text_enum! {
    /// State of a dispute: a cardholder's bank takes a payment back.
    pub enum DisputeStatus {
        Open = "open",
        Won = "won",
        Lost = "lost",
    }
}

text_enum! {
    /// Reason for which a bank does not pay.
    pub enum Decline {
        InsufficientFunds = "insufficient_funds",
        ExpiredCard = "expired_card",
        /// The cardholder must take part: by a page.
        AuthenticationRequired = "authentication_required",
        AuthenticationFailed = "authentication_failed",
        /// No further reason is given, or none that concerns the hotel.
        CardDeclined = "card_declined",
    }
}

/// Answer of a gateway, when it comes.
pub type Asked<'a, T> = BoxFuture<'a, Result<T, GatewayError>>;

/// A gateway. Each order has the key of its attempt, and is the same one when it is given again.
pub trait PaymentGateway: Send + Sync {
    fn provider(&self) -> Provider;

    /// Opens a page on which somebody pays or leaves a guarantee. The answer has `page`.
    fn checkout<'a>(&'a self, key: Uuid, order: &'a Checkout) -> Asked<'a, GatewayPayment>;

    /// Charges a guarantee while its owner is not there.
    fn charge<'a>(&'a self, key: Uuid, order: &'a Charge) -> Asked<'a, GatewayPayment>;

    /// Captures some or all of what is authorized, once: the rest is free again.
    fn capture<'a>(&'a self, key: Uuid, ids: &'a GatewayIds, amount: Money) -> Asked<'a, GatewayPayment>;

    /// Gives up what is not captured: closes the page, or frees what is authorized.
    fn void<'a>(&'a self, key: Uuid, ids: &'a GatewayIds) -> Asked<'a, GatewayPayment>;

    fn refund<'a>(&'a self, key: Uuid, order: &'a RefundOrder) -> Asked<'a, GatewayRefund>;

    /// Looks a payment up by the ids that its first answer had.
    fn payment<'a>(&'a self, ids: &'a GatewayIds) -> Asked<'a, GatewayPayment>;

    fn refund_by_id<'a>(&'a self, id: &'a str) -> Asked<'a, GatewayRefund>;

    /// Finds what a `checkout` or a `charge` with this key has made, however long ago. `None` is the gateway's word that
    /// there is nothing, as long as no request with this key is under way.
    fn find_payment(&self, key: Uuid, ordered_at: DateTime<Utc>) -> Asked<'_, Option<GatewayPayment>>;

    /// Finds the refund of a payment that was ordered with this key.
    fn find_refund<'a>(&'a self, key: Uuid, ids: &'a GatewayIds) -> Asked<'a, Option<GatewayRefund>>;

    /// All payments that HBS has ordered since a time. Those that nobody has paid may be missing.
    fn made_since(&self, since: DateTime<Utc>) -> Asked<'_, Vec<PaymentMade>>;

    /// Reads what the gateway tells by itself, if it is genuine and not old. `now` is the real time.
    fn event(&self, signature: Option<&str>, body: &[u8], now: DateTime<Utc>) -> Result<GatewayEvent, EventFault>;
}

/// Order of a page. All of it comes from the attempt's row, so that it is the same when it is given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Our payment, which each event about it names.
    pub payment_id: Uuid,
    pub purpose: Purpose,
    /// Text that whoever pays reads: what they pay for.
    pub description: String,
    pub email: Option<String>,
    pub language: Language,
    /// Address that they come back to when they have paid, and that to which they come back without.
    pub return_url: String,
    pub cancel_url: String,
    /// End of the page: half an hour to a day from now.
    pub expires_at: DateTime<Utc>,
}

/// Purpose of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Pay {
        amount: Money,
        capture: Capture,
        /// Also keeps the means of payment, to be charged later.
        stores_guarantee: bool,
    },
    /// Keeps a means of payment, to be charged later in this currency.
    Guarantee { currency: Currency },
}

/// Order to charge a guarantee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Our payment: that of this charge, not that of the guarantee.
    pub payment_id: Uuid,
    pub guarantee: Guarantee,
    pub amount: Money,
    pub capture: Capture,
    pub description: String,
}

/// Order to refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    pub ids: GatewayIds,
    /// Our refund, which each event about it names.
    pub refund_id: Uuid,
    pub amount: Money,
}

/// Ids of a payment at its gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayIds {
    /// Id that the first answer had.
    pub id: String,
    /// Id of the movement of money, where that is another one. It is not there before somebody pays.
    pub transaction_id: Option<String>,
}

/// Means of payment that a gateway keeps. HBS knows its ids only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarantee {
    pub customer_id: String,
    pub method_id: String,
}

/// A payment, as its gateway has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayPayment {
    pub ids: GatewayIds,
    pub status: GatewayStatus,
    /// Amount that was asked for. Zero for a guarantee.
    pub amount: Money,
    /// Amount that can be captured now.
    pub capturable: Money,
    /// Amount that was captured, refunded or not.
    pub captured: Money,
    /// Amount of refunds that have not failed, under way or done.
    pub refunded: Money,
    /// End of the authorization.
    pub capture_before: Option<DateTime<Utc>>,
    /// Address of the page, while it is open.
    pub page: Option<String>,
    pub guarantee: Option<Guarantee>,
    /// Reason why the last try was declined. With status `open` whoever pays may try again on the same page.
    pub decline: Option<Decline>,
    pub dispute: Option<GatewayDispute>,
}

/// A payment in a list of its gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMade {
    /// Our payment, as the order named it.
    pub payment_id: Uuid,
    pub payment: GatewayPayment,
}

/// A refund, as its gateway has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayRefund {
    pub id: String,
    /// Our refund, as the order named it.
    pub refund_id: Option<Uuid>,
    pub status: GatewayRefundStatus,
    pub amount: Money,
}

/// A dispute, as the gateway has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayDispute {
    pub id: String,
    pub status: DisputeStatus,
    pub amount: Money,
    /// Time until which the hotel can answer.
    pub answer_before: Option<DateTime<Utc>>,
}

/// Event of a gateway: genuine, but perhaps late, doubled or out of order. A hint to look the payment up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayEvent {
    /// Id of the event, by which it is known when it comes again.
    pub id: String,
    /// Kind in the gateway's words.
    pub kind: String,
    pub occurred_at: DateTime<Utc>,
    /// Our payment and our refund, where the gateway was told them.
    pub payment_id: Option<Uuid>,
    pub refund_id: Option<Uuid>,
    /// Ids of the gateway, each of which may be one of [`GatewayIds`] or of a refund.
    pub ids: Vec<String>,
    /// Amount that the event is about, as it tells it. Where it is not what the gateway has when it is asked, something
    /// is wrong.
    pub amount: Option<Money>,
}

/// Failure of an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// Definite: the bank does not pay. Another try is another attempt with another key.
    #[error("declined: {0}")]
    Declined(Decline),
    /// Definite: the gateway does not do this, and did nothing. The code is the gateway's.
    #[error("refused: {code}")]
    Refused { code: String },
    /// Definite: nothing was done, because the gateway was not reached or takes no requests now. The same attempt can be
    /// sent again.
    #[error("not done: {0}")]
    NotDone(&'static str),
    /// Ambiguous: it may have been done. Look it up, or give the same order with the same key.
    #[error("unclear: {0}")]
    Unclear(&'static str),
    /// Ambiguous, and so it stays: the gateway keeps a failure under this key and gives it again. Look it up; if there is
    /// nothing, nothing was done, and another try is another attempt.
    #[error("stuck: the gateway gives a failure again")]
    Stuck,
}

impl GatewayError {
    /// Returns `true` if the attempt goes on with its key; `false` if it is over and another try needs another one.
    pub fn keeps_key(&self) -> bool {
        matches!(self, Self::Unclear(_) | Self::NotDone(_) | Self::Stuck)
    }
}

/// The gateways that the settings name.
pub struct Gateways(Vec<Box<dyn PaymentGateway>>);

impl Gateways {
    /// Takes them in the order in which they are for new payments.
    pub fn new(all: Vec<Box<dyn PaymentGateway>>) -> Self {
        Self(all)
    }

    /// Returns those that the settings name.
    pub fn providers(&self) -> Vec<Provider> {
        self.0.iter().map(|gateway| gateway.provider()).collect()
    }

    /// Returns the gateway that takes new payments, if there is one.
    pub fn current(&self) -> Option<&dyn PaymentGateway> {
        self.0.first().map(AsRef::as_ref)
    }

    /// Returns the gateway that a payment went through, if the settings still name it.
    pub fn of(&self, provider: Provider) -> Option<&dyn PaymentGateway> {
        self.0.iter().find(|gateway| gateway.provider() == provider).map(AsRef::as_ref)
    }
}
