//! Giving a stay the room that the front desk wants it to have.
use super::arrange::{Arranged, Need, make_room, no_single_room, widest_range};
use super::capacity;
use super::occupancy;
use super::ready::check_ready;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::AssignRoom;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, BookingChange, Stay};
use crate::domains::bookings::repository;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::read::answer;
use crate::domains::inventory::{self, Counts, Moves, NightRow, Nights, Pending, RoomGap, Site, Waiting, solver};
use crate::domains::stays::Status;
use crate::domains::{properties, rooms};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::BookingsWrite;
use crate::security::{Scope, Staff};
use crate::version::{MatchOrAny, changed_meanwhile};
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

/// Gives a stay a room: the one named, else the one it has, else the one of its type that fits best, for which others who come
/// move if they must. Guests who are in the house, or late, move for the nights that are left.
pub async fn assign_room(
    app: &App,
    staff: &Staff<BookingsWrite>,
    key: &IdempotencyKey,
    seen: MatchOrAny,
    (booking_id, stay_id): (Uuid, Uuid),
    request: &AssignRoom,
) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, reach) = (staff.caller.cause(now), staff.reach());
    app.change(key, async |conn| {
        let before = repository::find(conn, &reach, booking_id).await?.or_404("booking")?;
        seen.check(before.version)?;
        let property = properties::find(conn, before.property_id).await?.or_404("booking")?;
        let desk = Desk::new(conn, &property, &cause, true);
        let stays = repository::stays_of(conn, &[&before]).await?;
        let stay = stays.iter().find(|stay| stay.id == stay_id).or_404("stay")?;
        let assignment = Assignment::of(&desk, &before, stay, request).await?;
        capacity::check_exception(&staff.caller, before.property_id, request)?;
        let is_too_small = capacity::is_too_small(app, &desk, stay, assignment.room_type_id, request).await?;
        let locked = assignment.lock(&desk, request).await?;
        let (place, mut moves) = assignment.choose(&desk, &locked, request).await?;
        let Some(event) = event(stay, place, assignment.room_type_id) else { return answer(conn, &reach, before).await };
        moves.extend(assignment.seat_waiting(&desk, &locked, place, &moves).await?);
        assignment.write(&desk, &locked, place, &moves).await?;
        let event = if is_too_small { event.with("ignored_capacity", true).with("reason", &request.reason) } else { event };
        outbox::publish(conn, &cause, [event]).await?;
        // Another stay of the booking may have made room.
        let after = repository::find(conn, &reach, before.id).await?.or_404("booking")?;
        answer(conn, &reach, after).await
    })
    .await
}

/// A stay that is to have a room.
struct Assignment<'a> {
    booking: &'a Booking,
    stay: &'a Stay,
    /// Nights for which the stay is to have the room.
    nights: Nights,
    /// Type of the room.
    room_type_id: Uuid,
}

/// The rows that are locked, and their nights.
struct Locked {
    rows: Vec<NightRow>,
    range: Nights,
    /// Others who wait for a room of the type that the stay is in, as they may get its room.
    waiting: Vec<Waiting>,
}

impl<'a> Assignment<'a> {
    async fn of(desk: &Desk<'_>, booking: &'a Booking, stay: &'a Stay, request: &AssignRoom) -> Result<Self> {
        let nights = nights_to_come(stay, desk.today)?;
        let room_type_id = type_of(desk, stay, request).await?;
        Ok(Self { booking, stay, nights, room_type_id })
    }

    async fn lock(&self, desk: &Desk<'_>, request: &AssignRoom) -> Result<Locked> {
        let mut types = vec![self.stay.room_type_id, self.room_type_id];
        types.dedup();
        let (must_move, waiting) = (self.stay.room_id.or(request.room_id).is_none(), self.waiting(desk).await?);
        // Others may have to make room, or get one.
        let is_wide = must_move || !waiting.is_empty();
        let range = if is_wide { widest_range(desk, &types, self.nights).await? } else { self.nights };
        let rows = inventory::lock(desk.conn, desk.property_id(), &types, range).await?;
        let waiting = if waiting.is_empty() { waiting } else { self.waiting(desk).await? };
        match repository::is_current(desk.conn, self.booking).await? {
            true => Ok(Locked { rows, range, waiting }),
            false => Err(changed_meanwhile(self.booking.version + 1)),
        }
    }

