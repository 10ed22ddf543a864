use crate::domains::rates::model::{RatePlan, RatePlanFields, RatePlanRoomType};
use crate::domains::stays::are_live;
use crate::money::Currency;
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel::upsert::excluded;
use hbs_schema::{extras, properties, rate_plan_extras, rate_plan_room_types, rate_plans, rates, room_types, stays};
use uuid::Uuid;

/// Returns the plans of a property, sold or not, by code.
pub async fn list(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<RatePlan>> {
    rate_plans::table
        .filter(rate_plans::property_id.eq(property_id))
        .filter(not(rate_plans::is_deleted))
        .order((rate_plans::code, rate_plans::id))
        .select(RatePlan::as_select())
        .load(&mut conn)
        .await
}

/// A plan, whoever asks, with its property's currency.
pub async fn find(mut conn: &Conn, id: Uuid) -> QueryResult<Option<(RatePlan, Currency)>> {
    rate_plans::table
        .inner_join(properties::table)
        .filter(rate_plans::id.eq(id))
        .filter(not(rate_plans::is_deleted))
        .filter(not(properties::is_deleted))
        .select((RatePlan::as_select(), properties::currency))
        .first(&mut conn)
        .await
        .optional()
}

/// The property of a plan within the scope.
pub async fn property_of(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<Uuid>> {
    rate_plans::table
        .filter(rate_plans::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(rate_plans::property_id.eq_any(scope.ids())))
        .filter(not(rate_plans::is_deleted))
        .select(rate_plans::property_id)
        .first(&mut conn)
        .await
        .optional()
}

/// Returns the room types that the plans of a property sell, without types that are gone.
pub async fn types_of_plans(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<RatePlanRoomType>> {
    rate_plan_room_types::table
        .inner_join(
            room_types::table.on(room_types::property_id
                .eq(rate_plan_room_types::property_id)
                .and(room_types::id.eq(rate_plan_room_types::room_type_id))),
        )
        .filter(rate_plan_room_types::property_id.eq(property_id))
        .filter(not(room_types::is_deleted))
        .order((rate_plan_room_types::rate_plan_id, room_types::code, room_types::id))
        .select(RatePlanRoomType::as_select())
        .load(&mut conn)
        .await
}

/// The room types of a property with their base prices and the adults that they take, by code.
pub async fn room_types_of(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<(Uuid, i64, i32)>> {
    room_types::table
        .filter(room_types::property_id.eq(property_id))
        .filter(not(room_types::is_deleted))
        .order((room_types::code, room_types::id))
        .select((room_types::id, room_types::base_price_minor, room_types::max_adults))
        .load(&mut conn)
        .await
}

/// The codes of a hotel's room types with their ids.
pub async fn type_codes_of(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<(String, Uuid)>> {
    room_types::table
        .filter(room_types::property_id.eq(property_id))
        .filter(not(room_types::is_deleted))
        .select((room_types::code, room_types::id))
        .load(&mut conn)
        .await
}

pub async fn insert(mut conn: &Conn, property_id: Uuid, fields: &RatePlanFields, now: DateTime<Utc>) -> QueryResult<RatePlan> {
    diesel::insert_into(rate_plans::table)
        .values((
            rate_plans::property_id.eq(property_id),
            rate_plans::id.eq(Uuid::now_v7()),
            fields,
            rate_plans::created_at.eq(now),
            rate_plans::updated_at.eq(now),
        ))
        .returning(RatePlan::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn update(mut conn: &Conn, row: &RatePlan, fields: &RatePlanFields, now: DateTime<Utc>) -> QueryResult<RatePlan> {
    diesel::update(rate_plans::table.find((row.property_id, row.id)))
        .set((fields, rate_plans::version.eq(rate_plans::version + 1), rate_plans::updated_at.eq(now)))
        .returning(RatePlan::as_returning())
        .get_result(&mut conn)
        .await
}

/// Makes no plan the default, and returns the one that was.
pub async fn clear_default(mut conn: &Conn, property_id: Uuid, now: DateTime<Utc>) -> QueryResult<Option<RatePlan>> {
    let default = rate_plans::table
        .filter(rate_plans::property_id.eq(property_id))
        .filter(rate_plans::is_default.eq(true))
        .filter(not(rate_plans::is_deleted));
    diesel::update(default)
        .set((rate_plans::is_default.eq(false), rate_plans::version.eq(rate_plans::version + 1), rate_plans::updated_at.eq(now)))
        .returning(RatePlan::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

pub async fn delete(mut conn: &Conn, row: &RatePlan, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(rate_plans::table.find((row.property_id, row.id)))
        .set((rate_plans::is_deleted.eq(true), rate_plans::deleted_at.eq(now), rate_plans::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Adds types to what a plan sells, or changes what holds for them.
pub async fn put_types(mut conn: &Conn, types: &[RatePlanRoomType], now: DateTime<Utc>) -> QueryResult<usize> {
    let rows: Vec<_> = types
        .iter()
        .map(|row| (row, rate_plan_room_types::created_at.eq(now), rate_plan_room_types::updated_at.eq(now)))
        .collect();
    diesel::insert_into(rate_plan_room_types::table)
        .values(rows)
        .on_conflict((rate_plan_room_types::property_id, rate_plan_room_types::rate_plan_id, rate_plan_room_types::room_type_id))
        .do_update()
        .set((
            rate_plan_room_types::price_minor.eq(excluded(rate_plan_room_types::price_minor)),
            rate_plan_room_types::included_adults.eq(excluded(rate_plan_room_types::included_adults)),
            rate_plan_room_types::extra_adult_minor.eq(excluded(rate_plan_room_types::extra_adult_minor)),
            rate_plan_room_types::extra_children.eq(excluded(rate_plan_room_types::extra_children)),
            rate_plan_room_types::day_price_minor.eq(excluded(rate_plan_room_types::day_price_minor)),
            rate_plan_room_types::updated_at.eq(excluded(rate_plan_room_types::updated_at)),
        ))
        .execute(&mut conn)
        .await
}

/// Takes all other types from a plan, with the rates of their nights.
pub async fn keep_types(mut conn: &Conn, plan: &RatePlan, kept: &[Uuid]) -> QueryResult<usize> {
    let nights = rates::table
        .filter(rates::property_id.eq(plan.property_id))
        .filter(rates::rate_plan_id.eq(plan.id))
        .filter(not(rates::room_type_id.eq_any(kept)));
    Cached(diesel::delete(nights)).execute(&mut conn).await?;
    let types = rate_plan_room_types::table
        .filter(rate_plan_room_types::property_id.eq(plan.property_id))
        .filter(rate_plan_room_types::rate_plan_id.eq(plan.id))
        .filter(not(rate_plan_room_types::room_type_id.eq_any(kept)));
    Cached(diesel::delete(types)).execute(&mut conn).await
}

/// Returns `true` if a night from a date on has a price of its own.
pub async fn has_nightly_prices(mut conn: &Conn, plan: &RatePlan, from: NaiveDate) -> QueryResult<bool> {
    let nights = rates::table
        .filter(rates::property_id.eq(plan.property_id))
        .filter(rates::rate_plan_id.eq(plan.id))
        .filter(rates::night.ge(from))
        .filter(
            rates::price_minor.is_not_null().or(rates::extra_adult_minor.is_not_null()).or(rates::extra_children.is_not_null()),
        );
    diesel::select(exists(nights)).get_result(&mut conn).await
}

/// Returns the number of stays that have not ended and were sold in the plan.
pub async fn live_stays(mut conn: &Conn, plan: &RatePlan) -> QueryResult<i64> {
    stays::table
        .filter(stays::property_id.eq(plan.property_id))
        .filter(stays::rate_plan_id.eq(plan.id))
        .filter(are_live())
        .count()
        .get_result(&mut conn)
        .await
}

/// The extras that are in the price of the plans of a property, each with its plan.
pub async fn included_extras(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<(Uuid, Uuid, i32)>> {
    rate_plan_extras::table
        .filter(rate_plan_extras::property_id.eq(property_id))
        .order((rate_plan_extras::rate_plan_id, rate_plan_extras::extra_id))
        .select((rate_plan_extras::rate_plan_id, rate_plan_extras::extra_id, rate_plan_extras::quantity))
        .load(&mut conn)
        .await
}

/// Makes these the extras that are in the price of a plan's nights.
pub async fn set_included(mut conn: &Conn, plan: &RatePlan, extras: &[(Uuid, i32)], now: DateTime<Utc>) -> QueryResult<()> {
    let own = rate_plan_extras::table
        .filter(rate_plan_extras::property_id.eq(plan.property_id))
        .filter(rate_plan_extras::rate_plan_id.eq(plan.id));
    diesel::delete(own).execute(&mut conn).await?;
    let row = |(extra_id, quantity): &(Uuid, i32)| {
        (
            rate_plan_extras::property_id.eq(plan.property_id),
            rate_plan_extras::rate_plan_id.eq(plan.id),
            rate_plan_extras::extra_id.eq(*extra_id),
            rate_plan_extras::quantity.eq(*quantity),
            rate_plan_extras::created_at.eq(now),
            rate_plan_extras::updated_at.eq(now),
        )
    };
    let rows: Vec<_> = extras.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    diesel::insert_into(rate_plan_extras::table).values(rows).execute(&mut conn).await.map(drop)
}

/// The extras of a property that are sold, each with the word for how it is charged.
pub async fn extras_of(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<(Uuid, String)>> {
    extras::table
        .filter(extras::property_id.eq(property_id))
        .filter(not(extras::is_archived))
        .select((extras::id, extras::posted))
        .load(&mut conn)
        .await
}
