use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::accounts;
use serde::Serialize;
use uuid::Uuid;

text_enum! {
    /// Kind of an account.
    pub enum AccountKind {
        /// A company whose people stay at the hotel.
        Company = "company",
        /// An agency or tour operator that books for others.
        Agent = "agent",
    }
}

/// A company or an agent.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = accounts, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct BusinessAccount {
    pub property_id: Uuid,
    pub id: Uuid,
    pub kind: AccountKind,
    pub name: String,
    pub contact_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub street: Option<String>,
    pub city: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub tax_id: Option<String>,
    pub payment_days: i32,
    /// The most that may be unpaid; none if there is no limit.
    pub credit_limit_minor: Option<i64>,
    pub notes: Option<String>,
    pub is_active: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Exemption from taxes that stays get which are sold to it.
    pub tax_exemption: Option<serde_json::Value>,
}

impl Recorded for BusinessAccount {
    const ENTITY: &'static str = "account";
    /// Fields that events show: an agent can be a person, so names, addresses and the tax number are withheld.
    const OPEN: &'static [&'static str] = &["property_id", "id", "kind", "payment_days", "credit_limit_minor", "is_active"];
    const SEALED: &'static [&'static str] = &[
        "name",
        "contact_name",
        "email",
        "phone",
        "street",
        "city",
        "postal_code",
        "country",
        "tax_id",
        "notes",
        "tax_exemption",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = accounts)]
pub struct AccountChange {
    pub kind: Option<AccountKind>,
    pub name: Option<String>,
    pub contact_name: Option<Option<String>>,
    pub email: Option<Option<String>>,
    pub phone: Option<Option<String>>,
    pub street: Option<Option<String>>,
    pub city: Option<Option<String>>,
    pub postal_code: Option<Option<String>>,
    pub country: Option<Option<String>>,
    pub tax_id: Option<Option<String>>,
    pub payment_days: Option<i32>,
    pub credit_limit_minor: Option<Option<i64>>,
    pub notes: Option<Option<String>>,
    pub is_active: Option<bool>,
    pub tax_exemption: Option<Option<serde_json::Value>>,
}
