//! Objects of the gateway: orders as they come, payments, refunds and events as they are told and kept.
//!
//! Amounts are whole minor units of the currency, as ISO 4217 has them.
use crate::Choice;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Purpose of a page: to pay, or to leave a guarantee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Pay,
    Guarantee,
}

/// Time at which authorized money is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    Automatic,
    Manual,
}

/// Order of a page.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckoutOrder {
    /// The hotel's payment.
    pub payment_id: Uuid,
    pub purpose: Purpose,
    pub amount: i64,
    pub currency: String,
    /// Digits of the currency after the point, for the page.
    pub digits: u32,
    pub capture: Capture,
    pub stores_guarantee: bool,
    pub description: String,
    pub email: Option<String>,
    pub return_url: String,
    pub cancel_url: String,
    pub expires_at: DateTime<Utc>,
}

/// Order to charge a guarantee.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeOrder {
    pub payment_id: Uuid,
    pub guarantee: String,
    pub amount: i64,
    pub currency: String,
    pub digits: u32,
    pub capture: Capture,
    pub description: String,
}

/// Order to capture some or all of what is authorized.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaptureOrder {
    pub amount: i64,
}

/// Order to refund.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundOrder {
    /// Id of the payment at the gateway.
    pub payment: String,
    /// The hotel's refund.
    pub refund_id: Uuid,
    pub amount: i64,
}

/// State of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Open,
    Processing,
    Authorized,
    Captured,
    Stored,
    Failed,
    Voided,
    Expired,
}

/// A payment, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Payment {
    pub id: String,
    /// Key of the order that made it.
    pub key: Uuid,
    /// The hotel's payment.
    pub payment_id: Uuid,
    pub purpose: Purpose,
    pub status: Status,
    pub amount: i64,
    pub currency: String,
    pub digits: u32,
    pub capture: Capture,
    pub capturable: i64,
    pub captured: i64,
    pub capture_before: Option<DateTime<Utc>>,
    pub guarantee: Option<String>,
    pub decline: Option<String>,
    pub dispute: Option<Dispute>,
    pub choice: Option<Choice>,
    /// `true` while the bank asks for a second factor.
    pub asks_for_factor: bool,
    /// Time at which the bank says yes, while it takes its time.
    pub settles_at: Option<DateTime<Utc>>,
    /// Time at which the cardholder's bank takes the money back.
    pub disputed_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// Page of the payment; `None` for a charge without one.
    pub page: Option<Page>,
}

/// A page on which somebody pays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page {
    pub description: String,
    pub email: Option<String>,
    pub stores_guarantee: bool,
    pub return_url: String,
    pub cancel_url: String,
    pub expires_at: DateTime<Utc>,
}

/// A dispute: the cardholder's bank has taken the money back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dispute {
    pub id: String,
    pub amount: i64,
    pub answer_before: DateTime<Utc>,
    /// `true` once the time to answer is over: the bank keeps the money.
    #[serde(default)]
    pub is_lost: bool,
}

/// State of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    Succeeded,
    Failed,
}

/// A refund, as it is kept and told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Refund {
    pub id: String,
    /// Key of the order that made it.
    pub key: Uuid,
    /// Id of the payment at the gateway.
    pub payment: String,
    /// The hotel's refund.
    pub refund_id: Uuid,
    pub status: RefundStatus,
    pub amount: i64,
    pub currency: String,
    /// Time at which it comes back.
    pub fails_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// A payment, as it is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaymentAnswer {
    pub id: String,
    pub payment_id: Uuid,
    pub status: Status,
    pub amount: i64,
    pub currency: String,
    pub capturable: i64,
    pub captured: i64,
    /// Sum of the refunds that have not failed.
    pub refunded: i64,
    pub capture_before: Option<DateTime<Utc>>,
    pub guarantee: Option<String>,
    pub decline: Option<String>,
    pub dispute: Option<Dispute>,
    /// Address of the page while it is open.
    pub url: Option<String>,
}

/// Answer to a look-up by key: what an order with this key has made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Made {
    pub payment: Option<PaymentAnswer>,
    pub refund: Option<Refund>,
}

/// An event, as it is sent and kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    pub kind: String,
    pub occurred_at: DateTime<Utc>,
    /// Id of the payment at the gateway, and that of the refund if it is about one.
    pub payment: String,
    pub refund: Option<String>,
    /// The hotel's payment and refund.
    pub payment_id: Uuid,
    pub refund_id: Option<Uuid>,
    /// Amount of the payment, or of the refund.
    pub amount: i64,
    pub currency: String,
    /// Sent twice, and the latest first among those that are.
    #[serde(default)]
    pub is_doubled: bool,
}

/// Refusal of an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Refused {
    pub code: String,
}

/// Fault that the next order meets, whichever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It is done late, whether or not whoever ordered is there still.
    SlowOrder,
    /// It is done, and never answered.
    LostAnswer,
    /// It is done, and answered late.
    LateAnswer,
    /// It is not done, and answered with 500.
    Error,
    /// It is not done, and answered with 500 each time that it comes with the same key.
    LastingError,
}
