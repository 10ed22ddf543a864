use super::model::{OfPayment, Refund, RefundId, RefundStatus, RefundWay, WithPayment};
use crate::domains::payments::PaymentId;
use crate::domains::rates::rules::bounds;
use crate::money::Money;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Refund of a payment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RefundOut {
    /// Identifier of the refund.
    #[schema(value_type = Uuid)]
    pub id: RefundId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the payment of which it is paid back.
    #[schema(value_type = Uuid)]
    pub payment_id: PaymentId,
    /// Identifier of the booking whose folio was paid; null for master and house folios.
    pub booking_id: Option<Uuid>,
    /// Status of the refund.
    pub status: RefundStatus,
    /// Amount that is paid back.
    pub amount: Money,
    /// Entries of folios that it is for; empty if it names none.
    pub folio_entry_ids: Vec<Uuid>,
    /// Reason of the refund; null for guests.
    pub reason: Option<String>,
    /// Identifier of the person who asked for it, in person or by an API key; null if HBS did, after a cancellation, and
    /// for guests.
    pub requested_by: Option<Uuid>,
    /// Identifier of the person who approved or rejected it; null if nobody has, or had to, and for guests.
    pub decided_by: Option<Uuid>,
    /// Time at which it was approved or rejected (UTC); null before.
    pub decided_at: Option<DateTime<Utc>>,
    /// Reason for which it was rejected; null for other refunds, and for guests.
    pub rejection: Option<String>,
    /// Way by which it goes.
    pub way: RefundWay,
    /// Number of the transfer or the slip by which it was paid back; null if none was noted.
    pub reference: Option<String>,
    /// Time at which it was paid back (UTC); null before.
    pub completed_at: Option<DateTime<Utc>>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl RefundOut {
    /// Shows a refund with the entries that it is for; to guests without what the hotel's people wrote and who they are.
    pub fn new((refund, of_payment): WithPayment, folio_entry_ids: Vec<Uuid>, is_to_staff: bool) -> Self {
        let OfPayment { booking_id, currency } = of_payment;
        let Refund {
            property_id,
            id,
            payment_id,
            status,
            amount_minor,
            reason,
            requested_by,
            decided_by,
            decided_at,
            rejection,
            reference,
            completed_at,
            posting_id: _,
            version,
            created_at,
            updated_at,
            gateway_id: _,
            drawer_id: _,
            way,
        } = refund;
        Self {
            id,
            property_id,
            payment_id,
            booking_id,
            status,
            amount: Money::new(amount_minor, currency),
            folio_entry_ids,
            reason: is_to_staff.then_some(reason),
            requested_by: requested_by.filter(|_| is_to_staff),
            decided_by: decided_by.filter(|_| is_to_staff),
            decided_at,
            rejection: rejection.filter(|_| is_to_staff),
            way,
            reference,
            completed_at,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Refund to request.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestRefund {
    /// Identifier of the payment of which it is paid back.
    #[garde(skip)]
    #[schema(value_type = Uuid)]
    pub payment_id: PaymentId,
    /// Amount, more than nothing; if left out, what is left of the entries, or all that can be paid back.
    #[garde(custom(bounds::maybe_amount))]
    pub amount: Option<Money>,
    /// Reason, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "No hot water for two days")]
    pub reason: String,
    /// Entries of the folio that it is for, 1 to 100; their taxes and allowances count with them.
    #[garde(inner(length(min = 1, max = 100)))]
    #[schema(min_items = 1, max_items = 100)]
    pub folio_entry_ids: Option<Vec<Uuid>>,
}

/// Approval of a refund.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveRefund {
    /// Way by which it goes: that of its payment (`own`) if left out, or a transfer to a bank account that you make yourself.
    #[garde(skip)]
    #[serde(default)]
    #[schema(default = "own")]
    pub way: RefundWay,
    /// Number of the transfer or the slip by which it is paid back, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "E2E-20261202-0007")]
    pub reference: Option<String>,
}

/// Other try of a refund.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryRefund {
    /// Way by which it goes now: that of its payment (`own`) if left out, or a transfer to a bank account that you make yourself.
    #[garde(skip)]
    #[serde(default)]
    #[schema(default = "own")]
    pub way: RefundWay,
    /// Number of the transfer by which it is paid back, 1 to 200 characters; for transfers only.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "E2E-20261202-0007")]
    pub reference: Option<String>,
}

/// Rejection of a refund.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectRefund {
    /// Reason, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "The room was used")]
    pub reason: String,
}

/// Filter of refunds.
#[derive(Debug, Default, Clone, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct RefundFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the booking whose folio was paid.
    pub booking_id: Option<Uuid>,
    /// Identifier of the payment.
    pub payment_id: Option<Uuid>,
    /// Status of the refund.
    #[param(inline)]
    pub status: Option<RefundStatus>,
}
