use super::model::{Item, ItemId, Wish, Wished};
use crate::domains::inventory::Nights;
use crate::domains::properties::Property;
use crate::domains::rooms::RoomType;
use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::dsl::{count_star, exists, min, not};
use diesel::prelude::*;
use futures_util::try_join;
use hbs_schema::{inventory, offers, properties, room_types, users, wishlist_items};
use std::cmp::Reverse;
use uuid::Uuid;

/// Returns a person's wishes, the newest first, without room types that are not sold any more and offers that are archived. One
/// round trip.
pub async fn list(conn: &Conn, user_id: Uuid, id: Option<ItemId>) -> QueryResult<Vec<Wish>> {
    let (mut wishes, offers) = try_join!(room_types_of(conn, user_id, id), offers_of(conn, user_id, id))?;
    wishes.extend(offers);
    wishes.sort_by_key(|wish| Reverse(Uuid::from(wish.item.id)));
    Ok(wishes)
}

async fn room_types_of(mut conn: &Conn, user_id: Uuid, id: Option<ItemId>) -> QueryResult<Vec<Wish>> {
    let of_type =
        room_types::property_id.eq(wishlist_items::property_id).and(room_types::id.nullable().eq(wishlist_items::room_type_id));
    let mut query = wishlist_items::table
        .inner_join(room_types::table.on(of_type))
        .inner_join(properties::table.on(properties::id.eq(wishlist_items::property_id)))
        .filter(wishlist_items::user_id.eq(user_id))
        .filter(not(room_types::is_deleted))
        .filter(not(properties::is_deleted))
        .into_boxed();
    if let Some(id) = id {
        query = query.filter(wishlist_items::id.eq(id));
    }
    let rows: Vec<(Item, RoomType, Property)> =
        query.select((Item::as_select(), RoomType::as_select(), Property::as_select())).load(&mut conn).await?;
    let wish = |(item, kind, property)| Wish { item, property, what: Wished::RoomType(Box::new(kind)) };
    Ok(rows.into_iter().map(wish).collect())
}

async fn offers_of(mut conn: &Conn, user_id: Uuid, id: Option<ItemId>) -> QueryResult<Vec<Wish>> {
    let of_offer = offers::property_id.eq(wishlist_items::property_id).and(offers::id.nullable().eq(wishlist_items::offer_id));
    let mut query = wishlist_items::table
        .inner_join(offers::table.on(of_offer))
        .inner_join(properties::table.on(properties::id.eq(wishlist_items::property_id)))
        .filter(wishlist_items::user_id.eq(user_id))
        .filter(not(offers::is_archived))
        .filter(not(properties::is_deleted))
        .into_boxed();
    if let Some(id) = id {
        query = query.filter(wishlist_items::id.eq(id));
    }
    let rows: Vec<(Item, (String, serde_json::Value), Property)> =
        query.select((Item::as_select(), (offers::name, offers::texts), Property::as_select())).load(&mut conn).await?;
    let wish = |(item, (name, texts), property)| Wish { item, property, what: Wished::Offer { name, texts } };
    Ok(rows.into_iter().map(wish).collect())
}

/// Rooms of each type that are free on all of these nights, at the hotels on a person's wishlist.
pub async fn free(mut conn: &Conn, user_id: Uuid, nights: Nights) -> QueryResult<Vec<(Uuid, Option<i32>)>> {
    let hotels = wishlist_items::table.filter(wishlist_items::user_id.eq(user_id)).select(wishlist_items::property_id);
    inventory::table
        .filter(inventory::property_id.eq_any(hotels))
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

/// Returns the property of an offer that needs no code, if it is on sale.
pub async fn property_of_offer(mut conn: &Conn, offer_id: Uuid) -> QueryResult<Option<Uuid>> {
    offers::table
        .inner_join(properties::table)
        .filter(offers::id.eq(offer_id))
        .filter(offers::access.eq("automatic"))
        .filter(not(offers::is_archived))
        .filter(not(properties::is_deleted))
        .select(offers::property_id)
        .first(&mut conn)
        .await
        .optional()
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

/// Returns `true` if an item with the same subject is there already.
pub async fn is_there(mut conn: &Conn, item: &Item) -> QueryResult<bool> {
    let own = wishlist_items::table.filter(wishlist_items::user_id.eq(item.user_id));
    // Of the two, one is null, and null is not equal to it.
    let is_same = wishlist_items::room_type_id.eq(item.room_type_id).or(wishlist_items::offer_id.eq(item.offer_id));
    diesel::select(exists(own.filter(is_same))).get_result(&mut conn).await
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
