use super::invalidation::{Forget, Invalidation};
use super::keys::StoredKey;
use super::permission::RoleGrants;
use super::principal::{ApiKey, Person, Session};
use super::reach::Reach;
use crate::clock::Clock;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::query_builder::SqlQuery;
use diesel::sql_types::{self, Array, Text, Timestamptz};
use hbs_schema::{
    api_key_grants, api_keys, bookings, invalidations, role_assignments, role_permissions, roles, sessions, signing_keys, users,
};
use std::sync::OnceLock;
use uuid::Uuid;

/// Maximum number of a caller's own bookings of which things are listed, the newest first.
const MOST_BOOKINGS: i64 = 1000;

/// A session that has neither ended nor been revoked, if its person may still act.
pub async fn find_session(mut conn: &Conn, session_id: Uuid, user_id: Uuid) -> QueryResult<Option<Session>> {
    let row = sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(session_id))
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(Clock::real_now()))
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted))
        .select((
            (sessions::expires_at, sessions::second_factor_at.is_not_null()),
            (users::id, users::email, users::email_verified_at.is_not_null(), users::full_name),
            (users::phone, users::phone_verified_at.is_not_null()),
            (users::locale, users::avatar_key, users::second_factor_since.is_not_null(), users::version, users::created_at),
        ))
        .first(&mut conn)
        .await
        .optional()?;
    let session = |((expires_at, second_factor), (id, email, email_verified, full_name), (phone, phone_verified), rest)| {
        let (locale, avatar_key, has_second_factor, version, created_at) = rest;
        let person = Person {
            id,
            email,
            email_verified,
            phone,
            phone_verified,
            full_name,
            locale,
            avatar_key,
            has_second_factor,
            version,
            created_at,
        };
        Session { id: session_id, expires_at, second_factor, person, profile: OnceLock::new() }
    };
    Ok(row.map(session))
}

/// Returns the grants of a person's roles.
pub async fn role_grants_of(mut conn: &Conn, user_id: Uuid) -> QueryResult<RoleGrants> {
    role_assignments::table
        .inner_join(roles::table.inner_join(role_permissions::table))
        .filter(role_assignments::user_id.eq(user_id))
        .select((role_permissions::permission, role_assignments::property_id, roles::requires_second_factor))
        .load(&mut conn)
        .await
        .map(RoleGrants)
}

/// Says of somebody who may act whether they have a second factor.
pub async fn second_factor_of_active(mut conn: &Conn, user_id: Uuid) -> QueryResult<Option<bool>> {
    users::table
        .find(user_id)
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted))
        .select(users::second_factor_since.is_not_null())
        .first(&mut conn)
        .await
        .optional()
}

/// A key that has neither ended nor been revoked, with when it ends, if who made it may still act.
pub async fn find_api_key(mut conn: &Conn, id: Uuid) -> QueryResult<Option<(ApiKey, Option<DateTime<Utc>>)>> {
    let now = Clock::real_now();
    let row = api_keys::table
        .inner_join(users::table)
        .filter(api_keys::id.eq(id))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::expires_at.is_null().or(api_keys::expires_at.assume_not_null().gt(now)))
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted))
        .select((api_keys::created_by, users::second_factor_since.is_not_null(), api_keys::secret_hash, api_keys::expires_at))
        .first(&mut conn)
        .await
        .optional()?;
    let key =
        |(made_by, second_factor, secret_hash, expires_at)| (ApiKey { id, made_by, second_factor, secret_hash }, expires_at);
    Ok(row.map(key))
}

/// A key of somebody's that works.
#[derive(Debug, Clone, Queryable)]
pub struct LiveKey {
    pub id: Uuid,
    pub name: String,
    pub last_used_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// The keys that somebody made and that work, the oldest first.
pub async fn live_keys_of(mut conn: &Conn, user_id: Uuid, now: DateTime<Utc>) -> QueryResult<Vec<LiveKey>> {
    api_keys::table
        .filter(api_keys::created_by.eq(user_id))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::expires_at.is_null().or(api_keys::expires_at.assume_not_null().gt(now)))
        .order(api_keys::id)
        .select((api_keys::id, api_keys::name, api_keys::last_used_at, api_keys::created_at))
        .load(&mut conn)
        .await
}

/// Ends all keys that somebody made and returns them.
pub async fn end_keys_of(mut conn: &Conn, user_id: Uuid, now: DateTime<Utc>) -> QueryResult<Vec<LiveKey>> {
    diesel::update(api_keys::table.filter(api_keys::created_by.eq(user_id)).filter(api_keys::revoked_at.is_null()))
        .set((api_keys::revoked_at.eq(now), api_keys::version.eq(api_keys::version + 1), api_keys::updated_at.eq(now)))
        .returning((api_keys::id, api_keys::name, api_keys::last_used_at, api_keys::created_at))
        .get_results(&mut conn)
        .await
}

/// Returns the grants with which a key was made: (permission, property or all).
pub async fn grants_of_key(mut conn: &Conn, id: Uuid) -> QueryResult<Vec<(String, Option<Uuid>)>> {
    api_key_grants::table
        .filter(api_key_grants::api_key_id.eq(id))
        .select((api_key_grants::permission, api_key_grants::property_id))
        .load(&mut conn)
        .await
}

/// Notes what every process is to forget.
pub async fn insert_invalidations(mut conn: &Conn, rows: &[Invalidation], now: DateTime<Utc>) -> QueryResult<usize> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let kinds: Vec<&str> = rows.iter().map(|row| row.what.kind()).collect();
    let subjects: Vec<Uuid> = rows.iter().map(|row| row.what.id()).collect();
    let insert = constant_sql(
        "INSERT INTO invalidations (id, subject_kind, subject_id, created_at, updated_at)
         SELECT id, kind, subject, $4, $4 FROM unnest($1, $2, $3) AS what (id, kind, subject)",
    );
    let insert = insert
        .bind::<Array<sql_types::Uuid>, _>(ids)
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<sql_types::Uuid>, _>(subjects)
        .bind::<Timestamptz, _>(now);
    Cached(insert).execute(&mut conn).await
}

