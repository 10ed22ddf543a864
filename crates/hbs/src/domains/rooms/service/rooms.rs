//! Rooms.
use super::{import, lock_names, none_needed};
use crate::answer::Answer;
use crate::app::App;
use crate::changes::{self, Asked, Known, Mark, Tell};
use crate::domains::rooms::dto::{CreateRoom, RoomFilter, RoomOut, RoomPage, UpdateRoom};
use crate::domains::rooms::error::RoomError;
use crate::domains::rooms::model::{NewRoom, Room, RoomChange};
use crate::domains::rooms::repository::{self, WantedRooms};
use crate::domains::{inventory, properties};
use crate::error::{FieldError, OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{RoomsRead, RoomsWrite};
use crate::sheets::{self, Import, ImportQuery, SILENT};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use bytes::Bytes;
use std::collections::BTreeSet;
use uuid::Uuid;

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
    room: &Room,
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

/// Locks the type of a room, which must be one of the same property.
async fn lock_type_of(conn: &Conn, staff: &Staff<RoomsWrite>, property_id: Uuid, room_type_id: Uuid) -> Result<()> {
    match repository::lock_type(conn, &staff.scope, room_type_id).await? {
        Some(row) if row.property_id == property_id => Ok(()),
        _ => Err(Error::invalid("/room_type_id", "is not a room type of the property")),
    }
}
