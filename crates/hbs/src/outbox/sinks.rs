//! The sinks: carry numbered events to where they are read, each at its own pace.
//!
//! Delivery is idempotent: an event's id is its `_id` in MongoDB, so what was delivered just before a crash is not there twice.
//! Nor is what MongoDB does after nobody waits for it any more, or what a process still sends that was stopped for so long that
//! another one has taken over.
//!
//! What a collection has is compared with what was delivered at the start, after every failure, and every few minutes: a
//! MongoDB that was restored from an older copy, or an empty one, gets anew what it lacks.
use super::pace::{AFTER_FAILURE, BATCH, POLL, is_full, rest};
use super::repository::{self, Numbered};
use super::{chain, standing};
use crate::app::App;
use crate::clock::Clock;
use crate::numbers::hex;
use crate::stores::postgres::{Conn, try_lead, while_leading};
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use futures_util::join;
use mongodb::bson::{self, Document};
use mongodb::error::ErrorKind;
use mongodb::options::InsertManyOptions;
use mongodb::{IndexModel, bson::doc};
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use uuid::Uuid;

/// Time between the beginnings of two batches.
const PACE: Duration = Duration::from_millis(200);
/// Time after which a collection is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(300);
/// Time in which MongoDB answers, or is taken for hung: many times what a batch takes.
const PATIENCE: Duration = Duration::from_secs(20);
const DUPLICATE_KEY: i32 = 11000;

/// A collection of MongoDB that takes events.
#[derive(Debug, Clone, Copy)]
pub struct Sink {
    /// Name of the sink, of its collection and of its lock.
    pub name: &'static str,
    /// `true` if it takes events of bookings alone.
    is_of_bookings: bool,
    /// Fields that it is searched by, newest or oldest first.
    searched_by: &'static [&'static str],
}

/// Audit log: every change, for auditors.
pub const AUDIT_LOGS: Sink = Sink {
    name: "audit_logs",
    is_of_bookings: false,
    searched_by: &["stream_id", "booking_id", "entity_id", "actor_id", "request_id", "kind", "entity"],
};
/// Booking log: the events of each booking, for its timeline.
pub const BOOKING_LOGS: Sink = Sink { name: "booking_logs", is_of_bookings: true, searched_by: &["booking_id", "entity_id"] };

pub const ALL: &[Sink] = &[AUDIT_LOGS, BOOKING_LOGS];

impl Sink {
    pub fn takes(&self, numbered: &Numbered) -> bool {
        !self.is_of_bookings || numbered.event.booking_id.is_some()
    }
}

/// Result of looking at a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The collection has what was delivered last.
    Current,
    /// The collection lacks it, as one restored from an older copy does. The sink has been set back, and delivers it anew.
    Behind,
    /// The collection has what was delivered last, and beyond that an entry that PostgreSQL does not have: PostgreSQL was
    /// restored from an older copy.
    Ahead,
}

