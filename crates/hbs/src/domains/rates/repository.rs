use super::model::{TaxRule, TaxRuleRow};
use crate::security::Scope;
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use hbs_schema::tax_rules;
use uuid::Uuid;

/// The tax rules of a property, for prices.
pub async fn list_tax_rules(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<TaxRule>> {
    tax_rules::table
        .filter(tax_rules::property_id.eq(property_id))
        .filter(tax_rules::is_deleted.eq(false))
        .order(tax_rules::id)
        .select(TaxRule::as_select())
        .load(&mut conn)
        .await
}

pub async fn list_rows(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<TaxRuleRow>> {
    tax_rules::table
        .filter(tax_rules::property_id.eq(property_id))
        .filter(tax_rules::is_deleted.eq(false))
        .order(tax_rules::id)
        .select(TaxRuleRow::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert(
    mut conn: &Conn,
    property_id: Uuid,
    name: &str,
    rate_ppm: i32,
    now: DateTime<Utc>,
) -> QueryResult<TaxRuleRow> {
    diesel::insert_into(tax_rules::table)
        .values((
            tax_rules::property_id.eq(property_id),
            tax_rules::id.eq(Uuid::now_v7()),
            tax_rules::name.eq(name),
            tax_rules::rate_ppm.eq(rate_ppm),
            tax_rules::created_at.eq(now),
            tax_rules::updated_at.eq(now),
        ))
        .returning(TaxRuleRow::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn lock(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<TaxRuleRow>> {
    tax_rules::table
        .filter(tax_rules::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(tax_rules::property_id.eq_any(scope.ids())))
        .filter(tax_rules::is_deleted.eq(false))
        .select(TaxRuleRow::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

pub async fn delete(mut conn: &Conn, row: &TaxRuleRow, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(tax_rules::table.find((row.property_id, row.id)))
        .set((tax_rules::is_deleted.eq(true), tax_rules::deleted_at.eq(now), tax_rules::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}
