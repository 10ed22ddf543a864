use super::dto::LostItemFilter;
use super::model::{LostItem, LostItemChange, LostItemId, WithRoom};
use crate::forgetting::{Due, DueRow, Past};
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql, mentions};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{lost_items, rooms, stays};
use uuid::Uuid;

#[diesel::declare_sql_function]
extern "SQL" {
    /// The date at a hotel at an instant. A function of the migrations.
    fn local_date(property_id: SqlUuid, at: Timestamptz) -> Nullable<Date>;
}

#[diesel::dsl::auto_type]
fn with_room() -> _ {
    let in_room = rooms::property_id.eq(lost_items::property_id).and(rooms::id.nullable().eq(lost_items::room_id));
    lost_items::table.left_join(rooms::table.on(in_room)).filter(not(lost_items::is_deleted))
}

/// An item within the scope.
pub async fn find(mut conn: &Conn, scope: &Scope, id: LostItemId) -> QueryResult<Option<WithRoom>> {
    with_room()
        .filter(lost_items::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(lost_items::property_id.eq_any(scope.ids())))
        .select((LostItem::as_select(), rooms::number.nullable()))
        .first(&mut conn)
        .await
        .optional()
}

/// Items within the scope, the newest first.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &LostItemFilter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<WithRoom>> {
    let mut query = with_room()
        .order(lost_items::id.desc())
        .limit(limit)
        .select((LostItem::as_select(), rooms::number.nullable()))
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(lost_items::property_id.eq_any(ids));
    }
    let LostItemFilter { property_id, status, category, room_id, stay_id, q, text, found_from, found_to, keep_until_to } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(lost_items::property_id.eq(property_id));
    }
    if let Some(status) = status {
        query = query.filter(lost_items::status.eq(status));
    }
    if let Some(category) = category {
        query = query.filter(lost_items::category.eq(category));
    }
    if let Some(room_id) = room_id {
        query = query.filter(lost_items::room_id.eq(room_id));
    }
    if let Some(stay_id) = stay_id {
        query = query.filter(lost_items::stay_id.eq(stay_id));
    }
    for word in q.iter().flat_map(|q| q.split_whitespace()).chain(text.as_deref()) {
        let of_description = mentions(lost_items::description.nullable(), word);
        query = query.filter(of_description.or(mentions(lost_items::found_in, word)).or(mentions(lost_items::stored_in, word)));
    }
    let found_on = local_date(lost_items::property_id, lost_items::found_at);
    if let Some(from) = found_from {
        query = query.filter(found_on.ge(from));
    }
    if let Some(to) = found_to {
        query = query.filter(found_on.le(to));
    }
    if let Some(to) = keep_until_to {
        query = query.filter(lost_items::keep_until.le(to));
    }
    if let Some(before) = before {
        query = query.filter(lost_items::id.lt(before));
    }
    query.load(&mut conn).await
}

/// An item within the scope, locked against other changes.
pub async fn lock(mut conn: &Conn, scope: &Scope, id: LostItemId) -> QueryResult<Option<LostItem>> {
    lost_items::table
        .filter(lost_items::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(lost_items::property_id.eq_any(scope.ids())))
        .filter(not(lost_items::is_deleted))
        .select(LostItem::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert(mut conn: &Conn, new: &LostItem) -> QueryResult<usize> {
    diesel::insert_into(lost_items::table).values(new).execute(&mut conn).await
}

pub async fn update(mut conn: &Conn, row: &LostItem, change: &LostItemChange, now: DateTime<Utc>) -> QueryResult<LostItem> {
    diesel::update(lost_items::table.find((row.property_id, row.id)))
        .set((change, lost_items::version.eq(lost_items::version + 1), lost_items::updated_at.eq(now)))
        .returning(LostItem::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete(mut conn: &Conn, row: &LostItem, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(lost_items::table.find((row.property_id, row.id)))
        .set((
            lost_items::is_deleted.eq(true),
            lost_items::deleted_at.eq(now),
            lost_items::version.eq(lost_items::version + 1),
            lost_items::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// The room of a stay of a hotel, where there is such a stay.
pub async fn room_of_stay(mut conn: &Conn, property_id: Uuid, stay_id: Uuid) -> QueryResult<Option<Option<Uuid>>> {
    stays::table.find((property_id, stay_id)).select(stays::room_id).first(&mut conn).await.optional()
}

/// The items with a photo that left the hotel before a date.
pub async fn due_photos(mut conn: &Conn, past: Past, limit: i64) -> QueryResult<Due> {
    let statement = constant_sql(
        "WITH due AS ( \
             SELECT id, local_date($1, closed_at) AS since FROM lost_items \
             WHERE property_id = $1 AND photo_key IS NOT NULL AND status <> 'kept' AND NOT is_deleted \
         ) \
         SELECT id, count(*) OVER () AS total, min(since) OVER () AS oldest FROM due WHERE since < $2 ORDER BY since, id LIMIT $3",
    );
    let statement = statement.bind::<SqlUuid, _>(past.property_id).bind::<Date, _>(past.before).bind::<BigInt, _>(limit);
    Ok(Cached(statement).load::<DueRow>(&mut conn).await?.into())
}

/// Items of a hotel, locked against other changes in the order of their ids.
pub async fn lock_each(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<LostItem>> {
    lost_items::table
        .filter(lost_items::property_id.eq(property_id))
        .filter(lost_items::id.eq_any(ids))
        .order(lost_items::id)
        .select(LostItem::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Takes the photos of items of a hotel away.
pub async fn forget_photos(mut conn: &Conn, property_id: Uuid, ids: &[Uuid], now: DateTime<Utc>) -> QueryResult<usize> {
    let those = lost_items::table.filter(lost_items::property_id.eq(property_id)).filter(lost_items::id.eq_any(ids));
    diesel::update(those)
        .set((
            lost_items::photo_key.eq(None::<String>),
            lost_items::photo_format.eq(None::<String>),
            lost_items::version.eq(lost_items::version + 1),
            lost_items::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}
