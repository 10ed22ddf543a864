use super::model::{Image, NewImage, Owner, Subject};
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Uuid as SqlUuid};
use hbs_schema::{
    content_media, images, issue_attachments, lost_items, offers, properties, registration_cards, review_photos, room_types,
    users,
};
use uuid::Uuid;

#[diesel::declare_sql_function]
extern "SQL" {
    fn array_position(list: Array<SqlUuid>, item: SqlUuid) -> Integer;
}

// What pictures are of

/// Finds the owner of pictures, whoever asks.
pub async fn find_owner(mut conn: &Conn, subject: Subject) -> QueryResult<Option<Owner>> {
    let none = || None::<Uuid>.into_sql::<Nullable<SqlUuid>>();
    match subject {
        Subject::Property(id) => {
            let found = properties::table.find(id).filter(not(properties::is_deleted));
            found.select((properties::id, none(), none(), properties::version)).first(&mut conn).await
        }
        Subject::RoomType(id) => {
            let found = room_types::table
                .inner_join(properties::table)
                .filter(room_types::id.eq(id))
                .filter(not(room_types::is_deleted))
                .filter(not(properties::is_deleted));
            let owner = (room_types::property_id, room_types::id.nullable(), none(), room_types::version);
            found.select(owner).first(&mut conn).await
        }
        Subject::Offer(id) => {
            let found = offers::table.inner_join(properties::table).filter(offers::id.eq(id)).filter(not(properties::is_deleted));
            found.select((offers::property_id, none(), offers::id.nullable(), offers::version)).first(&mut conn).await
        }
    }
    .optional()
}

/// Locks the owner of pictures within the scope, against other changes of it and of its pictures.
pub async fn lock_owner(mut conn: &Conn, scope: &Scope, subject: Subject) -> QueryResult<Option<Owner>> {
    let none = || None::<Uuid>.into_sql::<Nullable<SqlUuid>>();
    match subject {
        Subject::Property(id) => {
            properties::table
                .find(id)
                .filter(scope.is_all().into_sql::<Bool>().or(properties::id.eq_any(scope.ids())))
                .filter(not(properties::is_deleted))
                .select((properties::id, none(), none(), properties::version))
                .for_no_key_update()
                .first(&mut conn)
                .await
        }
        Subject::RoomType(id) => {
            room_types::table
                .filter(room_types::id.eq(id))
                .filter(scope.is_all().into_sql::<Bool>().or(room_types::property_id.eq_any(scope.ids())))
                .filter(not(room_types::is_deleted))
                .select((room_types::property_id, room_types::id.nullable(), none(), room_types::version))
                .for_no_key_update()
                .first(&mut conn)
                .await
        }
        Subject::Offer(id) => {
            offers::table
                .filter(offers::id.eq(id))
                .filter(scope.is_all().into_sql::<Bool>().or(offers::property_id.eq_any(scope.ids())))
                .select((offers::property_id, none(), offers::id.nullable(), offers::version))
                .for_no_key_update()
                .first(&mut conn)
                .await
        }
    }
    .optional()
}

/// Makes a new version of the owner, since its pictures are part of it, and returns the version.
pub async fn touch_owner(mut conn: &Conn, owner: &Owner, now: DateTime<Utc>) -> QueryResult<i64> {
    match (owner.room_type_id, owner.offer_id) {
        (None, None) => {
            diesel::update(properties::table.find(owner.property_id))
                .set((properties::version.eq(properties::version + 1), properties::updated_at.eq(now)))
                .returning(properties::version)
                .get_result(&mut conn)
                .await
        }
        (Some(id), _) => {
            diesel::update(room_types::table.find((owner.property_id, id)))
                .set((room_types::version.eq(room_types::version + 1), room_types::updated_at.eq(now)))
                .returning(room_types::version)
                .get_result(&mut conn)
                .await
        }
        (None, Some(id)) => {
            diesel::update(offers::table.find((owner.property_id, id)))
                .set((offers::version.eq(offers::version + 1), offers::updated_at.eq(now)))
                .returning(offers::version)
                .get_result(&mut conn)
                .await
        }
    }
}

// Pictures

pub async fn of_owner(conn: &Conn, owner: &Owner) -> QueryResult<Vec<Image>> {
    match (owner.room_type_id, owner.offer_id) {
        (Some(id), _) => of_room_type(conn, owner.property_id, id).await,
        (None, Some(id)) => of_offer(conn, owner.property_id, id).await,
        (None, None) => of_property(conn, owner.property_id).await,
    }
}

/// The pictures of a hotel itself, in their order.
pub async fn of_property(conn: &Conn, property_id: Uuid) -> QueryResult<Vec<Image>> {
    of_properties(conn, &[property_id]).await
}

