use super::note_on_currencies;
use crate::domains::reports::model::PaceRow;
use crate::money::{Currency, Money};
use crate::sheets::{Export, Value};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Books of a night.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaceLine {
    /// Night.
    pub night: NaiveDate,
    /// Rooms that could be sold, at the end of the date.
    pub rooms_available: i64,
    /// Rooms on the books.
    pub rooms_sold: i64,
    /// Room revenue on the books, without taxes; null of several currencies.
    pub room_revenue: Option<Money>,
    /// Rooms by which the books have grown since the date that they are compared with.
    pub pickup_rooms: i64,
    /// Room revenue by which the books have grown since then; null of several currencies.
    pub pickup_revenue: Option<Money>,
    /// Rooms that were on the books of the same weekday 52 weeks before, as long before it.
    pub rooms_sold_last_year: i64,
    /// Room revenue that was on the books then; null of several currencies.
    pub room_revenue_last_year: Option<Money>,
}

impl PaceLine {
    /// Books of hotels of one currency, or of several ones (none).
    pub fn new(row: &PaceRow, currency: Option<Currency>) -> Self {
        let money = |minor| currency.map(|currency| Money::new(minor, currency));
        Self {
            night: row.night,
            rooms_available: row.capacity,
            rooms_sold: row.rooms,
            room_revenue: money(row.room_minor),
            pickup_rooms: row.rooms - row.rooms_before,
            pickup_revenue: money(row.room_minor - row.room_minor_before),
            rooms_sold_last_year: row.rooms_last_year,
            room_revenue_last_year: money(row.room_minor_last_year),
        }
    }

    fn row(&self) -> Vec<Value> {
        vec![
            self.night.into(),
            self.rooms_available.into(),
            self.rooms_sold.into(),
            self.room_revenue.into(),
            self.pickup_rooms.into(),
            self.pickup_revenue.into(),
            self.rooms_sold_last_year.into(),
            self.room_revenue_last_year.into(),
            self.room_revenue.map(|revenue| revenue.currency.code()).into(),
        ]
    }
}

/// Report on pace and pick-up: how the books of nights stand at the end of a date, what came since an earlier one, and how
/// they stood a year before.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaceReport {
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// Date at whose end the books are shown.
    pub as_of: NaiveDate,
    /// Date at whose end the books are compared with.
    pub compared_with: NaiveDate,
    /// First date at whose end the books of all properties were written down; null if one has closed no date yet. Nothing is
    /// known of dates before.
    pub known_since: Option<NaiveDate>,
    /// Nights, in their order.
    pub items: Vec<PaceLine>,
    /// Books currency by currency, if the hotels have several; else empty.
    pub by_currency: Vec<PaceOfCurrency>,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

/// Books of nights of hotels of one currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaceOfCurrency {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Identifiers of the properties with the currency.
    pub property_ids: BTreeSet<Uuid>,
    /// Nights, in their order.
    pub items: Vec<PaceLine>,
}

impl PaceReport {
    pub fn table(&self) -> Export {
        let several = self.by_currency.iter().flat_map(|part| &part.items);
        Export {
            of: self.hotels.clone(),
            name: format!("pace-{}", self.as_of),
            date: self.as_of,
            notes: note_on_currencies(&self.by_currency).into_iter().collect(),
            columns: vec![
                "night",
                "rooms_available",
                "rooms_sold",
                "room_revenue",
                "pickup_rooms",
                "pickup_revenue",
                "rooms_sold_last_year",
                "room_revenue_last_year",
                "currency",
            ],
            rows: self.items.iter().chain(several).map(PaceLine::row).collect(),
        }
    }
}
