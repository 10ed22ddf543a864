use super::model::{DueStay, NightAudit, OpenDeparture};
use crate::http::valid::dates;
use crate::money::{Currency, Money};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which date is to be closed.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunNightAudit {
    /// So that a request that is sent again closes no second one.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub business_date: NaiveDate,
    /// Departures that are due and stay a night more, at the price of the day. Needs `bookings:write`. Those who are not due are passed over.
    #[garde(length(max = 1000))]
    #[serde(default)]
    pub extend_stays: Vec<Uuid>,
}

/// Which audits.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct NightAuditFilter {
    pub property_id: Option<Uuid>,
}

/// What stands in the way of closing the date, and what closing it does.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NightAuditPreview {
    pub property_id: Uuid,
    /// The date that is closed next.
    pub business_date: NaiveDate,
    /// Whether it can be closed now.
    pub can_close: bool,
    /// Each is to be checked out, or amended by a night, before.
    pub departures: Vec<OpenDeparture>,
    /// Guests who have not come: they are recorded as no-shows.
    pub arrivals: Vec<DueArrival>,
    /// Holds for nights that are over then: they expire.
    pub holds: Vec<DueArrival>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DueArrival {
    pub stay_id: Uuid,
    pub booking_id: Uuid,
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    #[schema(example = "Ana Sousa")]
    pub guest: String,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
}

impl From<&DueStay> for DueArrival {
    fn from(stay: &DueStay) -> Self {
        Self {
            stay_id: stay.stay_id,
            booking_id: stay.booking_id,
            reference: stay.reference.clone(),
            guest: stay.guest(),
            check_in: stay.check_in,
            check_out: stay.check_out,
        }
    }
}

/// A date that was closed, with what it came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NightAuditOut {
    pub property_id: Uuid,
    pub business_date: NaiveDate,
    /// Nothing where it ran by itself.
    pub run_by: Option<Uuid>,
    /// Guests who were recorded as missing on the date, by the audit or before.
    pub no_shows: i32,
    /// Rooms with guests in the house.
    pub rooms_occupied: i32,
    /// Rooms that were not blocked.
    pub rooms_available: i32,
    /// Stays that began, and that ended, on the date.
    pub arrivals: i32,
    pub departures: i32,
    /// Of the charges of the date: rooms without taxes, and everything.
    pub room_revenue: Money,
    pub total_revenue: Money,
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
