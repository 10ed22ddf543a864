use crate::domains::webhooks::dto::WebhookDeliveryFilter;
use crate::domains::webhooks::model::{Attempt, Delivery, DeliveryProgress, DeliveryState, Waiting, WebhookId};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::webhook_deliveries;
use std::collections::HashMap;
use uuid::Uuid;

/// Events as messages, column by column.
#[derive(Debug, Default)]
pub struct Messages {
    pub event_ids: Vec<Uuid>,
    pub stream_ids: Vec<Uuid>,
    pub kinds: Vec<String>,
    pub entity_ids: Vec<Uuid>,
    pub sequences: Vec<i64>,
    pub bodies: Vec<String>,
}

/// Makes a delivery of each event for each webhook that is told of it: those of its property and of all, enabled, since they
/// were made, of kinds that they want. No webhook is told of its own changes but by a test, which it alone is told of. Events
/// that come again are there already. Returns how many deliveries were made.
pub async fn enqueue(mut conn: &Conn, messages: &Messages, now: DateTime<Utc>) -> QueryResult<usize> {
    let insert = constant_sql(
        "INSERT INTO webhook_deliveries \
             (webhook_id, event_id, kind, sequence, body, state, is_replay, due_at, created_at, updated_at) \
         SELECT w.id, e.event_id, e.kind, e.sequence, e.body, 'pending', false, $7, $7, $7 \
         FROM unnest($1, $2, $3, $4, $5, $6) AS e (event_id, stream_id, kind, entity_id, sequence, body) \
         JOIN webhooks w ON w.is_enabled AND NOT w.is_deleted AND w.from_position < e.sequence \
             AND (w.property_id IS NULL OR w.property_id = e.stream_id) \
             AND CASE WHEN e.kind = 'webhook.test' THEN w.id = e.entity_id \
                 ELSE w.id <> e.entity_id AND (cardinality(w.kinds) = 0 OR e.kind = ANY (w.kinds) \
                      OR split_part(e.kind, '.', 1) || '.*' = ANY (w.kinds)) END \
         ON CONFLICT (webhook_id, event_id) DO NOTHING",
    );
    let Messages { event_ids, stream_ids, kinds, entity_ids, sequences, bodies } = messages;
    let insert = insert
        .bind::<Array<SqlUuid>, _>(event_ids)
        .bind::<Array<SqlUuid>, _>(stream_ids)
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<SqlUuid>, _>(entity_ids)
        .bind::<Array<BigInt>, _>(sequences)
        .bind::<Array<Text>, _>(bodies)
        .bind::<Timestamptz, _>(now);
    Cached(insert).execute(&mut conn).await
}

/// Makes deliveries of events for one webhook, to be sent after what happens now. What waits already goes on waiting as it is.
pub async fn enqueue_again(mut conn: &Conn, id: WebhookId, messages: &Messages, now: DateTime<Utc>) -> QueryResult<usize> {
    let insert = constant_sql(
        "INSERT INTO webhook_deliveries \
             (webhook_id, event_id, kind, sequence, body, state, is_replay, due_at, created_at, updated_at) \
         SELECT w.id, e.event_id, e.kind, e.sequence, e.body, 'pending', true, $7, $7, $7 \
         FROM unnest($1, $2, $3, $4, $5, $6) AS e (event_id, stream_id, kind, entity_id, sequence, body) \
         JOIN webhooks w ON w.id = $8 AND (w.property_id IS NULL OR w.property_id = e.stream_id) AND w.id <> e.entity_id \
             AND (cardinality(w.kinds) = 0 OR e.kind = ANY (w.kinds) OR split_part(e.kind, '.', 1) || '.*' = ANY (w.kinds)) \
         WHERE e.kind <> 'webhook.test' \
         ON CONFLICT (webhook_id, event_id) DO UPDATE \
             SET state = 'pending', is_replay = true, tries = 0, due_at = excluded.due_at, updated_at = excluded.updated_at \
             WHERE webhook_deliveries.state <> 'pending'",
    );
    let Messages { event_ids, stream_ids, kinds, entity_ids, sequences, bodies } = messages;
    let insert = insert
        .bind::<Array<SqlUuid>, _>(event_ids)
        .bind::<Array<SqlUuid>, _>(stream_ids)
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<SqlUuid>, _>(entity_ids)
        .bind::<Array<BigInt>, _>(sequences)
        .bind::<Array<Text>, _>(bodies)
        .bind::<Timestamptz, _>(now)
        .bind::<SqlUuid, _>(Uuid::from(id));
    Cached(insert).execute(&mut conn).await
}

/// Deliveries of a webhook, the latest events first. `before` is the sequence seen last.
pub async fn list_deliveries(
    mut conn: &Conn,
    id: WebhookId,
    filter: &WebhookDeliveryFilter,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<Delivery>> {
    let mut query = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(id))
        .order(webhook_deliveries::sequence.desc())
        .limit(limit)
        .select(Delivery::as_select())
        .into_boxed();
    let WebhookDeliveryFilter { state, kind } = filter;
    if let Some(state) = state {
        query = query.filter(webhook_deliveries::state.eq(state));
    }
    if let Some(kind) = kind {
        query = query.filter(webhook_deliveries::kind.eq(kind));
    }
    if let Some(before) = before {
        query = query.filter(webhook_deliveries::sequence.lt(before));
    }
    query.load(&mut conn).await
}

