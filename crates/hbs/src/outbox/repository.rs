use super::event::ActorKind;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql, end_at_once, try_lead};
use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, max, sql};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use futures_util::try_join;
use hbs_schema::{outbox, outbox_sinks, outbox_streams};
use uuid::Uuid;

/// An event as it was published.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct Published {
    pub id: i64,
    pub event_id: Uuid,
    pub stream_id: Uuid,
    pub kind: String,
    pub entity: String,
    pub entity_id: Uuid,
    pub booking_id: Option<Uuid>,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Uuid>,
    pub request_id: Option<String>,
    pub changes: serde_json::Value,
    pub occurred_at: DateTime<Utc>,
    /// Version of the entity with the change in it, at the latest once the event is numbered; none if it has none. The hash does
    /// not cover it.
    pub version: Option<i64>,
}

/// An event with its place.
#[derive(Debug, Clone)]
pub struct Numbered {
    pub event: Published,
    pub position: i64,
    pub seq: i64,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

type Place = (Option<i64>, Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>);

impl Numbered {
    /// Reads a numbered event. The row's CHECK makes sure that a place is whole or missing.
    fn from_row((event, (position, seq, prev_hash, hash)): (Published, Place)) -> Option<Self> {
        Some(Self { event, position: position?, seq: seq?, prev_hash: prev_hash?, hash: hash? })
    }
}

const PLACE: (outbox::position, outbox::seq, outbox::prev_hash, outbox::hash) =
    (outbox::position, outbox::seq, outbox::prev_hash, outbox::hash);

/// The oldest events without a place.
pub(super) async fn unnumbered(mut conn: &Conn, limit: i64) -> QueryResult<Vec<Published>> {
    outbox::table
        .filter(outbox::position.is_null())
        .order(outbox::id)
        .limit(limit)
        .select(Published::as_select())
        .load(&mut conn)
        .await
}

/// Position of the last event that has one; 0 if none has.
pub async fn last_position(mut conn: &Conn) -> QueryResult<i64> {
    let last: Option<i64> = outbox::table.select(max(outbox::position)).get_result(&mut conn).await?;
    Ok(last.unwrap_or(0))
}

/// Sequence number and hash of the last event of each stream.
pub(super) async fn heads(mut conn: &Conn, streams: &[Uuid]) -> QueryResult<Vec<(Uuid, i64, Vec<u8>)>> {
    outbox_streams::table
        .filter(outbox_streams::stream_id.eq_any(streams))
        .select((outbox_streams::stream_id, outbox_streams::seq, outbox_streams::hash))
        .load(&mut conn)
        .await
}

pub(super) async fn set_heads(mut conn: &Conn, heads: &[(Uuid, i64, Vec<u8>)], now: DateTime<Utc>) -> QueryResult<()> {
    let statement = constant_sql(
        "INSERT INTO outbox_streams (stream_id, seq, hash, updated_at) \
         SELECT new.*, $4 FROM unnest($1, $2, $3) AS new (stream_id, seq, hash) \
         ON CONFLICT (stream_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, updated_at = excluded.updated_at",
    );
    let streams: Vec<Uuid> = heads.iter().map(|(stream, ..)| *stream).collect();
    let seqs: Vec<i64> = heads.iter().map(|(_, seq, _)| *seq).collect();
    let hashes: Vec<&[u8]> = heads.iter().map(|(.., hash)| hash.as_slice()).collect();
    let statement = statement.bind::<Array<SqlUuid>, _>(streams).bind::<Array<BigInt>, _>(seqs);
    let statement = statement.bind::<Array<Binary>, _>(hashes).bind::<Timestamptz, _>(now);
    Cached(statement).execute(&mut conn).await.map(drop)
}

/// The places of a batch, column by column.
#[derive(Default)]
pub(super) struct Places {
    pub ids: Vec<i64>,
    pub positions: Vec<i64>,
    pub seqs: Vec<i64>,
    pub prev_hashes: Vec<Vec<u8>>,
    pub hashes: Vec<Vec<u8>>,
    /// Versions of what the events tell of, where it has one.
    pub versions: Vec<Option<i64>>,
}

/// Writes all places of a batch in one statement.
pub(super) async fn set_places(mut conn: &Conn, places: &Places) -> QueryResult<usize> {
    let Places { ids, positions, seqs, prev_hashes, hashes, versions } = places;
    let statement = constant_sql(
        "UPDATE outbox SET position = new.position, seq = new.seq, prev_hash = new.prev_hash, hash = new.hash, \
                version = new.version \
         FROM unnest($1, $2, $3, $4, $5, $6) AS new(id, position, seq, prev_hash, hash, version) WHERE outbox.id = new.id",
    );
    Cached(
        statement
            .bind::<Array<BigInt>, _>(ids)
            .bind::<Array<BigInt>, _>(positions)
            .bind::<Array<BigInt>, _>(seqs)
            .bind::<Array<Binary>, _>(prev_hashes)
            .bind::<Array<Binary>, _>(hashes)
            .bind::<Array<Nullable<BigInt>>, _>(versions),
    )
    .execute(&mut conn)
    .await
}

/// Numbered events after a position, in order.
pub async fn numbered_after(mut conn: &Conn, position: i64, limit: i64) -> QueryResult<Vec<Numbered>> {
    let rows: Vec<(Published, Place)> = outbox::table
        .filter(outbox::position.gt(position))
        .order(outbox::position)
        .limit(limit)
        .select((Published::as_select(), PLACE))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(Numbered::from_row).collect())
}

