//! Swaps of the rooms of two stays.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::repository;
use crate::domains::bookings::service::read::answer;
use crate::domains::inventory;
use crate::domains::stays::Status;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::BookingsWrite;
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, changed_meanwhile};
use crate::{Error, Result};
use uuid::Uuid;

/// Gives each of two stays to come the other's room. Pins stay with the guests.
pub async fn swap_rooms(
    app: &App,
    staff: &Staff<BookingsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    (booking_id, stay_id): (Uuid, Uuid),
    with_stay_id: Uuid,
) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, reach) = (staff.caller.cause(now), staff.reach());
    app.change(key, async |conn| {
        let before = repository::find(conn, &reach, booking_id).await?.or_404("booking")?;
        seen.check(before.version)?;
        let one = find(conn, &before, stay_id).await?.or_404("stay")?;
        let other = find(conn, &before, with_stay_id).await?;
        let other = other.ok_or_else(|| Error::invalid("/with_stay_id", "is not a stay of the hotel"))?;
        let stays = [&one.0, &other.0];
        let rooms = rooms(stays)?;
        let span = one.0.nights().joined(other.0.nights());
        inventory::lock(conn, before.property_id, &[one.0.room_type_id], span).await?;
        for booking in [&one.1, &other.1] {
            if !repository::is_current(conn, booking).await? {
                return Err(changed_meanwhile(booking.version + 1));
            }
        }
        for stay in stays {
            inventory::vacate_outside(conn, stay.property_id, stay.id, None).await?;
        }
        check_free(conn, stays, rooms).await?;
        let places = [(one.0.id, rooms[1], one.0.nights()), (other.0.id, rooms[0], other.0.nights())];
        inventory::occupy(conn, before.property_id, &places, now).await?;
        repository::bump_versions(conn, before.property_id, &[one.1.id, other.1.id], now).await?;
        for (stay, room_id) in stays.into_iter().zip([rooms[1], rooms[0]]) {
            repository::set_room(conn, stay.property_id, stay.id, Some(room_id), stay.is_pinned, now).await?;
        }
        outbox::publish(conn, &cause, [moved(&one.0, rooms[1]), moved(&other.0, rooms[0])]).await?;
        let after = repository::find(conn, &reach, booking_id).await?.or_404("booking")?;
        answer(conn, &reach, after).await
    })
    .await
}

async fn find(conn: &Conn, of: &Booking, stay_id: Uuid) -> Result<Option<(Stay, Booking)>> {
    Ok(repository::find_stay(conn, of.property_id, stay_id).await?)
}

/// The rooms that the two have, if they can change them.
fn rooms(stays: [&Stay; 2]) -> Result<[Uuid; 2]> {
    let refused = |why| Err(BookingError::NotSwappable(why).into());
    if stays[0].id == stays[1].id {
        return Err(Error::invalid("/with_stay_id", "is the stay itself"));
    }
    if !stays.iter().all(|stay| matches!(stay.status, Status::Held | Status::Confirmed)) {
        return refused("Only stays to come change rooms.");
    }
    if stays[0].room_type_id != stays[1].room_type_id {
        return refused("The rooms are of different types.");
    }
    match stays.map(|stay| stay.room_id) {
        [Some(one), Some(other)] if one == other => refused("Both have the same room."),
        [Some(one), Some(other)] => Ok([one, other]),
        _ => refused("One of them has no room."),
    }
}

async fn check_free(conn: &Conn, stays: [&Stay; 2], rooms: [Uuid; 2]) -> Result<()> {
    for (stay, room_id) in stays.into_iter().zip([rooms[1], rooms[0]]) {
        let nights = stay.nights();
        let gaps = inventory::gaps(conn, stay.property_id, &[stay.room_type_id], nights).await?;
        let is_free = gaps.iter().any(|gap| gap.room_id == room_id && gap.is_free(nights));
        if !is_free {
            return Err(BookingError::NotSwappable("A third stay or a block has one of the rooms on the other's nights.").into());
        }
    }
    Ok(())
}

fn moved(stay: &Stay, room_id: Uuid) -> Event {
    Event::of("stay.moved", stay).and("room_id", stay.room_id, room_id)
}
