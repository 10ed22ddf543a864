use diesel::prelude::*;
use hbs_schema::tax_rules;
use serde::Serialize;
use uuid::Uuid;

/// A tax of a percentage on the net price of each night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = tax_rules)]
pub struct TaxRule {
    pub id: Uuid,
    pub name: String,
    /// Parts per million of the net price.
    pub rate_ppm: i32,
}

/// The whole row.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = tax_rules)]
pub struct TaxRuleRow {
    pub property_id: Uuid,
    pub id: Uuid,
    pub name: String,
    pub rate_ppm: i32,
    pub version: i64,
}
