use crate::domains::payments::PaymentId;
use crate::domains::rates::engine::PaymentTerms;
use crate::domains::stays::Status;
use crate::ids::id;
use crate::money::Currency;
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{bookings, payments_due, stays};
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of something that is due.
    pub struct PaymentDueId;
}

text_enum! {
    /// Kind of something that is due: a part of the price when booking (`deposit`), the rest before the arrival (`rest`), or what
    /// a stay costs that was cancelled late (`cancellation_fee`) or whose guests did not come (`no_show_fee`).
    pub enum DueKind {
        Deposit = "deposit",
        Rest = "rest",
        CancellationFee = "cancellation_fee",
        NoShowFee = "no_show_fee",
    }
}

impl DueKind {
    /// Returns `true` if it is due of a stay in this state: parts of the price of those that are to come, came or are in the
    /// house, fees of those that were given up.
    pub fn is_due_of(self, status: Status) -> bool {
        match self {
            Self::Deposit | Self::Rest => {
                matches!(status, Status::Held | Status::Confirmed | Status::CheckedIn | Status::CheckedOut)
            }
            Self::CancellationFee => status == Status::Cancelled,
            Self::NoShowFee => status == Status::NoShow,
        }
    }
}

/// Something that is due of a stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = payments_due, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct PaymentDue {
    pub property_id: Uuid,
    pub id: PaymentDueId,
    pub booking_id: Uuid,
    pub stay_id: Uuid,
    pub kind: DueKind,
    /// The stay whose price it is a part of, or the posting of the fee.
    pub cause_id: Uuid,
    pub due_on: NaiveDate,
    pub amount_minor: i64,
    /// Amount that is not paid, as of the last event of the booking.
    pub outstanding_minor: i64,
    /// Last payment by which the guarantee was charged for it, on which business date, and how often that was tried.
    pub payment_id: Option<PaymentId>,
    pub charged_on: Option<NaiveDate>,
    pub charges: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for PaymentDue {
    const ENTITY: &'static str = "payment_due";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "booking_id",
        "stay_id",
        "kind",
        "cause_id",
        "due_on",
        "amount_minor",
        "outstanding_minor",
        "payment_id",
        "charged_on",
        "charges",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id).in_booking(self.booking_id)
    }
}

/// Booking of which something may be due.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct DueBooking {
    pub property_id: Uuid,
    pub id: Uuid,
    pub status: Status,
    pub currency: Currency,
    pub awaits_payment: bool,
    pub created_at: DateTime<Utc>,
}

/// Stay of such a booking.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = stays)]
pub struct DueStay {
    pub id: Uuid,
    pub status: Status,
    pub check_in: NaiveDate,
    pub total_minor: i64,
    /// Its terms as they were sold, of which when it is paid is a part.
    pub cancellation_terms: Option<serde_json::Value>,
}

impl DueStay {
    /// Returns when it is paid, as it was sold.
    pub fn payment_terms(&self) -> PaymentTerms {
        let terms = self.cancellation_terms.as_ref().and_then(|terms| terms.get("payment")).cloned();
        terms.and_then(|terms| serde_json::from_value(terms).ok()).unwrap_or_default()
    }
}
