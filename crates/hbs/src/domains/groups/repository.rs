use super::dto::GroupFilter;
use super::model::{Group, GroupChange, GroupStatus, NewGroup};
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl, mentions};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{max, min, not, sum};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{allotment_nights, group_rates, groups, rate_plans};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

pub async fn find(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<Group>> {
    groups::table
        .filter(groups::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(groups::property_id.eq_any(scope.ids())))
        .select(Group::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// A group of a hotel.
pub async fn find_in(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<Group>> {
    groups::table.find((property_id, id)).select(Group::as_select()).first(&mut conn).await.optional()
}

/// The names of groups.
pub async fn names(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> =
        groups::table.filter(groups::id.eq_any(ids)).select((groups::id, groups::name)).load(&mut conn).await?;
    Ok(rows.into_iter().collect())
}

/// The group of a hotel with this code, in upper case.
pub async fn find_by_code(mut conn: &Conn, property_id: Uuid, code: &str) -> QueryResult<Option<Group>> {
    groups::table
        .filter(groups::property_id.eq(property_id))
        .filter(groups::code.eq(code))
        .select(Group::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The group, locked against other changes. Taken after the inventory rows of its nights.
pub async fn lock(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<Group>> {
    groups::table.find((property_id, id)).select(Group::as_select()).for_no_key_update().first(&mut conn).await.optional()
}

/// Groups within the scope by their cut-off dates. `after` is the last (cut-off, id) seen.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &GroupFilter,
    after: Option<(NaiveDate, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<Group>> {
    let mut query = groups::table.order((groups::cut_off, groups::id)).limit(limit).select(Group::as_select()).into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(groups::property_id.eq_any(ids));
    }
    let GroupFilter { property_id, status, q, text } = filter;
    if let Some(property_id) = property_id.or(scope.only()) {
        query = query.filter(groups::property_id.eq(property_id));
    }
    if let Some(status) = status {
        query = query.filter(groups::released_at.is_null().eq(*status == GroupStatus::Open));
    }
    if let Some(text) = text {
        query = query.filter(mentions(groups::name.nullable(), text).or(mentions(groups::code.nullable(), text)));
    }
    for word in q.iter().flat_map(|q| q.split_whitespace()) {
        query = query.filter(mentions(groups::name.nullable(), word).or(mentions(groups::code.nullable(), word)));
    }
    if let Some((cut_off, id)) = after {
        query = query.filter(groups::cut_off.gt(cut_off).or(groups::cut_off.eq(cut_off).and(groups::id.gt(id))));
    }
    query.load(&mut conn).await
}

/// Totals of a group: its first and last night as agreed, and its room nights.
#[derive(Debug, Clone, Copy, Default, Queryable)]
pub struct Totals {
    pub first_night: Option<NaiveDate>,
    pub last_night: Option<NaiveDate>,
    pub blocked: Option<i64>,
    pub picked_up: Option<i64>,
    pub remaining: Option<i64>,
}

pub async fn totals(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, Totals>> {
    let rows: Vec<(Uuid, Totals)> = allotment_nights::table
        .filter(allotment_nights::allotment_id.eq_any(ids))
        .filter(allotment_nights::blocked.gt(0).or(allotment_nights::picked_up.gt(0)))
        .group_by(allotment_nights::allotment_id)
        .select((
            allotment_nights::allotment_id,
            (
                min(allotment_nights::night),
                max(allotment_nights::night),
                sum(allotment_nights::blocked),
                sum(allotment_nights::picked_up),
                sum(allotment_nights::remaining),
            ),
        ))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().collect())
}

pub async fn insert(mut conn: &Conn, new: &NewGroup<'_>) -> QueryResult<Group> {
    diesel::insert_into(groups::table).values(new).returning(Group::as_returning()).get_result(&mut conn).await
}

/// Changes fields, and counts the version also where none is changed here.
pub async fn update(mut conn: &Conn, row: &Group, change: GroupChange, now: DateTime<Utc>) -> QueryResult<Group> {
    diesel::update(groups::table.find((row.property_id, row.id)))
        .set((change, groups::version.eq(groups::version + 1), groups::updated_at.eq(now)))
        .returning(Group::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn release(mut conn: &Conn, row: &Group, now: DateTime<Utc>) -> QueryResult<Group> {
    diesel::update(groups::table.find((row.property_id, row.id)))
        .set((groups::released_at.eq(now), groups::version.eq(groups::version + 1), groups::updated_at.eq(now)))
        .returning(Group::as_returning())
        .get_result(&mut conn)
        .await
}

/// Returns the agreed prices of a night in minor units, by room type.
pub async fn agreed_rates(mut conn: &Conn, property_id: Uuid, group_id: Uuid) -> QueryResult<BTreeMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = group_rates::table
        .filter(group_rates::property_id.eq(property_id))
        .filter(group_rates::group_id.eq(group_id))
        .select((group_rates::room_type_id, group_rates::nightly_price_minor))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Sets all rates of a group anew.
pub async fn set_rates(mut conn: &Conn, row: &Group, rates: &BTreeMap<Uuid, i64>, now: DateTime<Utc>) -> QueryResult<usize> {
    let of_group =
        group_rates::table.filter(group_rates::property_id.eq(row.property_id)).filter(group_rates::group_id.eq(row.id));
    diesel::delete(of_group).execute(&mut conn).await?;
    let rows: Vec<_> = rates
        .iter()
        .map(|(room_type_id, minor)| {
            (
                group_rates::property_id.eq(row.property_id),
                group_rates::group_id.eq(row.id),
                group_rates::room_type_id.eq(*room_type_id),
                group_rates::nightly_price_minor.eq(*minor),
                group_rates::created_at.eq(now),
                group_rates::updated_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(group_rates::table).values(rows).execute(&mut conn).await
}

/// Returns `true` if the hotel has the plan.
pub async fn plan_exists(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<bool> {
    let plan = rate_plans::table.find((property_id, id)).filter(not(rate_plans::is_deleted));
    diesel::select(diesel::dsl::exists(plan)).get_result(&mut conn).await
}

/// Groups that set rooms aside, whose cut-off may have come somewhere by this date.
pub async fn open_until(mut conn: &Conn, date: NaiveDate) -> QueryResult<Vec<Group>> {
    groups::table
        .filter(groups::released_at.is_null())
        .filter(groups::cut_off.le(date))
        .order((groups::cut_off, groups::id))
        .select(Group::as_select())
        .load(&mut conn)
        .await
}
