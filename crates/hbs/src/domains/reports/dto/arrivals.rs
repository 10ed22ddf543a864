use super::note_on_keys;
use crate::domains::reports::model::{ArrivalSums, ArrivalsGroup};
use crate::domains::reports::rules::{average, percent};
use crate::sheets::{Export, Value};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Stays of a line, by their day of arrival.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ArrivalsLine {
    /// Value that the stays have in common: a month, a channel, or an identifier; null for stays without a rate plan.
    #[schema(example = "2026-12")]
    pub key: Option<String>,
    /// Name of the room type or rate plan; null for other groups.
    #[schema(example = "Double room")]
    pub name: Option<String>,
    /// Stays that were booked, whatever became of them; holds that expired are none.
    pub reservations: i64,
    /// Stays that were cancelled.
    pub cancellations: i64,
    /// Stays that were cancelled, in percent of those that were booked; null if there are none.
    #[schema(example = "12.50")]
    pub cancellation_rate: Option<String>,
    /// Stays that were recorded as no-shows.
    pub no_shows: i64,
    /// Stays that were recorded as no-shows, in percent of those that were booked; null if there are none.
    #[schema(example = "1.25")]
    pub no_show_rate: Option<String>,
    /// Nights of the stays that were cancelled or recorded as no-shows.
    pub lost_nights: i64,
    /// Average number of days between booking and arrival, with one decimal; null if there are none.
    #[schema(example = "21.4")]
    pub lead_time_days: Option<String>,
    /// Average number of nights, with one decimal; null if there are none.
    #[schema(example = "2.8")]
    pub length_of_stay: Option<String>,
}

impl ArrivalsLine {
    pub fn new(key: Option<String>, name: Option<String>, sums: &ArrivalSums) -> Self {
        Self {
            key,
            name,
            reservations: sums.reservations,
            cancellations: sums.cancellations,
            cancellation_rate: percent(sums.cancellations, sums.reservations),
            no_shows: sums.no_shows,
            no_show_rate: percent(sums.no_shows, sums.reservations),
            lost_nights: sums.lost_nights,
            lead_time_days: average(sums.lead_days, sums.reservations),
            length_of_stay: average(sums.nights, sums.reservations),
        }
    }

    fn row(&self, key: Value) -> Vec<Value> {
        vec![
            key,
            self.name.as_deref().into(),
            self.reservations.into(),
            self.cancellations.into(),
            Value::decimal(self.cancellation_rate.as_deref()),
            self.no_shows.into(),
            Value::decimal(self.no_show_rate.as_deref()),
            self.lost_nights.into(),
            Value::decimal(self.lead_time_days.as_deref()),
            Value::decimal(self.length_of_stay.as_deref()),
        ]
    }
}

/// Report on cancellations, no-shows, lead time and length of stay, by day of arrival.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ArrivalsReport {
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// First day of arrival.
    pub from: NaiveDate,
    /// Last day of arrival, inclusive.
    pub to: NaiveDate,
    /// Grouping of the report.
    pub group: ArrivalsGroup,
    /// Lines of the report, in the order of their keys.
    pub items: Vec<ArrivalsLine>,
    /// Sums and averages over all lines.
    pub total: ArrivalsLine,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

impl ArrivalsReport {
    pub fn table(&self) -> Export {
        let lines = self.items.iter().map(|line| line.row(line.key.as_deref().into()));
        Export {
            of: self.hotels.clone(),
            name: format!("cancellations-{}-{}", self.from, self.to),
            date: self.to,
            notes: vec![note_on_keys(self.group.as_str())],
            columns: vec![
                "key",
                "name",
                "reservations",
                "cancellations",
                "cancellation_rate",
                "no_shows",
                "no_show_rate",
                "lost_nights",
                "lead_time_days",
                "length_of_stay",
            ],
            rows: lines.chain([self.total.row("total".into())]).collect(),
        }
    }
}
