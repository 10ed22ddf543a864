use super::model::{NightAudit, OpenArrival, OpenDeparture};
use crate::domains::properties::ArrivalDecision;
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
    /// Decisions about guests who have not arrived. For the others, the hotel's setting `open_arrivals` decides. Stays
    /// that are no open arrivals are ignored.
    #[garde(dive, length(max = 1000))]
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub arrivals: Vec<DecideArrival>,
    /// `true` to close the date before its day has ended at the hotel. Needs `night_audit:close_early` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub close_early: bool,
    /// Reason for closing the date early, at most 500 characters.
    #[garde(inner(length(chars, max = 500)))]
    #[schema(max_length = 500, example = "Closed for the season")]
    pub reason: Option<String>,
}

/// Decision about the guests of a stay who have not arrived.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideArrival {
    /// Identifier of the stay.
    #[garde(skip)]
    pub stay_id: Uuid,
    /// Decision about the guests. Cancelling needs `bookings:write`. Guests can be expected as long as they would stay
    /// beyond the date.
    #[garde(skip)]
    pub decision: ArrivalDecision,
    /// `true` to charge no fee for the no-show or the cancellation. Needs `bookings:waive_fee` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub waive_fee: bool,
    /// Reason for the decision, at most 500 characters; needed with `waive_fee`.
    #[garde(inner(length(chars, max = 500)))]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
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
    /// `true` if the day of the business date has ended at the hotel: from midnight on.
    pub is_day_over: bool,
    /// `true` if the business date can be closed now without anything said: its day has ended, no departure is open, and
    /// the hotel's setting decides about open arrivals.
    pub can_close: bool,
    /// Stays that must be checked out, or extended by a night, before the date is closed.
    pub departures: Vec<OpenDeparture>,
    /// Stays whose guests have not arrived, with the fees as of now; closing the date decides about each of them.
    pub arrivals: Vec<OpenArrival>,
    /// Holds for nights that are then past; closing the date lets them expire.
    pub holds: Vec<OpenArrival>,
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
    /// Number of stays whose guests had not arrived and are expected late.
    pub late_arrivals: i32,
    /// Room revenue of the date: charges for rooms without taxes.
    pub room_revenue: Money,
    /// Total revenue of the date: all charges.
    pub total_revenue: Money,
    /// Reason why the date was closed before its day had ended; null if it had ended.
    pub early_reason: Option<String>,
    /// Time at which the business date was closed (UTC).
    pub closed_at: DateTime<Utc>,
}

impl NightAuditOut {
    pub fn new(audit: NightAudit, currency: Currency) -> Self {
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
            late_arrivals,
            early_reason,
        } = audit;
        Self {
            property_id,
            business_date,
            run_by,
            no_shows,
            rooms_occupied,
            rooms_available,
            arrivals,
            departures,
            late_arrivals,
            room_revenue: Money::new(room_revenue_minor, currency),
            total_revenue: Money::new(total_revenue_minor, currency),
            early_reason,
            closed_at: created_at,
        }
    }
}
