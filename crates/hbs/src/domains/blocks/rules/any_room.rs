//! Rooms for blocks that may be of any room of their type.
use crate::domains::inventory::solver::{self, Placed, Taken};
use crate::domains::inventory::{Blocked, NightRow, Nights, Occupancy};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Maximum time for all blocks of a feed in which stays are rearranged. Afterwards, rooms that are free as things are
/// are chosen all the same.
pub const BUDGET: Duration = Duration::from_millis(500);

/// Rooms of a type as they are, with all rows from today on locked, and as they become while some are chosen.
pub struct Rooms<'a> {
    /// Rooms of the type, best first.
    rooms: &'a [Uuid],
    placed: Vec<Placed>,
    /// Rooms with what is placed in them.
    taken: Taken,
    /// Number of rooms that are not sold, by night. Nights beyond the horizon have none, and nothing is sold.
    left: BTreeMap<NaiveDate, i32>,
    /// Stays that move, and the rooms that they are in by now.
    moved: BTreeMap<Uuid, Uuid>,
}

/// A part of the nights that were asked for: the room that was chosen, or the nights if there is none.
pub type Part = Result<(Uuid, Nights), Nights>;

impl<'a> Rooms<'a> {
    pub fn new(rooms: &'a [Uuid], rows: &[NightRow], stays: &[Occupancy], blocked: &[Blocked], today: NaiveDate) -> Self {
        let locked_to = rows.iter().map(|row| row.night).max().unwrap_or(today);
        let there = stays.iter().map(|stay| Placed {
            stay_id: stay.stay_id,
            room_id: stay.room_id,
            nights: stay.nights,
            may_move: stay.may_move(today, locked_to),
        });
        let placed: Vec<Placed> = there.chain(blocked.iter().copied().map(Placed::from)).collect();
        Self {
            rooms,
            taken: Taken::by(&placed),
            placed,
            left: rows.iter().map(|row| (row.night, row.capacity - row.sold - row.allotted)).collect(),
            moved: BTreeMap::new(),
        }
    }

