use crate::domains::rates::model::{Cells, Rate, RateChange, RatePlan, RateUpdate, weekday_bit};
use crate::outbox::Cause;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Jsonb, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{rate_updates, rates};
use uuid::Uuid;

/// Changes cells: in one statement, in the order of the primary key. What the change does not speak
/// of stays; nights that are only to lose values are not written where there is nothing to lose, nor those that say the same
/// already. Returns how many were written.
pub async fn put(mut conn: &Conn, cells: &Cells, change: &RateChange, now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(
        "INSERT INTO rates AS old (property_id, night, room_type_id, rate_plan_id, \
             price_minor, extra_adult_minor, extra_children, min_stay, max_stay, \
             closed_to_arrival, closed_to_departure, stop_sell, min_advance_days, max_advance_days, min_stay_through, created_at, updated_at) \
         SELECT $1, n.night, t.id, p.id, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20 \
         FROM (SELECT $2 + day AS night FROM generate_series(0, $3 - 1) AS day) AS n \
             CROSS JOIN unnest($4) AS t(id) CROSS JOIN unnest($5) AS p(id) \
         WHERE ($6::integer >> (extract(isodow FROM n.night)::integer - 1)) & 1 = 1 \
             AND ($7 OR EXISTS (SELECT FROM rates r WHERE r.property_id = $1 AND r.night = n.night \
                 AND r.room_type_id = t.id AND r.rate_plan_id = p.id)) \
         ORDER BY n.night, t.id, p.id \
         ON CONFLICT (property_id, night, room_type_id, rate_plan_id) DO UPDATE SET \
             price_minor = CASE WHEN $8 & 1 = 0 THEN old.price_minor ELSE excluded.price_minor END, \
             extra_adult_minor = CASE WHEN $8 & 2 = 0 THEN old.extra_adult_minor ELSE excluded.extra_adult_minor END, \
             extra_children = CASE WHEN $8 & 4 = 0 THEN old.extra_children ELSE excluded.extra_children END, \
             min_stay = CASE WHEN $8 & 8 = 0 THEN old.min_stay ELSE excluded.min_stay END, \
             max_stay = CASE WHEN $8 & 16 = 0 THEN old.max_stay ELSE excluded.max_stay END, \
             closed_to_arrival = CASE WHEN $8 & 32 = 0 THEN old.closed_to_arrival ELSE excluded.closed_to_arrival END, \
             closed_to_departure = CASE WHEN $8 & 64 = 0 THEN old.closed_to_departure ELSE excluded.closed_to_departure END, \
             stop_sell = CASE WHEN $8 & 128 = 0 THEN old.stop_sell ELSE excluded.stop_sell END, \
             min_advance_days = CASE WHEN $8 & 256 = 0 THEN old.min_advance_days ELSE excluded.min_advance_days END, \
             max_advance_days = CASE WHEN $8 & 512 = 0 THEN old.max_advance_days ELSE excluded.max_advance_days END, \
             min_stay_through = CASE WHEN $8 & 1024 = 0 THEN old.min_stay_through ELSE excluded.min_stay_through END, \
             updated_at = excluded.updated_at \
         WHERE $8 & 1 <> 0 AND old.price_minor IS DISTINCT FROM excluded.price_minor \
             OR $8 & 2 <> 0 AND old.extra_adult_minor IS DISTINCT FROM excluded.extra_adult_minor \
             OR $8 & 4 <> 0 AND old.extra_children IS DISTINCT FROM excluded.extra_children \
             OR $8 & 8 <> 0 AND old.min_stay IS DISTINCT FROM excluded.min_stay \
             OR $8 & 16 <> 0 AND old.max_stay IS DISTINCT FROM excluded.max_stay \
             OR $8 & 32 <> 0 AND old.closed_to_arrival IS DISTINCT FROM excluded.closed_to_arrival \
             OR $8 & 64 <> 0 AND old.closed_to_departure IS DISTINCT FROM excluded.closed_to_departure \
             OR $8 & 128 <> 0 AND old.stop_sell IS DISTINCT FROM excluded.stop_sell \
             OR $8 & 256 <> 0 AND old.min_advance_days IS DISTINCT FROM excluded.min_advance_days \
             OR $8 & 512 <> 0 AND old.max_advance_days IS DISTINCT FROM excluded.max_advance_days \
             OR $8 & 1024 <> 0 AND old.min_stay_through IS DISTINCT FROM excluded.min_stay_through",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(cells.property_id)
            .bind::<Date, _>(cells.from)
            .bind::<Integer, _>(cells.span())
            .bind::<Array<SqlUuid>, _>(&cells.room_type_ids)
            .bind::<Array<SqlUuid>, _>(&cells.rate_plan_ids)
            .bind::<SmallInt, _>(cells.weekdays)
            .bind::<Bool, _>(change.sets())
            .bind::<Integer, _>(change.mask())
            .bind::<Nullable<BigInt>, _>(change.price_minor.flatten())
            .bind::<Nullable<BigInt>, _>(change.extra_adult_minor.flatten())
            .bind::<Nullable<Jsonb>, _>(change.extra_children.clone().flatten())
            .bind::<Nullable<Integer>, _>(change.min_stay.flatten())
            .bind::<Nullable<Integer>, _>(change.max_stay.flatten())
            .bind::<Nullable<Bool>, _>(change.closed_to_arrival.flatten())
            .bind::<Nullable<Bool>, _>(change.closed_to_departure.flatten())
            .bind::<Nullable<Bool>, _>(change.stop_sell.flatten())
            .bind::<Nullable<Integer>, _>(change.min_advance_days.flatten())
            .bind::<Nullable<Integer>, _>(change.max_advance_days.flatten())
            .bind::<Nullable<Integer>, _>(change.min_stay_through.flatten())
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

/// Prices of nights of which a plan says nothing yet, by night and room type: any number in one statement. What puts them
/// on record is [`record`].
pub async fn fill_prices(
    mut conn: &Conn,
    plan: &RatePlan,
    prices: &[(NaiveDate, Uuid, i64)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let nights: Vec<NaiveDate> = prices.iter().map(|(night, ..)| *night).collect();
    let kinds: Vec<Uuid> = prices.iter().map(|(_, kind, _)| *kind).collect();
    let amounts: Vec<i64> = prices.iter().map(|(.., amount)| *amount).collect();
    let statement = constant_sql(
        "INSERT INTO rates (property_id, night, room_type_id, rate_plan_id, price_minor, created_at, updated_at) \
         SELECT $1, cell.night, cell.room_type_id, $2, cell.price_minor, $6, $6 \
         FROM unnest($3, $4, $5) AS cell(night, room_type_id, price_minor) ORDER BY cell.night, cell.room_type_id",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(plan.property_id)
            .bind::<SqlUuid, _>(plan.id)
            .bind::<Array<Date>, _>(nights)
            .bind::<Array<SqlUuid>, _>(kinds)
            .bind::<Array<BigInt>, _>(amounts)
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

/// A price of a night of a type in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NightPrice {
    pub night: NaiveDate,
    pub room_type_id: Uuid,
    pub rate_plan_id: Uuid,
    pub price_minor: i64,
}

/// Sets prices, each of a night of its own, in one statement and in the order of the primary key. What else the nights say stays.
pub async fn set_prices(mut conn: &Conn, property_id: Uuid, prices: &[NightPrice], now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(
        "INSERT INTO rates (property_id, night, room_type_id, rate_plan_id, price_minor, created_at, updated_at) \
         SELECT $1, cell.night, cell.room_type_id, cell.rate_plan_id, cell.price_minor, $6, $6 \
         FROM unnest($2, $3, $4, $5) AS cell(night, room_type_id, rate_plan_id, price_minor) \
         ORDER BY cell.night, cell.room_type_id, cell.rate_plan_id \
         ON CONFLICT (property_id, night, room_type_id, rate_plan_id) \
         DO UPDATE SET price_minor = excluded.price_minor, updated_at = excluded.updated_at",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<Array<Date>, _>(prices.iter().map(|price| price.night).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(prices.iter().map(|price| price.room_type_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(prices.iter().map(|price| price.rate_plan_id).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(prices.iter().map(|price| price.price_minor).collect::<Vec<_>>())
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

/// Removes the rates among these that have no values any more.
pub async fn sweep(mut conn: &Conn, cells: &Cells) -> QueryResult<usize> {
    let empty = rates::table
        .filter(rates::property_id.eq(cells.property_id))
        .filter(rates::night.between(cells.from, cells.to))
        .filter(rates::room_type_id.eq_any(&cells.room_type_ids))
        .filter(rates::rate_plan_id.eq_any(&cells.rate_plan_ids))
        .filter(rates::price_minor.is_null().and(rates::extra_adult_minor.is_null()).and(rates::extra_children.is_null()))
        .filter(rates::min_stay.is_null().and(rates::max_stay.is_null()))
        .filter(rates::closed_to_arrival.is_null().and(rates::closed_to_departure.is_null()).and(rates::stop_sell.is_null()))
        .filter(rates::min_advance_days.is_null().and(rates::max_advance_days.is_null()).and(rates::min_stay_through.is_null()));
    Cached(diesel::delete(empty)).execute(&mut conn).await
}

/// Puts an update on record.
pub async fn record(
    mut conn: &Conn,
    id: Uuid,
    cells: &Cells,
    changes: &serde_json::Value,
    count: i32,
    cause: &Cause,
) -> QueryResult<usize> {
    let (actor_kind, actor_id) = cause.actor();
    diesel::insert_into(rate_updates::table)
        .values((
            rate_updates::property_id.eq(cells.property_id),
            rate_updates::id.eq(id),
            rate_updates::actor_kind.eq(actor_kind),
            rate_updates::actor_id.eq(actor_id),
            rate_updates::rate_plan_ids.eq(&cells.rate_plan_ids),
            rate_updates::room_type_ids.eq(&cells.room_type_ids),
            rate_updates::from_night.eq(cells.from),
            rate_updates::to_night.eq(cells.to),
            rate_updates::weekdays.eq(cells.weekdays),
            rate_updates::changes.eq(changes),
            rate_updates::cells.eq(count),
            rate_updates::created_at.eq(cause.at),
            rate_updates::updated_at.eq(cause.at),
        ))
        .execute(&mut conn)
        .await
}

/// Removes updates of which the last night was before a date.
pub async fn forget_updates(mut conn: &Conn, before: NaiveDate) -> QueryResult<usize> {
    diesel::delete(rate_updates::table.filter(rate_updates::to_night.lt(before))).execute(&mut conn).await
}

/// Returns the rates of some plans and types, for nights with values of their own. `last` is included.
pub async fn nights_of(
    mut conn: &Conn,
    property_id: Uuid,
    plan_ids: &[Uuid],
    room_types: &[Uuid],
    first: NaiveDate,
    last: NaiveDate,
) -> QueryResult<Vec<Rate>> {
    rates::table
        .filter(rates::property_id.eq(property_id))
        .filter(rates::night.between(first, last))
        .filter(rates::room_type_id.eq_any(room_types))
        .filter(rates::rate_plan_id.eq_any(plan_ids))
        .select(Rate::as_select())
        .load(&mut conn)
        .await
}

/// Filter of rate updates.
#[derive(Debug, Clone, Copy)]
pub struct UpdatesOf {
    pub property_id: Uuid,
    pub rate_plan_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
    pub night: Option<NaiveDate>,
}

/// Returns updates, newest first. `after` is the last one seen.
pub async fn history(mut conn: &Conn, of: UpdatesOf, after: Option<Uuid>, limit: i64) -> QueryResult<Vec<RateUpdate>> {
    let mut query = rate_updates::table
        .filter(rate_updates::property_id.eq(of.property_id))
        .order(rate_updates::id.desc())
        .limit(limit)
        .select(RateUpdate::as_select())
        .into_boxed();
    if let Some(id) = of.rate_plan_id {
        query = query.filter(rate_updates::rate_plan_ids.contains(vec![Some(id)]));
    }
    if let Some(id) = of.room_type_id {
        query = query.filter(rate_updates::room_type_ids.contains(vec![Some(id)]));
    }
    if let Some(night) = of.night {
        let bit = weekday_bit(night);
        let masks: Vec<i16> = (1..=127).filter(|mask| mask & bit != 0).collect();
        query = query
            .filter(rate_updates::from_night.le(night))
            .filter(rate_updates::to_night.ge(night))
            .filter(rate_updates::weekdays.eq_any(masks));
    }
    if let Some(after) = after {
        query = query.filter(rate_updates::id.lt(after));
    }
    query.load(&mut conn).await
}
