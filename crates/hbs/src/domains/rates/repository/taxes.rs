use crate::domains::rates::model::{TaxRule, TaxRuleFields};
use crate::money::Currency;
use crate::security::Scope;
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use hbs_schema::{properties, tax_rules};
use uuid::Uuid;

/// A rule, whoever asks, with its property's currency.
pub async fn find(mut conn: &Conn, id: Uuid) -> QueryResult<Option<(TaxRule, Currency)>> {
    tax_rules::table
        .inner_join(properties::table)
        .filter(tax_rules::id.eq(id))
        .filter(not(tax_rules::is_deleted))
        .filter(not(properties::is_deleted))
        .select((TaxRule::as_select(), properties::currency))
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert(mut conn: &Conn, property_id: Uuid, fields: &TaxRuleFields, now: DateTime<Utc>) -> QueryResult<TaxRule> {
    diesel::insert_into(tax_rules::table)
        .values((
            tax_rules::property_id.eq(property_id),
            tax_rules::id.eq(Uuid::now_v7()),
            fields,
            tax_rules::created_at.eq(now),
            tax_rules::updated_at.eq(now),
        ))
        .returning(TaxRule::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn lock(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<TaxRule>> {
    tax_rules::table
        .filter(tax_rules::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(tax_rules::property_id.eq_any(scope.ids())))
        .filter(not(tax_rules::is_deleted))
        .select(TaxRule::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

pub async fn update(mut conn: &Conn, row: &TaxRule, fields: &TaxRuleFields, now: DateTime<Utc>) -> QueryResult<TaxRule> {
    diesel::update(tax_rules::table.find((row.property_id, row.id)))
        .set((fields, tax_rules::version.eq(tax_rules::version + 1), tax_rules::updated_at.eq(now)))
        .returning(TaxRule::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete(mut conn: &Conn, row: &TaxRule, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(tax_rules::table.find((row.property_id, row.id)))
        .set((tax_rules::is_deleted.eq(true), tax_rules::deleted_at.eq(now), tax_rules::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}
