//! Giving a stay the room that the front desk wants it to have.
use super::arrange::{Arranged, Need, make_room, widest_range};
use super::moves::move_stays;
use super::occupancy;
use super::read::answer;
use super::rooms::check_rooms;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::AssignRoom;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::events;
use crate::domains::bookings::model::{Booking, BookingChange, Stay};
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::Status;
use crate::domains::inventory::{self, Counts, NightRow, Nights, RoomGap, solver};
use crate::domains::{properties, rooms};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Changes, Event};
use crate::security::permission::BookingsWrite;
use crate::security::{Scope, Staff};
use crate::stores::postgres::Conn;
use crate::version::{MustMatch, changed_meanwhile};
use crate::{Error, Result};
use chrono::{Days, NaiveDate};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A room of a stay, and whether it is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    room_id: Uuid,
    is_pinned: bool,
}

/// Gives a stay a room: the one named, else the one it has, else the one of its type that fits best, for which others who come move if they must. Guests in the house move for the
/// nights that are left.
pub async fn assign_room(
    app: &App,
    staff: &Staff<BookingsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    (booking_id, stay_id): (Uuid, Uuid),
    request: &AssignRoom,
) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, reach) = (staff.caller.cause(now), staff.reach());
    app.change(key, async |conn| {
        let before = repository::find(conn, &reach, booking_id).await?.ok_or_else(|| Error::not_found("booking"))?;
        seen.check(before.version)?;
        let property = properties::find(conn, before.property_id).await?.ok_or_else(|| Error::not_found("booking"))?;
        let stays = repository::stays_of(conn, &[&before]).await?;
        let stay = stays.iter().find(|stay| stay.id == stay_id).ok_or_else(|| Error::not_found("stay"))?;
        let today = property.business_date(now);
        let nights = nights_to_come(stay, today)?;
        let room_type_id = type_of(conn, stay, request).await?;
        let types = types(stay, room_type_id);
        let range = match stay.room_id.or(request.room_id) {
            Some(_) => nights,
            // Others may have to make room.
            None => widest_range(conn, stay.property_id, &types, nights, today).await?,
        };
        let rows = inventory::lock(conn, stay.property_id, &types, range).await?;
        if !repository::is_current(conn, &before).await? {
            return Err(changed_meanwhile(before.version + 1));
        }
        let gaps = inventory::gaps(conn, stay.property_id, &[room_type_id], nights).await?;
        let (place, arranged) = match choose(stay, nights, &gaps, request)? {
            Some(place) => (place, Arranged::default()),
            None if is_overbooked(&rows, stay) => return Err(BookingError::NoFreeRoom.into()),
            None => rearranged(conn, stay, &gaps, request, today, range).await?,
        };
        let Some(event) = event(stay, place, room_type_id) else { return answer(conn, &reach, before).await };
        let moved = arranged.bookings().chain([before.id]).collect();
        repository::lock_bookings(conn, stay.property_id, moved).await?;
        let after = repository::update(conn, &before, &BookingChange::default(), now).await?;
        let after = after.ok_or_else(|| changed_meanwhile(before.version + 1))?;
        move_stays(conn, stay.property_id, &arranged.occupancies, &arranged.moves, &Cause::system(now)).await?;
        if room_type_id != stay.room_type_id {
            change_type(conn, &before, stay, room_type_id, nights, &rows, &cause).await?;
        }
        if stay.room_id != Some(place.room_id) {
            // Two statements: within one, a row could not take the place of one that is deleted.
            inventory::vacate(conn, stay.property_id, &[stay.id], nights.from).await?;
            inventory::occupy(conn, stay.property_id, &[(stay.id, place.room_id, nights)], now).await?;
            if stay.status == Status::CheckedIn {
                change_rooms(conn, stay, place.room_id, &cause).await?;
            }
            let moved_on = (stay.status == Status::CheckedIn && nights.from > stay.check_in).then_some(nights.from);
            repository::note_move(conn, stay.property_id, stay.id, room_type_id, moved_on.or(stay.moved_on)).await?;
        }
        repository::set_room(conn, stay.property_id, stay.id, Some(place.room_id), place.is_pinned, now).await?;
        outbox::publish(conn, &cause, [event]).await?;
        // Another stay of the booking may have made room.
        let after = repository::find(conn, &reach, after.id).await?.ok_or_else(|| Error::not_found("booking"))?;
        answer(conn, &reach, after).await
    })
    .await
}

/// The nights for which it can be given another room: which room a guest was in is a fact.
fn nights_to_come(stay: &Stay, today: NaiveDate) -> Result<Nights> {
    match stay.status {
        Status::Held | Status::Confirmed => Ok(stay.nights()),
        Status::CheckedIn if today < stay.check_out => Ok(Nights::new(today.max(stay.check_in), stay.check_out)),
        status => Err(BookingError::RoomIsFinal(status).into()),
    }
}

/// The type of the room that is named; another one than was sold only where that is meant.
async fn type_of(conn: &Conn, stay: &Stay, request: &AssignRoom) -> Result<Uuid> {
    let Some(room_id) = request.room_id else { return Ok(stay.room_type_id) };
    let scope = Scope::Properties([stay.property_id].into());
    let room =
        rooms::find_room(conn, &scope, room_id).await?.ok_or_else(|| Error::invalid("/room_id", "is not a room of the hotel"))?;
    if room.room_type_id == stay.room_type_id {
        return Ok(room.room_type_id);
    }
    if stay.status == Status::CheckedIn {
        return Err(Error::invalid("/room_id", "is not a room of the stay's type, within which guests in the house move"));
    }
    if room.room_type_id != stay.booked_room_type_id && !request.upgrade {
        return Err(Error::invalid("/room_id", "is not a room of the stay's type; send upgrade to give it at the same price"));
    }
    Ok(room.room_type_id)
}

