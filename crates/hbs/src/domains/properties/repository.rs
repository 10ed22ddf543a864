use super::dto::PropertyFilter;
use super::model::{NameOn, NewProperty, Property, PropertyChange};
use crate::domains::stays::are_live;
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql, folded};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Uuid as SqlUuid};
use hbs_schema::{catalogues, inventory, properties, stays};
use std::collections::HashMap;
use uuid::Uuid;

/// A property that is not removed. Anybody may read it.
pub async fn find(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Property>> {
    properties::table.find(id).filter(not(properties::is_deleted)).select(Property::as_select()).first(&mut conn).await.optional()
}

/// Returns the names that properties had at the end of a date, as reports of it have them; those of now, where it is not closed.
pub async fn names_on(mut conn: &Conn, ids: &[Uuid], date: NaiveDate) -> QueryResult<HashMap<Uuid, String>> {
    let statement = constant_sql(
        "SELECT p.id, coalesce(w.name, p.name) AS name FROM properties p \
         LEFT JOIN LATERAL ( \
             SELECT name FROM report_terms \
             WHERE property_id = p.id AND kind = 'property' AND subject_id = p.id AND as_of <= $2 \
               AND EXISTS (SELECT FROM report_days WHERE property_id = p.id AND business_date = $2) \
             ORDER BY as_of DESC LIMIT 1) w ON true \
         WHERE p.id = ANY($1)",
    );
    let bound = statement.bind::<Array<SqlUuid>, _>(ids).bind::<Date, _>(date);
    let rows: Vec<NameOn> = Cached(bound).load(&mut conn).await?;
    Ok(rows.into_iter().map(|NameOn { id, name }| (id, name)).collect())
}

/// Returns those of some properties that are not removed, oldest first.
pub async fn find_all(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<Property>> {
    properties::table
        .filter(properties::id.eq_any(ids))
        .filter(not(properties::is_deleted))
        .order(properties::id)
        .select(Property::as_select())
        .load(&mut conn)
        .await
}

/// Returns those of the properties that exist.
pub async fn existing(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    properties::table
        .filter(properties::id.eq_any(ids))
        .filter(not(properties::is_deleted))
        .select(properties::id)
        .load(&mut conn)
        .await
}

/// A property whose business date does not roll, and which does not change, until the transaction ends. Taken before inventory
/// rows.
pub async fn hold(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Property>> {
    properties::table
        .find(id)
        .filter(not(properties::is_deleted))
        .select(Property::as_select())
        .for_share()
        .first(&mut conn)
        .await
        .optional()
}

/// A property within the scope, locked against other changes.
pub async fn lock(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<Property>> {
    properties::table
        .find(id)
        .filter(scope.is_all().into_sql::<Bool>().or(properties::id.eq_any(scope.ids())))
        .filter(not(properties::is_deleted))
        .select(Property::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// The properties of a page, each with the [version](crate::stamps) of what it offers.
pub async fn list(mut conn: &Conn, filter: &PropertyFilter, after: Option<Uuid>, limit: i64) -> QueryResult<Vec<(Uuid, i64)>> {
    let properties = properties::table.inner_join(catalogues::table).filter(not(properties::is_deleted));
    let mut query = properties.order(properties::id).limit(limit).into_boxed();
    if let Some(city) = &filter.city {
        query = query.filter(folded(properties::city).eq(folded(city)));
    }
    if let Some(country) = &filter.country {
        query = query.filter(properties::country.eq(country.to_uppercase()));
    }
    if let Some(after) = after {
        query = query.filter(properties::id.gt(after));
    }
    query.select((properties::id, catalogues::changed_by)).load(&mut conn).await
}

pub async fn insert(mut conn: &Conn, new: &NewProperty) -> QueryResult<Property> {
    diesel::insert_into(properties::table).values(new).returning(Property::as_returning()).get_result(&mut conn).await
}

pub async fn update(mut conn: &Conn, id: Uuid, change: &PropertyChange, now: DateTime<Utc>) -> QueryResult<Property> {
    diesel::update(properties::table.find(id))
        .set((change, properties::version.eq(properties::version + 1), properties::updated_at.eq(now)))
        .returning(Property::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete(mut conn: &Conn, id: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(properties::table.find(id))
        .set((
            properties::is_deleted.eq(true),
            properties::deleted_at.eq(now),
            properties::version.eq(properties::version + 1),
            properties::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Locks every night from a date on, in the order in which sales do.
pub async fn lock_nights(mut conn: &Conn, id: Uuid, from: NaiveDate) -> QueryResult<()> {
    inventory::table
        .filter(inventory::property_id.eq(id))
        .filter(inventory::night.ge(from))
        .order((inventory::property_id, inventory::night, inventory::room_type_id))
        .select(inventory::night)
        .for_no_key_update()
        .load::<NaiveDate>(&mut conn)
        .await
        .map(drop)
}

/// Returns `true` if a stay is held, confirmed or in house.
pub async fn has_live_stays(mut conn: &Conn, id: Uuid) -> QueryResult<bool> {
    let live = stays::table.filter(stays::property_id.eq(id)).filter(are_live());
    diesel::select(exists(live)).get_result(&mut conn).await
}

/// Rolls the business date. The row is locked.
pub async fn roll(mut conn: &Conn, property_id: Uuid, to: NaiveDate, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(properties::table.find(property_id))
        .set((properties::business_date.eq(to), properties::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Counts a change of the age bands of a property, and returns the new version of the set.
pub async fn renew_age_bands(mut conn: &Conn, property_id: Uuid) -> QueryResult<i64> {
    diesel::update(properties::table.find(property_id))
        .set(properties::age_bands_version.eq(properties::age_bands_version + 1))
        .returning(properties::age_bands_version)
        .get_result(&mut conn)
        .await
}
