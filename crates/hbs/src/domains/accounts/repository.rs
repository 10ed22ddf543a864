use super::dto::BusinessAccountFilter;
use super::model::{AccountChange, BusinessAccount};
use crate::money::Currency;
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl, has_words};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{accounts, properties};
use uuid::Uuid;

pub async fn find(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<(BusinessAccount, Currency)>> {
    accounts::table
        .inner_join(properties::table)
        .filter(accounts::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(accounts::property_id.eq_any(scope.ids())))
        .select((BusinessAccount::as_select(), properties::currency))
        .first(&mut conn)
        .await
        .optional()
}

/// An account of a hotel.
pub async fn find_in(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<BusinessAccount>> {
    accounts::table.find((property_id, id)).select(BusinessAccount::as_select()).first(&mut conn).await.optional()
}

/// An account of a hotel, which nobody changes meanwhile.
pub async fn share(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<BusinessAccount>> {
    let row = accounts::table.find((property_id, id)).select(BusinessAccount::as_select());
    row.for_share().first(&mut conn).await.optional()
}

/// The account, locked against other changes.
pub async fn lock(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<BusinessAccount>> {
    let row = accounts::table.find((property_id, id)).select(BusinessAccount::as_select());
    row.for_no_key_update().first(&mut conn).await.optional()
}

/// Accounts within the scope, newest first. `after` is the last id seen.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &BusinessAccountFilter,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<(BusinessAccount, Currency)>> {
    let mut query = accounts::table
        .inner_join(properties::table)
        .order(accounts::id.desc())
        .limit(limit)
        .select((BusinessAccount::as_select(), properties::currency))
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(accounts::property_id.eq_any(ids));
    }
    let BusinessAccountFilter { property_id, kind, is_active, q } = filter;
    if let Some(property_id) = property_id.or(scope.only()) {
        query = query.filter(accounts::property_id.eq(property_id));
    }
    if let Some(kind) = kind {
        query = query.filter(accounts::kind.eq(kind));
    }
    if let Some(is_active) = is_active {
        query = query.filter(accounts::is_active.eq(is_active));
    }
    if let Some(q) = q {
        query = query.filter(has_words(accounts::search_text, q));
    }
    if let Some(after) = after {
        query = query.filter(accounts::id.lt(after));
    }
    query.load(&mut conn).await
}

pub async fn insert(mut conn: &Conn, new: &BusinessAccount) -> QueryResult<usize> {
    diesel::insert_into(accounts::table).values(new).execute(&mut conn).await
}

pub async fn update(
    mut conn: &Conn,
    row: &BusinessAccount,
    change: AccountChange,
    now: DateTime<Utc>,
) -> QueryResult<BusinessAccount> {
    diesel::update(accounts::table.find((row.property_id, row.id)))
        .set((change, accounts::version.eq(accounts::version + 1), accounts::updated_at.eq(now)))
        .returning(BusinessAccount::as_returning())
        .get_result(&mut conn)
        .await
}

/// Removes an account that nothing refers to.
pub async fn delete(mut conn: &Conn, row: &BusinessAccount) -> QueryResult<usize> {
    diesel::delete(accounts::table.find((row.property_id, row.id))).execute(&mut conn).await
}
