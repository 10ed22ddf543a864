use super::model::{Item, ItemId, Wish};
use crate::domains::inventory::Nights;
use crate::domains::properties::Property;
use crate::domains::rooms::RoomType;
use crate::stores::postgres::Conn;
use diesel::dsl::{count_star, exists, min, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use hbs_schema::{inventory, properties, room_types, users, wishlist_items};
use uuid::Uuid;

/// Returns a person's wishes, the newest first, without room types that are not sold any more.
pub async fn list(mut conn: &Conn, user_id: Uuid, id: Option<ItemId>) -> QueryResult<Vec<Wish>> {
    let of_type = room_types::property_id.eq(wishlist_items::property_id).and(room_types::id.eq(wishlist_items::room_type_id));
    let mut query = wishlist_items::table
        .inner_join(room_types::table.on(of_type))
        .inner_join(properties::table.on(properties::id.eq(wishlist_items::property_id)))
        .filter(wishlist_items::user_id.eq(user_id))
        .filter(not(room_types::is_deleted))
        .filter(not(properties::is_deleted))
        .order(wishlist_items::id.desc())
        .into_boxed();
    if let Some(id) = id {
        query = query.filter(wishlist_items::id.eq(id));
    }
    query.select((Item::as_select(), RoomType::as_select(), Property::as_select())).load(&mut conn).await
}

/// Rooms of each type on a person's wishlist that are free on all of these nights.
pub async fn free(mut conn: &Conn, user_id: Uuid, nights: Nights) -> QueryResult<Vec<(Uuid, Option<i32>)>> {
    let of_type =
        inventory::property_id.eq(wishlist_items::property_id).and(inventory::room_type_id.eq(wishlist_items::room_type_id));
    wishlist_items::table
        .inner_join(inventory::table.on(of_type))
        .filter(wishlist_items::user_id.eq(user_id))
        .filter(inventory::night.ge(nights.from))
        .filter(inventory::night.lt(nights.to))
        .group_by(inventory::room_type_id)
        .having(count_star().eq(nights.count()))
        .select((
            inventory::room_type_id,
            min(inventory::capacity + inventory::overbooking - inventory::sold - inventory::allotted),
        ))
        .load(&mut conn)
        .await
}

/// Returns the property at which a room type is sold, if it is.
pub async fn property_of_type(mut conn: &Conn, room_type_id: Uuid) -> QueryResult<Option<Uuid>> {
    room_types::table
        .inner_join(properties::table)
        .filter(room_types::id.eq(room_type_id))
        .filter(not(room_types::is_deleted))
        .filter(not(properties::is_deleted))
        .select(room_types::property_id)
        .first(&mut conn)
        .await
        .optional()
}

/// Locks the person, whose wishes are counted, and counts them.
pub async fn lock_and_count(mut conn: &Conn, user_id: Uuid) -> QueryResult<i64> {
    users::table.find(user_id).select(users::id).for_no_key_update().first::<Uuid>(&mut conn).await?;
    wishlist_items::table.filter(wishlist_items::user_id.eq(user_id)).select(count_star()).first(&mut conn).await
}

pub async fn exists_for(mut conn: &Conn, user_id: Uuid, room_type_id: Uuid) -> QueryResult<bool> {
    let item =
        wishlist_items::table.filter(wishlist_items::user_id.eq(user_id)).filter(wishlist_items::room_type_id.eq(room_type_id));
    diesel::select(exists(item)).get_result(&mut conn).await
}

pub async fn insert(mut conn: &Conn, item: &Item) -> QueryResult<usize> {
    diesel::insert_into(wishlist_items::table).values(item).execute(&mut conn).await
}

/// Removes an item. Returns the row if it was there and the person's own.
pub async fn delete(mut conn: &Conn, user_id: Uuid, id: ItemId) -> QueryResult<Option<Item>> {
    diesel::delete(wishlist_items::table.find(id).filter(wishlist_items::user_id.eq(user_id)))
        .returning(Item::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}
