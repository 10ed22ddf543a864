//! Giving a stay the room that the front desk wants it to have.
use super::read::answer;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::AssignRoom;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{BookingChange, Stay};
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::Status;
use crate::domains::inventory::{self, Nights, RoomGap, solver};
use crate::http::conditional::changed_meanwhile;
use crate::http::{MustMatch, Staff};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Changes, Event};
use crate::security::permission::BookingsWrite;
use crate::{Error, Result};
use uuid::Uuid;

/// A room of a stay, and whether it is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    room_id: Uuid,
    is_pinned: bool,
}

/// Gives a stay a room of its type: the one named, else the one it has, else the one that fits best.
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
        let stays = repository::stays_of(conn, &[&before]).await?;
        let stay = stays.iter().find(|stay| stay.id == stay_id).ok_or_else(|| Error::not_found("stay"))?;
        check_to_come(stay)?;
        let nights = stay.nights();
        inventory::lock(conn, stay.property_id, &[stay.room_type_id], nights).await?;
        let gaps = inventory::gaps(conn, stay.property_id, &[stay.room_type_id], nights).await?;
        let place = choose(stay, nights, &gaps, request)?;
        let Some(event) = event(stay, place) else { return answer(conn, &reach, before).await };
        let after = repository::update(conn, &before, &BookingChange::default(), now).await?;
        let after = after.ok_or_else(|| changed_meanwhile(before.version + 1))?;
        if stay.room_id != Some(place.room_id) {
            // Two statements: within one, a row could not take the place of one that is deleted.
            inventory::vacate(conn, stay.property_id, &[stay.id], nights.from).await?;
            inventory::occupy(conn, stay.property_id, &[(stay.id, place.room_id, nights)], now).await?;
        }
        repository::set_room(conn, stay.property_id, stay.id, Some(place.room_id), place.is_pinned, now).await?;
        outbox::publish(conn, &cause, [event]).await?;
        answer(conn, &reach, after).await
    })
    .await
}

/// Only stays to come: which room a guest had is a fact.
fn check_to_come(stay: &Stay) -> Result<()> {
    match stay.status {
        Status::Held | Status::Confirmed => Ok(()),
        status => Err(BookingError::RoomIsFinal(status).into()),
    }
}

fn choose(stay: &Stay, nights: Nights, gaps: &[RoomGap], request: &AssignRoom) -> Result<Place> {
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
        (None, None) => solver::best_fit(gaps, stay.room_type_id, nights, &[]).ok_or(BookingError::NoFreeRoom)?.room_id,
    };
    // A room that is named is meant.
    let is_pinned = request.is_pinned.unwrap_or(request.room_id.is_some() || stay.is_pinned);
    Ok(Place { room_id, is_pinned })
}

/// Nothing if all is as it was.
fn event(stay: &Stay, place: Place) -> Option<Event> {
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
    Some(of_stay(stay, kind, changes))
}

fn of_stay(stay: &Stay, kind: &'static str, changes: Changes) -> Event {
    Event {
        kind,
        property_id: Some(stay.property_id),
        entity: "stay",
        entity_id: stay.id,
        booking_id: Some(stay.booking_id),
        changes,
    }
}
