use super::model::MonthRow;
use crate::http::valid::dates;
use crate::money::{Currency, Money};
use crate::words::text_enum;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

text_enum! {
    /// Grouping of the report: the meaning of one line.
    pub enum StaysGroup {
        ArrivalMonth = "arrival_month",
    }
}

/// Choice of the stays, and their grouping.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct StaysQuery {
    pub property_id: Uuid,
    #[param(inline)]
    pub group: StaysGroup,
    /// Earliest day of arrival.
    #[serde(default, deserialize_with = "dates::optional")]
    pub from: Option<NaiveDate>,
    /// Latest day of arrival.
    #[serde(default, deserialize_with = "dates::optional")]
    pub to: Option<NaiveDate>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StaysReport {
    pub property_id: Uuid,
    pub group: StaysGroup,
    pub items: Vec<MonthOut>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MonthOut {
    #[schema(example = "2026-12")]
    pub month: String,
    /// Number of all stays that were booked.
    pub reservations: i64,
    /// Number of stays that have ended.
    pub checked_out: i64,
    /// Number of nights of the stays that have ended, as booked.
    pub nights_sold: i64,
    /// Room revenue of the stays that have ended, without taxes.
    pub room_revenue: Money,
    pub cancellations: i64,
    pub no_shows: i64,
}

impl MonthOut {
    pub fn new(row: &MonthRow, currency: Currency) -> Self {
        let MonthRow { month, reservations, checked_out, nights_sold, room_revenue_minor, cancellations, no_shows } = *row;
        Self {
            month: month.format("%Y-%m").to_string(),
            reservations,
            checked_out,
            nights_sold,
            room_revenue: Money::new(room_revenue_minor, currency),
            cancellations,
            no_shows,
        }
    }
}
