//! Queries of pricing: one per table, however many properties, types and nights.
use crate::domains::rates::model::{
    AgeBand, CancellationPolicy, CancellationWindow, ExtraChildren, IncludedRow, Rate, RatePlan, RatePlanRoomType, TariffRows,
    TaxRule,
};
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use futures_util::try_join;
use hbs_schema::{
    age_bands, cancellation_policies, cancellation_windows, extra_taxes, extras, rate_plan_extras, rate_plan_room_types,
    rate_plans, rates, tax_rules,
};
use uuid::Uuid;

/// Loads the rules of properties in one round trip.
pub async fn rules(conn: &Conn, property_ids: &[Uuid]) -> QueryResult<TariffRows> {
    let (plans, plan_types, taxes, policies, windows, bands, included) = try_join!(
        plans_of(conn, property_ids),
        plan_types_of(conn, property_ids),
        taxes_of(conn, property_ids),
        policies_of(conn, property_ids),
        windows_of(conn, property_ids),
        bands_of(conn, property_ids),
        included_of(conn, property_ids),
    )?;
    Ok(TariffRows { plans, plan_types, taxes, policies, windows, bands, included })
}

/// Returns the extras that are in the price of the plans of properties, in the order in which these were made.
pub async fn included_of(conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<IncludedRow>> {
    let (mut rows, taxes) = try_join!(included_extras(conn, property_ids), taxes_of_included(conn, property_ids))?;
    for row in &mut rows {
        let own = taxes.iter().filter(|(extra_id, ..)| *extra_id == row.extra_id);
        row.taxes = own.filter_map(|(_, id, rate_ppm, is_included)| Some((*id, (*rate_ppm)?, *is_included))).collect();
    }
    Ok(rows)
}

async fn included_extras(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<IncludedRow>> {
    type Row = (Uuid, Uuid, Uuid, i32, String, serde_json::Value, i64, String, ExtraChildren);
    let rows: Vec<Row> = rate_plan_extras::table
        .inner_join(
            extras::table
                .on(extras::property_id.eq(rate_plan_extras::property_id).and(extras::id.eq(rate_plan_extras::extra_id))),
        )
        .filter(rate_plan_extras::property_id.eq_any(property_ids))
        .order((rate_plan_extras::rate_plan_id, rate_plan_extras::extra_id))
        .select((
            rate_plan_extras::property_id,
            rate_plan_extras::rate_plan_id,
            rate_plan_extras::extra_id,
            rate_plan_extras::quantity,
            extras::name,
            extras::texts,
            extras::price_minor,
            extras::posted,
            extras::child_prices,
        ))
        .load(&mut conn)
        .await?;
    let row =
        |(property_id, rate_plan_id, extra_id, quantity, name, texts, price_minor, posted, child_prices): Row| IncludedRow {
            property_id,
            rate_plan_id,
            extra_id,
            quantity,
            name,
            texts,
            price_minor,
            posted,
            child_prices,
            taxes: Vec::new(),
        };
    Ok(rows.into_iter().map(row).collect())
}

/// Returns the taxes that extras bear and that have not ended, each with its extra, in the order of their lines.
async fn taxes_of_included(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid, Option<i32>, bool)>> {
    extra_taxes::table
        .inner_join(
            tax_rules::table
                .on(tax_rules::property_id.eq(extra_taxes::property_id).and(tax_rules::id.eq(extra_taxes::tax_rule_id))),
        )
        .filter(extra_taxes::property_id.eq_any(property_ids))
        .filter(not(tax_rules::is_deleted))
        .order((extra_taxes::extra_id, tax_rules::id))
        .select((extra_taxes::extra_id, tax_rules::id, tax_rules::rate_ppm, tax_rules::is_included))
        .load(&mut conn)
        .await
}

/// The plans of properties, also those that are not sold: stays that were sold in them go on.
pub async fn plans_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<RatePlan>> {
    rate_plans::table
        .filter(rate_plans::property_id.eq_any(property_ids))
        .filter(not(rate_plans::is_deleted))
        .order((rate_plans::property_id, rate_plans::code))
        .select(RatePlan::as_select())
        .load(&mut conn)
        .await
}

pub async fn plan_types_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<RatePlanRoomType>> {
    rate_plan_room_types::table
        .filter(rate_plan_room_types::property_id.eq_any(property_ids))
        .select(RatePlanRoomType::as_select())
        .load(&mut conn)
        .await
}

/// Returns the rates of nights with values of their own, of all types. `last` is included.
pub async fn rates_of(mut conn: &Conn, property_ids: &[Uuid], first: NaiveDate, last: NaiveDate) -> QueryResult<Vec<Rate>> {
    rates::table
        .filter(rates::property_id.eq_any(property_ids))
        .filter(rates::night.ge(first))
        .filter(rates::night.le(last))
        .order((rates::property_id, rates::night, rates::room_type_id, rates::rate_plan_id))
        .select(Rate::as_select())
        .load(&mut conn)
        .await
}

/// Returns the rates of some types.
pub async fn rates_of_types(
    mut conn: &Conn,
    property_ids: &[Uuid],
    room_types: &[Uuid],
    first: NaiveDate,
    last: NaiveDate,
) -> QueryResult<Vec<Rate>> {
    rates::table
        .filter(rates::property_id.eq_any(property_ids))
        .filter(rates::night.ge(first))
        .filter(rates::night.le(last))
        .filter(rates::room_type_id.eq_any(room_types))
        .order((rates::property_id, rates::night, rates::room_type_id, rates::rate_plan_id))
        .select(Rate::as_select())
        .load(&mut conn)
        .await
}

/// Returns the taxes of properties, in the order of their lines.
pub async fn taxes_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<TaxRule>> {
    tax_rules::table
        .filter(tax_rules::property_id.eq_any(property_ids))
        .filter(not(tax_rules::is_deleted))
        .order((tax_rules::property_id, tax_rules::id))
        .select(TaxRule::as_select())
        .load(&mut conn)
        .await
}

/// A rule, when it was made, and when it was ended.
type DatedRule = (TaxRule, DateTime<Utc>, Option<DateTime<Utc>>);

/// Returns the taxes on nights that a property has and had, in the order of their lines.
pub async fn dated_taxes_of(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<DatedRule>> {
    tax_rules::table
        .filter(tax_rules::property_id.eq(property_id))
        .filter(tax_rules::is_on_nights)
        .order(tax_rules::id)
        .select((TaxRule::as_select(), tax_rules::created_at, tax_rules::deleted_at))
        .load(&mut conn)
        .await
}

pub async fn policies_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<CancellationPolicy>> {
    cancellation_policies::table
        .filter(cancellation_policies::property_id.eq_any(property_ids))
        .filter(not(cancellation_policies::is_deleted))
        .order((cancellation_policies::property_id, cancellation_policies::code))
        .select(CancellationPolicy::as_select())
        .load(&mut conn)
        .await
}

/// Returns the cancellation windows of properties, the one that begins first comes first.
pub async fn windows_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<CancellationWindow>> {
    cancellation_windows::table
        .filter(cancellation_windows::property_id.eq_any(property_ids))
        .order((cancellation_windows::property_id, cancellation_windows::policy_id, cancellation_windows::hours_before.desc()))
        .select(CancellationWindow::as_select())
        .load(&mut conn)
        .await
}

/// Returns the age bands of properties, by age.
pub async fn bands_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<AgeBand>> {
    age_bands::table
        .filter(age_bands::property_id.eq_any(property_ids))
        .order((age_bands::property_id, age_bands::min_age))
        .select(AgeBand::as_select())
        .load(&mut conn)
        .await
}
