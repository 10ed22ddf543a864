use super::model::{DueKind, PaymentDue, PaymentDueId};
use crate::domains::payments::PaymentId;
use crate::http::valid::dates;
use crate::money::{Currency, Money};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something that is due of a booking before it is paid at the hotel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentDueOut {
    /// Identifier of the due amount.
    #[schema(value_type = Uuid)]
    pub id: PaymentDueId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Identifier of the stay that it is due of.
    pub stay_id: Uuid,
    /// Kind of the due amount.
    pub kind: DueKind,
    /// Date of the hotel by which it is to be paid.
    pub due_on: NaiveDate,
    /// Amount that is due.
    pub amount: Money,
    /// Part of the amount that is not paid. Payments count for what is due first; it follows them within a moment.
    pub outstanding: Money,
    /// Identifier of the last payment by which the guarantee was charged for it; null if it was not.
    #[schema(value_type = Option<Uuid>)]
    pub payment_id: Option<PaymentId>,
    /// Business date on which the guarantee was last charged for it; null if it was not.
    pub charged_on: Option<NaiveDate>,
    /// Number of times that the guarantee was charged for it. HBS tries three times by itself.
    pub charges: i32,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl PaymentDueOut {
    pub fn new(row: &PaymentDue, currency: Currency) -> Self {
        let PaymentDue {
            property_id,
            id,
            booking_id,
            stay_id,
            kind,
            cause_id: _,
            due_on,
            amount_minor,
            outstanding_minor,
            payment_id,
            charged_on,
            charges,
            created_at,
            updated_at,
        } = *row;
        Self {
            id,
            property_id,
            booking_id,
            stay_id,
            kind,
            due_on,
            amount: Money::new(amount_minor, currency),
            outstanding: Money::new(outstanding_minor, currency),
            payment_id,
            charged_on,
            charges,
            created_at,
            updated_at,
        }
    }
}

/// Charge of a guarantee with what is due of a booking.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChargedOut {
    /// Identifier of the payment, which says how it went.
    #[schema(value_type = Uuid)]
    pub payment_id: PaymentId,
    /// Amount of the payment.
    pub amount: Money,
    /// Identifiers of the payments due that it is for.
    #[schema(value_type = Vec<Uuid>)]
    pub payment_due_ids: Vec<PaymentDueId>,
}

/// Filter of what is due.
#[derive(Debug, Default, Clone, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct DueFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the booking.
    pub booking_id: Option<Uuid>,
    /// Kind of the due amount.
    #[param(inline)]
    pub kind: Option<DueKind>,
    /// `true` for what is not paid, or not wholly; `false` for what is.
    pub is_outstanding: Option<bool>,
    /// `true` for what the next run of the job charges, where the hotel charges guarantees by itself; `false` for all else.
    pub is_chargeable: Option<bool>,
    /// First date by which it is to be paid.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-01")]
    pub from: Option<NaiveDate>,
    /// Last date by which it is to be paid, inclusive.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-31")]
    pub to: Option<NaiveDate>,
}
