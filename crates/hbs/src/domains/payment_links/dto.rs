use super::model::{LinkStatus, PaymentLink, PaymentLinkId};
use crate::contact::{emails, maybe_at_a_domain};
use crate::domains::payments::PaymentId;
use crate::domains::rates::rules::bounds;
use crate::http::valid::instants;
use crate::money::Money;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Link by which somebody pays a folio.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentLinkOut {
    /// Identifier of the link.
    #[schema(value_type = Uuid)]
    pub id: PaymentLinkId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the folio that is paid by it.
    pub folio_id: Uuid,
    /// Identifier of the folio's booking; null for master and house folios.
    pub booking_id: Option<Uuid>,
    /// Status of the link.
    pub status: LinkStatus,
    /// Amount that it asks for; null for what is left to be paid when somebody pays.
    pub amount: Option<Money>,
    /// Address of the link, to be sent to whoever pays; null once it is over. Each answer has another one, and all of them work.
    pub url: Option<String>,
    /// E-mail address to which it was mailed; null if it was not.
    pub email: Option<String>,
    /// End of the link (UTC).
    pub expires_at: DateTime<Utc>,
    /// Identifier of the last payment that was begun by it; null if none was.
    #[schema(value_type = Option<Uuid>)]
    pub payment_id: Option<PaymentId>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl PaymentLinkOut {
    /// Shows a link as it is at a time. `url` is its address, if it works.
    pub fn new(row: PaymentLink, url: Option<String>, now: DateTime<Utc>) -> Self {
        let (status, amount) = (row.status_at(now), row.amount_minor.map(|minor| row.money(minor)));
        let PaymentLink {
            property_id,
            id,
            folio_id,
            booking_id,
            status: _,
            currency: _,
            amount_minor: _,
            email,
            expires_at,
            payment_id,
            created_by: _,
            version,
            created_at,
            updated_at,
        } = row;
        Self {
            id,
            property_id,
            folio_id,
            booking_id,
            status,
            amount,
            url,
            email,
            expires_at,
            payment_id,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Payment link to make.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePaymentLink {
    /// Identifier of the folio that is paid; exactly one of `folio_id` and `booking_id`.
    #[garde(skip)]
    pub folio_id: Option<Uuid>,
    /// Identifier of the booking whose main folio is paid; exactly one of `folio_id` and `booking_id`.
    #[garde(skip)]
    pub booking_id: Option<Uuid>,
    /// Amount, more than nothing and at most what is left to be paid; if left out, what is left when somebody pays.
    #[garde(custom(bounds::maybe_amount))]
    pub amount: Option<Money>,
    /// End of the link (UTC), at most 90 days from now; seven days from now if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "instants::optional")]
    #[schema(nullable = false, example = "2026-12-08T12:00:00Z")]
    pub expires_at: Option<DateTime<Utc>>,
    /// E-mail address to which it is mailed; nothing is mailed if left out.
    #[garde(inner(email, length(max = 254)), custom(maybe_at_a_domain))]
    #[serde(default, deserialize_with = "emails::optional")]
    #[schema(format = "email", max_length = 254, example = "ana@example.com")]
    pub email: Option<String>,
}

/// Filter of payment links.
#[derive(Debug, Default, Clone, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct PaymentLinkFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the folio.
    pub folio_id: Option<Uuid>,
    /// Identifier of the booking.
    pub booking_id: Option<Uuid>,
    /// Status of the link.
    #[param(inline)]
    pub status: Option<LinkStatus>,
}

/// Token of a payment link.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkToken {
    /// Token of the link: what follows `#token=` in its address, 1 to 1,000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    pub token: String,
}

/// Request for money by a payment link, as whoever has the link sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AskedOut {
    /// Name of the hotel that is paid.
    pub hotel: String,
    /// Reference of the booking; null for folios without one.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: Option<String>,
    /// Amount that is to be paid by it now.
    pub amount: Money,
    /// End of the link (UTC).
    pub expires_at: DateTime<Utc>,
    /// Address of the page of the gateway on which it is paid; null until somebody begins to pay, and where it is over.
    pub page: Option<String>,
}
