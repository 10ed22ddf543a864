mod names;

pub use names::{NameRow, names};

use super::dto::{AuditEntry, AuditFilter};
use crate::outbox::chain::instant;
use crate::outbox::sinks::{AUDIT_LOGS, BOOKING_LOGS, Sink};
use crate::security::Scope;
use crate::stores::mongo::Mongo;
use futures_util::TryStreamExt;
use mongodb::Cursor;
use mongodb::bson::{Bson, Document, doc};
use std::time::Duration;
use uuid::Uuid;

/// Time that MongoDB may take for a page. A filter that finds next to nothing in a long record is given up then.
const PATIENCE: Duration = Duration::from_secs(20);

type Result<T> = mongodb::error::Result<T>;

/// Place in the record from which a page is read.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// Newest first, from before this position.
    Before(Option<i64>),
    /// Oldest first, from after the first position to the second.
    Between(i64, i64),
}

/// Entries within the scope. What belongs to no property is for those whose scope is all.
pub async fn list(mongo: &Mongo, scope: &Scope, filter: &AuditFilter, place: Place, limit: i64) -> Result<Vec<AuditEntry>> {
    let (position, order) = match place {
        Place::Before(None) => (None, -1),
        Place::Before(Some(position)) => (Some(doc! {"position": {"$lt": position}}), -1),
        Place::Between(after, to) => (Some(doc! {"position": {"$gt": after, "$lte": to}}), 1),
    };
    let query = conditions(scope, filter, position);
    find(mongo, AUDIT_LOGS.name, query, doc! {"position": order}, limit).await
}

/// The filter as a query.
pub fn conditions(scope: &Scope, filter: &AuditFilter, position: Option<Document>) -> Document {
    let AuditFilter { property_id, kind, entity, entity_id, booking_id, actor_id, request_id, from, to } = filter;
    let mut conditions: Vec<Document> = Vec::from_iter(position);
    if let Scope::Properties(ids) = scope {
        let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        conditions.push(doc! {"stream_id": {"$in": ids}});
    }
    for (field, id) in [("stream_id", property_id), ("entity_id", entity_id), ("booking_id", booking_id), ("actor_id", actor_id)]
    {
        if let Some(id) = id {
            conditions.push(doc! {field: id.to_string()});
        }
    }
    for (field, text) in [("kind", kind), ("entity", entity), ("request_id", request_id)] {
        if let Some(text) = text {
            conditions.push(doc! {field: text});
        }
    }
    // Times are kept as text of one form, whose order is theirs.
    for (operator, at) in [("$gte", from), ("$lt", to)] {
        if let Some(at) = at {
            conditions.push(doc! {"occurred_at": {operator: instant(*at)}});
        }
    }
    if conditions.is_empty() {
        doc! {}
    } else {
        doc! {"$and": conditions}
    }
}

/// Returns an entry, if it has been delivered.
pub async fn find_entry(mongo: &Mongo, id: Uuid) -> Result<Option<AuditEntry>> {
    Ok(find(mongo, AUDIT_LOGS.name, doc! {"_id": id.to_string()}, doc! {}, 1).await?.pop())
}

/// Returns the highest position in MongoDB; 0 if there is none.
pub async fn newest_position(mongo: &Mongo) -> Result<i64> {
    let collection = mongo.database().collection::<Document>(AUDIT_LOGS.name);
    let newest = collection.find_one(doc! {}).sort(doc! {"position": -1}).projection(doc! {"position": 1}).await?;
    Ok(newest.and_then(|newest| newest.get_i64("position").ok()).unwrap_or(0))
}

async fn find(mongo: &Mongo, collection: &str, query: Document, order: Document, limit: i64) -> Result<Vec<AuditEntry>> {
    let collection = mongo.database().collection::<Document>(collection);
    let found = collection.find(query).sort(order).limit(limit).max_time(PATIENCE).await?;
    let documents: Vec<Document> = found.try_collect().await?;
    documents.into_iter().map(entry).collect()
}

/// Reads an entry by way of JSON, which it becomes anyway: ids are text in MongoDB.
fn entry(document: Document) -> Result<AuditEntry> {
    serde_json::from_value(Bson::Document(document).into_relaxed_extjson()).map_err(mongodb::error::Error::custom)
}

/// Returns the history of a booking, oldest first. `after` is the last position seen.
pub async fn timeline(mongo: &Mongo, booking_id: Uuid, after: Option<i64>, limit: i64) -> Result<Vec<AuditEntry>> {
    let query = doc! {"booking_id": booking_id.to_string(), "position": {"$gt": after.unwrap_or(0)}};
    find(mongo, BOOKING_LOGS.name, query, doc! {"position": 1}, limit).await
}

/// The copies of a stream's entries with these numbers, in no order.
pub async fn copies(mongo: &Mongo, sink: Sink, stream_id: Uuid, after: i64, to: i64) -> Result<Cursor<Document>> {
    let query = doc! {"stream_id": stream_id.to_string(), "seq": {"$gt": after, "$lte": to}};
    mongo.database().collection(sink.name).find(query).await
}

/// The copies of these events, wherever they stand.
pub async fn copies_of(mongo: &Mongo, sink: Sink, event_ids: impl IntoIterator<Item = Uuid>) -> Result<Vec<Document>> {
    let ids: Vec<String> = event_ids.into_iter().map(|id| id.to_string()).collect();
    mongo.database().collection(sink.name).find(doc! {"_id": {"$in": ids}}).await?.try_collect().await
}

/// Documents of a stream under a number that none of its entries has, or under no number at all.
pub async fn beyond(mongo: &Mongo, sink: Sink, stream_id: Uuid, last: i64) -> Result<Cursor<Document>> {
    let query = doc! {"stream_id": stream_id.to_string(), "$nor": [{"seq": {"$gte": 1_i64, "$lte": last}}]};
    mongo.database().collection(sink.name).find(query).projection(doc! {"position": 1, "seq": 1}).await
}

/// Documents of none of these streams.
pub async fn under_no_stream(mongo: &Mongo, sink: Sink, streams: &[Uuid]) -> Result<Cursor<Document>> {
    let streams: Vec<String> = streams.iter().map(Uuid::to_string).collect();
    let query = doc! {"stream_id": {"$nin": streams}};
    mongo.database().collection(sink.name).find(query).projection(doc! {"position": 1, "seq": 1}).await
}
