use super::model::{Drawer, DrawerId, DrawerStatus, Movement, MovementKind, OfPayment};
use crate::domains::rates::rules::bounds;
use crate::http::valid::dates;
use crate::money::Money;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Cash drawer of a person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DrawerOut {
    /// Identifier of the drawer.
    #[schema(value_type = Uuid)]
    pub id: DrawerId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the person who answers for it.
    pub user_id: Uuid,
    /// Status of the drawer.
    pub status: DrawerStatus,
    /// Business date of the hotel on which it was opened.
    pub business_date: NaiveDate,
    /// Cash that was in it when it was opened.
    pub float: Money,
    /// Cash that was counted; null while it is open.
    pub counted: Option<Money>,
    /// Cash that should have been in it; null while it is open, so that it is counted blind.
    pub expected: Option<Money>,
    /// Cash that was counted less what should have been there, below zero where some was missing; null while it is open.
    pub difference: Option<Money>,
    /// Note of whoever counted it; null if there is none.
    pub note: Option<String>,
    /// Time at which it was opened (UTC).
    pub opened_at: DateTime<Utc>,
    /// Time at which it was closed (UTC); null while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl From<Drawer> for DrawerOut {
    fn from(row: Drawer) -> Self {
        let money = |minor| Money::new(minor, row.currency);
        let difference = row.counted_minor.zip(row.expected_minor).map(|(counted, expected)| money(counted - expected));
        Self {
            id: row.id,
            property_id: row.property_id,
            user_id: row.user_id,
            status: row.status,
            business_date: row.business_date,
            float: money(row.float_minor),
            counted: row.counted_minor.map(money),
            expected: row.expected_minor.map(money),
            difference,
            note: row.note,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

text_enum! {
    /// Kind of an entry of a shift: a payment in cash (`payment`), cash that was paid back (`refund`), brought to the safe
    /// (`drop`), paid for something of the hotel (`paid_out`), or put in (`paid_in`).
    pub enum ShiftEntryKind {
        Payment = "payment",
        Refund = "refund",
        Drop = "drop",
        PaidOut = "paid_out",
        PaidIn = "paid_in",
    }
}

/// Entry of a shift: cash that went into the drawer or out of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ShiftEntry {
    /// Kind of the entry.
    pub kind: ShiftEntryKind,
    /// Identifier of the payment, the refund or the movement.
    pub id: Uuid,
    /// Amount, below zero for what went out.
    pub amount: Money,
    /// Reason of a movement; null for payments and refunds.
    pub reason: Option<String>,
    /// Time of the entry (UTC).
    pub at: DateTime<Utc>,
}

impl ShiftEntry {
    pub fn of_movement(drawer: &Drawer, movement: Movement) -> Self {
        let kind = match movement.kind {
            MovementKind::Drop => ShiftEntryKind::Drop,
            MovementKind::PaidOut => ShiftEntryKind::PaidOut,
            MovementKind::PaidIn => ShiftEntryKind::PaidIn,
        };
        Self {
            kind,
            id: movement.id.into(),
            amount: drawer.money(movement.kind.signed(movement.amount_minor)),
            reason: Some(movement.reason),
            at: movement.created_at,
        }
    }

    pub fn of_payment(drawer: &Drawer, one: &OfPayment) -> Self {
        let kind = if one.kind == "refund" { ShiftEntryKind::Refund } else { ShiftEntryKind::Payment };
        Self { kind, id: one.id, amount: drawer.money(one.amount_minor), reason: None, at: one.at }
    }
}

/// Shift of a drawer: all that went into it and out of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ShiftOut {
    /// Drawer of the shift.
    pub drawer: DrawerOut,
    /// Entries of the shift, the oldest first. While the drawer is open, those of payments and refunds are left out, so that it
    /// is counted blind.
    pub entries: Vec<ShiftEntry>,
}

/// Drawer to open.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenDrawer {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Cash that is in it, in the currency of the hotel; nothing or more.
    #[garde(custom(bounds::price))]
    pub float: Money,
}

/// Cash that goes into a drawer or out of it.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveCash {
    /// Kind of the movement.
    #[garde(skip)]
    pub kind: MovementKind,
    /// Amount in the currency of the hotel, more than nothing.
    #[garde(custom(bounds::price))]
    pub amount: Money,
    /// Reason, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "Flowers for the lobby")]
    pub reason: String,
}

/// Count of a drawer.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseDrawer {
    /// Cash that was counted, the float with it, in the currency of the hotel; nothing or more.
    #[garde(custom(bounds::price))]
    pub counted: Money,
    /// Note, 1 to 500 characters.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(min_length = 1, max_length = 500)]
    pub note: Option<String>,
}

/// Filter of drawers.
#[derive(Debug, Default, Clone, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct DrawerFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the person who answers for it.
    pub user_id: Option<Uuid>,
    /// Status of the drawer.
    #[param(inline)]
    pub status: Option<DrawerStatus>,
    /// First business date on which it was opened.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-01")]
    pub from: Option<NaiveDate>,
    /// Last business date on which it was opened, inclusive.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-31")]
    pub to: Option<NaiveDate>,
}
