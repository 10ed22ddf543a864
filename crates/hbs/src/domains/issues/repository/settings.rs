use crate::domains::issues::dto::CannedAnswerFilter;
use crate::domains::issues::model::{CannedAnswer, CannedAnswerChange, CannedAnswerId, IssueSettings};
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl, mentions};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{canned_answers, issue_settings};
use uuid::Uuid;

/// The settings of a hotel's issues, if it has said any.
pub async fn settings(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<IssueSettings>> {
    issue_settings::table.find(property_id).select(IssueSettings::as_select()).first(&mut conn).await.optional()
}

/// Writes what a hotel says about its issues. Whoever does holds the row of the hotel.
pub async fn put_settings(mut conn: &Conn, row: &IssueSettings) -> QueryResult<usize> {
    diesel::insert_into(issue_settings::table)
        .values(row)
        .on_conflict(issue_settings::property_id)
        .do_update()
        .set(row)
        .execute(&mut conn)
        .await
}

/// Canned answers within the scope, the oldest first.
pub async fn canned_answers(
    mut conn: &Conn,
    scope: &Scope,
    filter: &CannedAnswerFilter,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<CannedAnswer>> {
    let mut query = canned_answers::table
        .filter(not(canned_answers::is_deleted))
        .order(canned_answers::id)
        .limit(limit)
        .select(CannedAnswer::as_select())
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(canned_answers::property_id.eq_any(ids));
    }
    let CannedAnswerFilter { property_id, q } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(canned_answers::property_id.eq(property_id));
    }
    for word in q.iter().flat_map(|q| q.split_whitespace()) {
        query = query.filter(mentions(canned_answers::title.nullable(), word));
    }
    if let Some(after) = after {
        query = query.filter(canned_answers::id.gt(after));
    }
    query.load(&mut conn).await
}

/// A canned answer within the scope.
pub async fn canned_answer(mut conn: &Conn, scope: &Scope, id: CannedAnswerId) -> QueryResult<Option<CannedAnswer>> {
    canned_answers::table
        .filter(canned_answers::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(canned_answers::property_id.eq_any(scope.ids())))
        .filter(not(canned_answers::is_deleted))
        .select(CannedAnswer::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// A canned answer within the scope, locked against other changes.
pub async fn lock_canned_answer(mut conn: &Conn, scope: &Scope, id: CannedAnswerId) -> QueryResult<Option<CannedAnswer>> {
    canned_answers::table
        .filter(canned_answers::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(canned_answers::property_id.eq_any(scope.ids())))
        .filter(not(canned_answers::is_deleted))
        .select(CannedAnswer::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Returns how many canned answers a hotel has.
pub async fn count_canned_answers(mut conn: &Conn, property_id: Uuid) -> QueryResult<i64> {
    canned_answers::table
        .filter(canned_answers::property_id.eq(property_id))
        .filter(not(canned_answers::is_deleted))
        .count()
        .get_result(&mut conn)
        .await
}

pub async fn insert_canned_answer(mut conn: &Conn, new: &CannedAnswer) -> QueryResult<usize> {
    diesel::insert_into(canned_answers::table).values(new).execute(&mut conn).await
}

pub async fn update_canned_answer(
    mut conn: &Conn,
    row: &CannedAnswer,
    change: &CannedAnswerChange,
    now: DateTime<Utc>,
) -> QueryResult<CannedAnswer> {
    diesel::update(canned_answers::table.find((row.property_id, row.id)))
        .set((change, canned_answers::version.eq(canned_answers::version + 1), canned_answers::updated_at.eq(now)))
        .returning(CannedAnswer::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete_canned_answer(mut conn: &Conn, row: &CannedAnswer, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(canned_answers::table.find((row.property_id, row.id)))
        .set((
            canned_answers::is_deleted.eq(true),
            canned_answers::deleted_at.eq(now),
            canned_answers::version.eq(canned_answers::version + 1),
            canned_answers::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}
