use super::model::{Folio, FolioEntry, FolioKind};
use super::rules::balance;
use crate::money::{Currency, Money};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use uuid::Uuid;

/// Folio of a booking: its charges, fees and reversals.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FolioOut {
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Entries of the folio, in the order in which they were posted.
    pub entries: Vec<FolioEntryOut>,
    /// Sum of the entries.
    pub balance: Money,
}

impl FolioOut {
    pub fn new(folio: &Folio, entries: Vec<FolioEntry>) -> Self {
        let Folio { property_id: _, booking_id, currency } = *folio;
        let balance = Money::new(balance(&entries), currency);
        let entries = entries.into_iter().map(|entry| FolioEntryOut::new(entry, currency)).collect();
        Self { booking_id, entries, balance }
    }
}

/// Entry of a folio.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FolioEntryOut {
    /// Identifier of the entry.
    pub id: Uuid,
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Kind of the entry.
    pub kind: FolioKind,
    /// Date of the night; for a fee, the day on which it fell due.
    pub service_date: NaiveDate,
    /// Text of the entry: the name of the room type, the tax or the fee, in the reader's language if there is one in it.
    pub description: String,
    /// Amount of the entry; negative for a reversal.
    pub amount: Money,
    /// Identifier of the tax rule, for a tax; null for other entries.
    pub tax_rule_id: Option<Uuid>,
    /// Entry that this entry reverses.
    pub reverses_id: Option<Uuid>,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl FolioEntryOut {
    fn new(entry: FolioEntry, currency: Currency) -> Self {
        let FolioEntry {
            id,
            stay_id,
            kind,
            service_date,
            amount_minor,
            description,
            tax_rule_id,
            reverses_id,
            created_at,
            posting_id: _,
            tax_included: _,
            tax_rate_ppm: _,
        } = entry;
        Self {
            id,
            stay_id,
            kind,
            service_date,
            description,
            amount: Money::new(amount_minor, currency),
            tax_rule_id,
            reverses_id,
            created_at,
        }
    }
}
