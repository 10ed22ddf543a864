use crate::domains::issues::model::{IssueView, IssueViewId};
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::issue_views;
use uuid::Uuid;

/// Saved filters of somebody, and those that are shared, within the scope.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    user_id: Uuid,
    property_id: Option<Uuid>,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<IssueView>> {
    let mut query = issue_views::table
        .filter(issue_views::is_shared.or(issue_views::user_id.eq(user_id)))
        .order(issue_views::id)
        .limit(limit)
        .select(IssueView::as_select())
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(issue_views::property_id.eq_any(ids));
    }
    if let Some(property_id) = property_id {
        query = query.filter(issue_views::property_id.eq(property_id));
    }
    if let Some(after) = after {
        query = query.filter(issue_views::id.gt(after));
    }
    query.load(&mut conn).await
}

/// A saved filter within the scope that somebody may see.
pub async fn find(mut conn: &Conn, scope: &Scope, user_id: Uuid, id: IssueViewId) -> QueryResult<Option<IssueView>> {
    issue_views::table
        .filter(issue_views::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(issue_views::property_id.eq_any(scope.ids())))
        .filter(issue_views::is_shared.or(issue_views::user_id.eq(user_id)))
        .select(IssueView::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Returns how many filters somebody has saved at a hotel.
pub async fn count(mut conn: &Conn, property_id: Uuid, user_id: Uuid) -> QueryResult<i64> {
    issue_views::table
        .filter(issue_views::property_id.eq(property_id))
        .filter(issue_views::user_id.eq(user_id))
        .count()
        .get_result(&mut conn)
        .await
}

pub async fn insert(mut conn: &Conn, new: &IssueView) -> QueryResult<usize> {
    diesel::insert_into(issue_views::table).values(new).execute(&mut conn).await
}

/// Removes a filter. Nothing refers to it.
pub async fn delete(mut conn: &Conn, row: &IssueView) -> QueryResult<usize> {
    diesel::delete(issue_views::table.find((row.property_id, row.id))).execute(&mut conn).await
}
