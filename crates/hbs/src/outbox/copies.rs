//! Copies of the record in MongoDB, as a backup takes them with it and puts them back.
//!
//! Old events leave PostgreSQL when they are delivered: what MongoDB has of them is all that there is.
use super::sinks::Sink;
use crate::app::App;
use crate::{Error, Result};
use mongodb::Cursor;
use mongodb::bson::{Document, RawDocumentBuf, doc};

/// The entries up to a position, in order and just as they stand.
pub async fn entries(app: &App, sink: Sink, until: i64) -> Result<Cursor<RawDocumentBuf>> {
    let collection = app.mongo.database().collection::<RawDocumentBuf>(sink.name);
    let found = collection.find(doc! {"position": {"$lte": until}}).sort(doc! {"position": 1});
    found.await.map_err(Error::internal)
}

/// Puts entries back just as they stood.
pub async fn put_back(app: &App, sink: Sink, entries: Vec<RawDocumentBuf>) -> Result<()> {
    let collection = app.mongo.durable::<RawDocumentBuf>(sink.name);
    collection.insert_many(entries).await.map(drop).map_err(Error::internal)
}

/// The number of entries.
pub async fn number(app: &App, sink: Sink) -> Result<u64> {
    let collection = app.mongo.database().collection::<Document>(sink.name);
    collection.count_documents(doc! {}).await.map_err(Error::internal)
}
