use crate::money::Currency;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{bookings, folio_entries};
use uuid::Uuid;

/// A folio: that of a booking.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct Folio {
    pub property_id: Uuid,
    #[diesel(column_name = id)]
    pub booking_id: Uuid,
    pub currency: Currency,
}

text_enum! {
    pub enum FolioKind {
        Room = "room",
        Tax = "tax",
        /// For cancelling or not coming, in place of the nights.
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
    /// Lines with the same one were posted together.
    pub posting_id: Uuid,
}

/// A line to be written.
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

/// What a date came to, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revenue {
    /// The rooms without taxes and fees.
    pub room_minor: i64,
    pub total_minor: i64,
}
