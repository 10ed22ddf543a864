//! Documents: what versions say, in MongoDB. They are written once, before anything names them, and never changed.
use super::super::dto::{ContentBody, to_json};
use super::super::model::{ContentId, VersionId};
use crate::stores::mongo::Mongo;
use crate::texts::Locale;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::TryStreamExt;
use mongodb::bson::{self, Bson, Document, RawDocumentBuf, doc};
use std::collections::HashMap;

/// Collection of the documents.
const NAME: &str = "content_docs";

type Result<T> = mongodb::error::Result<T>;

/// Writes the document of a version, so that it survives a crash.
pub async fn insert(
    mongo: &Mongo,
    id: VersionId,
    content_id: ContentId,
    locale: &Locale,
    content: &ContentBody,
    now: DateTime<Utc>,
) -> Result<()> {
    let document = doc! {
        "_id": id.to_string(),
        "content_id": content_id.to_string(),
        "locale": locale.as_str(),
        "created_at": now.to_rfc3339_opts(SecondsFormat::Micros, true),
        "content": bson::serialize_to_bson(&to_json(content)).map_err(mongodb::error::Error::custom)?,
    };
    mongo.durable::<Document>(NAME).insert_one(document).await.map(|_| ())
}

/// Contents of versions, by id.
pub async fn find(mongo: &Mongo, ids: &[VersionId]) -> Result<HashMap<VersionId, ContentBody>> {
    let ids: Vec<String> = ids.iter().map(VersionId::to_string).collect();
    let collection = mongo.database().collection::<Document>(NAME);
    let documents: Vec<Document> = collection.find(doc! {"_id": {"$in": ids}}).await?.try_collect().await?;
    documents.into_iter().map(read).collect()
}

/// Reads a document by way of JSON, as it was written.
fn read(mut document: Document) -> Result<(VersionId, ContentBody)> {
    let content = document.remove("content").unwrap_or(Bson::Null).into_relaxed_extjson();
    let content = serde_json::from_value(content).map_err(mongodb::error::Error::custom)?;
    let id = id_of(&document).ok_or_else(|| mongodb::error::Error::custom("a document without the id of a version"))?;
    Ok((id, content))
}

fn id_of(document: &Document) -> Option<VersionId> {
    serde_json::from_value(document.get_str("_id").ok()?.into()).ok()
}

/// Ids of documents that were written before an instant, in their order, after one of them.
pub async fn written_before(
    mongo: &Mongo,
    before: DateTime<Utc>,
    after: Option<VersionId>,
    limit: i64,
) -> Result<Vec<VersionId>> {
    let mut query = doc! {"created_at": {"$lt": before.to_rfc3339_opts(SecondsFormat::Micros, true)}};
    if let Some(after) = after {
        query.insert("_id", doc! {"$gt": after.to_string()});
    }
    let collection = mongo.database().collection::<Document>(NAME);
    let found = collection.find(query).projection(doc! {"_id": 1}).sort(doc! {"_id": 1}).limit(limit).await?;
    let documents: Vec<Document> = found.try_collect().await?;
    Ok(documents.iter().filter_map(id_of).collect())
}

/// Documents of versions just as they stand, to be kept elsewhere.
pub async fn as_stored(mongo: &Mongo, ids: &[VersionId]) -> Result<Vec<RawDocumentBuf>> {
    let ids: Vec<String> = ids.iter().map(VersionId::to_string).collect();
    let collection = mongo.database().collection::<RawDocumentBuf>(NAME);
    collection.find(doc! {"_id": {"$in": ids}}).await?.try_collect().await
}

/// Puts documents back just as they stood.
pub async fn put_back(mongo: &Mongo, documents: Vec<RawDocumentBuf>) -> Result<()> {
    mongo.durable::<RawDocumentBuf>(NAME).insert_many(documents).await.map(drop)
}

/// The number of all documents.
pub async fn number(mongo: &Mongo) -> Result<u64> {
    mongo.database().collection::<Document>(NAME).count_documents(doc! {}).await
}

/// Removes documents that no version names.
pub async fn remove(mongo: &Mongo, ids: &[VersionId]) -> Result<u64> {
    let ids: Vec<String> = ids.iter().map(VersionId::to_string).collect();
    let removed = mongo.durable::<Document>(NAME).delete_many(doc! {"_id": {"$in": ids}}).await?;
    Ok(removed.deleted_count)
}
