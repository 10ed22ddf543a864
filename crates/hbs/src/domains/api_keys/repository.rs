use super::model::{ApiKey, KeyGrant, NewApiKey, NewKeyGrant};
use crate::security::Reach;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::helper_types::IntoBoxed;
use diesel::pg::Pg;
use diesel::prelude::*;
use hbs_schema::{api_key_grants, api_keys};
use uuid::Uuid;

/// Selects keys within reach: the caller's own, and those that act nowhere but within the scope.
fn within(reach: &Reach) -> IntoBoxed<'static, api_keys::table, Pg> {
    let query = api_keys::table.into_boxed();
    if reach.scope.is_all() {
        return query;
    }
    let elsewhere = api_key_grants::table.filter(api_key_grants::api_key_id.eq(api_keys::id)).filter(
        api_key_grants::property_id.is_null().or(api_key_grants::property_id.assume_not_null().ne_all(reach.scope.ids())),
    );
    let own = api_keys::created_by.nullable().is_not_distinct_from(reach.owner);
    query.filter(own.or(not(exists(elsewhere))))
}

/// Keys within reach, newest first. `after` is the last id seen.
pub async fn list(mut conn: &Conn, reach: &Reach, after: Option<Uuid>, limit: i64) -> QueryResult<Vec<ApiKey>> {
    let mut query = within(reach).order(api_keys::id.desc()).limit(limit);
    if let Some(after) = after {
        query = query.filter(api_keys::id.lt(after));
    }
    query.select(ApiKey::as_select()).load(&mut conn).await
}

pub async fn find(mut conn: &Conn, reach: &Reach, id: Uuid) -> QueryResult<Option<ApiKey>> {
    within(reach).filter(api_keys::id.eq(id)).select(ApiKey::as_select()).first(&mut conn).await.optional()
}

/// A key by id, locked unless it was revoked. Whether it is within reach never changes: ask [`find`] first.
pub async fn lock(mut conn: &Conn, id: Uuid) -> QueryResult<Option<ApiKey>> {
    api_keys::table
        .find(id)
        .filter(api_keys::revoked_at.is_null())
        .select(ApiKey::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Returns the grants of keys, in a stable order.
pub async fn grants_of(mut conn: &Conn, key_ids: &[Uuid]) -> QueryResult<Vec<KeyGrant>> {
    api_key_grants::table
        .filter(api_key_grants::api_key_id.eq_any(key_ids))
        .order((api_key_grants::permission, api_key_grants::property_id))
        .select(KeyGrant::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert(mut conn: &Conn, new: &NewApiKey<'_>) -> QueryResult<ApiKey> {
    diesel::insert_into(api_keys::table).values(new).returning(ApiKey::as_returning()).get_result(&mut conn).await
}

pub async fn insert_grants(mut conn: &Conn, new: &[NewKeyGrant<'_>]) -> QueryResult<usize> {
    diesel::insert_into(api_key_grants::table).values(new).execute(&mut conn).await
}

pub async fn revoke(mut conn: &Conn, id: Uuid, now: DateTime<Utc>) -> QueryResult<ApiKey> {
    diesel::update(api_keys::table.find(id))
        .set((api_keys::revoked_at.eq(now), api_keys::version.eq(api_keys::version + 1), api_keys::updated_at.eq(now)))
        .returning(ApiKey::as_returning())
        .get_result(&mut conn)
        .await
}

/// Ends all keys that somebody made and names them.
pub async fn revoke_keys(mut conn: &Conn, user_id: Uuid, now: DateTime<Utc>) -> QueryResult<Vec<Uuid>> {
    diesel::update(api_keys::table.filter(api_keys::created_by.eq(user_id)).filter(api_keys::revoked_at.is_null()))
        .set((api_keys::revoked_at.eq(now), api_keys::version.eq(api_keys::version + 1), api_keys::updated_at.eq(now)))
        .returning(api_keys::id)
        .get_results(&mut conn)
        .await
}
