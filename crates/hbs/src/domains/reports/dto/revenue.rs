use super::{note_on_currencies, note_on_keys};
use crate::domains::reports::model::RevenueGroup;
use crate::domains::reports::rules::{Figures, percent};
use crate::money::{Currency, Money};
use crate::sheets::{Export, Value};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Revenue of a line: amounts are without taxes. Of hotels of several currencies, they are null: they are told currency by
/// currency.
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
    /// Average daily rate: room revenue by rooms sold, both on dates with available rooms; null if no room was sold, or of
    /// several currencies.
    pub adr: Option<Money>,
    /// Room revenue, after discounts; null of several currencies.
    pub room_revenue: Option<Money>,
    /// Revenue of extras and of other charges, those to house folios included; null of several currencies.
    pub extra_revenue: Option<Money>,
    /// Revenue of fees for cancellations, no-shows and early departures; null of several currencies.
    pub fee_revenue: Option<Money>,
    /// Other revenue: allowances and corrections; null of several currencies.
    pub other_revenue: Option<Money>,
    /// Sum of all revenue; null of several currencies.
    pub total_revenue: Option<Money>,
    /// Share of the revenue of the report, in percent with two decimals; null if there is none, or of several
    /// currencies.
    #[schema(example = "42.10")]
    pub share: Option<String>,
    /// Taxes; null of several currencies.
    pub taxes: Option<Money>,
}

impl RevenueLine {
    /// Revenue of hotels of one currency, beside that of the whole report, or of several ones (none).
    pub fn new(
        key: Option<String>,
        name: Option<String>,
        figures: &Figures,
        whole_minor: i64,
        currency: Option<Currency>,
    ) -> Self {
        let money = |minor| currency.map(|currency| Money::new(minor, currency));
        Self {
            key,
            name,
            rooms_sold: figures.rooms_sold,
            adr: figures.adr_minor().and_then(money),
            room_revenue: money(figures.room_minor),
            extra_revenue: money(figures.extra_minor),
            fee_revenue: money(figures.fee_minor),
            other_revenue: money(figures.other_minor),
            total_revenue: money(figures.revenue_minor()),
            share: currency.and_then(|_| percent(figures.revenue_minor(), whole_minor)),
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
            self.taxes.map(|taxes| taxes.currency.code()).into(),
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
    /// Revenue currency by currency, if the hotels have several; else empty.
    pub by_currency: Vec<RevenueOfCurrency>,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

/// Revenue of hotels of one currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevenueOfCurrency {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Identifiers of the properties with the currency.
    pub property_ids: BTreeSet<Uuid>,
    /// Lines of the hotels, in the order of their keys. Shares are of the revenue in the currency.
    pub items: Vec<RevenueLine>,
    /// Sums over the lines.
    pub total: RevenueLine,
}

impl RevenueReport {
    pub fn table(&self) -> Export {
        let several = self.by_currency.iter().flat_map(|part| revenue_rows(&part.items, &part.total));
        Export {
            of: self.hotels.clone(),
            name: format!("revenue-{}-{}", self.from, self.to),
            date: self.to,
            notes: std::iter::once(note_on_keys(self.group.as_str())).chain(note_on_currencies(&self.by_currency)).collect(),
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
            rows: revenue_rows(&self.items, &self.total).into_iter().chain(several).collect(),
        }
    }
}

fn revenue_rows(items: &[RevenueLine], total: &RevenueLine) -> Vec<Vec<Value>> {
    let lines = items.iter().map(|line| line.row(line.key.as_deref().into()));
    lines.chain([total.row("total".into())]).collect()
}