pub async fn lock_delivery(mut conn: &Conn, id: WebhookId, event_id: Uuid) -> QueryResult<Option<Delivery>> {
    webhook_deliveries::table
        .find((id, event_id))
        .select(Delivery::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Deliveries of some events to a webhook, locked in the order in which replays lock them.
pub async fn lock_deliveries(mut conn: &Conn, id: WebhookId, event_ids: &[Uuid]) -> QueryResult<Vec<Delivery>> {
    webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(id))
        .filter(webhook_deliveries::event_id.eq_any(event_ids))
        .order(webhook_deliveries::sequence)
        .select(Delivery::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Writes what came of attempts of a round, in one statement.
pub async fn set_progress(mut conn: &Conn, id: WebhookId, progress: &[DeliveryProgress]) -> QueryResult<usize> {
    let update = constant_sql(
        "UPDATE webhook_deliveries d SET state = new.state, attempts = new.attempts, tries = new.tries, due_at = new.due_at, \
             delivered_at = new.delivered_at, updated_at = new.updated_at \
         FROM unnest($2, $3, $4, $5, $6, $7, $8) AS new (event_id, state, attempts, tries, due_at, delivered_at, updated_at) \
         WHERE d.webhook_id = $1 AND d.event_id = new.event_id",
    );
    let update = update
        .bind::<SqlUuid, _>(Uuid::from(id))
        .bind::<Array<SqlUuid>, _>(column(progress, |row| row.event_id))
        .bind::<Array<Text>, _>(column(progress, |row| row.state.as_str()))
        .bind::<Array<Integer>, _>(column(progress, |row| row.attempts))
        .bind::<Array<Integer>, _>(column(progress, |row| row.tries))
        .bind::<Array<Nullable<Timestamptz>>, _>(column(progress, |row| row.due_at))
        .bind::<Array<Nullable<Timestamptz>>, _>(column(progress, |row| row.delivered_at))
        .bind::<Array<Timestamptz>, _>(column(progress, |row| row.updated_at));
    Cached(update).execute(&mut conn).await
}

/// One column of some rows.
fn column<'a, R, T>(rows: &'a [R], of: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

/// Lets a delivery be sent again, from its first attempt on.
pub async fn begin_anew(mut conn: &Conn, row: &Delivery, now: DateTime<Utc>) -> QueryResult<Delivery> {
    diesel::update(webhook_deliveries::table.find((row.webhook_id, row.event_id)))
        .set((
            webhook_deliveries::state.eq(DeliveryState::Pending),
            webhook_deliveries::is_replay.eq(false),
            webhook_deliveries::tries.eq(0),
            webhook_deliveries::due_at.eq(now),
            webhook_deliveries::updated_at.eq(now),
        ))
        .returning(Delivery::as_returning())
        .get_result(&mut conn)
        .await
}

/// Takes back what a replay has put among the deliveries of a webhook and not sent yet. Returns how many those are.
pub async fn withdraw_replayed(mut conn: &Conn, id: WebhookId, now: DateTime<Utc>) -> QueryResult<usize> {
    let update = constant_sql(
        "UPDATE webhook_deliveries SET due_at = NULL, updated_at = $2, state = CASE \
             WHEN delivered_at IS NOT NULL THEN 'delivered' WHEN attempts > 0 THEN 'failed' ELSE 'cancelled' END \
         WHERE webhook_id = $1 AND state = 'pending' AND is_replay",
    );
    Cached(update.bind::<SqlUuid, _>(Uuid::from(id)).bind::<Timestamptz, _>(now)).execute(&mut conn).await
}

/// Adds attempts of a round, in one statement.
pub async fn insert_attempts(mut conn: &Conn, id: WebhookId, new: &[Attempt]) -> QueryResult<usize> {
    let insert = constant_sql(
        "INSERT INTO webhook_attempts (webhook_id, event_id, number, attempted_at, duration_ms, status, error, response_body) \
         SELECT $1, new.* FROM unnest($2, $3, $4, $5, $6, $7, $8) \
             AS new (event_id, number, attempted_at, duration_ms, status, error, response_body)",
    );
    let insert = insert
        .bind::<SqlUuid, _>(Uuid::from(id))
        .bind::<Array<SqlUuid>, _>(column(new, |row| row.event_id))
        .bind::<Array<Integer>, _>(column(new, |row| row.number))
        .bind::<Array<Timestamptz>, _>(column(new, |row| row.attempted_at))
        .bind::<Array<Integer>, _>(column(new, |row| row.duration_ms))
        .bind::<Array<Nullable<Integer>>, _>(column(new, |row| row.status))
        .bind::<Array<Nullable<Text>>, _>(column(new, |row| row.error.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(column(new, |row| row.response_body.as_deref()));
    Cached(insert).execute(&mut conn).await
}

#[derive(QueryableByName)]
struct AttemptRow {
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Timestamptz)]
    attempted_at: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    duration_ms: i32,
    #[diesel(sql_type = Nullable<Integer>)]
    status: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    error: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    response_body: Option<String>,
}

/// The last attempts of some deliveries of a webhook, the newest first, at most so many of each.
pub async fn attempts_of(mut conn: &Conn, id: WebhookId, event_ids: &[Uuid], most: i64) -> QueryResult<Vec<Attempt>> {
    let query = constant_sql(
        "SELECT a.event_id, a.number, a.attempted_at, a.duration_ms, a.status, a.error, a.response_body \
         FROM unnest($2) AS d (event_id) CROSS JOIN LATERAL ( \
             SELECT * FROM webhook_attempts WHERE webhook_id = $1 AND event_id = d.event_id ORDER BY number DESC LIMIT $3) a \
         ORDER BY a.event_id, a.number DESC",
    );
    let query = query.bind::<SqlUuid, _>(Uuid::from(id)).bind::<Array<SqlUuid>, _>(event_ids).bind::<BigInt, _>(most);
    let rows: Vec<AttemptRow> = Cached(query).load(&mut conn).await?;
    let attempt = |row| {
        let AttemptRow { event_id, number, attempted_at, duration_ms, status, error, response_body } = row;
        Attempt { event_id, number, attempted_at, duration_ms, status, error, response_body }
    };
    Ok(rows.into_iter().map(attempt).collect())
}

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(sql_type = SqlUuid)]
    webhook_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pending: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    oldest_due_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    is_replaying: bool,
}

/// Returns what waits for some webhooks.
pub async fn waiting(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, Waiting>> {
    let query = constant_sql(
        "SELECT w.id AS webhook_id, waiting.pending, least(live.due_at, replayed.due_at) AS oldest_due_at, \
                EXISTS (SELECT FROM webhook_replays r WHERE r.webhook_id = w.id) OR replayed.due_at IS NOT NULL AS is_replaying \
         FROM unnest($1) AS w (id) \
         CROSS JOIN LATERAL (SELECT count(*) AS pending FROM ( \
             SELECT FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending' LIMIT 10000) capped) waiting \
         CROSS JOIN LATERAL (SELECT min(d.due_at) AS due_at FROM webhook_deliveries d \
             WHERE d.webhook_id = w.id AND d.state = 'pending' AND NOT d.is_replay) live \
         CROSS JOIN LATERAL (SELECT min(d.due_at) AS due_at FROM webhook_deliveries d \
             WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.is_replay) replayed",
    );
    let rows: Vec<WaitingRow> = Cached(query.bind::<Array<SqlUuid>, _>(ids)).load(&mut conn).await?;
    let of = |row| {
        let WaitingRow { webhook_id, pending, oldest_due_at, is_replaying } = row;
        (webhook_id, Waiting { pending, oldest_due_at, is_replaying })
    };
    Ok(rows.into_iter().map(of).collect())
}

/// Work that is due for all webhooks that are enabled.
#[derive(Debug, Clone, QueryableByName)]
pub struct Measured {
    /// Events that wait, their next attempts included.
    #[diesel(sql_type = BigInt)]
    pub pending: i64,
    /// The oldest of those that have never been tried and are no replay, of webhooks that neither fail nor are slow: by it one
    /// sees whether sending keeps up.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub oldest_due_at: Option<DateTime<Utc>>,
}

/// Counts what waits, for metrics.
pub async fn measure(mut conn: &Conn) -> QueryResult<Measured> {
    let query = constant_sql(
        "SELECT count(*) AS pending, \
                min(d.due_at) FILTER (WHERE d.tries = 0 AND NOT d.is_replay AND w.failing_since IS NULL AND NOT w.is_slow) \
                    AS oldest_due_at \
         FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id AND w.is_enabled AND NOT w.is_deleted \
         WHERE d.state = 'pending'",
    );
    Cached(query).get_result(&mut conn).await
}

/// Forgets some deliveries, with their attempts: those that have not changed since an instant, and those of webhooks that are
/// deleted. What somebody is at is left for another time. Returns how many.
pub async fn sweep_deliveries(mut conn: &Conn, before: DateTime<Utc>, limit: i64) -> QueryResult<usize> {
    let delete = constant_sql(
        "WITH aged AS MATERIALIZED ( \
             SELECT webhook_id, event_id FROM webhook_deliveries WHERE updated_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED), \
         orphaned AS MATERIALIZED ( \
             SELECT o.webhook_id, o.event_id FROM webhooks w JOIN webhook_deliveries o ON o.webhook_id = w.id \
             WHERE w.is_deleted LIMIT $2 FOR UPDATE OF o SKIP LOCKED) \
         DELETE FROM webhook_deliveries d USING (SELECT * FROM aged UNION ALL SELECT * FROM orphaned) old \
         WHERE d.webhook_id = old.webhook_id AND d.event_id = old.event_id",
    );
    Cached(delete.bind::<Timestamptz, _>(before).bind::<BigInt, _>(limit)).execute(&mut conn).await
}
