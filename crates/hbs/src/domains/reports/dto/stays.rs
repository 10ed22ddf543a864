use super::note_on_currencies;
use crate::domains::reports::model::{MonthRow, MyStayRow};
use crate::domains::stays::Status;
use crate::http::valid::dates;
use crate::money::{Currency, Money};
use crate::sheets::{Export, Value};
use crate::words::text_enum;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

text_enum! {
    /// Grouping of the report: the stays in one line, such as those with one month of arrival (`arrival_month`).
    pub enum StaysGroup {
        ArrivalMonth = "arrival_month",
    }
}

/// Choice of the stays, and their grouping.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct StaysQuery {
    /// Grouping of the report: `arrival_month` makes a line of each month of arrival.
    #[param(inline)]
    pub group: StaysGroup,
    /// Earliest day of arrival; 3,660 days before the latest one if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    pub from: Option<NaiveDate>,
    /// Latest day of arrival, inclusive: at most 3,660 days. If left out, it is as late as that after `from`, or 1,100 days
    /// after the business date without `from`.
    #[serde(default, deserialize_with = "dates::optional")]
    pub to: Option<NaiveDate>,
}

/// Report on stays, in lines.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StaysReport {
    /// Identifier of the property; null if there are several.
    pub property_id: Option<Uuid>,
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// Grouping of the report.
    pub group: StaysGroup,
    /// Earliest day of arrival.
    pub from: NaiveDate,
    /// Latest day of arrival, inclusive.
    pub to: NaiveDate,
    /// Lines of the report, in the order of the months; none for a month without arrivals.
    pub items: Vec<MonthOut>,
    /// Lines currency by currency, if the hotels have several; else empty.
    pub by_currency: Vec<StaysOfCurrency>,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

/// Stays at hotels of one currency, in lines.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StaysOfCurrency {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Identifiers of the properties with the currency.
    pub property_ids: BTreeSet<Uuid>,
    /// Lines of the hotels, in the order of the months.
    pub items: Vec<MonthOut>,
}

impl StaysReport {
    pub fn table(&self) -> Export {
        let several = self.by_currency.iter().flat_map(|part| &part.items);
        Export {
            of: self.hotels.clone(),
            name: format!("stays-{}-{}", self.from, self.to),
            date: self.to,
            notes: note_on_currencies(&self.by_currency).into_iter().collect(),
            columns: vec![
                "month",
                "reservations",
                "checked_out",
                "nights_sold",
                "room_revenue",
                "cancellations",
                "no_shows",
                "currency",
            ],
            rows: self.items.iter().chain(several).map(MonthOut::row).collect(),
        }
    }
}

/// Stays that begin in one month.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MonthOut {
    /// Month of arrival: `YYYY-MM`.
    #[schema(example = "2026-12")]
    pub month: String,
    /// Number of all stays that were booked.
    pub reservations: i64,
    /// Number of stays that have ended.
    pub checked_out: i64,
    /// Number of nights of the stays that have ended, as booked.
    pub nights_sold: i64,
    /// Room revenue of the stays that have ended, without taxes; null of several currencies.
    pub room_revenue: Option<Money>,
    /// Number of stays that were cancelled.
    pub cancellations: i64,
    /// Number of no-shows.
    pub no_shows: i64,
}

impl MonthOut {
    /// Stays at hotels of one currency, or of several ones (none).
    pub fn new(row: &MonthRow, currency: Option<Currency>) -> Self {
        let MonthRow { month, reservations, checked_out, nights_sold, room_revenue_minor, cancellations, no_shows } = *row;
        Self {
            month: month.format("%Y-%m").to_string(),
            reservations,
            checked_out,
            nights_sold,
            room_revenue: currency.map(|currency| Money::new(room_revenue_minor, currency)),
            cancellations,
            no_shows,
        }
    }

    fn row(&self) -> Vec<Value> {
        vec![
            self.month.as_str().into(),
            self.reservations.into(),
            self.checked_out.into(),
            self.nights_sold.into(),
            self.room_revenue.into(),
            self.cancellations.into(),
            self.no_shows.into(),
            self.room_revenue.map(|revenue| revenue.currency.code()).into(),
        ]
    }
}

/// Stay of one's own.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MyStay {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the property.
    #[schema(example = "Hotel Miramar")]
    pub property_name: String,
    /// Name of the room type that was booked.
    #[schema(example = "Double room")]
    pub room_type_name: String,
    /// State of the stay.
    pub status: Status,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
    /// Amount that the stay comes to, with taxes, extras and fees.
    pub total: Money,
}

impl From<MyStayRow> for MyStay {
    fn from(row: MyStayRow) -> Self {
        let MyStayRow {
            id,
            booking_id,
            reference,
            property_id,
            property_name,
            room_type_name,
            status,
            check_in,
            check_out,
            currency,
            total_minor,
        } = row;
        Self {
            stay_id: id,
            booking_id,
            reference,
            property_id,
            property_name,
            room_type_name,
            status,
            check_in,
            check_out,
            total: Money::new(total_minor, currency),
        }
    }
}
