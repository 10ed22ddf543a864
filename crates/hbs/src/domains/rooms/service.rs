use super::dto::{
    AmenityOut, CreateAmenity, CreateRoom, CreateRoomType, RoomFilter, RoomOut, RoomTypeOut, UpdateAmenity, UpdateRoom,
    UpdateRoomType,
};
use super::error::RoomError;
use super::model::{NewRoom, NewRoomType, RoomChange, RoomType, RoomTypeChange};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::{inventory, properties};
use crate::error::OnConstraint;
use crate::http::page::{Page, PageQuery};
use crate::http::{MustMatch, Staff};
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Changes, Event};
use crate::security::Scope;
use crate::security::permission::{AmenitiesWrite, RoomTypesWrite, RoomsRead, RoomsWrite};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use uuid::Uuid;

// Room types

pub async fn list_types(app: &App, property_id: Uuid) -> Result<Vec<RoomTypeOut>> {
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.ok_or_else(|| Error::not_found("property"))?;
    let types = repository::list_types_with_amenities(&conn, property_id).await?;
    Ok(types.into_iter().map(|(row, codes)| RoomTypeOut::new(row, property.currency, codes)).collect())
}

pub async fn get_type(app: &App, id: Uuid) -> Result<RoomTypeOut> {
    let conn = app.db.conn().await?;
    let (row, currency) = repository::find_type(&conn, id).await?.ok_or_else(|| Error::not_found("room type"))?;
    let codes = repository::amenities_of_type(&conn, row.property_id, row.id).await?;
    Ok(RoomTypeOut::new(row, currency, codes))
}

