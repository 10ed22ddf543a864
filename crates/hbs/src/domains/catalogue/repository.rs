use crate::stores::postgres::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use hbs_schema::catalogues;
use uuid::Uuid;

/// Which transaction changed a hotel's catalogue last. A hotel that was removed still has one.
pub async fn version(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<i64>> {
    catalogues::table.find(property_id).select(catalogues::changed_by).first(&mut conn).await.optional()
}

/// The same of some hotels.
pub async fn versions(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<(Uuid, i64)>> {
    catalogues::table
        .filter(catalogues::property_id.eq_any(property_ids))
        .select((catalogues::property_id, catalogues::changed_by))
        .load(&mut conn)
        .await
}
