use super::model::{CheckpointId, StoredCheckpoint, StoredKey};
use crate::outbox::sinks::AUDIT_LOGS;
use crate::stores::mongo::Mongo;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use futures_util::TryStreamExt;
use hbs_schema::{audit_checkpoints, audit_keys};
use mongodb::bson::{Document, doc};
use std::collections::HashMap;
use uuid::Uuid;

pub async fn newest(mut conn: &Conn) -> QueryResult<Option<StoredCheckpoint>> {
    audit_checkpoints::table
        .order(audit_checkpoints::number.desc())
        .select(StoredCheckpoint::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Returns the position up to which the newest checkpoint covers the record, and when it was made.
pub async fn newest_place(mut conn: &Conn) -> QueryResult<Option<(i64, DateTime<Utc>)>> {
    audit_checkpoints::table
        .order(audit_checkpoints::number.desc())
        .select((audit_checkpoints::position, audit_checkpoints::created_at))
        .first(&mut conn)
        .await
        .optional()
}

pub async fn find(mut conn: &Conn, id: CheckpointId) -> QueryResult<Option<StoredCheckpoint>> {
    audit_checkpoints::table
        .filter(audit_checkpoints::id.eq(id))
        .select(StoredCheckpoint::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Checkpoints, the newest first. `before` is the last number seen.
pub async fn list(mut conn: &Conn, before: Option<i64>, limit: i64) -> QueryResult<Vec<StoredCheckpoint>> {
    audit_checkpoints::table
        .filter(audit_checkpoints::number.lt(before.unwrap_or(i64::MAX)))
        .order(audit_checkpoints::number.desc())
        .limit(limit)
        .select(StoredCheckpoint::as_select())
        .load(&mut conn)
        .await
}

/// Returns the digest of the checkpoint with a number.
pub async fn digest_of(mut conn: &Conn, number: i64) -> QueryResult<Option<Vec<u8>>> {
    audit_checkpoints::table
        .filter(audit_checkpoints::number.eq(number))
        .select(audit_checkpoints::digest)
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert(mut conn: &Conn, new: &StoredCheckpoint) -> QueryResult<usize> {
    diesel::insert_into(audit_checkpoints::table).values(new).execute(&mut conn).await
}

/// All keys, the oldest first.
pub async fn keys(mut conn: &Conn) -> QueryResult<Vec<StoredKey>> {
    audit_keys::table.order((audit_keys::created_at, audit_keys::kid)).select(StoredKey::as_select()).load(&mut conn).await
}

pub async fn signing_key(mut conn: &Conn) -> QueryResult<Option<StoredKey>> {
    audit_keys::table.filter(audit_keys::retired_at.is_null()).select(StoredKey::as_select()).first(&mut conn).await.optional()
}

pub async fn insert_key(mut conn: &Conn, key: &StoredKey) -> QueryResult<usize> {
    diesel::insert_into(audit_keys::table).values(key).execute(&mut conn).await
}

/// Lets the key that signs sign no more, and forgets its secret half.
pub async fn retire_key(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(audit_keys::table.filter(audit_keys::retired_at.is_null()))
        .set((audit_keys::secret.eq(None::<Vec<u8>>), audit_keys::retired_at.eq(now), audit_keys::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Returns the hash, in hexadecimal, of an entry in MongoDB's copy of the record: of the first, should there be two.
pub async fn hash_in_copy(mongo: &Mongo, stream_id: Uuid, seq: i64) -> mongodb::error::Result<Option<String>> {
    let entry = mongo.database().collection::<Document>(AUDIT_LOGS.name);
    let found = entry.find_one(doc! {"stream_id": stream_id.to_string(), "seq": seq}).sort(doc! {"position": 1}).await?;
    Ok(found.and_then(|entry| entry.get_str("hash").ok().map(String::from)))
}

/// Returns the hashes, in hexadecimal, of entries in MongoDB's copy of the record, by the ids of events.
pub async fn hashes_in_copy(mongo: &Mongo, events: &[Uuid]) -> mongodb::error::Result<HashMap<String, String>> {
    let ids: Vec<String> = events.iter().map(Uuid::to_string).collect();
    let entries = mongo.database().collection::<Document>(AUDIT_LOGS.name);
    let found: Vec<Document> = entries.find(doc! {"_id": {"$in": ids}}).projection(doc! {"hash": 1}).await?.try_collect().await?;
    let pair = |entry: Document| Some((entry.get_str("_id").ok()?.to_owned(), entry.get_str("hash").ok()?.to_owned()));
    Ok(found.into_iter().filter_map(pair).collect())
}