#[derive(QueryableByName)]
struct End {
    #[diesel(sql_type = Nullable<BigInt>)]
    position: Option<i64>,
}

/// Position of the last of the next events after a position, at most so many; none if there are none.
pub(super) async fn end_of_batch(mut conn: &Conn, after: i64, limit: i64) -> QueryResult<Option<i64>> {
    let statement = constant_sql(
        "SELECT max(position) AS position \
         FROM (SELECT position FROM outbox WHERE position > $1 ORDER BY position LIMIT $2) AS batch",
    );
    let end: End = Cached(statement.bind::<BigInt, _>(after).bind::<BigInt, _>(limit)).get_result(&mut conn).await?;
    Ok(end.position)
}

/// Numbered events between two positions, the second included, of some kinds or of all of an entity (`payment.*`), in order.
pub(super) async fn numbered_of_kinds(
    mut conn: &Conn,
    after: i64,
    until: i64,
    kinds: &'static [&'static str],
) -> QueryResult<Vec<Numbered>> {
    let of_entity = sql::<Text>("split_part(kind, '.', 1) || '.*'").eq_any(kinds.iter().copied());
    let query = outbox::table
        .filter(outbox::position.gt(after))
        .filter(outbox::position.le(until))
        .filter(outbox::kind.eq_any(kinds.iter().copied()).or(of_entity))
        .order(outbox::position)
        .select((Published::as_select(), PLACE));
    let rows: Vec<(Published, Place)> = Cached(query).load(&mut conn).await?;
    Ok(rows.into_iter().filter_map(Numbered::from_row).collect())
}

/// Numbered events after a position that tell of lines of folios.
pub async fn telling_lines_after(mut conn: &Conn, position: i64, limit: i64) -> QueryResult<Vec<Numbered>> {
    let rows: Vec<(Published, Place)> = outbox::table
        .filter(outbox::position.gt(position))
        .filter(sql::<Bool>("jsonb_typeof(changes -> 'lines' -> 'after') = 'array'"))
        .order(outbox::position)
        .limit(limit)
        .select((Published::as_select(), PLACE))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(Numbered::from_row).collect())
}

/// Link of a chain: the place of an event, without its content.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Link {
    #[diesel(sql_type = BigInt)]
    pub position: i64,
    #[diesel(sql_type = SqlUuid)]
    pub stream_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Binary)]
    pub prev_hash: Vec<u8>,
    #[diesel(sql_type = Binary)]
    pub hash: Vec<u8>,
}

/// Links after a position, in order: of some streams, or of all with `None`. However many events the other streams have, at
/// most `limit` of each stream are read: the words of the condition are those of an index over `position + 0`.
pub async fn links_after(mut conn: &Conn, streams: Option<&[Uuid]>, position: i64, limit: i64) -> QueryResult<Vec<Link>> {
    let Some(streams) = streams else {
        let statement = constant_sql(
            "SELECT position, stream_id, seq, kind, prev_hash, hash FROM outbox WHERE position > $1 ORDER BY position LIMIT $2",
        );
        return Cached(statement.bind::<BigInt, _>(position).bind::<BigInt, _>(limit)).load(&mut conn).await;
    };
    let statement = constant_sql(
        "SELECT link.position, link.stream_id, link.seq, link.kind, link.prev_hash, link.hash \
         FROM unnest($1) AS streams (stream_id) CROSS JOIN LATERAL \
             (SELECT position, stream_id, seq, kind, prev_hash, hash FROM outbox \
              WHERE outbox.stream_id = streams.stream_id AND outbox.position + 0 > $2 ORDER BY outbox.position + 0 LIMIT $3) AS link \
         ORDER BY link.position LIMIT $3",
    );
    let statement = statement.bind::<Array<SqlUuid>, _>(streams).bind::<BigInt, _>(position).bind::<BigInt, _>(limit);
    Cached(statement).load(&mut conn).await
}

