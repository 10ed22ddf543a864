use super::model::{DueStay, NightAudit, OpenDeparture};
use crate::http::valid::dates;
use crate::money::{Currency, Money};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Request to close a business date.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunNightAudit {
    /// Business date to close, so that repeating the request closes no second date.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub business_date: NaiveDate,
    /// Due departures to extend by a night at the price of the day. Needs `bookings:write`. Stays that are not due are
    /// ignored.
    #[garde(length(max = 1000))]
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub extend_stays: Vec<Uuid>,
}

/// Filter of night audits.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct NightAuditFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
}

/// Preview of a night audit: obstacles to closing the business date, and the effects of closing it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NightAuditPreview {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Business date that is closed next.
    pub business_date: NaiveDate,
    /// `true` if the business date can be closed now.
    pub can_close: bool,
    /// Stays that must be checked out, or extended by a night, before the date is closed.
    pub departures: Vec<OpenDeparture>,
    /// Stays whose guests have not arrived; closing the date records them as no-shows.
    pub arrivals: Vec<DueArrival>,
    /// Holds for nights that are then past; closing the date lets them expire.
    pub holds: Vec<DueArrival>,
}

/// Stay whose guests should have arrived.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DueArrival {
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
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
}

impl From<&DueStay> for DueArrival {
    fn from(stay: &DueStay) -> Self {
        Self {
            stay_id: stay.stay_id,
            booking_id: stay.booking_id,
            reference: stay.reference.clone(),
            guest_name: stay.guest(),
            guest: stay.guest(),
            check_in: stay.check_in,
            check_out: stay.check_out,
        }
    }
}

/// A closed business date with its figures.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NightAuditOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Business date that was closed.
    pub business_date: NaiveDate,
    /// User who ran the audit; null if it ran automatically.
    pub run_by: Option<Uuid>,
    /// Number of no-shows recorded for the date, by the audit or before.
    pub no_shows: i32,
    /// Number of rooms occupied by guests.
    pub rooms_occupied: i32,
    /// Number of rooms that were not blocked.
    pub rooms_available: i32,
    /// Number of stays that began on the date.
    pub arrivals: i32,
    /// Number of stays that ended on the date.
    pub departures: i32,
    /// Room revenue of the date: charges for rooms without taxes.
    pub room_revenue: Money,
    /// Total revenue of the date: all charges.
    pub total_revenue: Money,
    /// Time at which the business date was closed (UTC).
    pub closed_at: DateTime<Utc>,
}

impl NightAuditOut {
    pub fn new(audit: &NightAudit, currency: Currency) -> Self {
        let NightAudit {
            property_id,
            business_date,
            run_by,
            no_shows,
            rooms_occupied,
            rooms_available,
            arrivals,
            departures,
            room_revenue_minor,
            total_revenue_minor,
            created_at,
            updated_at: _,
        } = *audit;
        Self {
            property_id,
            business_date,
            run_by,
            no_shows,
            rooms_occupied,
            rooms_available,
            arrivals,
            departures,
            room_revenue: Money::new(room_revenue_minor, currency),
            total_revenue: Money::new(total_revenue_minor, currency),
            closed_at: created_at,
        }
    }
}
