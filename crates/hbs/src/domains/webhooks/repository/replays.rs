use crate::domains::webhooks::model::{Replay, WebhookId};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use hbs_schema::webhook_replays;

pub async fn insert_replay(mut conn: &Conn, new: &Replay) -> QueryResult<usize> {
    diesel::insert_into(webhook_replays::table).values(new).execute(&mut conn).await
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = SqlUuid)]
    webhook_id: WebhookId,
}

/// The replay that was served longest ago, of a webhook for which fewer than so many of its events wait. It is locked; those
/// that another process is at are passed over.
pub async fn lock_next_replay(mut conn: &Conn, most_waiting: i64) -> QueryResult<Option<Replay>> {
    let query = constant_sql(
        "SELECT r.webhook_id FROM webhook_replays r JOIN webhooks w ON w.id = r.webhook_id AND w.is_enabled AND NOT w.is_deleted \
         WHERE (SELECT count(*) FROM (SELECT FROM webhook_deliveries d WHERE d.webhook_id = r.webhook_id \
                AND d.state = 'pending' AND d.is_replay LIMIT $1) waiting) < $1 \
         ORDER BY r.updated_at, r.webhook_id LIMIT 1 FOR UPDATE OF r SKIP LOCKED",
    );
    let next: Option<Next> = Cached(query.bind::<BigInt, _>(most_waiting)).get_result(&mut conn).await.optional()?;
    let Some(Next { webhook_id }) = next else { return Ok(None) };
    webhook_replays::table.find(webhook_id).select(Replay::as_select()).first(&mut conn).await.optional()
}

pub async fn advance(mut conn: &Conn, row: &Replay, position: i64, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(webhook_replays::table.find(row.webhook_id))
        .set((webhook_replays::after_position.eq(position), webhook_replays::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

pub async fn delete_replay(mut conn: &Conn, id: WebhookId) -> QueryResult<usize> {
    diesel::delete(webhook_replays::table.find(id)).execute(&mut conn).await
}

/// Ends a replay, and returns how far it has come; none if there is none.
pub async fn end_replay(mut conn: &Conn, id: WebhookId) -> QueryResult<Option<Replay>> {
    diesel::delete(webhook_replays::table.find(id)).returning(Replay::as_returning()).get_result(&mut conn).await.optional()
}