/// Adds a type. It can be sold as soon as it has rooms.
pub async fn create_type(
    app: &App,
    staff: &Staff<RoomTypesWrite>,
    key: &IdempotencyKey,
    request: CreateRoomType,
) -> Result<Answer> {
    staff.at(request.property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let CreateRoomType {
        property_id,
        code,
        name,
        description,
        max_adults,
        max_children,
        max_guests,
        beds,
        size_sqm,
        base_price,
        overbooking,
        amenities,
    } = request;
    if max_guests < max_adults {
        return Err(Error::invalid("/max_guests", "must be at least max_adults"));
    }
    let new = NewRoomType {
        property_id,
        id: Uuid::now_v7(),
        code,
        name,
        description,
        max_adults,
        max_children,
        max_guests,
        beds: serde_json::json!(beds),
        size_sqm,
        base_price_minor: base_price.minor,
        overbooking,
        created_at: now,
        updated_at: now,
    };
    app.change(key, async |conn| {
        let property = properties::lock(conn, &staff.scope, property_id).await?.ok_or_else(|| Error::not_found("property"))?;
        same_currency(base_price, property.currency)?;
        let row =
            repository::insert_room_type(conn, &new).await.on_constraint("room_types_code_key", || RoomError::TypeCodeTaken)?;
        let codes = put_amenities(conn, &row, &amenities, now).await?;
        inventory::open_type(conn, property_id, row.id, property.business_date(now), property.horizon_nights, now).await?;
        let changes = Changes::created(&row).and("amenities", None::<()>, &codes);
        outbox::publish(conn, &cause, [type_event("room_type.created", &row, changes)]).await?;
        let (id, version) = (row.id, row.version);
        Answer::created(format!("/v1/room-types/{id}"), version, &RoomTypeOut::new(row, property.currency, codes))
    })
    .await
}

pub async fn update_type(
    app: &App,
    staff: &Staff<RoomTypesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateRoomType,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let UpdateRoomType {
        code,
        name,
        description,
        max_adults,
        max_children,
        max_guests,
        beds,
        size_sqm,
        base_price,
        overbooking,
        amenities,
    } = patch;
    let change = RoomTypeChange {
        code,
        name,
        description,
        max_adults,
        max_children,
        max_guests,
        beds: beds.map(|beds| serde_json::json!(beds)),
        size_sqm,
        base_price_minor: base_price.map(|price| price.minor),
        overbooking,
    };
    app.change(key, async |conn| {
        if change.code.is_some() {
            let known = repository::find_type(conn, id).await?.ok_or_else(|| Error::not_found("room type"))?;
            lock_names(conn, &staff.scope, known.0.property_id, "room type").await?;
        }
        let before = repository::lock_type(conn, &staff.scope, id).await?.ok_or_else(|| Error::not_found("room type"))?;
        seen.check(before.version)?;
        let property = properties::find(conn, before.property_id).await?.ok_or_else(|| Error::not_found("property"))?;
        if let Some(price) = base_price {
            same_currency(price, property.currency)?;
        }
        if let Some(overbooking) = overbooking.filter(|overbooking| *overbooking != before.overbooking) {
            let today = property.business_date(now);
            let needed = inventory::change_overbooking(conn, property.id, id, today, overbooking, now).await?;
            none_needed(needed)?;
        }
        let after = repository::update_type(conn, &before, &change, now)
            .await
            .on_constraint("room_types_code_key", || RoomError::TypeCodeTaken)?;
        if after.max_guests < after.max_adults {
            return Err(Error::invalid("/max_guests", "must be at least max_adults"));
        }
        let old_codes = repository::amenities_of_type(conn, property.id, id).await?;
        let codes = match &amenities {
            Some(codes) => put_amenities(conn, &after, codes, now).await?,
            None => old_codes.clone(),
        };
        let mut changes = Changes::between(&before, &after);
        if codes != old_codes {
            changes = changes.and("amenities", old_codes, &codes);
        }
        outbox::publish(conn, &cause, [type_event("room_type.updated", &after, changes)]).await?;
        Answer::ok(after.version, &RoomTypeOut::new(after, property.currency, codes))
    })
    .await
}

/// Removes a type that has no rooms and nothing sold.
pub async fn delete_type(
    app: &App,
    staff: &Staff<RoomTypesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let row = repository::lock_type(conn, &staff.scope, id).await?.ok_or_else(|| Error::not_found("room type"))?;
        seen.check(row.version)?;
        let property = properties::find(conn, row.property_id).await?.ok_or_else(|| Error::not_found("property"))?;
        if repository::type_has_rooms(conn, &row).await? {
            return Err(RoomError::TypeHasRooms.into());
        }
        // Whoever sells the type holds its nights: with these locked, either the sale or the removal is seen.
        let today = property.business_date(now);
        inventory::lock(conn, row.property_id, &[id], inventory::Nights::new(today, chrono::NaiveDate::MAX)).await?;
        if repository::type_has_sales(conn, &row, today).await? {
            return Err(RoomError::TypeHasStays.into());
        }
        repository::delete_type(conn, &row, now).await?;
        let event = type_event("room_type.deleted", &row, Changes::field("is_deleted", false, true));
        outbox::publish(conn, &cause, [event]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Lets one at a time change names that are unique within a property, before they lock anything
/// else: two that each want the other's name would wait for each other.
async fn lock_names(conn: &Conn, scope: &Scope, property_id: Uuid, what: &str) -> Result<()> {
    properties::lock(conn, scope, property_id).await?.map(|_| ()).ok_or_else(|| Error::not_found(what))
}

fn same_currency(price: Money, currency: Currency) -> Result<()> {
    if price.currency == currency {
        Ok(())
    } else {
        Err(Error::invalid("/base_price/currency", format!("must be {currency}, the property's currency")))
    }
}

fn none_needed(nights: Vec<chrono::NaiveDate>) -> Result<()> {
    if nights.is_empty() { Ok(()) } else { Err(RoomError::NeededForSales(nights).into()) }
}

/// Makes these the type's amenities and returns them by code.
async fn put_amenities(conn: &Conn, row: &RoomType, codes: &[String], now: chrono::DateTime<chrono::Utc>) -> Result<Vec<String>> {
    let unknown = repository::set_amenities(conn, row.property_id, row.id, codes, now).await?;
    match unknown.first() {
        Some(code) => Err(Error::invalid("/amenities", format!("{code:?} is not the code of an amenity of the property"))),
        None => Ok(repository::amenities_of_type(conn, row.property_id, row.id).await?),
    }
}

fn type_event(kind: &'static str, row: &RoomType, changes: Changes) -> Event {
    Event { kind, property_id: Some(row.property_id), entity: "room_type", entity_id: row.id, booking_id: None, changes }
}

// Rooms

pub async fn list_rooms(app: &App, staff: &Staff<RoomsRead>, filter: &RoomFilter, page: &PageQuery) -> Result<Page<RoomOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_rooms(&conn, &staff.scope, filter, after, limit + 1).await?;
    let key = |room: &super::model::Room| (room.property_id, room.number.clone(), room.id);
    Ok(page.page(rows, key)?.map(Into::into))
}

pub async fn get_room(app: &App, staff: &Staff<RoomsRead>, id: Uuid) -> Result<RoomOut> {
    let conn = app.db.conn().await?;
    let room = repository::find_room(&conn, &staff.scope, id).await?.ok_or_else(|| Error::not_found("room"))?;
    Ok(room.into())
}

/// Adds a room, which can be sold from today on.
pub async fn create_room(app: &App, staff: &Staff<RoomsWrite>, key: &IdempotencyKey, request: CreateRoom) -> Result<Answer> {
    let CreateRoom { property_id, room_type_id, number, floor } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let new = NewRoom { property_id, id: Uuid::now_v7(), room_type_id, number, floor, created_at: now, updated_at: now };
    app.change(key, async |conn| {
        let property = properties::find(conn, property_id).await?.ok_or_else(|| Error::not_found("property"))?;
        lock_type_of(conn, staff, property_id, room_type_id).await?;
        inventory::add_capacity(conn, property_id, room_type_id, property.business_date(now), now).await?;
        let room = repository::insert_room(conn, &new).await.on_constraint("rooms_number_key", || RoomError::NumberTaken)?;
        outbox::publish(conn, &cause, [room_event("room.created", &room, Changes::created(&room))]).await?;
        let (id, version) = (room.id, room.version);
        Answer::created(format!("/v1/rooms/{id}"), version, &RoomOut::from(room))
    })
    .await
}

pub async fn update_room(
    app: &App,
    staff: &Staff<RoomsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateRoom,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let UpdateRoom { room_type_id, number, floor } = patch;
    let change = RoomChange { room_type_id, number, floor };
    app.change(key, async |conn| {
        // The types are locked before the room, in one order, as whoever adds a room does.
        let known = repository::find_room(conn, &staff.scope, id).await?.ok_or_else(|| Error::not_found("room"))?;
        if change.number.is_some() {
            lock_names(conn, &staff.scope, known.property_id, "room").await?;
        }
        let new_type = room_type_id.filter(|new_type| *new_type != known.room_type_id);
        if let Some(new_type) = new_type {
            change_type(conn, staff, &known, new_type, now).await?;
        }
        let before = repository::lock_room(conn, &staff.scope, id).await?.ok_or_else(|| Error::not_found("room"))?;
        seen.check(before.version)?;
        if before.room_type_id != known.room_type_id {
            return Err(crate::http::conditional::changed_meanwhile(before.version));
        }
        let after = repository::update_room(conn, &before, &change, now)
            .await
            .on_constraint("rooms_number_key", || RoomError::NumberTaken)?;
        outbox::publish(conn, &cause, [room_event("room.updated", &after, Changes::between(&before, &after))]).await?;
        Answer::ok(after.version, &RoomOut::from(after))
    })
    .await
}

/// Moves a room's capacity from its type to another one.
async fn change_type(
    conn: &Conn,
    staff: &Staff<RoomsWrite>,
    room: &super::model::Room,
    new_type: Uuid,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let property = properties::find(conn, room.property_id).await?.ok_or_else(|| Error::not_found("property"))?;
    let today = property.business_date(now);
    let mut types = [room.room_type_id, new_type];
    types.sort_unstable();
    for room_type_id in types {
        lock_type_of(conn, staff, room.property_id, room_type_id).await?;
    }
    let nights = inventory::Nights::new(today, chrono::NaiveDate::MAX);
    inventory::lock(conn, room.property_id, &types, nights).await?;
    if inventory::room_is_occupied_from(conn, room.property_id, room.id, today).await? {
        return Err(RoomError::Occupied.into());
    }
    none_needed(inventory::remove_capacity(conn, room.property_id, room.room_type_id, today, now).await?)?;
    inventory::add_capacity(conn, room.property_id, new_type, today, now).await
}

/// Removes a room that nobody has and that is not needed for what is sold.
pub async fn delete_room(
    app: &App,
    staff: &Staff<RoomsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let known = repository::find_room(conn, &staff.scope, id).await?.ok_or_else(|| Error::not_found("room"))?;
        let property = properties::find(conn, known.property_id).await?.ok_or_else(|| Error::not_found("property"))?;
        let today = property.business_date(now);
        let needed = inventory::remove_capacity(conn, known.property_id, known.room_type_id, today, now).await?;
        let room = repository::lock_room(conn, &staff.scope, id).await?.ok_or_else(|| Error::not_found("room"))?;
        seen.check(room.version)?;
        if inventory::room_is_occupied_from(conn, room.property_id, id, today).await? {
            return Err(RoomError::Occupied.into());
        }
        none_needed(needed)?;
        repository::delete_room(conn, &room, now).await?;
        let event = room_event("room.deleted", &room, Changes::field("is_deleted", false, true));
        outbox::publish(conn, &cause, [event]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// The type of a room must be one of the same property.
async fn lock_type_of(conn: &Conn, staff: &Staff<RoomsWrite>, property_id: Uuid, room_type_id: Uuid) -> Result<()> {
    match repository::lock_type(conn, &staff.scope, room_type_id).await? {
        Some(row) if row.property_id == property_id => Ok(()),
        _ => Err(Error::invalid("/room_type_id", "is not a room type of the property")),
    }
}

fn room_event(kind: &'static str, room: &super::model::Room, changes: Changes) -> Event {
    Event { kind, property_id: Some(room.property_id), entity: "room", entity_id: room.id, booking_id: None, changes }
}

// Amenities

pub async fn list_amenities(app: &App, property_id: Uuid) -> Result<Vec<AmenityOut>> {
    let conn = app.db.conn().await?;
    properties::find(&conn, property_id).await?.ok_or_else(|| Error::not_found("property"))?;
    Ok(repository::list_amenities(&conn, property_id).await?.into_iter().map(Into::into).collect())
}

pub async fn get_amenity(app: &App, id: Uuid) -> Result<AmenityOut> {
    let conn = app.db.conn().await?;
    Ok(repository::find_amenity(&conn, id).await?.ok_or_else(|| Error::not_found("amenity"))?.into())
}

pub async fn create_amenity(
    app: &App,
    staff: &Staff<AmenitiesWrite>,
    key: &IdempotencyKey,
    request: CreateAmenity,
) -> Result<Answer> {
    let CreateAmenity { property_id, code, name } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        properties::find(conn, property_id).await?.ok_or_else(|| Error::not_found("property"))?;
        let amenity = repository::insert_amenity(conn, property_id, &code, &name, now)
            .await
            .on_constraint("amenities_code_key", || RoomError::AmenityCodeTaken)?;
        outbox::publish(conn, &cause, [amenity_event("amenity.created", &amenity, Changes::created(&amenity))]).await?;
        let (id, version) = (amenity.id, amenity.version);
        Answer::created(format!("/v1/amenities/{id}"), version, &AmenityOut::from(amenity))
    })
    .await
}

pub async fn update_amenity(
    app: &App,
    staff: &Staff<AmenitiesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateAmenity,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock_amenity(conn, &staff.scope, id).await?.ok_or_else(|| Error::not_found("amenity"))?;
        seen.check(before.version)?;
        let name = patch.name.as_ref().unwrap_or(&before.name);
        let after = repository::rename_amenity(conn, &before, name, now).await?;
        outbox::publish(conn, &cause, [amenity_event("amenity.updated", &after, Changes::between(&before, &after))]).await?;
        Answer::ok(after.version, &AmenityOut::from(after))
    })
    .await
}

pub async fn delete_amenity(
    app: &App,
    staff: &Staff<AmenitiesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let amenity = repository::lock_amenity(conn, &staff.scope, id).await?.ok_or_else(|| Error::not_found("amenity"))?;
        seen.check(amenity.version)?;
        repository::delete_amenity(conn, &amenity, now).await?;
        let event = amenity_event("amenity.deleted", &amenity, Changes::field("is_deleted", false, true));
        outbox::publish(conn, &cause, [event]).await?;
        Ok(Answer::no_content())
    })
    .await
}

fn amenity_event(kind: &'static str, amenity: &super::model::Amenity, changes: Changes) -> Event {
    Event { kind, property_id: Some(amenity.property_id), entity: "amenity", entity_id: amenity.id, booking_id: None, changes }
}