fn types(stay: &Stay, room_type_id: Uuid) -> Vec<Uuid> {
    let mut types = vec![stay.room_type_id, room_type_id];
    types.dedup();
    types
}

/// Counts the nights under the type of the other room.
async fn change_type(
    conn: &Conn,
    booking: &Booking,
    stay: &Stay,
    to: Uuid,
    nights: Nights,
    rows: &[NightRow],
    cause: &Cause,
) -> Result<()> {
    let counted: Counts = nights.iter().flat_map(|night| [((night, stay.room_type_id), -1), ((night, to), 1)]).collect();
    let set_aside = occupancy::set_aside(conn, stay.property_id, booking.group_id).await?;
    let own = set_aside.as_ref().map(|allotment| allotment.seen_by_its_own(rows, &counted));
    let short = inventory::shortages(own.as_deref().unwrap_or(rows), &BTreeMap::from([(to, 1)]), nights);
    if !short.is_empty() {
        return Err(BookingError::NoAvailability(short).into());
    }
    occupancy::count(conn, stay.property_id, set_aside.as_ref(), &counted, cause.at).await
}

/// Guests in the house go to a room that is ready, and leave one that is to be made up.
async fn change_rooms(conn: &Conn, stay: &Stay, to: Uuid, cause: &Cause) -> Result<()> {
    check_rooms(conn, stay.property_id, &[to], true).await?;
    rooms::mark_dirty(conn, stay.property_id, stay.room_id.as_slice(), cause).await?;
    Ok(())
}

/// None: there is no room that is free throughout.
fn choose(stay: &Stay, nights: Nights, gaps: &[RoomGap], request: &AssignRoom) -> Result<Option<Place>> {
    let room_id = match (request.room_id, stay.room_id) {
        (Some(wanted), current) if current == Some(wanted) => wanted,
        (Some(wanted), _) => {
            let gap = gaps.iter().find(|gap| gap.room_id == wanted);
            let gap = gap.ok_or_else(|| Error::invalid("/room_id", "is not a room of the stay's type"))?;
            if !gap.is_free(nights) {
                return Err(BookingError::RoomNotFree(gap.number.clone()).into());
            }
            wanted
        }
        (None, Some(current)) => current,
        (None, None) => match solver::best_fit(gaps, stay.room_type_id, nights, &[]) {
            Some(gap) => gap.room_id,
            None => return Ok(None),
        },
    };
    // A room that is named is meant.
    let is_pinned = request.is_pinned.unwrap_or(request.room_id.is_some() || stay.is_pinned);
    Ok(Some(Place { room_id, is_pinned }))
}

/// Whether more is sold of its type than there are rooms on some night: then somebody goes without.
fn is_overbooked(rows: &[NightRow], stay: &Stay) -> bool {
    let in_stay = |row: &&NightRow| row.room_type_id == stay.room_type_id && (stay.check_in..stay.check_out).contains(&row.night);
    rows.iter().filter(in_stay).any(|row| row.sold > row.capacity)
}

/// A room that others leave for it, if they can have another one.
async fn rearranged(
    conn: &Conn,
    stay: &Stay,
    gaps: &[RoomGap],
    request: &AssignRoom,
    today: NaiveDate,
    range: Nights,
) -> Result<(Place, Arranged)> {
    let need = Need {
        room_type_id: stay.room_type_id,
        rooms: gaps.iter().map(|gap| gap.room_id).collect(),
        wanted: vec![stay.nights()],
        taken: &[],
    };
    let locked_to = range.to - Days::new(1);
    let arranged = make_room(conn, stay.property_id, need, today, locked_to).await?;
    let room_id = *arranged.rooms.first().ok_or(BookingError::NoFreeRoom)?;
    Ok((Place { room_id, is_pinned: request.is_pinned.unwrap_or(stay.is_pinned) }, arranged))
}

/// Nothing if all is as it was.
fn event(stay: &Stay, place: Place, room_type_id: Uuid) -> Option<Event> {
    let moved = stay.room_id != Some(place.room_id);
    let (kind, changes) = match (stay.room_id, moved) {
        (None, _) => ("stay.assigned", Changes::field("room_id", None::<Uuid>, place.room_id)),
        (before, true) => ("stay.moved", Changes::field("room_id", before, place.room_id)),
        (_, false) if stay.is_pinned == place.is_pinned => return None,
        (_, false) => {
            let kind = if place.is_pinned { "stay.pinned" } else { "stay.unpinned" };
            return Some(of_stay(stay, kind, Changes::field("is_pinned", stay.is_pinned, place.is_pinned)));
        }
    };
    let changes = match stay.is_pinned == place.is_pinned {
        true => changes,
        false => changes.and("is_pinned", stay.is_pinned, place.is_pinned),
    };
    let changes = match stay.room_type_id == room_type_id {
        true => changes,
        false => changes.and("room_type_id", stay.room_type_id, room_type_id),
    };
    Some(of_stay(stay, kind, changes))
}

fn of_stay(stay: &Stay, kind: &'static str, changes: Changes) -> Event {
    events::of_stay(kind, stay.property_id, stay.booking_id, stay.id, changes)
}
