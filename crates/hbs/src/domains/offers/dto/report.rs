//! Reports on offers: what came of them.
use crate::domains::offers::model::ReportRow;
use crate::http::valid::dates;
use crate::money::{Currency, Money};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Choice of a hotel and a period.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OfferReportQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First business date on which bookings were made.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Last business date on which bookings were made (inclusive).
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-31")]
    pub to: NaiveDate,
}

/// Bookings, revenue and discount of a hotel's offers, each code by itself.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferReport {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First business date on which bookings were made.
    pub from: NaiveDate,
    /// Last business date on which bookings were made (inclusive).
    pub to: NaiveDate,
    /// Offers with their codes, by name.
    pub items: Vec<OfferFigures>,
}

/// Figures of an offer, or of one of its codes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferFigures {
    /// Identifier of the offer.
    pub offer_id: Uuid,
    /// Name of the offer, in the property's language.
    pub name: String,
    /// Code with which it was booked; null where it is given by itself.
    pub code: Option<String>,
    /// Number of bookings that count, no-shows among them.
    pub bookings: i64,
    /// Number of bookings that were given back, as they were cancelled or had expired.
    pub given_back: i64,
    /// Number of room nights of the bookings that count.
    pub nights: i64,
    /// Revenue from stays with the offer, taxes included.
    pub revenue: Money,
    /// Amount that the offer took off, as entered.
    pub discount: Money,
}

impl OfferReport {
    pub fn new(query: &OfferReportQuery, rows: Vec<ReportRow>, currency: Currency) -> Self {
        let figures = |row: ReportRow| {
            let ReportRow { offer_id, name, code, bookings, given_back, nights, revenue_minor, discount_minor } = row;
            let (revenue, discount) = (Money::new(revenue_minor, currency), Money::new(discount_minor, currency));
            OfferFigures { offer_id, name, code, bookings, given_back, nights, revenue, discount }
        };
        let OfferReportQuery { property_id, from, to } = *query;
        Self { property_id, from, to, items: rows.into_iter().map(figures).collect() }
    }
}
