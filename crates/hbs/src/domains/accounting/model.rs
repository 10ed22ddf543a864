use crate::domains::folios::{FolioKind, Ledger};
use crate::outbox::{Entity, Recorded};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::gl_codes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Entry of a statement of account.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct StatementRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Date)]
    pub ledger_date: NaiveDate,
    /// Date from which the payment terms are counted.
    #[diesel(sql_type = Date)]
    pub service_date: NaiveDate,
    #[diesel(sql_type = Text)]
    pub kind: FolioKind,
    #[diesel(sql_type = Text)]
    pub description: String,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub reverses_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub booking_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub reference: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub contact_name: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// Account's folio, and what it came to before a date.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Opening {
    #[diesel(sql_type = SqlUuid)]
    pub folio_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub opening_minor: i64,
}

/// Open items of an account, by the days for which they are overdue.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct AgeingRow {
    #[diesel(sql_type = SqlUuid)]
    pub property_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub account_id: Uuid,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Integer)]
    pub payment_days: i32,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub credit_limit_minor: Option<i64>,
    #[diesel(sql_type = BigInt)]
    pub not_due_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub to_30_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub to_60_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub to_90_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub over_90_minor: i64,
    /// Amount that was paid beyond what is owed, positive.
    #[diesel(sql_type = BigInt)]
    pub credit_minor: i64,
}

/// Side of an entry: the ledger in which it stands, and its amount there.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct JournalRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub posting_id: Uuid,
    #[diesel(sql_type = Text)]
    pub kind: FolioKind,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub tax_rule_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub description: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub reference: Option<String>,
    #[diesel(sql_type = Text)]
    pub ledger: Ledger,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    /// Method of the payment whose money it counts; none of other entries.
    #[diesel(sql_type = Nullable<Text>)]
    pub method: Option<String>,
}

/// Codes of the general ledger that a hotel's accountants use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codes {
    pub guest: String,
    pub city: String,
    pub deposits: String,
    pub room: String,
    pub fee: String,
    pub extra: String,
    pub adjustment: String,
    pub tax: String,
    pub clearing: String,
    pub pass_through: String,
    pub opening: String,
    /// Codes of tax rules that have one of their own.
    pub tax_rules: BTreeMap<Uuid, String>,
    /// Codes of methods of payment that have one of their own; none in codes that are older than these.
    #[serde(default)]
    pub payment_methods: BTreeMap<String, String>,
}

impl Default for Codes {
    /// Codes of hotels that have set none. They stay as they are: journals of closed dates have them.
    fn default() -> Self {
        Self {
            guest: "1200".into(),
            city: "1210".into(),
            deposits: "2300".into(),
            room: "4000".into(),
            fee: "4010".into(),
            extra: "4020".into(),
            adjustment: "4090".into(),
            tax: "2200".into(),
            clearing: "1000".into(),
            pass_through: "2400".into(),
            opening: "3000".into(),
            tax_rules: BTreeMap::new(),
            payment_methods: BTreeMap::new(),
        }
    }
}

/// Codes of a hotel, from a business date on.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = gl_codes, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct GlCodes {
    pub property_id: Uuid,
    pub valid_from: NaiveDate,
    pub codes: serde_json::Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl GlCodes {
    /// The codes of a hotel that has set none.
    pub fn none(property_id: Uuid, now: DateTime<Utc>) -> Self {
        let codes = serde_json::json!(Codes::default());
        Self { property_id, valid_from: NaiveDate::default(), codes, version: 1, created_at: now, updated_at: now }
    }
}

impl Recorded for GlCodes {
    const ENTITY: &'static str = "gl_codes";
    const OPEN: &'static [&'static str] = &["property_id", "valid_from", "codes"];

    fn entity(&self) -> Entity {
        Entity::new(self.property_id).at(self.property_id)
    }
}