    async fn waiting(&self, desk: &Desk<'_>) -> Result<Vec<Waiting>> {
        let mut waiting = inventory::waiting(desk.conn, desk.property_id(), &[self.stay.room_type_id], desk.today).await?;
        waiting.retain(|other| other.stay_id != self.stay.id);
        Ok(waiting)
    }

    /// Finds rooms for those who wait, now that the stay leaves its room, or may leave it.
    async fn seat_waiting(&self, desk: &Desk<'_>, locked: &Locked, place: Place, moves: &Moves) -> Result<Moves> {
        let site = Site {
            property_id: desk.property_id(),
            room_type_id: self.stay.room_type_id,
            today: desk.today,
            locked_to: locked.range.to - Days::new(1),
        };
        let (own, taken) = ([self.stay.id], [(place.room_id, self.nights)]);
        let pending = Pending { moves: Some(moves), taken: &taken, settled: &own, leaving: &own };
        Ok(inventory::seat(desk.conn, site, &locked.waiting, &pending).await?)
    }

    /// The room, and who leaves it.
    async fn choose(&self, desk: &Desk<'_>, locked: &Locked, request: &AssignRoom) -> Result<(Place, Moves)> {
        let gaps = inventory::gaps(desk.conn, desk.property_id(), &[self.room_type_id], self.nights).await?;
        if let Some(place) = choose(self.stay, self.nights, &gaps, request)? {
            return Ok((place, Moves::default()));
        }
        if inventory::is_overbooked(&locked.rows, self.stay.room_type_id, self.stay.nights(), &Counts::new()) {
            return Err(BookingError::NoFreeRoom.into());
        }
        let need = Need {
            room_type_id: self.stay.room_type_id,
            rooms: gaps.iter().map(|gap| gap.room_id).collect(),
            wanted: vec![self.stay.nights()],
            taken: &[],
        };
        let Arranged { rooms, moves } = make_room(desk, need, locked.range.to - Days::new(1)).await?.map_err(no_single_room)?;
        let room_id = *rooms.first().ok_or(BookingError::NoFreeRoom)?;
        Ok((Place { room_id, is_pinned: request.is_pinned.unwrap_or(self.stay.is_pinned) }, moves))
    }

    async fn write(&self, desk: &Desk<'_>, locked: &Locked, place: Place, moves: &Moves) -> Result<()> {
        let (conn, property_id, stay) = (desk.conn, desk.property_id(), self.stay);
        repository::lock_bookings(conn, property_id, moves.bookings().chain([self.booking.id]).collect()).await?;
        let after = repository::update(conn, self.booking, &BookingChange::default(), desk.now()).await?;
        after.ok_or_else(|| changed_meanwhile(self.booking.version + 1))?;
        if stay.room_id != Some(place.room_id) {
            // First: others may get the room that it leaves. And two statements: within one, a row could not take the place of one that is deleted.
            inventory::vacate(conn, property_id, &[stay.id], self.nights.from).await?;
        }
        moves.carry_out(conn, &Cause::system(desk.now())).await?;
        if self.room_type_id != stay.room_type_id {
            self.change_type(desk, &locked.rows).await?;
        }
        if stay.room_id != Some(place.room_id) {
            self.change_room(desk, place.room_id).await?;
        }
        repository::set_room(conn, property_id, stay.id, Some(place.room_id), place.is_pinned, desk.now()).await?;
        Ok(())
    }

