use crate::money::Currency;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{bookings, folio_entries};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Folio of a booking.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct Folio {
    pub property_id: Uuid,
    #[diesel(column_name = id)]
    pub booking_id: Uuid,
    pub currency: Currency,
}

text_enum! {
    /// Kind of a folio entry: the room for a night (`room`), a tax (`tax`), or a fee for a cancellation, a no-show or
    /// leaving early (`fee`).
    pub enum FolioKind {
        /// Room for a night.
        Room = "room",
        /// Tax on a night.
        Tax = "tax",
        /// Fee for a cancellation or a no-show, in place of the nights.
        Fee = "fee",
    }
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = folio_entries)]
pub struct FolioEntry {
    pub id: Uuid,
    pub stay_id: Uuid,
    pub kind: FolioKind,
    pub service_date: NaiveDate,
    pub amount_minor: i64,
    pub description: String,
    pub tax_rule_id: Option<Uuid>,
    pub reverses_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    /// Id of the posting: lines with the same id were posted together.
    pub posting_id: Uuid,
    /// `true` if the price as entered held the tax; none for what is no tax.
    pub tax_included: Option<bool>,
    /// Rate of a percentage, in parts per million.
    pub tax_rate_ppm: Option<i32>,
}

impl FolioEntry {
    /// Returns the terms of a tax as they were when it was charged.
    pub fn tax_terms(&self) -> Option<TaxTerms> {
        self.tax_included.map(|is_included| TaxTerms { is_included, rate_ppm: self.tax_rate_ppm })
    }
}

/// Terms of a tax when it was charged, whatever becomes of its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTerms {
    /// `true` if the price as entered held the tax, `false` if it was added to it.
    pub is_included: bool,
    /// Rate of a percentage, in parts per million; none for a fixed amount.
    pub rate_ppm: Option<i32>,
}

/// A folio line to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFolioEntry {
    pub stay_id: Uuid,
    pub kind: FolioKind,
    pub service_date: NaiveDate,
    pub amount_minor: i64,
    pub description: String,
    pub tax_rule_id: Option<Uuid>,
    /// Terms of a tax; if none, those that its rule has when the line is written.
    pub tax_terms: Option<TaxTerms>,
    pub reverses_id: Option<Uuid>,
}

/// Revenue of a date, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revenue {
    /// Revenue of rooms without taxes and fees.
    pub room_minor: i64,
    pub total_minor: i64,
}
