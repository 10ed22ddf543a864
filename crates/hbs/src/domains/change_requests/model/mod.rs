mod stored;

use crate::domains::bookings::{Agreement, Amend, Booking};
use crate::domains::stays::Status;
use crate::money::{Currency, Money};
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;
use hbs_schema::{bookings, change_requests};
use serde::Serialize;
use stored::StoredAmendment;
use uuid::Uuid;

/// Time for which the rooms of a proposal are set aside.
pub const PROPOSAL_LASTS: TimeDelta = TimeDelta::minutes(30);

text_enum! {
    /// Status of a change request: waiting for staff (`open`), or for the guest's answer to a counter-proposal
    /// (`proposed`); `granted` or `refused` by staff; `accepted`, `declined` or not answered in time (`lapsed`) by the
    /// guest; or `withdrawn` by the guest.
    pub enum RequestStatus {
        /// The request waits for an answer of staff.
        Open = "open",
        /// Staff made another proposal, which waits for an answer of the guest.
        Proposed = "proposed",
        /// The guest accepted the proposal, and it was carried out.
        Accepted = "accepted",
        /// The guest declined the proposal.
        Declined = "declined",
        /// The guest did not answer the proposal in time.
        Lapsed = "lapsed",
        /// Staff granted the request.
        Granted = "granted",
        /// Staff refused the request.
        Refused = "refused",
        /// The guest withdrew the request.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// Kind of a change request.
    pub enum RequestKind {
        /// Amendment of the booking.
        Amendment = "amendment",
        /// Cancellation without a fee.
        Cancellation = "cancellation",
    }
}

/// A booking, as far as requests about it are shown with.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct Booked {
    pub reference: String,
    pub status: Status,
    pub contact_name: String,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub currency: Currency,
}

impl From<&Booking> for Booked {
    fn from(booking: &Booking) -> Self {
        Self {
            reference: booking.reference.clone(),
            status: booking.status,
            contact_name: booking.contact_name.clone(),
            check_in: booking.check_in,
            check_out: booking.check_out,
            currency: booking.currency,
        }
    }
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = change_requests, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct ChangeRequest {
    pub property_id: Uuid,
    pub id: Uuid,
    pub booking_id: Uuid,
    pub status: RequestStatus,
    pub kind: RequestKind,
    pub wanted: Option<serde_json::Value>,
    pub stay_id: Option<Uuid>,
    pub message: String,
    pub answer: Option<String>,
    pub proposal: Option<serde_json::Value>,
    #[serde(skip)]
    pub agreement: Option<serde_json::Value>,
    pub proposed_total_minor: Option<i64>,
    pub proposed_difference_minor: Option<i64>,
    pub expires_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for ChangeRequest {
    const ENTITY: &'static str = "change_request";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "booking_id",
        "status",
        "kind",
        "stay_id",
        "proposed_total_minor",
        "proposed_difference_minor",
        "expires_at",
    ];
    const SEALED: &'static [&'static str] = &["message", "answer", "wanted"];

    /// Returns the request as an entity, in the timeline of its booking.
    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id).in_booking(self.booking_id)
    }
}

/// Proposal of staff.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub amend: Amend,
    pub agreement: Agreement,
    pub expires_at: DateTime<Utc>,
}

impl ChangeRequest {
    /// Returns the amendment that was asked for; none for a cancellation.
    pub fn wanted(&self) -> Result<Option<Amend>> {
        Ok(parse::<StoredAmendment>(self.wanted.as_ref())?.map(Amend::from))
    }

    pub fn proposal(&self) -> Result<Option<Proposal>> {
        let (amendment, agreement) = (parse::<StoredAmendment>(self.proposal.as_ref())?, parse(self.agreement.as_ref())?);
        Ok(match (amendment, agreement, self.expires_at) {
            (Some(amendment), Some(agreement), Some(expires_at)) => {
                Some(Proposal { amend: amendment.into(), agreement, expires_at })
            }
            _ => None,
        })
    }

    /// Returns the total that is proposed, and its difference from the old one.
    pub fn proposed(&self, currency: Currency) -> Option<(Money, Money)> {
        let money = |minor| Money::new(minor, currency);
        Some((money(self.proposed_total_minor?), money(self.proposed_difference_minor?)))
    }
}

/// Serializes an amendment for its row.
pub fn stored(amend: Amend) -> Result<serde_json::Value> {
    serde_json::to_value(StoredAmendment::from(amend)).map_err(Error::internal)
}

fn parse<T: serde::de::DeserializeOwned>(json: Option<&serde_json::Value>) -> Result<Option<T>> {
    json.map(|json| serde_json::from_value(json.clone())).transpose().map_err(Error::internal)
}

/// New state of a request. Fields that are none stay as they are.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = change_requests)]
pub struct NewState {
    pub status: RequestStatus,
    pub answer: Option<String>,
    pub proposal: Option<serde_json::Value>,
    pub agreement: Option<serde_json::Value>,
    pub proposed_total_minor: Option<i64>,
    pub proposed_difference_minor: Option<i64>,
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewState {
    pub fn of(status: RequestStatus) -> Self {
        Self {
            status,
            answer: None,
            proposal: None,
            agreement: None,
            proposed_total_minor: None,
            proposed_difference_minor: None,
            expires_at: None,
        }
    }
}
