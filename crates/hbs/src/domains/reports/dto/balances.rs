use super::note_on_end;
use crate::domains::folios::{Ledger, PayerKind};
use crate::domains::reports::model::{FolioRow, OpenBalance};
use crate::money::{Currency, Money};
use crate::sheets::{Export, Value};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Balance of a folio in one ledger.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BalanceLine {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the property.
    #[schema(example = "Hotel Miramar")]
    pub property_name: String,
    /// Identifier of the folio.
    pub folio_id: Uuid,
    /// Kind of the folio.
    pub kind: PayerKind,
    /// Ledger of the balance: `deposits` for what is held of stays to come, `guest` for what guests owe, `city` for what
    /// companies owe.
    pub ledger: Ledger,
    /// Identifier of the booking; null for a folio without one.
    pub booking_id: Option<Uuid>,
    /// Reference of the booking; null for a folio without one.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub booking_reference: Option<String>,
    /// Name of the folio, or of the booking's contact.
    #[schema(example = "Ana Sousa")]
    pub name: Option<String>,
    /// Day of arrival of the booking; null for a folio without one.
    pub check_in: Option<NaiveDate>,
    /// Day of departure of the booking; null for a folio without one.
    pub check_out: Option<NaiveDate>,
    /// Date of the first entry of the balance.
    pub since: NaiveDate,
    /// Number of days since the departure, or since the first entry for a folio without a booking; 0 before.
    pub age_days: i64,
    /// Balance: what is owed, or negative for what is held.
    pub balance: Money,
}

impl BalanceLine {
    pub fn new(open: &OpenBalance, folio: &FolioRow, property_name: &str, date: NaiveDate, currency: Currency) -> Self {
        let OpenBalance { folio_id, ledger, since, balance_minor } = *open;
        let FolioRow { property_id, id: _, kind, booking_id, reference, name, check_in, check_out } = folio.clone();
        Self {
            property_id,
            property_name: property_name.to_owned(),
            folio_id,
            kind,
            ledger,
            booking_id,
            booking_reference: reference,
            name,
            check_in,
            check_out,
            since,
            age_days: (date - check_out.unwrap_or(since)).num_days().max(0),
            balance: Money::new(balance_minor, currency),
        }
    }

    pub fn row(&self) -> Vec<Value> {
        vec![
            self.booking_reference.as_deref().into(),
            self.name.as_deref().into(),
            self.kind.as_str().into(),
            self.ledger.as_str().into(),
            self.property_name.as_str().into(),
            self.check_in.into(),
            self.check_out.into(),
            self.since.into(),
            self.age_days.into(),
            self.balance.into(),
            self.balance.currency.code().into(),
        ]
    }
}

/// Open balances of hotels at the end of a date, the oldest first. Sums are over all of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BalancesReport {
    /// Identifiers of the properties.
    pub property_ids: BTreeSet<Uuid>,
    /// Date at whose end the balances are open.
    pub date: NaiveDate,
    /// Balances that are not zero, at most 10,000; files for spreadsheet programs (`csv`, `xlsx`) have all.
    pub items: Vec<BalanceLine>,
    /// `false` if there are more balances than the report shows.
    pub is_complete: bool,
    /// Sum of what guests owe; null if the hotels have several currencies.
    pub guest: Option<Money>,
    /// Sum of what companies owe; null if the hotels have several currencies.
    pub city: Option<Money>,
    /// Sum of what is held of stays to come, negative; null if the hotels have several currencies.
    pub deposits: Option<Money>,
    /// Sums currency by currency, if the hotels have several; else empty.
    pub by_currency: Vec<BalancesOfCurrency>,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

/// Sums of the open balances of hotels of one currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BalancesOfCurrency {
    /// Currency of the sums.
    pub currency: Currency,
    /// Identifiers of the properties with the currency.
    pub property_ids: BTreeSet<Uuid>,
    /// Sum of what guests owe.
    pub guest: Money,
    /// Sum of what companies owe.
    pub city: Money,
    /// Sum of what is held of stays to come, negative.
    pub deposits: Money,
}

/// Columns of the table of balances.
pub const BALANCES_COLUMNS: &[&str] = &[
    "booking_reference",
    "name",
    "kind",
    "ledger",
    "property",
    "check_in",
    "check_out",
    "since",
    "age_days",
    "balance",
    "currency",
];

impl BalancesReport {
    pub fn table(&self) -> Export {
        Export {
            of: self.hotels.clone(),
            name: format!("balances-{}", self.date),
            date: self.date,
            notes: note_on_end(self.is_complete),
            columns: BALANCES_COLUMNS.to_vec(),
            rows: self.items.iter().map(BalanceLine::row).collect(),
        }
    }
}
