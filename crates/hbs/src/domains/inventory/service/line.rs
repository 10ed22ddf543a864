//! Line: stays that were sold beyond the rooms there are, or lost theirs, and wait for one.
//!
//! A room that comes free is given in the very transaction that frees it, to whoever has waited longest: afterwards is too late,
//! since what is free is sold to the next who asks. Whoever frees rooms calls this once the rest is known, with the inventory
//! rows locked up to the last night of those who wait. Where nobody waits that is one look into an index; a sale, which frees
//! nothing, does not even look.
use super::moves::Moves;
use crate::Result;
use crate::domains::inventory::model::{Nights, Waiting};
use crate::domains::inventory::repository::{self, stays};
use crate::domains::inventory::rules::{line, solver};
use crate::outbox::Cause;
use crate::stores::postgres::Conn;
use chrono::{Days, NaiveDate};
use diesel::QueryResult;
use futures_util::try_join;
use std::time::Instant;
use uuid::Uuid;

/// Changes of the same transaction that are not on the record yet.
#[derive(Default)]
pub struct Pending<'a> {
    /// Moves that are to be written.
    pub moves: Option<&'a Moves>,
    /// Rooms that are spoken for.
    pub taken: &'a [(Uuid, Nights)],
    /// Stays that get what they get by the use case itself: they neither move nor wait.
    pub settled: &'a [Uuid],
    /// Stays among these that leave the rooms they have on the record.
    pub leaving: &'a [Uuid],
}

/// Rooms of a type on the nights that are locked.
#[derive(Clone, Copy)]
pub struct Site {
    pub property_id: Uuid,
    pub room_type_id: Uuid,
    pub today: NaiveDate,
    pub locked_to: NaiveDate,
}

/// Finds rooms for those who wait, and out who moves for that. The caller writes it.
pub async fn seat(conn: &Conn, site: Site, waiting: &[Waiting], pending: &Pending<'_>) -> QueryResult<Moves> {
    let Site { property_id, room_type_id, today, locked_to } = site;
    let of_type = waiting.iter().filter(|stay| stay.room_type_id == room_type_id && stay.nights.to <= locked_to + Days::new(1));
    let waiting: Vec<&Waiting> = of_type.filter(|stay| !pending.settled.contains(&stay.stay_id)).collect();
    if waiting.is_empty() {
        return Ok(Moves::default());
    }
    let (rooms, occupancies, blocked) = try_join!(
        repository::rooms_of(conn, property_id, room_type_id),
        repository::occupancies(conn, property_id, room_type_id, today),
        repository::blocked(conn, property_id, room_type_id, today),
    )?;
    let there = occupancies.iter().filter(|stay| !pending.leaving.contains(&stay.stay_id)).filter_map(|stay| {
        let room_id = match pending.moves.and_then(|moves| moves.room_of(stay.stay_id)) {
            Some(to) => to?,
            None => stay.room_id,
        };
        let may_move = stay.may_move(today, locked_to) && !pending.settled.contains(&stay.stay_id);
        Some(solver::Placed { stay_id: stay.stay_id, room_id, nights: stay.nights, may_move })
    });
    let taken = pending.taken.iter().map(|(room_id, nights)| solver::Placed {
        stay_id: Uuid::nil(),
        room_id: *room_id,
        nights: *nights,
        may_move: false,
    });
    let placed: Vec<_> = there.chain(taken).chain(blocked.into_iter().map(solver::Placed::from)).collect();
    let line: Vec<(Uuid, Nights)> = waiting.iter().map(|stay| (stay.stay_id, stay.nights)).collect();
    let given = line::rooms_in_turn(&rooms, &placed, &line, Instant::now() + solver::BUDGET);
    let moved = occupancies.iter().filter_map(|stay| Some((stay.stay_id, Some(*given.get(&stay.stay_id)?))));
    let mut moves = Moves::new(property_id, &occupancies, moved);
    for stay in waiting {
        if let Some(room_id) = given.get(&stay.stay_id) {
            moves.seat(property_id, stay, *room_id);
        }
    }
    Ok(moves)
}

/// Gives rooms of some types that have come free to those who wait for one. The caller holds the inventory rows of all nights
/// to come, and no booking, or all of [`lock_all`].
pub async fn seat_waiting(conn: &Conn, property_id: Uuid, types: &[Uuid], today: NaiveDate, cause: &Cause) -> Result<()> {
    let waiting = stays::waiting(conn, property_id, types, today).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let locked_to = NaiveDate::MAX - Days::new(1);
    let mut moves = Moves::default();
    for room_type_id in types.iter().copied() {
        let site = Site { property_id, room_type_id, today, locked_to };
        moves.extend(seat(conn, site, &waiting, &Pending::default()).await?);
    }
    stays::lock_bookings(conn, property_id, moves.bookings().collect()).await?;
    moves.carry_out(conn, &Cause::system(cause.at)).await
}

/// Locks the bookings of all who have a room of a type, or wait for one, in one order: for whoever moves some of them several
/// times.
pub async fn lock_all(conn: &Conn, property_id: Uuid, room_type_id: Uuid, today: NaiveDate) -> Result<()> {
    let types = [room_type_id];
    let (there, waiting) = try_join!(
        repository::occupancies(conn, property_id, room_type_id, today),
        stays::waiting(conn, property_id, &types, today),
    )?;
    let there = there.into_iter().map(|stay| stay.booking_id);
    let bookings = there.chain(waiting.into_iter().map(|stay| stay.booking_id)).collect();
    Ok(stays::lock_bookings(conn, property_id, bookings).await?)
}
