use super::note_on_keys;
use crate::domains::reports::model::RevenueGroup;
use crate::domains::reports::rules::{Figures, percent};
use crate::money::{Currency, Money};
use crate::sheets::{Export, Value};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Revenue of a line: amounts are without taxes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevenueLine {
    /// Value that the stays have in common: a date, a month, a channel, a country, or an identifier. Null for what belongs to
    /// none: stays without a rate plan or a known country, and what is charged to house folios.
    #[schema(example = "direct")]
    pub key: Option<String>,
    /// Name of the room type, rate plan or property; null for other groups.
    #[schema(example = "Double room")]
    pub name: Option<String>,
    /// Rooms sold, night by night.
    pub rooms_sold: i64,
    /// Average daily rate: room revenue by rooms sold, both on dates with available rooms; null if no room was sold.
    pub adr: Option<Money>,
    /// Room revenue, after discounts.
    pub room_revenue: Money,
    /// Revenue of extras and of other charges, those to house folios included.
    pub extra_revenue: Money,
    /// Revenue of fees for cancellations, no-shows and early departures.
    pub fee_revenue: Money,
    /// Other revenue: allowances and corrections.
    pub other_revenue: Money,
    /// Sum of all revenue.
    pub total_revenue: Money,
    /// Share of the revenue of the report, in percent with two decimals; null if there is none.
    #[schema(example = "42.10")]
    pub share: Option<String>,
    /// Taxes.
    pub taxes: Money,
}

impl RevenueLine {
    pub fn new(key: Option<String>, name: Option<String>, figures: &Figures, whole_minor: i64, currency: Currency) -> Self {
        let money = |minor| Money::new(minor, currency);
        Self {
            key,
            name,
            rooms_sold: figures.rooms_sold,
            adr: figures.adr_minor().map(money),
            room_revenue: money(figures.room_minor),
            extra_revenue: money(figures.extra_minor),
            fee_revenue: money(figures.fee_minor),
            other_revenue: money(figures.other_minor),
            total_revenue: money(figures.revenue_minor()),
            share: percent(figures.revenue_minor(), whole_minor),
            taxes: money(figures.tax_minor),
        }
    }

    fn row(&self, key: Value) -> Vec<Value> {
        vec![
            key,
            self.name.as_deref().into(),
            self.rooms_sold.into(),
            self.adr.into(),
            self.room_revenue.into(),
            self.extra_revenue.into(),
            self.fee_revenue.into(),
            self.other_revenue.into(),
            self.total_revenue.into(),
            Value::decimal(self.share.as_deref()),
            self.taxes.into(),
            self.taxes.currency.code().into(),
        ]
    }
}

/// Report on revenue. Entries count on the date of the service, or on the business date of posting if that is later.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevenueReport {
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// First date of the period.
    pub from: NaiveDate,
    /// Last date of the period, inclusive.
    pub to: NaiveDate,
    /// Grouping of the report.
    pub group: RevenueGroup,
    /// Lines of the report, in the order of their keys.
    pub items: Vec<RevenueLine>,
    /// Sums over all lines.
    pub total: RevenueLine,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

impl RevenueReport {
    pub fn table(&self) -> Export {
        let lines = self.items.iter().map(|line| line.row(line.key.as_deref().into()));
        Export {
            of: self.hotels.clone(),
            name: format!("revenue-{}-{}", self.from, self.to),
            date: self.to,
            notes: vec![note_on_keys(self.group.as_str())],
            columns: vec![
                "key",
                "name",
                "rooms_sold",
                "adr",
                "room_revenue",
                "extra_revenue",
                "fee_revenue",
                "other_revenue",
                "total_revenue",
                "share",
                "taxes",
                "currency",
            ],
            rows: lines.chain([self.total.row("total".into())]).collect(),
        }
    }
}