    /// Counts the nights under the type of the other room.
    async fn change_type(&self, desk: &Desk<'_>, rows: &[NightRow]) -> Result<()> {
        let (from, to) = (self.stay.room_type_id, self.room_type_id);
        let counted: Counts = self.nights.iter().flat_map(|night| [((night, from), -1), ((night, to), 1)]).collect();
        let set_aside = occupancy::set_aside(desk.conn, desk.property_id(), self.booking.group_id).await?;
        let own = set_aside.as_ref().map(|allotment| allotment.seen_by_its_own(rows, &counted));
        let short = inventory::shortages(own.as_deref().unwrap_or(rows), &BTreeMap::from([(to, 1)]), self.nights);
        if !short.is_empty() {
            return Err(BookingError::NoAvailability(short).into());
        }
        occupancy::count(desk, set_aside.as_ref(), &counted).await
    }

    /// Guests in the house go to a room that is ready, and leave one that is to be made up.
    async fn change_room(&self, desk: &Desk<'_>, to: Uuid) -> Result<()> {
        let (conn, property_id, stay, nights) = (desk.conn, desk.property_id(), self.stay, self.nights);
        inventory::occupy(conn, property_id, &[(stay.id, to, nights)], desk.now()).await?;
        let is_in_house = stay.status == Status::CheckedIn;
        if is_in_house {
            check_ready(desk, &[to], true).await?;
            rooms::mark_dirty(conn, property_id, stay.room_id.as_slice(), desk.cause).await?;
        }
        let left = stay.left_on(nights.from, desk.now());
        let moved_on = left.as_ref().map(|left| left.moved_on);
        repository::note_move(conn, property_id, stay.id, self.room_type_id, moved_on.or(stay.moved_on)).await?;
        repository::record_moves(conn, left.as_slice()).await?;
        Ok(())
    }
}

/// The nights for which it can be given another room: which room a guest was in is a fact.
pub(super) fn nights_to_come(stay: &Stay, today: NaiveDate) -> Result<Nights> {
    match stay.status {
        // Guests who come late for the last night have the room that was kept for them.
        Status::Held | Status::Confirmed if today >= stay.check_out => Ok(stay.nights().last()),
        Status::Held | Status::Confirmed => Ok(Nights::new(today.max(stay.check_in), stay.check_out)),
        Status::CheckedIn if today < stay.check_out => Ok(Nights::new(today.max(stay.check_in), stay.check_out)),
        status => Err(BookingError::RoomIsFinal(status).into()),
    }
}

/// The type of the room that is named; another one than was sold only where that is meant.
async fn type_of(desk: &Desk<'_>, stay: &Stay, request: &AssignRoom) -> Result<Uuid> {
    let Some(room_id) = request.room_id else { return Ok(stay.room_type_id) };
    let scope = Scope::Properties([stay.property_id].into());
    let room = rooms::find_room(desk.conn, &scope, room_id)
        .await?
        .ok_or_else(|| Error::invalid("/room_id", "is not a room of the hotel"))?;
    if room.room_type_id == stay.room_type_id {
        return Ok(room.room_type_id);
    }
    if room.room_type_id != stay.booked_room_type_id && !request.upgrade {
        return Err(Error::invalid("/room_id", "is not a room of the stay's type; send upgrade to give it at the same price"));
    }
    Ok(room.room_type_id)
}

/// Chooses a room; none if no room is free throughout.
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

/// Makes the event of an assignment; none if nothing changed.
fn event(stay: &Stay, place: Place, room_type_id: Uuid) -> Option<Event> {
    let moves = stay.room_id != Some(place.room_id);
    let turns = stay.is_pinned != place.is_pinned;
    let kind = match (stay.room_id, moves, turns) {
        (None, ..) => "stay.assigned",
        (Some(_), true, _) => "stay.moved",
        (Some(_), false, true) if place.is_pinned => "stay.pinned",
        (Some(_), false, true) => "stay.unpinned",
        (Some(_), false, false) => return None,
    };
    let mut event = Event::of(kind, stay);
    if moves {
        event = event.and("room_id", stay.room_id, place.room_id);
    }
    if turns {
        event = event.and("is_pinned", stay.is_pinned, place.is_pinned);
    }
    if moves && stay.room_type_id != room_type_id {
        event = event.and("room_type_id", stay.room_type_id, room_type_id);
    }
    Some(event)
}
