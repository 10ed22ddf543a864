use crate::domains::rates::model::{TaxKind, TaxRule, TaxRuleFields, VatTreatment};
use crate::money::Currency;
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{cancellation_policies, folio_entries, properties, tax_rules};
use std::collections::HashMap;
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

/// Returns `true` if something was sold by a rule: a line of a folio names it. Sales that are being written are waited for, and no
/// line comes to name it until the transaction ends.
pub async fn is_sold(mut conn: &Conn, row: &TaxRule) -> QueryResult<bool> {
    let rule = tax_rules::table.find((row.property_id, row.id)).select(tax_rules::id).for_update();
    rule.first::<Uuid>(&mut conn).await?;
    let lines =
        folio_entries::table.filter(folio_entries::property_id.eq(row.property_id)).filter(folio_entries::tax_rule_id.eq(row.id));
    diesel::select(exists(lines)).get_result(&mut conn).await
}

/// Returns the codes of the policies by which fees bear the tax of a rule.
pub async fn policies_with_fee_tax(mut conn: &Conn, row: &TaxRule) -> QueryResult<Vec<String>> {
    cancellation_policies::table
        .filter(cancellation_policies::property_id.eq(row.property_id))
        .filter(not(cancellation_policies::is_deleted))
        .filter(
            cancellation_policies::late_cancellation_fee_tax_rule_id
                .eq(row.id)
                .or(cancellation_policies::no_show_fee_tax_rule_id.eq(row.id))
                .or(cancellation_policies::early_departure_fee_tax_rule_id.eq(row.id)),
        )
        .order(cancellation_policies::code)
        .select(cancellation_policies::code)
        .load(&mut conn)
        .await
}

/// Returns the rules of a property that are value added tax, those that have ended included.
pub async fn vat_rules(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<Uuid>> {
    tax_rules::table
        .filter(tax_rules::property_id.eq(property_id))
        .filter(tax_rules::vat_treatment.eq(VatTreatment::Vat))
        .select(tax_rules::id)
        .load(&mut conn)
        .await
}

/// Returns how each tax rule of a property stands to value added tax, those that are removed too.
pub async fn treatments(mut conn: &Conn, property_id: Uuid) -> QueryResult<HashMap<Uuid, VatTreatment>> {
    let rules: Vec<(Uuid, VatTreatment)> = tax_rules::table
        .filter(tax_rules::property_id.eq(property_id))
        .select((tax_rules::id, tax_rules::vat_treatment))
        .load(&mut conn)
        .await?;
    Ok(rules.into_iter().collect())
}

/// Every tax rule of a property, those that are removed too.
pub async fn tax_rule_ids(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<Uuid>> {
    tax_rules::table.filter(tax_rules::property_id.eq(property_id)).select(tax_rules::id).load(&mut conn).await
}

/// Returns `true` if a property has this rule and it is value added tax. It stays so until the transaction ends.
pub async fn hold_vat_rule(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<bool> {
    let rule = tax_rules::table
        .find((property_id, id))
        .filter(not(tax_rules::is_deleted))
        .filter(tax_rules::kind.eq(TaxKind::Percent))
        .filter(tax_rules::vat_treatment.eq(VatTreatment::Vat))
        .select(tax_rules::id)
        .for_share();
    Ok(rule.first::<Uuid>(&mut conn).await.optional()?.is_some())
}
