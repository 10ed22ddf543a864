use crate::domains::notifications::dto::BroadcastFilter;
use crate::domains::notifications::model::{Broadcast, BroadcastId, BroadcastStatus};
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::notification_broadcasts;

/// Broadcasts within the scope, the newest first.
pub async fn list_broadcasts(
    mut conn: &Conn,
    scope: &Scope,
    filter: &BroadcastFilter,
    before: Option<BroadcastId>,
    limit: i64,
) -> QueryResult<Vec<Broadcast>> {
    let mut query = notification_broadcasts::table
        .order(notification_broadcasts::id.desc())
        .limit(limit)
        .select(Broadcast::as_select())
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(notification_broadcasts::property_id.eq_any(ids));
    }
    if let Some(property_id) = filter.property_id {
        query = query.filter(notification_broadcasts::property_id.eq(property_id));
    }
    if let Some(status) = filter.status {
        query = query.filter(notification_broadcasts::status.eq(status));
    }
    if let Some(before) = before {
        query = query.filter(notification_broadcasts::id.lt(before));
    }
    query.load(&mut conn).await
}

pub async fn find_broadcast(mut conn: &Conn, scope: &Scope, id: BroadcastId) -> QueryResult<Option<Broadcast>> {
    notification_broadcasts::table
        .filter(notification_broadcasts::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(notification_broadcasts::property_id.eq_any(scope.ids())))
        .select(Broadcast::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// A broadcast within the scope, locked: it goes out or is cancelled, one of both.
pub async fn lock_broadcast(mut conn: &Conn, scope: &Scope, id: BroadcastId) -> QueryResult<Option<Broadcast>> {
    notification_broadcasts::table
        .filter(notification_broadcasts::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(notification_broadcasts::property_id.eq_any(scope.ids())))
        .select(Broadcast::as_select())
        .for_update()
        .first(&mut conn)
        .await
        .optional()
}

/// The broadcasts that are to go out by now.
pub async fn due_broadcasts(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<Vec<BroadcastId>> {
    notification_broadcasts::table
        .filter(notification_broadcasts::status.eq(BroadcastStatus::Scheduled))
        .filter(notification_broadcasts::send_at.le(now))
        .order(notification_broadcasts::send_at)
        .select(notification_broadcasts::id)
        .load(&mut conn)
        .await
}

pub async fn insert_broadcast(mut conn: &Conn, new: &Broadcast) -> QueryResult<usize> {
    diesel::insert_into(notification_broadcasts::table).values(new).execute(&mut conn).await
}

/// Writes what has become of a broadcast: `sent` has the numbers of people and of guests without an account.
pub async fn update_broadcast(
    mut conn: &Conn,
    row: &Broadcast,
    status: BroadcastStatus,
    sent: Option<(i32, i32)>,
    now: DateTime<Utc>,
) -> QueryResult<Broadcast> {
    diesel::update(notification_broadcasts::table.find((row.property_id, row.id)))
        .set((
            notification_broadcasts::status.eq(status),
            notification_broadcasts::people.eq(sent.map(|(people, _)| people)),
            notification_broadcasts::guests.eq(sent.map(|(_, guests)| guests)),
            notification_broadcasts::sent_at.eq(sent.map(|_| now)),
            notification_broadcasts::version.eq(notification_broadcasts::version + 1),
            notification_broadcasts::updated_at.eq(now),
        ))
        .returning(Broadcast::as_returning())
        .get_result(&mut conn)
        .await
}
