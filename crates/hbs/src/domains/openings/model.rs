use crate::domains::folios::Ledger;
use crate::domains::stays::Status;
use crate::money::Money;
use crate::sheets::Made;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{accounts, bookings, opening_items};
use serde::Serialize;
use uuid::Uuid;

text_enum! {
    /// Kind of a balance that is brought in: what the folios of guests in the house or after departure come to (`folio`), what
    /// was paid in advance for a stay to come (`deposit`), or what a company or agent owes (`account`).
    pub enum OpeningKind {
        Folio = "folio",
        Deposit = "deposit",
        Account = "account",
    }
}

/// Balance that was brought in.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = opening_items, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct OpeningItem {
    pub property_id: Uuid,
    pub external_id: String,
    pub kind: OpeningKind,
    pub booking_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub balance_minor: i64,
    pub entry_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl OpeningItem {
    /// Returns `true` if another one is of the same thing, with the same balance.
    pub fn is_same(&self, other: &Self) -> bool {
        let of = |item: &Self| (item.kind, item.booking_id, item.account_id, item.balance_minor);
        of(self) == of(other)
    }
}

/// Booking that a row may name.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct OfBooking {
    pub id: Uuid,
    pub reference: String,
    pub external_reference: Option<String>,
    pub status: Status,
}

/// Account that a row may name.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct OfAccount {
    pub id: Uuid,
    pub name: String,
}

/// Row that is right: what is brought in.
#[derive(Debug, Clone)]
pub struct Draft {
    pub item: OpeningItem,
    /// Date of the item, for its age.
    pub date: NaiveDate,
    pub description: String,
    /// `true` if it was brought in before.
    pub is_known: bool,
}

impl Made for Draft {
    fn id(&self) -> Uuid {
        self.item.entry_id
    }
}

/// Ledger that does not come to what the other system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Untied {
    /// Ledger.
    pub ledger: Ledger,
    /// Balance that the ledger is to have by the other system.
    pub expected: Money,
    /// Balance that the ledger would have.
    pub found: Money,
    /// Difference: what is found beyond what is expected.
    pub difference: Money,
}
