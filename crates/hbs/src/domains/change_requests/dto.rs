use super::model::{Booked, ChangeRequest, RequestKind, RequestStatus};
use crate::Result;
use crate::domains::bookings::AmendBooking;
use crate::domains::stays::Status;
use crate::money::Money;
use crate::plain_text::paragraphs;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Request of a guest: an amendment or a cancellation.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestChange {
    /// Amendment that the guest asks for, as in `POST /v1/bookings/{id}/amend`.
    #[garde(dive)]
    pub amendment: Option<AmendBooking>,
    /// Cancellation without a fee that the guest asks for.
    #[garde(dive)]
    pub cancellation: Option<WantedCancellation>,
    /// Message to the hotel.
    #[garde(length(chars, min = 1, max = 2000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 2000, example = "Our flight was cancelled; we can only come a day later.")]
    pub message: String,
}

/// Cancellation without a fee that a guest asks for.
#[derive(Debug, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedCancellation {
    /// Stay to cancel; all stays that can be cancelled if left out.
    #[garde(skip)]
    pub stay_id: Option<Uuid>,
}

/// Refusal of a change request, with its reason.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseChange {
    /// Answer to the guest with the reason, 1 to 2,000 characters.
    #[garde(length(chars, min = 1, max = 2000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 2000, example = "The hotel is full on these nights.")]
    pub answer: String,
}

/// Consent to a change request.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantChange {
    /// Answer to the guest.
    #[garde(inner(length(chars, min = 1, max = 2000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 2000)]
    pub answer: Option<String>,
    /// Agreed total of the booking; if the actual total differs, nothing is changed.
    #[garde(skip)]
    pub expected_total: Option<Money>,
}

/// Counter-proposal of staff to a change request.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeChange {
    /// Proposed amendment, as in `POST /v1/bookings/{id}/amend`, where the same permissions are needed.
    #[garde(dive)]
    pub amendment: AmendBooking,
    /// Answer to the guest.
    #[garde(inner(length(chars, min = 1, max = 2000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(
        min_length = 1,
        max_length = 2000,
        example = "We are full that week, but have a suite from Monday on at the price of a double room."
    )]
    pub answer: Option<String>,
}

/// A change request of a guest, with its outcome.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangeRequestOut {
    /// Identifier of the change request.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Status of the booking.
    pub booking_status: Status,
    /// Name of the booking's contact.
    #[schema(example = "Ana Sousa")]
    pub guest_name: String,
    /// Day of arrival of the booking as it is.
    pub check_in: NaiveDate,
    /// Day of departure of the booking as it is.
    pub check_out: NaiveDate,
    /// Status of the change request.
    pub status: RequestStatus,
    /// Kind of the change request.
    pub kind: RequestKind,
    /// Amendment that the guest asks for; null for a cancellation.
    pub amendment: Option<AmendBooking>,
    /// Cancellation that the guest asks for; null for an amendment.
    pub cancellation: Option<WantedCancellation>,
    /// Message of the guest to the hotel.
    pub message: String,
    /// Answer of staff to the guest.
    pub answer: Option<String>,
    /// Counter-proposal of staff; null if they made none.
    pub proposal: Option<ProposalOut>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// A counter-proposal of staff.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProposalOut {
    /// Proposed amendment, as in `POST /v1/bookings/{id}/amend`.
    pub amendment: AmendBooking,
    /// Total of the whole booking under the proposal. This price holds until the guest answers, whatever happens to
    /// rates.
    pub total: Money,
    /// Difference between the proposed and the old total; negative if the booking becomes cheaper.
    pub difference: Money,
    /// Time until which the rooms of the proposal are set aside.
    pub expires_at: DateTime<Utc>,
}

impl ChangeRequestOut {
    pub fn new(request: ChangeRequest, booked: &Booked) -> Result<Self> {
        let Booked { currency, .. } = *booked;
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
            reference: booked.reference.clone(),
            booking_status: booked.status,
            guest_name: booked.contact_name.clone(),
            check_in: booked.check_in,
            check_out: booked.check_out,
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

/// Filter of change requests.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct ChangeRequestFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the booking.
    pub booking_id: Option<Uuid>,
    /// Status of the change request.
    #[param(inline)]
    pub status: Option<RequestStatus>,
}
