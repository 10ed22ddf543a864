use super::dto::{Place, SortKey, UserFilter, UserSort};
use super::model::{Account, NewAccount, UserStatus};
use crate::security::Scope;
use crate::stores::postgres::{Conn, mentions};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use diesel_async::RunQueryDsl;
use hbs_schema::{role_assignments, roles, users};
use uuid::Uuid;

#[diesel::declare_sql_function]
extern "SQL" {
    #[sql_name = "coalesce"]
    fn or_else(time: Nullable<Timestamptz>, otherwise: Timestamptz) -> Timestamptz;
}

/// Orders by a column, then by id, and begins after a place.
macro_rules! ordered {
    ($query:expr, $column:expr, asc, $after:expr) => {{
        let query = $query.order(($column.asc(), users::id.asc()));
        match $after {
            Some((at, id)) => query.filter($column.gt(at.clone()).or($column.eq(at).and(users::id.gt(id)))),
            None => query,
        }
    }};
    ($query:expr, $column:expr, desc, $after:expr) => {{
        let query = $query.order(($column.desc(), users::id.desc()));
        match $after {
            Some((at, id)) => query.filter($column.lt(at.clone()).or($column.eq(at).and(users::id.lt(id)))),
            None => query,
        }
    }};
}

/// Accounts: with a scope of all everybody's, otherwise of those who have a role within the scope.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &UserFilter,
    after: Option<Place>,
    limit: i64,
) -> QueryResult<Vec<Account>> {
    let UserFilter { q, status, role, property_id, sort } = filter;
    let mut query = users::table.filter(not(users::is_deleted)).limit(limit).select(Account::as_select()).into_boxed();
    if let Some(q) = q {
        let by_name = mentions(users::full_name.nullable(), q).or(mentions(users::email.nullable(), q));
        query = query.filter(by_name.or(mentions(users::phone, q)));
    }
    if let Some(status) = status {
        query = query.filter(users::status.eq(status));
    }
    if !scope.is_all() || role.is_some() || property_id.is_some() {
        let mut held = role_assignments::table.inner_join(roles::table).select(role_assignments::user_id).into_boxed();
        if !scope.is_all() {
            held = held.filter(role_assignments::property_id.eq_any(scope.ids()));
        }
        if let Some(role) = role {
            held = held.filter(roles::code.eq(role));
        }
        if let Some(property_id) = property_id {
            held = held.filter(role_assignments::property_id.eq(property_id));
        }
        query = query.filter(users::id.eq_any(held));
    }
    let (time, name) = match after {
        Some(Place { at: SortKey::Time(at), id, .. }) => (Some((at, id)), None),
        Some(Place { at: SortKey::Name(at), id, .. }) => (None, Some((at, id))),
        None => (None, None),
    };
    let login = || or_else(users::last_login_at, DateTime::UNIX_EPOCH);
    let query = match sort {
        UserSort::Created => ordered!(query, users::created_at, asc, time),
        UserSort::CreatedLast => ordered!(query, users::created_at, desc, time),
        UserSort::Name => ordered!(query, users::full_name, asc, name),
        UserSort::NameLast => ordered!(query, users::full_name, desc, name),
        UserSort::Login => ordered!(query, login(), asc, time),
        UserSort::LoginLast => ordered!(query, login(), desc, time),
    };
    query.load(&mut conn).await
}

pub async fn find(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Account>> {
    users::table.find(id).filter(not(users::is_deleted)).select(Account::as_select()).first(&mut conn).await.optional()
}

/// An account, locked against other changes and against being given a role.
pub async fn lock(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Account>> {
    users::table
        .find(id)
        .filter(not(users::is_deleted))
        .select(Account::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert(mut conn: &Conn, new: &NewAccount<'_>) -> QueryResult<Account> {
    diesel::insert_into(users::table).values(new).returning(Account::as_returning()).get_result(&mut conn).await
}

pub async fn suspend(mut conn: &Conn, id: Uuid, reason: &str, now: DateTime<Utc>) -> QueryResult<Account> {
    diesel::update(users::table.find(id))
        .set((
            users::status.eq(UserStatus::Suspended),
            users::suspended_at.eq(now),
            users::suspended_reason.eq(reason),
            users::version.eq(users::version + 1),
            users::updated_at.eq(now),
        ))
        .returning(Account::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn reactivate(mut conn: &Conn, id: Uuid, status: UserStatus, now: DateTime<Utc>) -> QueryResult<Account> {
    diesel::update(users::table.find(id))
        .set((
            users::status.eq(status),
            users::suspended_at.eq(None::<DateTime<Utc>>),
            users::suspended_reason.eq(None::<String>),
            users::version.eq(users::version + 1),
            users::updated_at.eq(now),
        ))
        .returning(Account::as_returning())
        .get_result(&mut conn)
        .await
}

/// Marks an account as deleted, which frees its e-mail address and phone number.
pub async fn delete(mut conn: &Conn, id: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(users::table.find(id))
        .set((
            users::is_deleted.eq(true),
            users::deleted_at.eq(now),
            users::version.eq(users::version + 1),
            users::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}
