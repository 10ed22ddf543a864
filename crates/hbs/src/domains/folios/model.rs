use crate::money::Currency;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{bookings, folio_entries};
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
    pub reverses_id: Option<Uuid>,
}

/// Revenue of a date, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revenue {
    /// Revenue of rooms without taxes and fees.
    pub room_minor: i64,
    pub total_minor: i64,
}
