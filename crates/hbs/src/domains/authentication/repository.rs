use super::model::{KnownToken, NewRefreshToken, NewSession, NewUser, User};
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use hbs_schema::{refresh_tokens, sessions, users};
use uuid::Uuid;

/// Somebody who may sign in, by e-mail address or phone number.
pub async fn find_active_by_login(mut conn: &Conn, login: &str) -> QueryResult<Option<User>> {
    users::table
        .filter(users::email.eq(login.to_lowercase()).or(users::phone.eq(login)))
        .filter(users::status.eq("active"))
        .filter(users::is_deleted.eq(false))
        .select(User::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn find_active(mut conn: &Conn, id: Uuid) -> QueryResult<Option<User>> {
    users::table
        .find(id)
        .filter(users::status.eq("active"))
        .filter(users::is_deleted.eq(false))
        .select(User::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn email_exists(mut conn: &Conn, email: &str) -> QueryResult<bool> {
    let user = users::table.filter(users::email.eq(email.to_lowercase())).filter(users::is_deleted.eq(false));
    diesel::select(exists(user)).get_result(&mut conn).await
}

pub async fn insert_user(mut conn: &Conn, new: &NewUser<'_>) -> QueryResult<User> {
    diesel::insert_into(users::table).values(new).returning(User::as_returning()).get_result(&mut conn).await
}

pub async fn insert_session(mut conn: &Conn, new: &NewSession) -> QueryResult<usize> {
    diesel::insert_into(sessions::table).values(new).execute(&mut conn).await
}

pub async fn insert_refresh_token(mut conn: &Conn, new: &NewRefreshToken) -> QueryResult<usize> {
    diesel::insert_into(refresh_tokens::table).values(new).execute(&mut conn).await
}

/// A refresh token, used or not. Its session is locked, so that two uses come one after the other.
pub async fn lock_refresh_token(mut conn: &Conn, token_hash: &[u8]) -> QueryResult<Option<KnownToken>> {
    let session = refresh_tokens::table.inner_join(sessions::table).filter(refresh_tokens::token_hash.eq(token_hash)).select((
        sessions::id,
        sessions::user_id,
        refresh_tokens::used_at,
        sessions::expires_at,
        sessions::revoked_at,
    ));
    session.for_update().first(&mut conn).await.optional()
}

pub async fn mark_used(mut conn: &Conn, token_hash: &[u8], now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(refresh_tokens::table.find(token_hash))
        .set((refresh_tokens::used_at.eq(now), refresh_tokens::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

pub async fn touch_session(mut conn: &Conn, id: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(sessions::table.find(id))
        .set((sessions::last_used_at.eq(now), sessions::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Ends a session. 0 if it had ended before.
pub async fn revoke_session(mut conn: &Conn, id: Uuid, reason: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(sessions::table.find(id).filter(sessions::revoked_at.is_null()))
        .set((sessions::revoked_at.eq(now), sessions::revoked_reason.eq(reason), sessions::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}
