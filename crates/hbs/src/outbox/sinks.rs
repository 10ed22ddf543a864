//! The sinks: carry numbered events to where they are read, each at its own pace.
//!
//! Delivery is idempotent: an event's id is its `_id` in MongoDB, so that what was delivered just
//! before a crash is not there twice.
use super::repository::{self, Numbered};
use crate::app::App;
use crate::clock::Clock;
use crate::numbers::hex;
use crate::stores::postgres::try_lead;
use crate::{Error, Result};
use chrono::SecondsFormat;
use diesel_async::AsyncConnection;
use mongodb::bson::{self, Bson, Document};
use mongodb::error::ErrorKind;
use mongodb::options::InsertManyOptions;
use mongodb::{IndexModel, bson::doc};
use std::time::Duration;
use uuid::Uuid;

const BATCH: i64 = 1000;
const POLL: Duration = Duration::from_millis(500);
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const DUPLICATE_KEY: i32 = 11000;

/// A collection of MongoDB that takes events.
#[derive(Debug, Clone, Copy)]
pub struct Sink {
    /// Name of the sink, of its collection and of its lock.
    pub name: &'static str,
    takes: fn(&Numbered) -> bool,
}

/// Audit log: every change, for auditors.
pub const AUDIT_LOGS: Sink = Sink { name: "audit_logs", takes: |_| true };
/// Booking log: the events of each booking, for its timeline.
pub const BOOKING_LOGS: Sink = Sink { name: "booking_logs", takes: |numbered| numbered.event.booking_id.is_some() };

pub const ALL: &[Sink] = &[AUDIT_LOGS, BOOKING_LOGS];

/// Delivers to one sink for as long as the process runs.
pub async fn run(app: App, sink: Sink) {
    let mut indexed = false;
    loop {
        if !indexed {
            indexed = create_indexes(&app, sink).await.is_ok();
        }
        match deliver_batch(&app, sink).await {
            Ok(0) => app.relay.wait_for_numbered(POLL).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(sink = sink.name, ?error, "events wait: they could not be delivered");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Delivers one batch and says how many events it passed. None, if another process is at it.
pub async fn deliver_batch(app: &App, sink: Sink) -> Result<usize> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        if !try_lead(conn, sink.name).await? {
            return Ok(0);
        }
        let after = repository::sink_position(conn, sink.name).await?;
        let events = repository::numbered_after(conn, after, BATCH).await?;
        let Some(last) = events.last() else { return Ok(0) };
        insert(app, sink, &events).await?;
        repository::set_sink_position(conn, sink.name, last.position, Clock::real_now()).await?;
        Ok::<_, Error>(events.len())
    })
    .await
}

async fn insert(app: &App, sink: Sink, events: &[Numbered]) -> Result<()> {
    let documents = events.iter().filter(|event| (sink.takes)(event)).map(document).collect::<Result<Vec<_>>>()?;
    if documents.is_empty() {
        return Ok(());
    }
    let options = InsertManyOptions::builder().ordered(false).build();
    match app.mongo.durable::<Document>(sink.name).insert_many(documents).with_options(options).await {
        Ok(_) => Ok(()),
        Err(error) if only_duplicates(&error) => Ok(()),
        Err(error) => Err(Error::internal(error)),
    }
}

/// Returns `true` if all that failed had been delivered before.
fn only_duplicates(error: &mongodb::error::Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::InsertMany(failed) => {
            failed.write_concern_error.is_none()
                && failed.write_errors.as_ref().is_some_and(|errors| errors.iter().all(|error| error.code == DUPLICATE_KEY))
        }
        _ => false,
    }
}

fn document(numbered: &Numbered) -> Result<Document> {
    let Numbered { event, position, seq, prev_hash, hash } = numbered;
    let id = |id: Uuid| Bson::String(id.to_string());
    let maybe = |id: Option<Uuid>| id.map_or(Bson::Null, |id| Bson::String(id.to_string()));
    Ok(doc! {
        "_id": id(event.event_id),
        "position": position,
        "stream_id": id(event.stream_id),
        "seq": seq,
        "kind": &event.kind,
        "entity": &event.entity,
        "entity_id": id(event.entity_id),
        "booking_id": maybe(event.booking_id),
        "actor_kind": event.actor_kind.as_str(),
        "actor_id": maybe(event.actor_id),
        "request_id": event.request_id.as_deref().map_or(Bson::Null, Bson::from),
        "changes": bson::serialize_to_bson(&event.changes).map_err(Error::internal)?,
        "occurred_at": event.occurred_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "prev_hash": hex(prev_hash),
        "hash": hex(hash),
    })
}

async fn create_indexes(app: &App, sink: Sink) -> Result<()> {
    // None is unique: only a clash of `_id` may mean that an event has been delivered before.
    let indexes = [
        doc! {"position": 1},
        doc! {"stream_id": 1, "seq": 1},
        doc! {"booking_id": 1, "position": 1},
        doc! {"entity_id": 1, "position": 1},
    ]
    .map(|keys| IndexModel::builder().keys(keys).build());
    app.mongo.durable::<Document>(sink.name).create_indexes(indexes).await.map(|_| ()).map_err(Error::internal)
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

/// Looks for entries that PostgreSQL does not have: it was brought back to an earlier time, and MongoDB was not. What is recorded from
/// then on would get their places.
pub async fn ahead(app: &App) -> Result<Option<Ahead>> {
    let last = repository::last_position(&*app.db.conn().await?).await?;
    for sink in ALL {
        let entries = app.mongo.database().collection::<Document>(sink.name);
        let newest = entries.find_one(doc! {}).sort(doc! {"position": -1}).projection(doc! {"position": 1});
        let newest = newest.await.map_err(Error::internal)?;
        let position = newest.and_then(|entry| entry.get_i64("position").ok()).unwrap_or(0);
        if position > last {
            return Ok(Some(Ahead { collection: sink.name, position, last }));
        }
    }
    Ok(None)
}

/// Returns `true` if a collection has no entry.
pub async fn is_empty(app: &App, sink: Sink) -> Result<bool> {
    let entries = app.mongo.database().collection::<Document>(sink.name);
    Ok(entries.find_one(doc! {}).await.map_err(Error::internal)?.is_none())
}

/// Returns the number of numbered events that a sink has not delivered yet.
pub async fn backlog(app: &App, sink: Sink) -> Result<i64> {
    let conn = app.db.conn().await?;
    let (last, delivered) = repository::lag(&conn, sink.name).await?;
    Ok(last - delivered)
}
