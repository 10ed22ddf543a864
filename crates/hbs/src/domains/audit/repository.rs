mod names;

pub use names::{NameRow, names};

use super::dto::{AuditEntry, AuditFilter};
use crate::outbox::SYSTEM_STREAM;
use crate::outbox::sinks::{AUDIT_LOGS, BOOKING_LOGS};
use crate::security::Scope;
use crate::stores::mongo::Mongo;
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use uuid::Uuid;

type Result<T> = mongodb::error::Result<T>;

/// Entries within the scope, newest first. `before` is the last position seen. What belongs to no
/// property is for those whose scope is all.
pub async fn list(
    mongo: &Mongo,
    scope: &Scope,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditEntry>> {
    let AuditFilter { property_id, kind, entity, entity_id, booking_id, actor_id, request_id } = filter;
    let mut conditions: Vec<Document> = Vec::new();
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
    if let Some(before) = before {
        conditions.push(doc! {"position": {"$lt": before}});
    }
    let query = if conditions.is_empty() {
        doc! {}
    } else {
        doc! {"$and": conditions}
    };
    find(mongo, AUDIT_LOGS.name, query, doc! {"position": -1}, limit).await
}

async fn find(mongo: &Mongo, collection: &str, query: Document, order: Document, limit: i64) -> Result<Vec<AuditEntry>> {
    let collection = mongo.database().collection::<Document>(collection);
    let documents: Vec<Document> = collection.find(query).sort(order).limit(limit).await?.try_collect().await?;
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

/// Returns `true` if a stream is within the scope.
pub fn may_see(scope: &Scope, stream_id: Uuid) -> bool {
    if stream_id == SYSTEM_STREAM { scope.is_all() } else { scope.covers(stream_id) }
}
