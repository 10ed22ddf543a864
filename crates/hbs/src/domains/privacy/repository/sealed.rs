//! Keys of sealed values in the copies of the record.
use crate::outbox::sinks::AUDIT_LOGS;
use crate::stores::mongo::Mongo;
use crate::{Error, Result};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use uuid::Uuid;

/// The keys by which personal values of some entities were sealed, in the entries that PostgreSQL may have forgotten.
pub async fn keys(mongo: &Mongo, entities: &[Uuid], bookings: &[Uuid]) -> Result<Vec<Uuid>> {
    let texts = |ids: &[Uuid]| ids.iter().map(Uuid::to_string).collect::<Vec<_>>();
    let of_person = doc! {"$or": [{"entity_id": {"$in": texts(entities)}}, {"booking_id": {"$in": texts(bookings)}}]};
    let collection = mongo.database().collection::<Document>(AUDIT_LOGS.name);
    let found = collection.find(of_person).projection(doc! {"changes": 1});
    let mut entries = found.await.map_err(Error::internal)?;
    let mut keys = Vec::new();
    while let Some(entry) = entries.try_next().await.map_err(Error::internal)? {
        let Ok(changes) = entry.get_document("changes") else { continue };
        let facts = changes.values().filter_map(|fact| fact.as_document()?.get_str("key").ok());
        keys.extend(facts.filter_map(|key| Uuid::try_parse(key).ok()));
    }
    Ok(keys)
}
