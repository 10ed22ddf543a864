use super::dto::RoomBlockFilter;
use super::model::{BlockedRoom, NewRoomBlock, RoomBlock, RoomBlockChange};
use crate::domains::inventory::Nights;
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{room_blocks, room_types, rooms};
use uuid::Uuid;

#[diesel::dsl::auto_type]
fn with_rooms() -> _ {
    let in_room = rooms::property_id.eq(room_blocks::property_id).and(rooms::id.eq(room_blocks::room_id));
    let of_type = room_types::property_id.eq(rooms::property_id).and(room_types::id.eq(rooms::room_type_id));
    room_blocks::table.inner_join(rooms::table.on(in_room)).inner_join(room_types::table.on(of_type))
}

/// A block within the scope with its room. Those of rooms that are gone are gone with them.
pub async fn find(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<(RoomBlock, BlockedRoom)>> {
    with_rooms()
        .filter(room_blocks::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(room_blocks::property_id.eq_any(scope.ids())))
        .filter(not(room_blocks::is_deleted))
        .filter(not(rooms::is_deleted))
        .select((RoomBlock::as_select(), (rooms::number, rooms::floor, rooms::room_type_id, room_types::name)))
        .first(&mut conn)
        .await
        .optional()
}

/// Locks a block against other changes.
pub async fn lock(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<RoomBlock>> {
    room_blocks::table
        .find((property_id, id))
        .filter(not(room_blocks::is_deleted))
        .select(RoomBlock::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Blocks within the scope by their first night. `after` is the last (first night, id) seen.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &RoomBlockFilter,
    after: Option<(NaiveDate, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<(RoomBlock, BlockedRoom)>> {
    let mut query = with_rooms()
        .filter(not(room_blocks::is_deleted))
        .filter(not(rooms::is_deleted))
        .order((room_blocks::from_date, room_blocks::id))
        .limit(limit)
        .select((RoomBlock::as_select(), (rooms::number, rooms::floor, rooms::room_type_id, room_types::name)))
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(room_blocks::property_id.eq_any(ids));
    }
    let RoomBlockFilter { property_id, room_id, kind, from, to } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(room_blocks::property_id.eq(property_id));
    }
    if let Some(room_id) = room_id {
        query = query.filter(room_blocks::room_id.eq(room_id));
    }
    if let Some(kind) = kind {
        query = query.filter(room_blocks::kind.eq(kind));
    }
    if let Some(from) = from {
        query = query.filter(room_blocks::to_date.gt(from));
    }
    if let Some(to) = to {
        query = query.filter(room_blocks::from_date.lt(to));
    }
    if let Some((from_date, id)) = after {
        let same_date = room_blocks::from_date.eq(from_date);
        query = query.filter(room_blocks::from_date.gt(from_date).or(same_date.and(room_blocks::id.gt(id))));
    }
    query.load(&mut conn).await
}

/// Returns the blocks of an import, with the names of their events.
pub async fn of_feed(mut conn: &Conn, property_id: Uuid, feed_id: Uuid) -> QueryResult<Vec<(Uuid, String, Nights)>> {
    let rows: Vec<(Uuid, Option<String>, NaiveDate, NaiveDate)> = room_blocks::table
        .filter(room_blocks::property_id.eq(property_id))
        .filter(room_blocks::feed_id.eq(feed_id))
        .filter(not(room_blocks::is_deleted))
        .order((room_blocks::from_date, room_blocks::id))
        .select((room_blocks::id, room_blocks::feed_uid, room_blocks::from_date, room_blocks::to_date))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, uid, from, to)| Some((id, uid?, Nights::new(from, to)))).collect())
}

/// The rooms of a type with their numbers, those first that are looked at first.
pub async fn rooms_of_type(mut conn: &Conn, property_id: Uuid, room_type_id: Uuid) -> QueryResult<Vec<(Uuid, String)>> {
    rooms::table
        .filter(rooms::property_id.eq(property_id))
        .filter(rooms::room_type_id.eq(room_type_id))
        .filter(not(rooms::is_deleted))
        .order((rooms::number, rooms::id))
        .select((rooms::id, rooms::number))
        .load(&mut conn)
        .await
}

pub async fn insert(mut conn: &Conn, new: &NewRoomBlock<'_>) -> QueryResult<RoomBlock> {
    diesel::insert_into(room_blocks::table).values(new).returning(RoomBlock::as_returning()).get_result(&mut conn).await
}

/// Inserts blocks in one statement, and returns them in their order.
pub async fn insert_all(mut conn: &Conn, new: &[NewRoomBlock<'_>]) -> QueryResult<Vec<RoomBlock>> {
    diesel::insert_into(room_blocks::table).values(new).returning(RoomBlock::as_returning()).get_results(&mut conn).await
}

pub async fn update(mut conn: &Conn, row: &RoomBlock, change: &RoomBlockChange, now: DateTime<Utc>) -> QueryResult<RoomBlock> {
    diesel::update(room_blocks::table.find((row.property_id, row.id)))
        .set((change, room_blocks::version.eq(room_blocks::version + 1), room_blocks::updated_at.eq(now)))
        .returning(RoomBlock::as_returning())
        .get_result(&mut conn)
        .await
}

/// Ends a block: `released_from` is the first night that it gives back.
pub async fn release(mut conn: &Conn, row: &RoomBlock, released_from: NaiveDate, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(room_blocks::table.find((row.property_id, row.id)))
        .set((
            room_blocks::released_from.eq(released_from),
            room_blocks::is_deleted.eq(true),
            room_blocks::deleted_at.eq(now),
            room_blocks::version.eq(room_blocks::version + 1),
            room_blocks::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}
