//! Standing of the record: the head of each chain, and what each sink and consumer still has before it.
use super::chain;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::min;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{outbox, outbox_streams};
use uuid::Uuid;

/// Heads of all chains at one moment.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Position of the last event that the heads cover; 0 if there is none.
    pub position: i64,
    pub heads: Vec<Head>,
}

/// Last event of a chain.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Head {
    #[diesel(sql_type = SqlUuid)]
    pub stream_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
    #[diesel(sql_type = Binary)]
    pub hash: Vec<u8>,
}

/// Returns the heads of all chains, in the order of their streams.
pub async fn standing(mut conn: &Conn) -> QueryResult<Standing> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(embed)]
        head: Head,
        #[diesel(sql_type = BigInt)]
        position: i64,
    }
    // One statement, so that position and heads are of the same moment.
    let statement = constant_sql(
        "SELECT stream_id, seq, hash, (SELECT coalesce(max(position), 0) FROM outbox) AS position \
         FROM outbox_streams ORDER BY stream_id",
    );
    let rows: Vec<Row> = Cached(statement).load(&mut conn).await?;
    let position = rows.iter().map(|row| row.position).max().unwrap_or(0);
    Ok(Standing { position, heads: rows.into_iter().map(|row| row.head).collect() })
}

/// Place in a chain after which it begins here: the last event that left the outbox, or the beginning of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    pub seq: i64,
    pub hash: Vec<u8>,
}

/// Returns the place after which a chain begins here.
pub async fn beginning(mut conn: &Conn, stream_id: Uuid) -> QueryResult<Beginning> {
    let row: Option<(i64, Option<Vec<u8>>)> = outbox_streams::table
        .find(stream_id)
        .select((outbox_streams::pruned_seq, outbox_streams::pruned_hash))
        .first(&mut conn)
        .await
        .optional()?;
    let (seq, hash) = row.unwrap_or_default();
    Ok(Beginning { seq, hash: hash.unwrap_or_else(|| chain::GENESIS.to_vec()) })
}

/// Returns the hash of an event of a chain, if it is still in the outbox.
pub async fn hash_at(mut conn: &Conn, stream_id: Uuid, seq: i64) -> QueryResult<Option<Vec<u8>>> {
    let event = outbox::table.filter(outbox::stream_id.eq(stream_id)).filter(outbox::seq.eq(seq));
    event.select(outbox::hash.assume_not_null()).first(&mut conn).await.optional()
}

/// Returns the position of the oldest event that is still here; `None` if there is none.
pub async fn first_position(mut conn: &Conn) -> QueryResult<Option<i64>> {
    outbox::table.select(min(outbox::position)).get_result(&mut conn).await
}

/// Returns for each sink and consumer that has begun since when its oldest event waits; `None` if none does.
pub async fn waiting_since(mut conn: &Conn) -> QueryResult<Vec<(String, Option<DateTime<Utc>>)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        since: Option<DateTime<Utc>>,
    }
    let statement = constant_sql(
        "SELECT s.name, (SELECT o.occurred_at FROM outbox o WHERE o.position > s.position ORDER BY o.position LIMIT 1) AS since \
         FROM outbox_sinks s ORDER BY s.name",
    );
    let rows: Vec<Row> = Cached(statement).load(&mut conn).await?;
    Ok(rows.into_iter().map(|Row { name, since }| (name, since)).collect())
}

/// Returns since when the oldest event after a position is there, numbered or not.
pub async fn first_after(mut conn: &Conn, position: i64) -> QueryResult<Option<DateTime<Utc>>> {
    let numbered = outbox::table.filter(outbox::position.gt(position)).order(outbox::position);
    match numbered.select(outbox::occurred_at).first(&mut conn).await.optional()? {
        Some(at) => Ok(Some(at)),
        None => unnumbered_since(conn).await,
    }
}

/// Returns since when the oldest event without a place is there.
pub async fn unnumbered_since(mut conn: &Conn) -> QueryResult<Option<DateTime<Utc>>> {
    let unnumbered = outbox::table.filter(outbox::position.is_null()).order(outbox::id);
    unnumbered.select(outbox::occurred_at).first(&mut conn).await.optional()
}
