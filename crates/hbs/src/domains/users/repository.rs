use super::dto::{Place, SortKey, UserFilter, UserSort};
use super::model::{Account, NewAccount, UserStatus};
use crate::plain_text;
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl, mentions};
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Timestamptz};
use hbs_schema::{bookings, role_assignments, roles, users, waitlist_entries};
use std::collections::HashSet;
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

type OfUser = Box<dyn BoxableExpression<users::table, Pg, SqlType = Bool>>;

/// People who are not a scope's alone: they work elsewhere too, have bookings or wait for rooms elsewhere, or nobody knows
/// whether the address is theirs.
fn is_elsewhere(scope: &Scope) -> OfUser {
    let ids = scope.ids();
    let works = role_assignments::table
        .filter(role_assignments::user_id.eq(users::id))
        .filter(role_assignments::property_id.is_null().or(role_assignments::property_id.assume_not_null().ne_all(ids.clone())));
    let books =
        bookings::table.filter(bookings::user_id.eq(users::id.nullable())).filter(bookings::property_id.ne_all(ids.clone()));
    let waits = waitlist_entries::table
        .filter(waitlist_entries::user_id.eq(users::id.nullable()))
        .filter(waitlist_entries::property_id.ne_all(ids));
    let is_unproved = users::password_hash.is_not_null().and(users::email_verified_at.is_null());
    Box::new(exists(works).or(exists(books)).or(exists(waits)).or(is_unproved))
}

/// Of these users those who are not the scope's alone.
pub async fn elsewhere(mut conn: &Conn, scope: &Scope, ids: &[Uuid]) -> QueryResult<HashSet<Uuid>> {
    if scope.is_all() || ids.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<Uuid> =
        users::table.filter(users::id.eq_any(ids)).filter(is_elsewhere(scope)).select(users::id).load(&mut conn).await?;
    Ok(found.into_iter().collect())
}

/// Accounts: with a scope of all everybody's, otherwise of those who have a role within the scope. What is not shown of those
/// who are elsewhere too is not looked for either, nor are they put in order by it.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &UserFilter,
    after: Option<Place>,
    limit: i64,
) -> QueryResult<Vec<Account>> {
    let UserFilter { q, status, role, property_id, sort } = filter;
    let mut query = users::table.filter(not(users::is_deleted)).limit(limit).select(Account::as_select()).into_boxed();
    for word in q.iter().flat_map(|q| plain_text::words(q)) {
        let by_name = mentions(users::full_name.nullable(), word.clone());
        let by_contact = mentions(users::email.nullable(), word.clone()).or(mentions(users::phone, word));
        query = match scope {
            Scope::All => query.filter(by_name.or(by_contact)),
            Scope::Properties(_) => query.filter(by_name.or(by_contact.and(not(is_elsewhere(scope))))),
        };
    }
    if !scope.is_all() && matches!(sort, UserSort::Login | UserSort::LoginLast) {
        query = query.filter(not(is_elsewhere(scope)));
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

/// The id of whom an address belongs to: they have proved it, or were invited by it.
pub async fn owner_of_address(mut conn: &Conn, email: &str) -> QueryResult<Option<Uuid>> {
    users::table
        .filter(users::email.eq(email))
        .filter(not(users::is_deleted))
        .filter(users::email_verified_at.is_not_null().or(users::password_hash.is_null()))
        .select(users::id)
        .first(&mut conn)
        .await
        .optional()
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
