//! Giving stays other rooms, or none: when a booking needs the room, or a block does.
use crate::Result;
use crate::domains::bookings::model::Stay;
use crate::domains::bookings::repository;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::inventory::{self, Occupancy};
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use chrono::{Days, NaiveDate};
use uuid::Uuid;

/// Returns `true` for a stay to come that nobody pinned, all of whose nights are locked: up to `locked_to`.
pub fn may_move(stay: &Occupancy, today: NaiveDate, locked_to: NaiveDate) -> bool {
    is_to_come(stay, today, locked_to) && !stay.is_pinned
}

/// Returns `true` for a stay to come, pinned or not, all of whose nights are locked: up to `locked_to`.
pub fn is_to_come(stay: &Occupancy, today: NaiveDate, locked_to: NaiveDate) -> bool {
    stay.status.is_to_come() && stay.check_in >= today && stay.check_out <= locked_to + Days::new(1)
}

/// Stays that are to have other rooms, or none. Nothing is written of it yet.
#[derive(Default)]
pub struct Moves {
    occupancies: Vec<Occupancy>,
    rooms: Vec<(Uuid, Option<Uuid>)>,
}

impl Moves {
    /// Makes moves with a room for each of some stays. `occupancies` has them all, and may have others.
    pub fn new(occupancies: Vec<Occupancy>, rooms: impl IntoIterator<Item = (Uuid, Uuid)>) -> Self {
        Self { occupancies, rooms: rooms.into_iter().map(|(stay_id, room_id)| (stay_id, Some(room_id))).collect() }
    }

    /// Adds other moves.
    pub fn extend(&mut self, others: Self) {
        self.occupancies.extend(others.occupancies);
        self.rooms.extend(others.rooms);
    }

    /// The bookings of those who move.
    pub fn bookings(&self) -> impl Iterator<Item = Uuid> {
        let moves = |stay: &&Occupancy| self.rooms.iter().any(|(id, _)| *id == stay.stay_id);
        self.occupancies.iter().filter(moves).map(|stay| stay.booking_id)
    }

    /// Writes the moves, in the name of HBS, whoever needs the rooms.
    pub async fn write(&self, desk: &Desk<'_>) -> Result<()> {
        move_stays(desk.conn, desk.property_id(), &self.occupancies, &self.rooms, &Cause::system(desk.now())).await
    }
}

/// Gives stays other rooms, or with `None` takes theirs away. Their pins go, their bookings get a new
/// version, and each is an event. The caller holds the inventory rows of all their nights.
pub async fn move_stays(
    conn: &Conn,
    property_id: Uuid,
    occupancies: &[Occupancy],
    moves: &[(Uuid, Option<Uuid>)],
    cause: &Cause,
) -> Result<()> {
    let moved: Vec<(&Occupancy, Option<Uuid>)> = moves
        .iter()
        .filter_map(|(stay_id, room)| occupancies.iter().find(|stay| stay.stay_id == *stay_id).map(|stay| (stay, *room)))
        .collect();
    let Some(first_night) = moved.iter().map(|(stay, _)| stay.check_in).min() else { return Ok(()) };
    let ids: Vec<Uuid> = moved.iter().map(|(stay, _)| stay.stay_id).collect();
    let bookings: Vec<Uuid> = moved.iter().map(|(stay, _)| stay.booking_id).collect();
    let nights: Vec<_> = moved.iter().filter_map(|(stay, room)| Some((stay.stay_id, (*room)?, stay.nights))).collect();
    repository::bump_versions(conn, property_id, &bookings, cause.at).await?;
    // Two statements: within one, a row could not take the place of one that is deleted.
    inventory::vacate(conn, property_id, &ids, first_night).await?;
    inventory::occupy(conn, property_id, &nights, cause.at).await?;
    for (stay, room) in &moved {
        repository::set_room(conn, property_id, stay.stay_id, *room, false, cause.at).await?;
    }
    outbox::publish(conn, cause, moved.into_iter().map(|(stay, room)| event(property_id, stay, room))).await?;
    Ok(())
}

fn event(property_id: Uuid, stay: &Occupancy, room: Option<Uuid>) -> Event {
    let kind = if room.is_some() { "stay.moved" } else { "stay.unassigned" };
    let event = Event::about::<Stay>(kind, Stay::entity_of(property_id, stay.booking_id, stay.stay_id));
    let event = event.and("room_id", stay.room_id, room);
    if stay.is_pinned { event.and("is_pinned", true, false) } else { event }
}
