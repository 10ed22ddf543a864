use super::permission::Grants;
use super::principal::{Person, Principal};
use crate::clock::Clock;
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use hbs_schema::{role_assignments, role_permissions, sessions, users};
use uuid::Uuid;

type PersonRow = (DateTime<Utc>, Uuid, String, Option<String>, String, i64, DateTime<Utc>);

/// The person of a session that has neither ended nor been revoked, if the person may still act.
pub async fn find_principal(conn: &Conn, session_id: Uuid, user_id: Uuid) -> QueryResult<Option<Principal>> {
    let (person, grants) = futures_util::try_join!(find_person(conn, session_id, user_id), grants_of(conn, user_id))?;
    Ok(person.map(|(session_expires_at, id, email, phone, full_name, version, created_at)| Principal {
        session_id,
        session_expires_at,
        person: Person { id, email, phone, full_name, version, created_at },
        grants,
    }))
}

async fn find_person(mut conn: &Conn, session_id: Uuid, user_id: Uuid) -> QueryResult<Option<PersonRow>> {
    sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(session_id))
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(Clock::real_now()))
        .filter(users::status.eq("active"))
        .filter(users::is_deleted.eq(false))
        .select((
            sessions::expires_at,
            users::id,
            users::email,
            users::phone,
            users::full_name,
            users::version,
            users::created_at,
        ))
        .first(&mut conn)
        .await
        .optional()
}

/// What a person's roles grant them.
pub async fn grants_of(mut conn: &Conn, user_id: Uuid) -> QueryResult<Grants> {
    let rows: Vec<(String, Option<Uuid>)> = role_assignments::table
        .inner_join(role_permissions::table.on(role_permissions::role_id.eq(role_assignments::role_id)))
        .filter(role_assignments::user_id.eq(user_id))
        .select((role_permissions::permission, role_assignments::property_id))
        .load(&mut conn)
        .await?;
    Ok(rows.into())
}
