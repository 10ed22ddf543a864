//! Retention: events that nobody here needs any more leave the outbox, from its front.
//!
//! An event stays for as long as somebody has not seen it, or no checkpoint covers it. Those that tell of lines of folios go to
//! `outbox_kept`, since the ledger is compared with them. Of each chain the place of the last one that left is kept, from which
//! the chain is verified on. The newest event stays always: the next position follows from it.
use super::event::ActorKind;
use super::repository::{self, Numbered, Published};
use super::{chain, relay, sinks};
use crate::app::App;
use crate::stores::postgres::RunQueryDsl;
use crate::stores::postgres::{Cached, Conn, constant_sql, try_lead};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel::dsl::min;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::AsyncConnection;
use hbs_schema::{outbox_kept, outbox_sinks};
use uuid::Uuid;

const BATCH: i64 = 1000;

/// Outcome of an attempt to remove a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Number of events that left; fewer than there may be at most if no more are to leave.
    Left(usize),
    /// The relay was at work: try again.
    Busy,
}

impl Removal {
    /// Returns `true` if there may be more to remove.
    pub fn goes_on(self) -> bool {
        match self {
            Self::Left(events) => i64::try_from(events).is_ok_and(|events| events == BATCH),
            Self::Busy => true,
        }
    }
}

/// Removes a batch of the oldest events: of before an instant, up to a position that a checkpoint covers, and seen by all.
pub async fn remove_batch(app: &App, covered: i64, before: DateTime<Utc>) -> Result<Removal> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        // The relay writes the heads of several chains in no order: at the same time, the two could wait for each other.
        if !try_lead(conn, relay::LOCK).await? {
            return Ok(Removal::Busy);
        }
        let (last, seen) = futures_util::try_join!(repository::last_position(conn), seen_by_all(conn))?;
        let until = covered.min(seen).min(last - 1);
        Ok::<_, Error>(Removal::Left(remove(conn, until, before).await?))
    })
    .await
}

/// Returns the position up to which every sink and consumer has seen all; 0 if a sink has not begun.
async fn seen_by_all(mut conn: &Conn) -> QueryResult<i64> {
    let names: Vec<String> = outbox_sinks::table.select(outbox_sinks::name).load(&mut conn).await?;
    if sinks::ALL.iter().any(|sink| names.iter().all(|name| name != sink.name)) {
        return Ok(0);
    }
    let least: Option<i64> = outbox_sinks::table.select(min(outbox_sinks::position)).get_result(&mut conn).await?;
    Ok(least.unwrap_or(0))
}

/// Takes the oldest events away up to a position, but none from the first one on that is not old enough.
async fn remove(mut conn: &Conn, until: i64, before: DateTime<Utc>) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        events: i64,
    }
    let statement = constant_sql(
        "WITH oldest AS ( \
             SELECT position, occurred_at FROM outbox WHERE position <= $1 ORDER BY position LIMIT $3), \
         span AS ( \
             SELECT min(position) AS first, \
                    coalesce(min(position) FILTER (WHERE occurred_at >= $2), max(position) + 1) AS next FROM oldest), \
         gone AS ( \
             DELETE FROM outbox WHERE position >= (SELECT first FROM span) AND position < (SELECT next FROM span) \
             RETURNING *), \
         kept AS ( \
             INSERT INTO outbox_kept (stream_id, seq, id, event_id, kind, entity, entity_id, booking_id, actor_kind, actor_id, \
                                      request_id, changes, occurred_at, position, prev_hash, hash) \
             SELECT stream_id, seq, id, event_id, kind, entity, entity_id, booking_id, actor_kind, actor_id, \
                    request_id, changes, occurred_at, position, prev_hash, hash \
             FROM gone WHERE jsonb_typeof(changes -> 'lines' -> 'after') = 'array'), \
         ends AS ( \
             SELECT DISTINCT ON (stream_id) stream_id, seq, hash FROM gone ORDER BY stream_id, seq DESC), \
         told AS ( \
             UPDATE outbox_streams SET pruned_seq = ends.seq, pruned_hash = ends.hash \
             FROM ends WHERE outbox_streams.stream_id = ends.stream_id) \
         SELECT count(*) AS events FROM gone",
    );
    let statement = statement.bind::<BigInt, _>(until).bind::<Timestamptz, _>(before).bind::<BigInt, _>(BATCH);
    let row: Row = Cached(statement).get_result(&mut conn).await?;
    Ok(usize::try_from(row.events).unwrap_or(0))
}

/// An event that left the outbox and was kept.
#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox_kept)]
struct Kept {
    id: i64,
    event_id: Uuid,
    stream_id: Uuid,
    kind: String,
    entity: String,
    entity_id: Uuid,
    booking_id: Option<Uuid>,
    actor_kind: ActorKind,
    actor_id: Option<Uuid>,
    request_id: Option<String>,
    changes: serde_json::Value,
    occurred_at: DateTime<Utc>,
    position: i64,
    seq: i64,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

impl From<Kept> for Numbered {
    fn from(kept: Kept) -> Self {
        let event = Published {
            id: kept.id,
            event_id: kept.event_id,
            stream_id: kept.stream_id,
            kind: kept.kind,
            entity: kept.entity,
            entity_id: kept.entity_id,
            booking_id: kept.booking_id,
            actor_kind: kept.actor_kind,
            actor_id: kept.actor_id,
            request_id: kept.request_id,
            changes: kept.changes,
            occurred_at: kept.occurred_at,
            // The hash does not cover it, and nobody asks for it of what was kept.
            version: None,
        };
        Self { event, position: kept.position, seq: kept.seq, prev_hash: kept.prev_hash, hash: kept.hash }
    }
}

/// Returns events that left the outbox and were kept, after a place in order of streams and numbers.
pub async fn kept_after(mut conn: &Conn, after: (Uuid, i64), limit: i64) -> QueryResult<Vec<Numbered>> {
    let (stream_id, seq) = after;
    let is_after = outbox_kept::stream_id.gt(stream_id).or(outbox_kept::stream_id.eq(stream_id).and(outbox_kept::seq.gt(seq)));
    let rows: Vec<Kept> = outbox_kept::table
        .filter(is_after)
        .order((outbox_kept::stream_id, outbox_kept::seq))
        .limit(limit)
        .select(Kept::as_select())
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().map(Numbered::from).collect())
}

/// Returns `true` if a kept event is what its hash says. What came before it is not here any more.
pub fn is_whole(kept: &Numbered) -> bool {
    chain::holds(&kept.prev_hash, kept)
}
