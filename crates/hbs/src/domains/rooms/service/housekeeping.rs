//! Housekeeping states of rooms, and who set which.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties::{self, Property};
use crate::domains::rooms::dto::{RoomOut, SetHousekeepingOfRooms};
use crate::domains::rooms::model::{Housekeeping, HousekeepingChange, Room, by_number};
use crate::domains::rooms::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::page::Page;
use crate::security::Staff;
use crate::security::permission::HousekeepingWrite;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use chrono::TimeDelta;
use uuid::Uuid;

/// Time for which it is told who set a room to which state.
const CHANGES_KEPT: TimeDelta = TimeDelta::days(400);

/// Forgets changes of the states of rooms that are long past.
pub async fn forget_changes(app: &App) -> Result<()> {
    repository::forget_changes(&*app.db.conn().await?, app.clock.now() - CHANGES_KEPT).await?;
    Ok(())
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
