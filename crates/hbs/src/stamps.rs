//! Which transaction changed last what a hotel offers whatever the night.
//!
//! A trigger of each such table notes it in `catalogues` when a transaction ends (no two transactions have the same
//! number). One small read of it tells whether what a process remembers of a hotel still holds.
use crate::stores::postgres::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use hbs_schema::{catalogues, room_types};
use uuid::Uuid;

/// That of a hotel. One that was removed still has one.
pub async fn version(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<i64>> {
    catalogues::table.find(property_id).select(catalogues::changed_by).first(&mut conn).await.optional()
}

/// Those of some hotels.
pub async fn versions(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<(Uuid, i64)>> {
    catalogues::table
        .filter(catalogues::property_id.eq_any(property_ids))
        .select((catalogues::property_id, catalogues::changed_by))
        .load(&mut conn)
        .await
}

/// That of the hotel that a room type belongs to.
pub async fn of_room_type(mut conn: &Conn, room_type_id: Uuid) -> QueryResult<Option<(Uuid, i64)>> {
    room_types::table
        .inner_join(catalogues::table.on(catalogues::property_id.eq(room_types::property_id)))
        .filter(room_types::id.eq(room_type_id))
        .select((catalogues::property_id, catalogues::changed_by))
        .first(&mut conn)
        .await
        .optional()
}
