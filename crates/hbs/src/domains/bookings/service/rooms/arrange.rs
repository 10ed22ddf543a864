//! Making room: stays of a type that may move are given other rooms, so that new ones fit.
use crate::Result;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::inventory::{self, Moves, Nights, solver};
use chrono::{Days, NaiveDate};
use std::time::Instant;
use uuid::Uuid;

/// Rooms of a type, and what is to have room in them.
pub struct Need<'a> {
    pub room_type_id: Uuid,
    /// All rooms of the type.
    pub rooms: Vec<Uuid>,
    /// Nights of the stays that are to get a room.
    pub wanted: Vec<Nights>,
    /// Rooms that are spoken for in the same transaction and not on the record yet: whoever has one of them then, and may move, does.
    pub taken: &'a [(Uuid, Nights)],
}

/// A room for each that wanted one, and who moves for that.
#[derive(Default)]
pub struct Arranged {
    pub rooms: Vec<Uuid>,
    pub moves: Moves,
}

/// The nights to lock before stays of the types may be moved: from today to the last night that
/// anybody has a room of them, or waits for one.
pub async fn widest_range(desk: &Desk<'_>, types: &[Uuid], nights: Nights) -> Result<Nights> {
    let mut range = Nights::new(nights.from.min(desk.today), nights.to);
    for kind in types {
        if let Some(last) = inventory::last_occupied_night(desk.conn, desk.property_id(), *kind, desk.today).await? {
            range.to = range.to.max(last + Days::new(1));
        }
    }
    if let Some(last) = inventory::last_departure_of_waiting(desk.conn, desk.property_id(), types).await? {
        range.to = range.to.max(last);
    }
    Ok(range)
}

/// Finds out who would have to move. The caller holds the inventory rows of all nights from today to `locked_to`, and
/// [writes](Moves::write) the moves.
pub async fn make_room(
    desk: &Desk<'_>,
    need: Need<'_>,
    locked_to: NaiveDate,
) -> Result<std::result::Result<Arranged, solver::Refusal>> {
    let Desk { conn, today, .. } = *desk;
    let Need { room_type_id, rooms, wanted, taken } = need;
    // Guests who are overdue have nights behind them, on which others had rooms.
    let all = wanted.iter().chain(taken.iter().map(|(_, nights)| nights));
    let first_night = all.map(|nights| nights.from).fold(today, NaiveDate::min);
    let occupancies = inventory::occupancies(conn, desk.property_id(), room_type_id, first_night).await?;
    let placed = occupancies.iter().map(|stay| solver::Placed {
        stay_id: stay.stay_id,
        room_id: stay.room_id,
        nights: stay.nights,
        may_move: stay.may_move(today, locked_to),
    });
    let taken = taken.iter().map(|(room_id, nights)| solver::Placed {
        stay_id: Uuid::nil(),
        room_id: *room_id,
        nights: *nights,
        may_move: false,
    });
    let blocked = inventory::blocked(conn, desk.property_id(), room_type_id, first_night).await?;
    let placed: Vec<_> = placed.chain(taken).chain(blocked.into_iter().map(solver::Placed::from)).collect();
    let arranged = solver::rearrange(&rooms, &placed, &wanted, Instant::now() + solver::BUDGET);
    Ok(arranged.map(|solver::Arrangement { moves, rooms }| {
        let moves = moves.into_iter().map(|(stay_id, room_id)| (stay_id, Some(room_id)));
        Arranged { rooms, moves: Moves::new(desk.property_id(), &occupancies, moves) }
    }))
}

/// Makes the refusal of a stay for which no room can be made.
pub fn no_single_room(refusal: solver::Refusal) -> BookingError {
    BookingError::NoSingleRoom { proven: refusal == solver::Refusal::Impossible }
}
