pub mod import;

use crate::answer::Answer;
use crate::app::App;
use crate::changes::{self, Asked, Known, Mark, Tell};
use crate::domains::images::{self, Image, ImageOut};
use crate::domains::properties::Property;
use crate::domains::rooms::dto::{
    AmenityOut, AssignAmenities, AssignedAmenities, CreateAmenity, CreateRoom, CreateRoomType, RoomFilter, RoomOut, RoomPage,
    RoomTypeOut, SetAmenities, SetHousekeepingOfRooms, UpdateAmenity, UpdateRoom, UpdateRoomType,
};
use crate::domains::rooms::error::RoomError;
use crate::domains::rooms::model::{
    Housekeeping, HousekeepingChange, NewRoom, NewRoomType, Room, RoomChange, RoomType, RoomTypeChange, by_number,
};
use crate::domains::rooms::repository::{self, WantedRooms};
use crate::domains::{inventory, properties, rates};
use crate::error::{FieldError, OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Cause, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{AmenitiesWrite, HousekeepingWrite, RoomTypesWrite, RoomsRead, RoomsWrite};
use crate::security::{Scope, Staff};
use crate::sheets::{self, Import, ImportQuery, SILENT};
use crate::stores::postgres::Conn;
use crate::texts::Texts;
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::try_join;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Time for which it is told who set a room to which state.
const CHANGES_KEPT: TimeDelta = TimeDelta::days(400);

/// Forgets changes of the states of rooms that are long past.
pub async fn forget_changes(app: &App) -> Result<()> {
    repository::forget_changes(&*app.db.conn().await?, app.clock.now() - CHANGES_KEPT).await?;
    Ok(())
}

// Room types

pub async fn list_types(app: &App, property_id: Uuid) -> Result<Vec<RoomTypeOut>> {
    let conn = app.db.conn().await?;
    let ids = &[property_id];
    let (property, types, mut codes, images) = try_join!(
        properties::find(&conn, property_id),
        repository::types_of(&conn, ids),
        repository::amenity_codes(&conn, ids),
        images::of_room_types(&conn, ids),
    )?;
    let property = property.or_404("property")?;
    let mut images = images::by_room_type(images);
    let shown = |row: RoomType| {
        let (codes, images) = (codes.remove(&row.id), images.remove(&row.id));
        RoomTypeOut::new(row, &property, codes.unwrap_or_default(), images.unwrap_or_default())
    };
    Ok(types.into_iter().map(shown).collect())
}

pub async fn get_type(app: &App, id: Uuid) -> Result<RoomTypeOut> {
    let conn = app.db.conn().await?;
    let (row, property) = repository::find_type(&conn, id).await?.or_404("room type")?;
    let (codes, images) = try_join!(
        repository::amenities_of_type(&conn, row.property_id, row.id),
        images::of_room_type(&conn, row.property_id, row.id)
    )?;
    Ok(RoomTypeOut::new(row, &property, codes, shown(images)))
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
        texts,
    } = request;
    if max_guests < max_adults {
        return Err(Error::invalid("/max_guests", "must be at least max_adults"));
    }
    let mut new = NewRoomType {
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
        texts: serde_json::Value::Null,
        created_at: now,
        updated_at: now,
    };
    app.change(key, async |conn| {
        let property = properties::lock(conn, &staff.scope, property_id).await?.or_404("property")?;
        same_currency(base_price, property.currency)?;
        new.texts = Texts::default().merged(&texts, &property.default_locale)?.to_json();
        let row =
            repository::insert_room_type(conn, &new).await.on_constraint("room_types_code_key", || RoomError::TypeCodeTaken)?;
        let codes = put_amenities(conn, &row, &amenities, now).await?;
        inventory::open_types(conn, property_id, &[row.id], property.business_date(now), property.settings.horizon_nights, now)
            .await?;
        outbox::publish(conn, &cause, [Event::created(&row).with("amenities", &codes)]).await?;
        rates::ensure_default_plan(conn, property_id, row.id, &cause).await?;
        let (id, version) = (row.id, row.version);
        Answer::created(format!("/v1/room-types/{id}"), version, &RoomTypeOut::new(row, &property, codes, Vec::new()))
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
        texts,
    } = patch;
    let mut change = RoomTypeChange {
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
        texts: None,
    };
    app.change(key, async |conn| {
        if change.code.is_some() {
            let known = repository::find_type(conn, id).await?.or_404("room type")?;
            lock_names(conn, &staff.scope, known.0.property_id, "room type").await?;
        }
        let before = repository::lock_type(conn, &staff.scope, id).await?.or_404("room type")?;
        seen.check(before.version)?;
        let property = properties::find(conn, before.property_id).await?.or_404("property")?;
        if let Some(price) = base_price {
            same_currency(price, property.currency)?;
        }
        if let Some(overbooking) = overbooking.filter(|overbooking| *overbooking != before.overbooking) {
            let today = property.business_date(now);
            let needed = inventory::change_overbooking(conn, property.id, id, today, overbooking, now).await?;
            none_needed(needed)?;
        }
        if let Some(texts) = &texts {
            change.texts = Some(before.texts().merged(texts, &property.default_locale)?.to_json());
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
        let mut event = Event::changed(&before, &after);
        if codes != old_codes {
            event = event.and("amenities", old_codes, &codes);
        }
        let images = images::of_room_type(conn, property.id, id).await?;
        if event.is_empty() {
            return Answer::unchanged(before.version, &RoomTypeOut::new(before, &property, codes, shown(images)));
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &RoomTypeOut::new(after, &property, codes, shown(images)))
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
        let row = repository::lock_type(conn, &staff.scope, id).await?.or_404("room type")?;
        seen.check(row.version)?;
        let property = properties::find(conn, row.property_id).await?.or_404("property")?;
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
        outbox::publish(conn, &cause, [Event::removed(&row)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

fn shown(images: Vec<Image>) -> Vec<ImageOut> {
    images.into_iter().map(Into::into).collect()
}

/// Makes these the amenities of a type.
pub async fn set_type_amenities(
    app: &App,
    staff: &Staff<AmenitiesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    SetAmenities { amenities }: SetAmenities,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock_type(conn, &staff.scope, id).await?.or_404("room type")?;
        seen.check(before.version)?;
        let property = properties::find(conn, before.property_id).await?.or_404("property")?;
        let known = repository::amenity_ids(conn, property.id).await?;
        let ids = ids_of(&known, &amenities).map_err(|(place, code)| unknown_code(&format!("/amenities/{place}"), &code))?;
        assign(conn, &cause, &known, &[(&before, ids)]).await?;
        let ids = [id];
        let (row, codes, images) = try_join!(
            repository::find_types(conn, property.id, &ids),
            repository::amenities_of_type(conn, property.id, id),
            images::of_room_type(conn, property.id, id)
        )?;
        let row = row.into_iter().next().or_404("room type")?;
        Answer::ok(row.version, &RoomTypeOut::new(row, &property, codes, shown(images)))
    })
    .await
}

/// Makes these the amenities of some types of a property: of all of them or of none.
pub async fn assign_amenities(
    app: &App,
    staff: &Staff<AmenitiesWrite>,
    key: &IdempotencyKey,
    AssignAmenities { property_id, assignments }: AssignAmenities,
) -> Result<Answer> {
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let wanted: Vec<Uuid> = assignments.iter().map(|assignment| assignment.room_type_id).collect();
    if let Some(place) = wanted.iter().enumerate().position(|(place, id)| wanted[..place].contains(id)) {
        return Err(Error::invalid(format!("/assignments/{place}/room_type_id"), "is there twice"));
    }
    app.change(key, async |conn| {
        properties::find(conn, property_id).await?.or_404("property")?;
        let types = repository::lock_types(conn, property_id, &wanted).await?;
        let known = repository::amenity_ids(conn, property_id).await?;
        let mut sets = Vec::with_capacity(assignments.len());
        for (place, assignment) in assignments.iter().enumerate() {
            let pointer = format!("/assignments/{place}");
            let row = types.iter().find(|row| row.id == assignment.room_type_id);
            let not_there = || Error::invalid(format!("{pointer}/room_type_id"), "is not a room type of the property");
            let row = row.ok_or_else(not_there)?;
            if assignment.version.is_some_and(|seen| seen != row.version) {
                return Err(RoomError::TypeChanged { place, version: row.version }.into());
            }
            let ids = ids_of(&known, &assignment.amenities)
                .map_err(|(place, code)| unknown_code(&format!("{pointer}/amenities/{place}"), &code))?;
            sets.push((row, ids));
        }
        assign(conn, &cause, &known, &sets).await?;
        let of_property = &[property_id];
        let (rows, mut codes) =
            try_join!(repository::find_types(conn, property_id, &wanted), repository::amenity_codes(conn, of_property))?;
        let versions: HashMap<Uuid, i64> = rows.iter().map(|row| (row.id, row.version)).collect();
        let assigned = |room_type_id: &Uuid| AssignedAmenities {
            room_type_id: *room_type_id,
            amenities: codes.remove(room_type_id).unwrap_or_default(),
            version: versions.get(room_type_id).copied().unwrap_or_default(),
        };
        let items: Vec<AssignedAmenities> = wanted.iter().map(assigned).collect();
        Answer::done(&Page::whole(items))
    })
    .await
}

/// The amenities by code, or the place and the code of the first that is unknown.
fn ids_of(known: &[(Uuid, String)], codes: &[String]) -> Result<BTreeSet<Uuid>, (usize, String)> {
    let id_of = |code: &String| known.iter().find(|(_, other)| other == code).map(|(id, _)| *id);
    let ids = codes.iter().enumerate().map(|(place, code)| id_of(code).ok_or_else(|| (place, code.clone())));
    ids.collect()
}

fn unknown_code(pointer: &str, code: &str) -> Error {
    Error::invalid(pointer, format!("{code:?} is not the code of an amenity of the property"))
}

/// Makes these the amenities of types of one property that are locked. What stays the same gets no new version.
async fn assign(conn: &Conn, cause: &Cause, known: &[(Uuid, String)], sets: &[(&RoomType, BTreeSet<Uuid>)]) -> Result<()> {
    let Some((first, _)) = sets.first() else { return Ok(()) };
    let mut old_codes = repository::amenity_codes(conn, &[first.property_id]).await?;
    let codes_of = |ids: &BTreeSet<Uuid>| -> BTreeSet<String> {
        known.iter().filter(|(id, _)| ids.contains(id)).map(|(_, code)| code.clone()).collect()
    };
    let mut changed: Vec<(Uuid, &BTreeSet<Uuid>)> = Vec::new();
    let mut events = Vec::new();
    for (row, ids) in sets {
        let old: BTreeSet<String> = old_codes.remove(&row.id).unwrap_or_default().into_iter().collect();
        let new = codes_of(ids);
        if old != new {
            changed.push((row.id, ids));
            events.push(Event::of("room_type.updated", *row).and("amenities", old, new));
        }
    }
    repository::replace_amenities(conn, first.property_id, &changed, cause.at).await?;
    outbox::publish(conn, cause, events).await?;
    Ok(())
}

/// Lets one at a time change names that are unique within a property, before they lock anything
/// else: two that each want the other's name would wait for each other.
async fn lock_names(conn: &Conn, scope: &Scope, property_id: Uuid, what: &str) -> Result<()> {
    properties::lock(conn, scope, property_id).await?.map(|_| ()).or_404(what)
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

// Rooms

/// A page of rooms, and where a property is named its mark; no page if the reader's copy is right.
/// A page of rooms with its mark; none if the reader's copy is right. Three round trips at most, and one where nothing is new.
pub async fn list_rooms(
    app: &App,
    staff: &Staff<RoomsRead>,
    filter: &RoomFilter,
    page: &PageQuery,
    known: &Known,
) -> Result<(Option<Mark>, Option<RoomPage>)> {
    let (limit, after) = (page.limit()?, page.after()?);
    let is_first = after.is_none();
    let property_id = filter.property_id.filter(|id| staff.scope.covers(*id));
    if known.since.is_some() && property_id.is_none() {
        let detail = "is needed with updated_since, of a hotel whose rooms you read";
        return Err(Error::invalid_fields(vec![FieldError::query("property_id", detail)]));
    }
    let conn = app.db.conn().await?;
    let (mut mark, mut changed) = (None, None);
    if let Some(property_id) = property_id {
        let asked = Asked::new(&format!("rooms {filter:?}"));
        let (now, news) = changes::since(&conn, &[property_id], known.mark(), asked).await?;
        mark = Some(now);
        match known.tell(news, |changed| !changed.rooms.is_empty()) {
            Tell::Nothing => return Ok((mark, None)),
            Tell::Whole => {}
            Tell::Delta(news) => changed = Some(Vec::from_iter(news.rooms)),
        }
    }
    let wanted = WantedRooms { scope: &staff.scope, filter, among: changed.as_deref() };
    let sync = mark.as_ref().map(Mark::to_text);
    let mut out = RoomPage { is_delta: changed.is_some(), sync, ..RoomPage::default() };
    if changed.as_ref().is_none_or(|changed| !changed.is_empty()) {
        let rows = repository::list_rooms(&conn, &wanted, after, limit + 1).await?;
        let Page { items, next_cursor } = page.page(rows, |room| (room.property_id, room.number.clone(), room.id))?;
        (out.items, out.next_cursor) = (items.into_iter().map(Into::into).collect(), next_cursor);
    }
    if let Some(changed) = changed.as_ref().filter(|changed| is_first && !changed.is_empty()) {
        let found: BTreeSet<Uuid> = repository::matching_rooms(&conn, &wanted).await?.into_iter().collect();
        out.removed = changed.iter().copied().filter(|id| !found.contains(id)).collect();
    }
    Ok((mark, Some(out)))
}

pub async fn get_room(app: &App, staff: &Staff<RoomsRead>, id: Uuid) -> Result<RoomOut> {
    let conn = app.db.conn().await?;
    let room = repository::find_room(&conn, &staff.scope, id).await?.or_404("room")?;
    Ok(room.into())
}

/// Adds a room, which can be sold from today on.
pub async fn create_room(app: &App, staff: &Staff<RoomsWrite>, key: &IdempotencyKey, request: CreateRoom) -> Result<Answer> {
    let CreateRoom { property_id, room_type_id, number, floor, features } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let features = set_of(&features);
    let new =
        NewRoom { property_id, id: Uuid::now_v7(), room_type_id, number, floor, features, created_at: now, updated_at: now };
    app.change(key, async |conn| {
        let property = properties::find(conn, property_id).await?.or_404("property")?;
        lock_type_of(conn, staff, property_id, room_type_id).await?;
        inventory::add_capacity(conn, property_id, room_type_id, 1, property.business_date(now), now).await?;
        let room = repository::insert_room(conn, &new).await.on_constraint("rooms_number_key", || RoomError::NumberTaken)?;
        outbox::publish(conn, &cause, [Event::created(&room)]).await?;
        inventory::seat_waiting(conn, property_id, &[room_type_id], property.business_date(now), &cause).await?;
        let (id, version) = (room.id, room.version);
        Answer::created(format!("/v1/rooms/{id}"), version, &RoomOut::from(room))
    })
    .await
}

/// Adds the rooms of a spreadsheet.
pub async fn import_rooms(
    app: &App,
    staff: &Staff<RoomsWrite>,
    key: &IdempotencyKey,
    query: &ImportQuery,
    file: Bytes,
) -> Result<Answer> {
    staff.at(query.property_id)?;
    let sheet = sheets::open(app, file, import::COLUMNS).await?;
    let (options, cause) = (query.options(), staff.caller.cause(app.clock.now()));
    app.change(key, async |conn| {
        let property_id = query.property_id;
        let wanted = Import { scope: &staff.scope, property_id, options, cause: &cause, progress: SILENT };
        let report = import::import(conn, &wanted, sheet.rows).await?;
        report.into_answer(&options)
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
    let UpdateRoom { room_type_id, number, floor, features } = patch;
    let change = RoomChange { room_type_id, number, floor, features: features.as_deref().map(set_of) };
    app.change(key, async |conn| {
        // The types are locked before the room, in one order, as whoever adds a room does.
        let known = repository::find_room(conn, &staff.scope, id).await?.or_404("room")?;
        if change.number.is_some() {
            lock_names(conn, &staff.scope, known.property_id, "room").await?;
        }
        let new_type = room_type_id.filter(|new_type| *new_type != known.room_type_id);
        if let Some(new_type) = new_type {
            change_type(conn, staff, &known, new_type, now).await?;
        }
        let before = repository::lock_room(conn, &staff.scope, id).await?.or_404("room")?;
        seen.check(before.version)?;
        if before.room_type_id != known.room_type_id {
            return Err(crate::version::changed_meanwhile(before.version));
        }
        let after = repository::update_room(conn, &before, &change, now)
            .await
            .on_constraint("rooms_number_key", || RoomError::NumberTaken)?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &RoomOut::from(before));
        }
        outbox::publish(conn, &cause, [event]).await?;
        if let Some(new_type) = new_type {
            let property = properties::find(conn, after.property_id).await?.or_404("property")?;
            inventory::seat_waiting(conn, after.property_id, &[new_type], property.business_date(now), &cause).await?;
        }
        Answer::ok(after.version, &RoomOut::from(after))
    })
    .await
}

/// Makes a set of codes, each once and in their order, as stored.
fn set_of(codes: &[String]) -> serde_json::Value {
    serde_json::json!(codes.iter().collect::<BTreeSet<_>>())
}

/// Moves a room's capacity from its type to another one.
async fn change_type(
    conn: &Conn,
    staff: &Staff<RoomsWrite>,
    room: &super::model::Room,
    new_type: Uuid,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let property = properties::find(conn, room.property_id).await?.or_404("property")?;
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
    inventory::add_capacity(conn, room.property_id, new_type, 1, today, now).await?;
    // Those who wait may get the room. Bookings are locked before rooms.
    let waiting = inventory::waiting(conn, room.property_id, &[new_type], today).await?;
    if waiting.is_empty() { Ok(()) } else { inventory::lock_all(conn, room.property_id, new_type, today).await }
}

/// Removes a room that no stay has and that is not needed for what is sold.
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
        let known = repository::find_room(conn, &staff.scope, id).await?.or_404("room")?;
        let property = properties::find(conn, known.property_id).await?.or_404("property")?;
        let today = property.business_date(now);
        let needed = inventory::remove_capacity(conn, known.property_id, known.room_type_id, today, now).await?;
        let room = repository::lock_room(conn, &staff.scope, id).await?.or_404("room")?;
        seen.check(room.version)?;
        if inventory::room_is_occupied_from(conn, room.property_id, id, today).await? {
            return Err(RoomError::Occupied.into());
        }
        none_needed(needed)?;
        repository::delete_room(conn, &room, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&room)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Sets the housekeeping state of a room.
pub async fn set_housekeeping(
    app: &App,
    staff: &Staff<HousekeepingWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    state: Housekeeping,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock_room(conn, &staff.scope, id).await?.or_404("room")?;
        seen.check(before.version)?;
        let after = put_housekeeping(conn, vec![before], state, &cause).await?;
        let room = after.into_iter().next().or_404("room")?;
        Answer::ok(room.version, &RoomOut::from(room))
    })
    .await
}

/// Sets the housekeeping state of many rooms, or of none if one of them does not exist.
pub async fn set_housekeeping_of_rooms(
    app: &App,
    staff: &Staff<HousekeepingWrite>,
    key: &IdempotencyKey,
    request: SetHousekeepingOfRooms,
) -> Result<Answer> {
    let state = request.state()?;
    let SetHousekeepingOfRooms { property_id, room_ids, floor, .. } = request;
    staff.at(property_id)?;
    if room_ids.is_none() && floor.is_none() {
        return Err(Error::invalid("/room_ids", "say which rooms: room_ids, floor, or both"));
    }
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        properties::find(conn, property_id).await?.or_404("property")?;
        let rooms = repository::lock_rooms(conn, property_id, room_ids.as_deref(), floor.as_deref()).await?;
        let is_missing = |id: &&Uuid| !rooms.iter().any(|room| room.id == **id);
        if let Some(place) = room_ids.iter().flatten().position(|id| is_missing(&id)) {
            let where_else =
                if floor.is_some() { "is not a room of the property on this floor" } else { "is not a room of the property" };
            return Err(Error::invalid(format!("/room_ids/{place}"), where_else));
        }
        let rooms = put_housekeeping(conn, rooms, state, &cause).await?;
        Answer::done(&Page::whole(rooms.into_iter().map(RoomOut::from).collect()))
    })
    .await
}

/// Marks rooms as dirty: guests have left them, or slept in them.
pub async fn mark_dirty(conn: &Conn, property_id: Uuid, ids: &[Uuid], cause: &Cause) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let rooms = repository::lock_rooms(conn, property_id, Some(ids), None).await?;
    let count = rooms.len();
    put_housekeeping(conn, rooms, Housekeeping::Dirty, cause).await?;
    Ok(count)
}

/// Returns those of some rooms of a hotel into which no guests are sent.
pub async fn not_ready(conn: &Conn, property: &Property, ids: &[Uuid]) -> Result<Vec<Room>> {
    let ready = Housekeeping::ready(property.settings.requires_inspection);
    Ok(repository::rooms_in_other_states(conn, ids, ready).await?)
}

/// Changes the rooms that are in another state, and returns all of them by number. The rooms are locked.
pub async fn put_housekeeping(conn: &Conn, rooms: Vec<Room>, state: Housekeeping, cause: &Cause) -> Result<Vec<Room>> {
    let (before, mut rooms): (Vec<Room>, Vec<Room>) = rooms.into_iter().partition(|room| room.housekeeping != state);
    if let Some(first) = before.first() {
        let ids: Vec<Uuid> = before.iter().map(|room| room.id).collect();
        let changed = repository::set_housekeeping(conn, first.property_id, &ids, state, cause.at).await?;
        let changes: Vec<_> = before.iter().map(|room| HousekeepingChange::of(room, state, cause)).collect();
        repository::insert_changes(conn, &changes).await?;
        let events =
            before.iter().map(|room| Event::of("room.housekeeping_set", room).and("housekeeping", room.housekeeping, state));
        outbox::publish(conn, cause, events).await?;
        rooms.extend(changed);
    }
    rooms.sort_by(|one, other| by_number(&one.number).cmp(&by_number(&other.number)));
    Ok(rooms)
}

/// Locks the type of a room, which must be one of the same property.
async fn lock_type_of(conn: &Conn, staff: &Staff<RoomsWrite>, property_id: Uuid, room_type_id: Uuid) -> Result<()> {
    match repository::lock_type(conn, &staff.scope, room_type_id).await? {
        Some(row) if row.property_id == property_id => Ok(()),
        _ => Err(Error::invalid("/room_type_id", "is not a room type of the property")),
    }
}

// Amenities

pub async fn list_amenities(app: &App, property_id: Uuid) -> Result<Vec<AmenityOut>> {
    let conn = app.db.conn().await?;
    properties::find(&conn, property_id).await?.or_404("property")?;
    Ok(repository::list_amenities(&conn, property_id).await?.into_iter().map(Into::into).collect())
}

pub async fn get_amenity(app: &App, id: Uuid) -> Result<AmenityOut> {
    let conn = app.db.conn().await?;
    Ok(repository::find_amenity(&conn, id).await?.or_404("amenity")?.into())
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
        properties::find(conn, property_id).await?.or_404("property")?;
        let amenity = repository::insert_amenity(conn, property_id, &code, &name, now)
            .await
            .on_constraint("amenities_code_key", || RoomError::AmenityCodeTaken)?;
        outbox::publish(conn, &cause, [Event::created(&amenity)]).await?;
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
        let before = repository::lock_amenity(conn, &staff.scope, id).await?.or_404("amenity")?;
        seen.check(before.version)?;
        let name = patch.name.as_ref().unwrap_or(&before.name);
        let after = repository::rename_amenity(conn, &before, name, now).await?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &AmenityOut::from(before));
        }
        outbox::publish(conn, &cause, [event]).await?;
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
        let amenity = repository::lock_amenity(conn, &staff.scope, id).await?.or_404("amenity")?;
        seen.check(amenity.version)?;
        repository::delete_amenity(conn, &amenity, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&amenity)]).await?;
        Ok(Answer::no_content())
    })
    .await
}
