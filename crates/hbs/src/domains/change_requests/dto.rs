use super::model::{ChangeRequest, RequestKind, RequestStatus};
use crate::Result;
use crate::domains::bookings::AmendBooking;
use crate::money::{Currency, Money};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a guest asks for: an amendment or a cancellation.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestChange {
    /// As for `POST /v1/bookings/{id}/amend`.
    #[garde(dive)]
    pub amendment: Option<AmendBooking>,
    /// Without a fee.
    #[garde(dive)]
    pub cancellation: Option<WantedCancellation>,
    /// What the hotel should know.
    #[garde(length(chars, min = 1, max = 2000))]
    #[schema(example = "Our flight was cancelled; we can only come a day later.")]
    pub message: String,
}

#[derive(Debug, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedCancellation {
    /// Which stay; all that can be cancelled if left out.
    #[garde(skip)]
    pub stay_id: Option<Uuid>,
}

/// Why a request is refused.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseChange {
    #[garde(length(chars, min = 1, max = 2000))]
    #[schema(example = "The hotel is full on these nights.")]
    pub answer: String,
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantChange {
    /// What to tell the guest.
    #[garde(inner(length(chars, min = 1, max = 2000)))]
    pub answer: Option<String>,
    /// The total of the booking that is agreed on. A different one is refused.
    #[garde(skip)]
    pub expected_total: Option<Money>,
}

/// What staff propose instead.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeChange {
    /// As for `POST /v1/bookings/{id}/amend`, with the same permissions for what needs some.
    #[garde(dive)]
    pub amendment: AmendBooking,
    /// What to tell the guest.
    #[garde(inner(length(chars, min = 1, max = 2000)))]
    #[schema(example = "We are full that week, but have a suite from Monday on at the price of a double room.")]
    pub answer: Option<String>,
}

/// What a guest asked for, and what became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangeRequestOut {
    pub id: Uuid,
    pub property_id: Uuid,
    pub booking_id: Uuid,
    /// Of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    pub status: RequestStatus,
    pub kind: RequestKind,
    /// What is asked for, of an amendment.
    pub amendment: Option<AmendBooking>,
    /// What is asked for, of a cancellation.
    pub cancellation: Option<WantedCancellation>,
    pub message: String,
    /// What staff said.
    pub answer: Option<String>,
    pub proposal: Option<ProposalOut>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What staff proposed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProposalOut {
    pub amendment: AmendBooking,
    /// What the whole booking costs then. It is sold at that, whatever becomes of rates until the guest answers.
    pub total: Money,
    /// How much more that is than before; negative if less.
    pub difference: Money,
    /// Until then its rooms are set aside.
    pub expires_at: DateTime<Utc>,
}

impl ChangeRequestOut {
    pub fn new(request: ChangeRequest, currency: Currency, reference: String) -> Result<Self> {
        let (amendment, proposed) = (request.wanted()?.map(AmendBooking::from), request.proposed(currency));
        let proposal = request.proposal()?.zip(proposed).map(|(proposal, (total, difference))| ProposalOut {
            amendment: proposal.amend.into(),
            total,
            difference,
            expires_at: proposal.expires_at,
        });
        let ChangeRequest { property_id, id, booking_id, status, kind, stay_id, message, answer, version, .. } = request;
        Ok(Self {
            id,
            property_id,
            booking_id,
            reference,
            status,
            kind,
            amendment,
            cancellation: (kind == RequestKind::Cancellation).then_some(WantedCancellation { stay_id }),
            message,
            answer,
            proposal,
            version,
            created_at: request.created_at,
            updated_at: request.updated_at,
        })
    }
}

/// Which requests.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct ChangeRequestFilter {
    pub property_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
    #[param(inline)]
    pub status: Option<RequestStatus>,
}
