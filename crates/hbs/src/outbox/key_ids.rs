//! The keys of what is on the record of some things, as erasing a person destroys them.
use super::sinks::AUDIT_LOGS;
use crate::app::App;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use crate::{Error, Result};
use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Returns the keys of the personal values of all events of these things, and of all events of these bookings: in the outbox, in
/// what was kept of it, and in the copy of what left it.
pub async fn find(app: &App, entity_ids: &[Uuid], booking_ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut found: BTreeSet<Uuid> = in_outbox(&*app.db.conn().await?, entity_ids, booking_ids).await?.into_iter().collect();
    found.extend(in_copies(app, entity_ids, booking_ids).await.map_err(Error::internal)?);
    Ok(found.into_iter().collect())
}

async fn in_outbox(mut conn: &Conn, entity_ids: &[Uuid], booking_ids: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        key_id: Uuid,
    }
    let statement = constant_sql(
        "SELECT DISTINCT (fact.value ->> 'key')::uuid AS key_id FROM ( \
             SELECT changes FROM outbox WHERE entity_id = ANY($1) OR booking_id = ANY($2) \
             UNION ALL \
             SELECT changes FROM outbox_kept WHERE entity_id = ANY($1) OR booking_id = ANY($2)) AS told \
         CROSS JOIN LATERAL jsonb_each(told.changes) AS fact WHERE fact.value ->> 'sealed' IS NOT NULL",
    );
    let statement = statement.bind::<Array<SqlUuid>, _>(entity_ids).bind::<Array<SqlUuid>, _>(booking_ids);
    let rows: Vec<Row> = Cached(statement).load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| row.key_id).collect())
}

async fn in_copies(app: &App, entity_ids: &[Uuid], booking_ids: &[Uuid]) -> mongodb::error::Result<Vec<Uuid>> {
    let texts = |ids: &[Uuid]| ids.iter().map(Uuid::to_string).collect::<Vec<_>>();
    let entries = app.mongo.database().collection::<Document>(AUDIT_LOGS.name);
    let of_them = doc! {"$or": [{"entity_id": {"$in": texts(entity_ids)}}, {"booking_id": {"$in": texts(booking_ids)}}]};
    let mut entries = entries.find(of_them).projection(doc! {"_id": 0, "changes": 1}).await?;
    let mut found = Vec::new();
    while let Some(entry) = entries.try_next().await? {
        let changes = entry.get_document("changes").into_iter().flat_map(Document::values);
        let sealed = changes.filter_map(Bson::as_document).filter(|change| change.contains_key("sealed"));
        found.extend(sealed.filter_map(|change| change.get_str("key").ok()?.parse::<Uuid>().ok()));
    }
    Ok(found)
}