/// The pictures of some hotels themselves, in their order.
pub async fn of_properties(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<Image>> {
    images::table
        .filter(images::property_id.eq_any(ids))
        .filter(images::room_type_id.is_null())
        .filter(images::offer_id.is_null())
        .filter(not(images::is_deleted))
        .order((images::property_id, images::position, images::id))
        .select(Image::as_select())
        .load(&mut conn)
        .await
}

/// The pictures of a room type, in their order.
pub async fn of_room_type(mut conn: &Conn, property_id: Uuid, room_type_id: Uuid) -> QueryResult<Vec<Image>> {
    images::table
        .filter(images::property_id.eq(property_id))
        .filter(images::room_type_id.eq(room_type_id))
        .filter(not(images::is_deleted))
        .order((images::position, images::id))
        .select(Image::as_select())
        .load(&mut conn)
        .await
}

/// The pictures of all room types of a hotel, by type and in their order.
pub async fn of_room_types(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<Image>> {
    images::table
        .filter(images::property_id.eq_any(property_ids))
        .filter(images::room_type_id.is_not_null())
        .filter(not(images::is_deleted))
        .order((images::room_type_id, images::position, images::id))
        .select(Image::as_select())
        .load(&mut conn)
        .await
}

/// The pictures of an offer, in their order.
pub async fn of_offer(mut conn: &Conn, property_id: Uuid, offer_id: Uuid) -> QueryResult<Vec<Image>> {
    images::table
        .filter(images::property_id.eq(property_id))
        .filter(images::offer_id.eq(offer_id))
        .filter(not(images::is_deleted))
        .order((images::position, images::id))
        .select(Image::as_select())
        .load(&mut conn)
        .await
}

/// The pictures of all offers of a hotel, by offer and in their order.
pub async fn of_offers(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<Image>> {
    images::table
        .filter(images::property_id.eq(property_id))
        .filter(images::offer_id.is_not_null())
        .filter(not(images::is_deleted))
        .order((images::offer_id, images::position, images::id))
        .select(Image::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert(mut conn: &Conn, new: &NewImage) -> QueryResult<Image> {
    diesel::insert_into(images::table).values(new).returning(Image::as_returning()).get_result(&mut conn).await
}

pub async fn set_alt(mut conn: &Conn, row: &Image, alt: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(images::table.find((row.property_id, row.id)))
        .set((images::alt.eq(alt), images::version.eq(images::version + 1), images::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Takes the primary place from whoever has it, then gives it to this one.
pub async fn set_primary(mut conn: &Conn, owner: &Owner, id: Uuid, now: DateTime<Utc>) -> QueryResult<()> {
    let change = |is_primary: bool| {
        (images::is_primary.eq(is_primary), images::version.eq(images::version + 1), images::updated_at.eq(now))
    };
    let current = images::table
        .filter(images::property_id.eq(owner.property_id))
        .filter(images::room_type_id.is_not_distinct_from(owner.room_type_id))
        .filter(images::offer_id.is_not_distinct_from(owner.offer_id))
        .filter(images::is_primary.eq(true))
        .filter(images::id.ne(id));
    diesel::update(current).set(change(false)).execute(&mut conn).await?;
    let next = images::table.find((owner.property_id, id)).filter(images::is_primary.eq(false));
    diesel::update(next).set(change(true)).execute(&mut conn).await.map(drop)
}

/// Puts all pictures of an owner into this order.
pub async fn set_order(mut conn: &Conn, owner: &Owner, ids: &[Uuid], now: DateTime<Utc>) -> QueryResult<usize> {
    let place = || array_position(ids, images::id) - 1;
    let moved = images::table
        .filter(images::property_id.eq(owner.property_id))
        .filter(images::id.eq_any(ids))
        .filter(images::position.ne(place()));
    diesel::update(moved)
        .set((images::position.eq(place()), images::version.eq(images::version + 1), images::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

pub async fn delete(mut conn: &Conn, row: &Image, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(images::table.find((row.property_id, row.id)))
        .set((
            images::is_primary.eq(false),
            images::is_deleted.eq(true),
            images::deleted_at.eq(now),
            images::version.eq(images::version + 1),
            images::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

// Files

/// Returns those of these keys that are referred to. Every table that holds keys of pictures is asked here.
pub async fn referenced(mut conn: &Conn, keys: &[String]) -> QueryResult<Vec<String>> {
    let shown = images::table.filter(images::key.eq_any(keys)).filter(not(images::is_deleted)).select(images::key);
    let mut found: Vec<String> = shown.load(&mut conn).await?;
    let avatars = users::table
        .filter(users::avatar_key.eq_any(keys))
        .filter(not(users::is_deleted))
        .select(users::avatar_key.assume_not_null());
    found.extend(avatars.load::<String>(&mut conn).await?);
    let of_content = content_media::table
        .filter(content_media::key.eq_any(keys))
        .filter(not(content_media::is_deleted))
        .select(content_media::key);
    found.extend(of_content.load::<String>(&mut conn).await?);
    let of_lost_items = lost_items::table
        .filter(lost_items::photo_key.eq_any(keys))
        .filter(not(lost_items::is_deleted))
        .select(lost_items::photo_key.assume_not_null());
    found.extend(of_lost_items.load::<String>(&mut conn).await?);
    let attached = issue_attachments::table.filter(issue_attachments::key.eq_any(keys)).select(issue_attachments::key);
    found.extend(attached.load::<String>(&mut conn).await?);
    let signatures = registration_cards::table
        .filter(registration_cards::signature_key.eq_any(keys))
        .select(registration_cards::signature_key.assume_not_null());
    found.extend(signatures.load::<String>(&mut conn).await?);
    let of_reviews = review_photos::table.filter(review_photos::key.eq_any(keys)).select(review_photos::key);
    found.extend(of_reviews.load::<String>(&mut conn).await?);
    Ok(found)
}