/// Delivers to one sink for as long as the process runs.
pub async fn run(app: App, sink: Sink) {
    let (mut indexed, mut looked_at, mut ahead) = (false, None, ReadAhead::default());
    loop {
        if !indexed {
            indexed = create_indexes(&app, sink).await.is_ok();
        }
        // From before the look, so that what is numbered meanwhile is not waited for.
        let (numbered, begun) = (app.relay.next_numbered(), Instant::now());
        match look_and_deliver(&app, sink, &mut looked_at, &mut ahead).await {
            Ok(0) => drop(timeout(POLL, numbered).await),
            Ok(passed) => rest(begun, PACE, passed).await,
            Err(error) => {
                tracing::warn!(sink = sink.name, ?error, "events wait: they could not be delivered");
                // A MongoDB that was away may have come back as another.
                looked_at = None;
                metrics::counter!("hbs_outbox_failures_total", "stage" => sink.name).increment(1);
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

async fn look_and_deliver(app: &App, sink: Sink, looked_at: &mut Option<Instant>, ahead: &mut ReadAhead) -> Result<usize> {
    if looked_at.is_none_or(|at| at.elapsed() >= LOOK_AGAIN) && look(app, sink).await?.is_some() {
        *looked_at = Some(Instant::now());
    }
    deliver_next(app, sink, ahead).await
}

/// Looks whether a collection has what was delivered to it last. If not, the sink is set back to where the collection ends.
/// Returns nothing if another process is at the sink.
pub async fn look(app: &App, sink: Sink) -> Result<Option<Found>> {
    let mut conn = app.db.conn().await?;
    let found = conn
        .transaction(async |conn| {
            if !try_lead(conn, sink.name).await? {
                return Ok(None);
            }
            let delivered = repository::sink_position(conn, sink.name).await?;
            let last = repository::last_before(conn, delivered + 1, sink.is_of_bookings).await?;
            let newest = newest(app, sink).await?;
            let first = standing::first_position(conn).await?.unwrap_or(0);
            let is_known = match &newest {
                // What has left the outbox cannot be compared.
                Some(newest) => newest.position < first || newest.is_known(conn).await?,
                None => true,
            };
            let Some(last) = last else { return Ok(Some(if is_known { Found::Current } else { Found::Ahead })) };
            if has(app, sink, last.event.event_id).await? {
                return Ok(Some(if is_known { Found::Current } else { Found::Ahead }));
            }
            // Batches are not written in order: of the last one that the copy has, anything may be missing.
            let end = newest.filter(|_| is_known).map_or(0, |newest| newest.position.min(last.position));
            let back_to = (end - BATCH).max(0);
            tracing::warn!(sink = sink.name, delivered, back_to, "MongoDB lacks what was delivered to it: it is delivered anew");
            if end + 1 < first {
                tracing::error!(
                    sink = sink.name,
                    from = end + 1,
                    first,
                    "what is before the first event in PostgreSQL may be missing"
                );
            }
            repository::set_sink_position(conn, sink.name, back_to, Clock::real_now()).await?;
            Ok::<_, Error>(Some(Found::Behind))
        })
        .await?;
    tell(sink, found);
    Ok(found)
}

/// Tells metrics and log what was found.
fn tell(sink: Sink, found: Option<Found>) {
    let Some(found) = found else { return };
    if found == Found::Behind {
        metrics::counter!("hbs_record_refills_total", "stage" => sink.name).increment(1);
    }
    let is_ahead = found == Found::Ahead;
    if is_ahead {
        tracing::error!(sink = sink.name, "MongoDB has entries that PostgreSQL does not: see Backups in docs/operations.md");
    }
    metrics::gauge!("hbs_record_ahead", "stage" => sink.name).set(f64::from(u8::from(is_ahead)));
}

/// The entry of a collection with the highest position.
struct Newest {
    id: String,
    position: i64,
    hash: String,
}

impl Newest {
    /// Returns `true` if PostgreSQL has the same entry at the same position.
    async fn is_known(&self, conn: &Conn) -> Result<bool> {
        let known = repository::at_positions(conn, &[self.position]).await?;
        Ok(known.iter().any(|known| known.event.event_id.to_string() == self.id && hex(&known.hash) == self.hash))
    }
}

async fn newest(app: &App, sink: Sink) -> Result<Option<Newest>> {
    let collection = app.mongo.database().collection::<Document>(sink.name);
    let last = collection.find_one(doc! {}).sort(doc! {"position": -1}).projection(doc! {"position": 1, "hash": 1});
    let found = timeout(PATIENCE, last).await.map_err(Error::internal)?;
    Ok(found.map_err(Error::internal)?.map(|document| Newest {
        id: document.get_str("_id").unwrap_or_default().to_owned(),
        position: document.get_i64("position").unwrap_or_default(),
        hash: document.get_str("hash").unwrap_or_default().to_owned(),
    }))
}

async fn has(app: &App, sink: Sink, event_id: Uuid) -> Result<bool> {
    let collection = app.mongo.database().collection::<Document>(sink.name);
    let wanted = collection.find_one(doc! {"_id": event_id.to_string()}).projection(doc! {"_id": 1});
    let found = timeout(PATIENCE, wanted).await.map_err(Error::internal)?;
    Ok(found.map_err(Error::internal)?.is_some())
}

/// Delivers one batch and says how many events it passed. None, if another process is at it.
pub async fn deliver_batch(app: &App, sink: Sink) -> Result<usize> {
    deliver_next(app, sink, &mut ReadAhead::default()).await
}

/// Events that were read while those before them were on their way. What has its place is not changed, so they are as good as if
/// they were read when it is their turn.
#[derive(Default)]
struct ReadAhead {
    /// Position that they come after.
    after: i64,
    events: Vec<Numbered>,
}

impl ReadAhead {
    /// Reads on after a batch. Nothing, unless that was full: few events are read when it is their turn, with those that come.
    async fn read(conn: &Conn, batch: &[Numbered]) -> Result<Self> {
        let Some(last) = batch.last().filter(|_| is_full(batch.len())) else { return Ok(Self::default()) };
        let events = repository::numbered_after(conn, last.position, BATCH).await?;
        Ok(Self { after: last.position, events })
    }
}

/// Delivers one batch, and reads the next one meanwhile.
async fn deliver_next(app: &App, sink: Sink, ahead: &mut ReadAhead) -> Result<usize> {
    let known = std::mem::take(ahead);
    let mut conn = app.db.conn().await?;
    let (passed, next) = conn
        .transaction(async |conn| {
            let conn = &*conn;
            let Some(after) = repository::lead(conn, sink.name).await? else { return Ok((0, ReadAhead::default())) };
            let read: Vec<Numbered>;
            let events = if known.after == after && !known.events.is_empty() {
                &known.events
            } else {
                read = repository::numbered_after(conn, after, BATCH).await?;
                &read
            };
            let Some(last) = events.last() else { return Ok((0, ReadAhead::default())) };
            let inserted = while_leading(conn, insert(app, sink, events));
            // Neither is left halfway: the connection is still used.
            let (inserted, next) = join!(inserted, ReadAhead::read(conn, events));
            inserted?;
            repository::set_sink_position(conn, sink.name, last.position, Clock::real_now()).await?;
            Ok::<_, Error>((events.len(), next?))
        })
        .await?;
    *ahead = next;
    Ok(passed)
}

/// Inserts those events that the sink takes and its collection does not have. Returns how many that were.
pub async fn insert(app: &App, sink: Sink, events: &[Numbered]) -> Result<usize> {
    let entries: Vec<Entry<'_>> = events.iter().filter(|event| sink.takes(event)).map(Entry::from).collect();
    let wanted = entries.len();
    if entries.is_empty() {
        return Ok(0);
    }
    let options = InsertManyOptions::builder().ordered(false).build();
    let collection = app.mongo.durable::<Entry<'_>>(sink.name);
    let inserted = collection.insert_many(entries).with_options(options);
    match timeout(PATIENCE, inserted).await.map_err(Error::internal)? {
        Ok(_) => Ok(wanted),
        Err(error) => match duplicates(&error) {
            Some(there) => Ok(wanted.saturating_sub(there)),
            None => Err(Error::internal(error)),
        },
    }
}

/// Returns how many had been delivered before, if that is all that failed.
fn duplicates(error: &mongodb::error::Error) -> Option<usize> {
    let ErrorKind::InsertMany(failed) = error.kind.as_ref() else { return None };
    let errors = failed.write_errors.as_ref().filter(|_| failed.write_concern_error.is_none())?;
    errors.iter().all(|error| error.code == DUPLICATE_KEY).then_some(errors.len())
}

/// An event as it is written to MongoDB, field by field.
#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "_id")]
    id: String,
    position: i64,
    stream_id: String,
    seq: i64,
    kind: &'a str,
    entity: &'a str,
    entity_id: String,
    booking_id: Option<String>,
    actor_kind: &'static str,
    actor_id: Option<String>,
    request_id: Option<&'a str>,
    changes: &'a Value,
    occurred_at: String,
    prev_hash: String,
    hash: String,
}

impl<'a> From<&'a Numbered> for Entry<'a> {
    fn from(numbered: &'a Numbered) -> Self {
        let Numbered { event, position, seq, prev_hash, hash } = numbered;
        Self {
            id: event.event_id.to_string(),
            position: *position,
            stream_id: event.stream_id.to_string(),
            seq: *seq,
            kind: &event.kind,
            entity: &event.entity,
            entity_id: event.entity_id.to_string(),
            booking_id: event.booking_id.map(|id| id.to_string()),
            actor_kind: event.actor_kind.as_str(),
            actor_id: event.actor_id.map(|id| id.to_string()),
            request_id: event.request_id.as_deref(),
            changes: &event.changes,
            occurred_at: chain::instant(event.occurred_at),
            prev_hash: hex(prev_hash),
            hash: hex(hash),
        }
    }
}

/// Returns an event as the document that stands for it in MongoDB, by the serializer that writes it there.
pub fn document(numbered: &Numbered) -> Result<Document> {
    let raw = bson::serialize_to_raw_document_buf(&Entry::from(numbered)).map_err(Error::internal)?;
    Document::try_from(raw).map_err(Error::internal)
}

/// Creates the indexes that reading and verifying a collection take.
pub async fn create_indexes(app: &App, sink: Sink) -> Result<()> {
    // None is unique: only a clash of `_id` may mean that an event has been delivered before.
    let searched_by = sink.searched_by.iter().map(|field| doc! {*field: 1, "position": 1});
    let indexes = [doc! {"position": 1}, doc! {"stream_id": 1, "seq": 1}, doc! {"occurred_at": 1}].into_iter().chain(searched_by);
    let indexes = indexes.map(|keys| IndexModel::builder().keys(keys).build());
    let collection = app.mongo.durable::<Document>(sink.name);
    let created = timeout(PATIENCE, collection.create_indexes(indexes)).await.map_err(Error::internal)?;
    created.map(drop).map_err(Error::internal)
}

/// Returns the position up to which a sink has delivered.
pub async fn delivered(conn: &Conn, sink: Sink) -> Result<i64> {
    Ok(repository::sink_position(conn, sink.name).await?)
}

/// Entry of a collection that stands behind the end of the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "MongoDB is ahead of PostgreSQL: {collection} has an entry at position {position}, and the record ends at {last}. PostgreSQL was \
     brought back to an earlier time and MongoDB was not: name an empty MongoDB database (mongodb_database) and remove the rows of \
     outbox_sinks"
)]
pub struct Ahead {
    pub collection: &'static str,
    /// Position of its last entry.
    pub position: i64,
    /// Position of the last event in PostgreSQL.
    pub last: i64,
}

/// Looks for entries that PostgreSQL does not have: it was brought back to an earlier time, and MongoDB was not. What is recorded
/// from then on would get their places.
pub async fn ahead(app: &App) -> Result<Option<Ahead>> {
    let last = repository::last_position(&*app.db.conn().await?).await?;
    for sink in ALL {
        let position = newest(app, *sink).await?.map_or(0, |newest| newest.position);
        if position > last {
            return Ok(Some(Ahead { collection: sink.name, position, last }));
        }
    }
    Ok(None)
}

/// Returns `true` if a collection has no entry.
pub async fn is_empty(app: &App, sink: Sink) -> Result<bool> {
    Ok(newest(app, sink).await?.is_none())
}

/// Returns the number of numbered events that a sink has not delivered yet.
pub async fn backlog(app: &App, sink: Sink) -> Result<i64> {
    let conn = app.db.conn().await?;
    let (last, delivered) = repository::lag(&conn, sink.name).await?;
    Ok(last - delivered)
}