/// Returns the notes that processes have yet to be told, the oldest first.
pub async fn list_invalidations(mut conn: &Conn, limit: i64) -> QueryResult<Vec<Invalidation>> {
    let rows: Vec<(Uuid, String, Uuid)> = invalidations::table
        .select((invalidations::id, invalidations::subject_kind, invalidations::subject_id))
        .order(invalidations::id)
        .limit(limit)
        .load(&mut conn)
        .await?;
    let known = |(id, kind, subject): (Uuid, String, Uuid)| Some(Invalidation { id, what: Forget::from_parts(&kind, subject)? });
    Ok(rows.into_iter().filter_map(known).collect())
}

pub async fn delete_invalidations(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<usize> {
    diesel::delete(invalidations::table.filter(invalidations::id.eq_any(ids))).execute(&mut conn).await
}

/// The keys that verify now or will, the oldest first.
pub async fn list_signing_keys(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<Vec<StoredKey>> {
    let rows = signing_keys::table
        .filter(signing_keys::verifies_until.is_null().or(signing_keys::verifies_until.gt(now)))
        .select((signing_keys::kid, signing_keys::secret, signing_keys::signs_from, signing_keys::verifies_until))
        .order((signing_keys::signs_from, signing_keys::kid))
        .load(&mut conn)
        .await?;
    let key = |(kid, secret, signs_from, verifies_until)| StoredKey { kid, secret, signs_from, verifies_until };
    Ok(rows.into_iter().map(key).collect())
}

pub async fn insert_signing_key(mut conn: &Conn, key: &StoredKey, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::kid.eq(&key.kid),
            signing_keys::secret.eq(&key.secret),
            signing_keys::signs_from.eq(key.signs_from),
            signing_keys::created_at.eq(now),
            signing_keys::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Sets the end of the keys that have none yet.
pub async fn retire_signing_keys(mut conn: &Conn, until: DateTime<Utc>, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(signing_keys::table.filter(signing_keys::verifies_until.is_null()))
        .set((signing_keys::verifies_until.eq(until), signing_keys::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Ends all keys.
pub async fn end_signing_keys(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    let good = signing_keys::verifies_until.is_null().or(signing_keys::verifies_until.gt(now));
    diesel::update(signing_keys::table.filter(good))
        .set((signing_keys::verifies_until.eq(now), signing_keys::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

pub async fn delete_expired_signing_keys(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(signing_keys::table.filter(signing_keys::verifies_until.le(now))).execute(&mut conn).await
}

/// Moves the last use of sessions forward. Rows that somebody holds are left for the next time: this waits for nobody.
pub async fn touch_sessions(mut conn: &Conn, ids: &[Uuid], at: &[DateTime<Utc>], now: DateTime<Utc>) -> QueryResult<usize> {
    let touch = constant_sql(
        "WITH free AS (SELECT id FROM sessions WHERE id = ANY($1) FOR UPDATE SKIP LOCKED)
         UPDATE sessions SET last_used_at = used.at, updated_at = $3
         FROM unnest($1, $2) AS used (id, at), free
         WHERE sessions.id = used.id AND free.id = used.id AND sessions.last_used_at < used.at",
    );
    bind_uses(touch, ids, at, now, &mut conn).await
}

/// Notes the use of API keys.
pub async fn touch_api_keys(mut conn: &Conn, ids: &[Uuid], at: &[DateTime<Utc>], now: DateTime<Utc>) -> QueryResult<usize> {
    let touch = constant_sql(
        "WITH free AS (SELECT id FROM api_keys WHERE id = ANY($1) FOR UPDATE SKIP LOCKED)
         UPDATE api_keys SET last_used_at = used.at, updated_at = $3
         FROM unnest($1, $2) AS used (id, at), free
         WHERE api_keys.id = used.id AND free.id = used.id AND coalesce(api_keys.last_used_at < used.at, true)",
    );
    bind_uses(touch, ids, at, now, &mut conn).await
}

async fn bind_uses(
    touch: SqlQuery,
    ids: &[Uuid],
    at: &[DateTime<Utc>],
    now: DateTime<Utc>,
    conn: &mut &Conn,
) -> QueryResult<usize> {
    let touch = touch.bind::<Array<sql_types::Uuid>, _>(ids).bind::<Array<Timestamptz>, _>(at).bind::<Timestamptz, _>(now);
    Cached(touch).execute(conn).await
}

/// The caller's own bookings, the newest first.
pub async fn own_bookings(mut conn: &Conn, reach: &Reach) -> QueryResult<Vec<Uuid>> {
    bookings::table
        .filter(reach.own_bookings())
        .order(bookings::id.desc())
        .limit(MOST_BOOKINGS)
        .select(bookings::id)
        .load(&mut conn)
        .await
}

/// The caller's own bookings, where a list has to add them to the properties in scope: none if it is of one of these.
///
/// They are found before the list is read: no index serves an OR over two tables, so PostgreSQL would read the rows of all hotels
/// in the list's order until it had found as many as may be shown.
pub async fn own_beside_scope(conn: &Conn, reach: &Reach, property_id: Option<Uuid>) -> QueryResult<Vec<Uuid>> {
    let is_in_scope = reach.scope.is_all() || property_id.is_some_and(|id| reach.scope.covers(id));
    if is_in_scope || reach.is_own_only() { Ok(Vec::new()) } else { own_bookings(conn, reach).await }
}