/// A stream's events after a sequence number, in order.
pub async fn chain_after(mut conn: &Conn, stream_id: Uuid, seq: i64, limit: i64) -> QueryResult<Vec<Numbered>> {
    let rows: Vec<(Published, Place)> = outbox::table
        .filter(outbox::stream_id.eq(stream_id))
        .filter(outbox::seq.gt(seq))
        .order(outbox::seq)
        .limit(limit)
        .select((Published::as_select(), PLACE))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(Numbered::from_row).collect())
}

/// Sequence number of a stream's last event before a position; 0 if there is none.
pub async fn seq_before(mut conn: &Conn, stream_id: Uuid, position: i64) -> QueryResult<i64> {
    let seq: Option<Option<i64>> = outbox::table
        .filter(outbox::stream_id.eq(stream_id))
        .filter(outbox::position.lt(position))
        .order(outbox::seq.desc())
        .select(outbox::seq)
        .first(&mut conn)
        .await
        .optional()?;
    Ok(seq.flatten().unwrap_or(0))
}

/// The last numbered event before a position, of all or of those of bookings.
pub(super) async fn last_before(mut conn: &Conn, position: i64, is_of_booking: bool) -> QueryResult<Option<Numbered>> {
    let row: Option<(Published, Place)> = outbox::table
        .filter(outbox::position.lt(position))
        .filter(outbox::booking_id.is_not_null().or((!is_of_booking).into_sql::<Bool>()))
        .order(outbox::position.desc())
        .select((Published::as_select(), PLACE))
        .first(&mut conn)
        .await
        .optional()?;
    Ok(row.and_then(Numbered::from_row))
}

/// The numbered events at these positions.
pub async fn at_positions(mut conn: &Conn, positions: &[i64]) -> QueryResult<Vec<Numbered>> {
    let rows: Vec<(Published, Place)> =
        outbox::table.filter(outbox::position.eq_any(positions)).select((Published::as_select(), PLACE)).load(&mut conn).await?;
    Ok(rows.into_iter().filter_map(Numbered::from_row).collect())
}

/// Makes this transaction the one that a sink or consumer works in, and returns the position to which it has come. None, if
/// another process is at it. To lose the position that it has then is no harm: what is behind it is seen once more.
pub(super) async fn lead(conn: &Conn, name: &str) -> QueryResult<Option<i64>> {
    // In one round trip, and in this order: what was written by whoever led before is seen.
    let (leads, position, _) = try_join!(try_lead(conn, name), sink_position(conn, name), end_at_once(conn))?;
    Ok(leads.then_some(position))
}

pub(super) async fn sink_position(mut conn: &Conn, name: &str) -> QueryResult<i64> {
    let position = outbox_sinks::table.find(name).select(outbox_sinks::position).first(&mut conn).await.optional()?;
    Ok(position.unwrap_or(0))
}

/// Returns the position of each sink and consumer.
pub(super) async fn cursors(mut conn: &Conn) -> QueryResult<Vec<(String, i64)>> {
    outbox_sinks::table.order(outbox_sinks::name).select((outbox_sinks::name, outbox_sinks::position)).load(&mut conn).await
}

pub(super) async fn set_sink_position(mut conn: &Conn, name: &str, position: i64, now: DateTime<Utc>) -> QueryResult<()> {
    let statement = constant_sql(
        "INSERT INTO outbox_sinks (name, position, updated_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET position = excluded.position, updated_at = excluded.updated_at",
    );
    let statement = statement.bind::<Text, _>(name).bind::<BigInt, _>(position).bind::<Timestamptz, _>(now);
    Cached(statement).execute(&mut conn).await.map(drop)
}

/// Gives a sink or consumer that has no position yet that of the beginning.
pub(super) async fn begin_at_first(mut conn: &Conn, name: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::insert_into(outbox_sinks::table)
        .values((outbox_sinks::name.eq(name), outbox_sinks::position.eq(0_i64), outbox_sinks::updated_at.eq(now)))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await
}

/// Returns the number of events that wait for their place.
pub async fn pending(mut conn: &Conn) -> QueryResult<i64> {
    outbox::table.filter(outbox::position.is_null()).select(count_star()).get_result(&mut conn).await
}

/// The number of events of each stream, by its head.
pub async fn counts(mut conn: &Conn) -> QueryResult<Vec<(Uuid, i64)>> {
    outbox_streams::table
        .order(outbox_streams::stream_id)
        .select((outbox_streams::stream_id, outbox_streams::seq))
        .load(&mut conn)
        .await
}

/// Returns the positions that tell whether a sink is behind: (last numbered, delivered).
pub(super) async fn lag(conn: &Conn, sink: &str) -> QueryResult<(i64, i64)> {
    try_join!(last_position(conn), sink_position(conn, sink))
}
