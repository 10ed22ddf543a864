use crate::ids::id;
use crate::money::{Currency, Money};
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{drawer_movements, drawers};
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of a drawer.
    pub struct DrawerId;
}

id! {
    /// Id of a movement of a drawer.
    pub struct MovementId;
}

text_enum! {
    /// Status of a drawer: cash goes into it and out of it (`open`), or it was counted (`closed`).
    pub enum DrawerStatus {
        Open = "open",
        Closed = "closed",
    }
}

text_enum! {
    /// Kind of a movement of a drawer: cash brought to the safe (`drop`), paid for something of the hotel (`paid_out`), or put
    /// in, such as change (`paid_in`).
    pub enum MovementKind {
        Drop = "drop",
        PaidOut = "paid_out",
        PaidIn = "paid_in",
    }
}

impl MovementKind {
    /// Returns what an amount of the kind adds to the drawer.
    pub fn signed(self, amount_minor: i64) -> i64 {
        match self {
            Self::Drop | Self::PaidOut => -amount_minor,
            Self::PaidIn => amount_minor,
        }
    }
}

/// Drawer of a person.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = drawers, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Drawer {
    pub property_id: Uuid,
    pub id: DrawerId,
    /// The person who answers for it.
    pub user_id: Uuid,
    pub status: DrawerStatus,
    pub currency: Currency,
    /// Business date on which it was opened.
    pub business_date: NaiveDate,
    pub float_minor: i64,
    /// Amount that was counted, and the one that there should have been: known once the drawer is closed.
    pub counted_minor: Option<i64>,
    pub expected_minor: Option<i64>,
    pub note: Option<String>,
    pub opened_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Drawer {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }
}

impl Recorded for Drawer {
    const ENTITY: &'static str = "drawer";
    /// Fields that events show: the note is withheld, since people write into it whatever they like.
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "user_id",
        "status",
        "currency",
        "business_date",
        "float_minor",
        "counted_minor",
        "expected_minor",
        "opened_at",
        "closed_at",
        "movement",
        "amount_minor",
    ];
    const SEALED: &'static [&'static str] = &["note", "reason"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// Cash that goes into a drawer or out of it beside payments and refunds.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = drawer_movements, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Movement {
    pub property_id: Uuid,
    pub id: MovementId,
    pub drawer_id: DrawerId,
    pub kind: MovementKind,
    pub amount_minor: i64,
    pub reason: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Cash that a payment or a refund brought into a drawer, or took out of it.
#[derive(Debug, Clone, QueryableByName)]
pub struct OfPayment {
    /// `payment` or `refund`.
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Amount with its sign.
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
}