    /// Chooses a room for some nights; where none can be had throughout, for as many of them at a time as possible.
    pub fn choose(&mut self, nights: Nights, deadline: Instant) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = nights;
        while rest.from < rest.to {
            let part = match self.unsold(rest) {
                Some(unsold) => self.choose_first(unsold, deadline),
                None => Err(rest.first()),
            };
            rest.from = match part {
                Ok((_, chosen)) => chosen.to,
                Err(missed) => missed.to,
            };
            match (parts.last_mut(), part) {
                (Some(Err(before)), Err(missed)) => before.to = missed.to,
                (_, part) => parts.push(part),
            }
        }
        parts
    }

    /// Stays that are to move, each with its new room.
    pub fn moves(&self) -> impl Iterator<Item = (Uuid, Option<Uuid>)> {
        self.moved.iter().map(|(stay_id, room_id)| (*stay_id, Some(*room_id)))
    }

    /// The first of these nights up to one on which all rooms are sold, if there are any.
    fn unsold(&self, nights: Nights) -> Option<Nights> {
        let is_sold = |night: &NaiveDate| self.left.get(night).is_some_and(|left| *left < 1);
        let to = nights.iter().find(is_sold).unwrap_or(nights.to);
        (nights.from < to).then(|| Nights::new(nights.from, to))
    }

    /// Chooses a room for all of these nights or, if there is none, one for as many of them as possible from the first on.
    fn choose_first(&mut self, nights: Nights, deadline: Instant) -> Part {
        // Most find a room that is free as things are: for them nothing is to be worked out.
        if let Some(room_id) = self.taken.fit(self.rooms, nights) {
            return Ok(self.put(room_id, nights));
        }
        let until = deadline.min(Instant::now() + solver::BUDGET);
        if let Ok(found) = solver::rearrange(self.rooms, &self.placed, &[nights], until)
            && let Some(room_id) = found.rooms.first()
        {
            self.move_all(&found.moves);
            return Ok(self.put(*room_id, nights));
        }
        match self.longest(nights) {
            Some((room_id, nights)) => Ok(self.put(room_id, nights)),
            None => Err(nights.first()),
        }
    }

    /// The room that is free for longest from the first night on, as things are.
    fn longest(&self, nights: Nights) -> Option<(Uuid, Nights)> {
        let free_to = |room: &Uuid| {
            let here = self.placed.iter().filter(|other| other.room_id == *room && other.nights.overlaps(nights));
            here.map(|other| other.nights.from.max(nights.from)).min().unwrap_or(nights.to)
        };
        // Of equals the first.
        let best = self.rooms.iter().rev().map(|room| (free_to(room), *room)).max_by_key(|(to, _)| *to)?;
        (best.0 > nights.from).then(|| (best.1, Nights::new(nights.from, best.0)))
    }

    fn move_all(&mut self, moves: &[(Uuid, Uuid)]) {
        for (stay_id, room_id) in moves {
            self.moved.insert(*stay_id, *room_id);
        }
        for stay in self.placed.iter_mut().filter(|stay| stay.may_move) {
            if let Some(room_id) = self.moved.get(&stay.stay_id) {
                stay.room_id = *room_id;
            }
        }
        self.taken = Taken::by(&self.placed);
    }

    fn put(&mut self, room_id: Uuid, nights: Nights) -> (Uuid, Nights) {
        self.placed.push(Placed { stay_id: Uuid::nil(), room_id, nights, may_move: false });
        self.taken.put(room_id, nights);
        for (_, left) in self.left.range_mut(nights.from..nights.to) {
            *left -= 1;
        }
        (room_id, nights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::stays::Status;
    use crate::testing::day;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn nights(from: u64, to: u64) -> Nights {
        Nights::new(day(from), day(to))
    }

    fn stay(n: u128, room: u128, from: u64, to: u64, is_pinned: bool) -> Occupancy {
        Occupancy {
            stay_id: id(n),
            booking_id: id(n + 1000),
            room_id: id(room),
            check_in: day(from),
            check_out: day(to),
            status: Status::Confirmed,
            is_pinned,
            nights: nights(from, to),
        }
    }

    /// Parts of each span, and who moves to which room.
    type Chosen = (Vec<Vec<Part>>, Vec<(Uuid, Option<Uuid>)>);

    /// The parts of each span for which a room of two is chosen, one span after the other, and who moves; today is day 1.
    fn chosen(stays: &[Occupancy], spans: &[Nights]) -> Chosen {
        chosen_beside(stays, &[], spans)
    }

    /// Chooses rooms beside stays that are sold and wait for a room.
    fn chosen_beside(stays: &[Occupancy], waiting: &[Nights], spans: &[Nights]) -> Chosen {
        let all: Vec<Nights> = stays.iter().map(|stay| stay.nights).chain(waiting.iter().copied()).collect();
        let sold = |night| i32::try_from(all.iter().filter(|nights| nights.contains(night)).count()).unwrap_or(0);
        let row = |night| NightRow { night, room_type_id: id(0), capacity: 2, sold: sold(night), allotted: 0, overbooking: 1 };
        let rows: Vec<NightRow> = (1..20).map(day).map(row).collect();
        let ids = [id(1), id(2)];
        let mut rooms = Rooms::new(&ids, &rows, stays, &[], day(1));
        let deadline = Instant::now() + Duration::from_secs(5);
        let parts = spans.iter().map(|span| rooms.choose(*span, deadline)).collect();
        (parts, rooms.moves().collect())
    }

    #[test]
    fn each_block_has_a_room_of_its_own_while_there_are_any() {
        let (parts, moves) = chosen(&[], &[nights(2, 5), nights(3, 6), nights(4, 7)]);
        let expected = [
            vec![Ok((id(1), nights(2, 5)))],
            vec![Ok((id(2), nights(3, 6)))],
            vec![Err(nights(4, 5)), Ok((id(1), nights(5, 7)))],
        ];
        assert_eq!((parts, moves), (expected.to_vec(), Vec::new()), "on the fifth night the first one is free again");
    }

    #[test]
    fn stays_that_may_move_make_room() {
        let stays = [stay(1, 1, 2, 4, false), stay(2, 2, 4, 6, false)];
        let (parts, moves) = chosen(&stays, &[nights(2, 6)]);
        assert!(matches!(parts[0][..], [Ok((_, chosen))] if chosen == nights(2, 6)), "{parts:?}");
        assert_eq!(moves.len(), 1, "one of the two goes to the other's room");
    }

    #[test]
    fn where_nobody_can_move_parts_have_different_rooms() {
        let stays = [stay(1, 1, 2, 4, true), stay(2, 2, 4, 6, true)];
        let (parts, moves) = chosen(&stays, &[nights(2, 6)]);
        assert_eq!(parts, [vec![Ok((id(2), nights(2, 4))), Ok((id(1), nights(4, 6)))]]);
        assert!(moves.is_empty());
    }

    #[test]
    fn what_is_sold_beyond_the_rooms_is_not_taken_away() {
        let (parts, _) = chosen_beside(&[stay(1, 1, 2, 4, true)], &[nights(2, 4)], &[nights(2, 5)]);
        assert_eq!(parts, [vec![Err(nights(2, 4)), Ok((id(1), nights(4, 5)))]], "the other room is owed to who waits");
    }
}
