use crate::domains::bookings::FeesOfMissing;
use crate::domains::properties::ArrivalDecision;
use crate::domains::stays::Status;
use crate::money::{Currency, Money};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::night_audits;
use serde::Serialize;
use uuid::Uuid;

/// A closed business date.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = night_audits)]
pub struct NightAudit {
    pub property_id: Uuid,
    pub business_date: NaiveDate,
    pub run_by: Option<Uuid>,
    pub no_shows: i32,
    pub rooms_occupied: i32,
    pub rooms_available: i32,
    pub arrivals: i32,
    pub departures: i32,
    pub room_revenue_minor: i64,
    pub total_revenue_minor: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Number of stays whose guests are expected late.
    pub late_arrivals: i32,
    /// Reason why the date was closed before its day had ended.
    pub early_reason: Option<String>,
}

/// Figures of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub no_shows: i32,
    pub rooms_available: i32,
    pub arrivals: i32,
    pub departures: i32,
    pub room_revenue_minor: i64,
    pub total_revenue_minor: i64,
}

/// A stay that should have begun or ended.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct DueStay {
    pub stay_id: Uuid,
    pub booking_id: Uuid,
    pub reference: String,
    pub contact_name: String,
    pub guest_name: Option<String>,
    pub status: Status,
    pub room_id: Option<Uuid>,
    pub room_number: Option<String>,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub late_on: Option<NaiveDate>,
}

/// An open departure: guests in the house who should have left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OpenDeparture {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Name of the guest who stays, or of the booking's contact if no guest is recorded.
    #[schema(example = "Ana Sousa")]
    pub guest_name: String,
    /// Former name of `guest_name`.
    #[schema(deprecated, example = "Ana Sousa")]
    pub guest: String,
    /// Number on the door of the room; null for a stay without a room.
    #[schema(example = "101")]
    pub room_number: Option<String>,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
    /// Next guest in the room, on the night after, who needs another one if the stay is extended.
    pub next: Option<NextGuest>,
}

/// An open arrival: guests who should have arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OpenArrival {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Name of the guest who stays, or of the booking's contact if no guest is recorded.
    #[schema(example = "Ana Sousa")]
    pub guest_name: String,
    /// Former name of `guest_name`.
    #[schema(deprecated, example = "Ana Sousa")]
    pub guest: String,
    /// Number on the door of the room; null for a stay without a room.
    #[schema(example = "101")]
    pub room_number: Option<String>,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
    /// `true` if an earlier audit kept the arrival: the guests are late already.
    pub is_late: bool,
    /// Decision by the hotel's setting `open_arrivals`; null if the audit is to be told one, and for a hold, which expires.
    pub decision: Option<ArrivalDecision>,
    /// Fee that recording a no-show would charge now; null for a hold.
    pub no_show_fee: Option<Money>,
    /// Fee that cancelling would charge now; null for a hold.
    pub cancellation_fee: Option<Money>,
}

/// Stay that has a room next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NextGuest {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    pub reference: String,
    /// Name of the guest who stays, or of the booking's contact if no guest is recorded.
    pub guest_name: String,
    /// Former name of `guest_name`.
    #[schema(deprecated)]
    pub guest: String,
}

impl DueStay {
    pub fn is_late(&self) -> bool {
        self.late_on.is_some()
    }

    /// Shows the stay as an arrival that is open, or a hold. Fees are those of the first, in a currency.
    pub fn open_arrival(&self, decision: Option<ArrivalDecision>, fees: Option<(FeesOfMissing, Currency)>) -> OpenArrival {
        let fee = |of: fn(FeesOfMissing) -> i64| fees.map(|(fees, currency)| Money::new(of(fees), currency));
        OpenArrival {
            no_show_fee: fee(|fees| fees.no_show_minor),
            cancellation_fee: fee(|fees| fees.cancellation_minor),
            stay_id: self.stay_id,
            booking_id: self.booking_id,
            reference: self.reference.clone(),
            guest_name: self.guest(),
            guest: self.guest(),
            room_number: self.room_number.clone(),
            check_in: self.check_in,
            check_out: self.check_out,
            is_late: self.is_late(),
            decision,
        }
    }

    pub fn guest(&self) -> String {
        self.guest_name.clone().unwrap_or_else(|| self.contact_name.clone())
    }
}
