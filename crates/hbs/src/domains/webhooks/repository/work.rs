//! Queries of a worker: for a webhook that is its own for a while, and what is due for it.
use crate::domains::webhooks::model::{Delivery, Webhook, WebhookId};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, as_indexed, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::query_builder::SqlQuery;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{webhook_deliveries, webhooks};
use uuid::Uuid;

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = SqlUuid)]
    id: WebhookId,
}

/// Claims webhooks `w` of which a condition holds, those that were served longest ago first.
macro_rules! claim_where {
    ($condition:literal) => {
        constant_sql(concat!(
            "WITH free AS MATERIALIZED ( \
                 SELECT w.id FROM webhooks w \
                 WHERE w.is_enabled AND NOT w.is_deleted AND (w.claimed_until IS NULL OR w.claimed_until <= $2) AND ",
            $condition,
            " ORDER BY w.last_claimed_at NULLS FIRST LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED) \
             UPDATE webhooks SET claimed_by = $1, claimed_until = $3, last_claimed_at = $2 \
             FROM free WHERE webhooks.id = free.id RETURNING webhooks.id"
        ))
    };
}

/// Claims webhooks that work, were not slow in their last round and have something new due, those that were served longest ago
/// first.
pub async fn claim_live(
    conn: &Conn,
    worker: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<WebhookId>> {
    let claimable = claim_where!(
        "w.failing_since IS NULL AND NOT w.is_slow \
         AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending' \
                     AND NOT d.is_replay AND d.due_at <= $2)"
    );
    claim(conn, claimable, worker, now, until, limit).await
}

/// Claims webhooks that fail, those that are slow, and those that have only a replay due, in the same order.
pub async fn claim_background(
    conn: &Conn,
    worker: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<WebhookId>> {
    let claimable = claim_where!(
        "(EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending' \
                  AND d.is_replay AND d.due_at <= $2) \
          OR (w.failing_since IS NOT NULL OR w.is_slow) \
          AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending' \
                      AND NOT d.is_replay AND d.due_at <= $2))"
    );
    claim(conn, claimable, worker, now, until, limit).await
}

async fn claim(
    mut conn: &Conn,
    statement: SqlQuery,
    worker: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<WebhookId>> {
    let statement =
        statement.bind::<SqlUuid, _>(worker).bind::<Timestamptz, _>(now).bind::<Timestamptz, _>(until).bind::<BigInt, _>(limit);
    let rows: Vec<Claimed> = Cached(statement).load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Prolongs a claim, and locks the webhook. None, if it is somebody else's by now, disabled or deleted.
pub async fn hold(mut conn: &Conn, id: WebhookId, worker: Uuid, until: DateTime<Utc>) -> QueryResult<Option<Webhook>> {
    let own = webhooks::table.find(id).filter(webhooks::claimed_by.eq(worker));
    let hold = diesel::update(own.filter(webhooks::is_enabled).filter(not(webhooks::is_deleted)))
        .set(webhooks::claimed_until.eq(until))
        .returning(Webhook::as_returning());
    Cached(hold).get_result(&mut conn).await.optional()
}

/// Ends a claim, and notes whether the last round of it was slow; what is known stays where there was none.
pub async fn release(mut conn: &Conn, id: WebhookId, worker: Uuid, is_slow: Option<bool>) -> QueryResult<usize> {
    let release = diesel::update(webhooks::table.find(id).filter(webhooks::claimed_by.eq(worker))).set((
        webhooks::claimed_by.eq(None::<Uuid>),
        webhooks::claimed_until.eq(None::<DateTime<Utc>>),
        is_slow.map(|is_slow| webhooks::is_slow.eq(is_slow)),
    ));
    Cached(release).execute(&mut conn).await
}

/// Deliveries that are due for a webhook, of what happens now or of a replay, the oldest first.
pub async fn due(mut conn: &Conn, id: WebhookId, is_replay: bool, now: DateTime<Utc>, limit: i64) -> QueryResult<Vec<Delivery>> {
    let due = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(id))
        .filter(as_indexed("state = 'pending'"))
        .filter(webhook_deliveries::is_replay.eq(is_replay))
        .filter(webhook_deliveries::due_at.le(now))
        .order((webhook_deliveries::due_at, webhook_deliveries::sequence))
        .limit(limit)
        .select(Delivery::as_select());
    Cached(due).load(&mut conn).await
}
