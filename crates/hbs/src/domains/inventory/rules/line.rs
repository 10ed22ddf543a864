//! Line: who waits for a room of a type, and who of them can have one now. Pure but for the solver's deadline.
use super::solver::{self, Arrangement, Placed, Taken};
use crate::domains::inventory::model::Nights;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::time::Instant;
use uuid::Uuid;

/// The rooms of those who can have one, the first in line first, and who moves for that: each stay with its room.
///
/// Rooms are owed in the order of the line. Whoever is passed over, because there is none yet on some night, keeps the claim to
/// one on the others: a later one gets a room only on nights with one for all who are ahead.
pub fn rooms_in_turn(rooms: &[Uuid], placed: &[Placed], line: &[(Uuid, Nights)], deadline: Instant) -> BTreeMap<Uuid, Uuid> {
    let mut placed: Vec<Placed> = placed.iter().copied().filter(|stay| rooms.contains(&stay.room_id)).collect();
    let mut given: BTreeMap<Uuid, Uuid> = BTreeMap::new();
    let mut taken: BTreeMap<NaiveDate, usize> = BTreeMap::new();
    let mut occupied = Taken::by(&placed);
    for night in placed.iter().flat_map(|stay| stay.nights.iter()) {
        *taken.entry(night).or_default() += 1;
    }
    for (stay_id, nights) in line {
        let is_left = nights.iter().all(|night| taken.get(&night).copied().unwrap_or(0) < rooms.len());
        for night in nights.iter() {
            *taken.entry(night).or_default() += 1;
        }
        if !is_left {
            continue;
        }
        let Some((room, moves)) = room_for(rooms, &placed, &occupied, *nights, deadline) else { continue };
        let has_changed = !moves.is_empty();
        for (moved, to) in moves {
            if let Some(stay) = placed.iter_mut().find(|stay| stay.stay_id == moved) {
                stay.room_id = to;
            }
            given.insert(moved, to);
        }
        placed.push(Placed { stay_id: *stay_id, room_id: room, nights: *nights, may_move: true });
        given.insert(*stay_id, room);
        if has_changed {
            occupied = Taken::by(&placed);
        } else {
            occupied.put(room, *nights);
        }
    }
    given
}

/// A room, and who moves for that: one that is free as things are, else one that others leave.
fn room_for(
    rooms: &[Uuid],
    placed: &[Placed],
    taken: &Taken,
    nights: Nights,
    deadline: Instant,
) -> Option<(Uuid, Vec<(Uuid, Uuid)>)> {
    if let Some(room) = taken.fit(rooms, nights) {
        return Some((room, Vec::new()));
    }
    let Arrangement { moves, rooms: chosen } = solver::rearrange(rooms, placed, &[nights], deadline).ok()?;
    Some((chosen.first().copied()?, moves))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;
    use std::time::Duration;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn span(from: u64, to: u64) -> Nights {
        Nights::new(day(from), day(to))
    }

    fn placed(n: u128, room: u128, nights: Nights, may_move: bool) -> Placed {
        Placed { stay_id: id(n), room_id: id(room), nights, may_move }
    }

    fn given(rooms: u128, stays: &[Placed], line: &[(u128, Nights)]) -> Vec<(Uuid, Uuid)> {
        let rooms: Vec<Uuid> = (1..=rooms).map(id).collect();
        let line: Vec<(Uuid, Nights)> = line.iter().map(|(n, nights)| (id(*n), *nights)).collect();
        rooms_in_turn(&rooms, stays, &line, Instant::now() + Duration::from_secs(5)).into_iter().collect()
    }

    #[test]
    fn the_first_in_line_gets_the_room() {
        assert_eq!(given(1, &[], &[(11, span(1, 3)), (12, span(1, 3))]), [(id(11), id(1))]);
        assert_eq!(given(1, &[], &[(11, span(1, 3)), (12, span(3, 5))]), [(id(11), id(1)), (id(12), id(1))]);
        assert!(given(1, &[placed(1, 1, span(2, 4), false)], &[(11, span(1, 3))]).is_empty());
    }

    #[test]
    fn a_later_one_takes_no_night_that_is_owed_to_an_earlier_one() {
        let there = [placed(1, 1, span(1, 2), false)];
        assert!(given(1, &there, &[(11, span(1, 3)), (12, span(2, 3))]).is_empty(), "the second night is the first one's");
        assert_eq!(given(1, &there, &[(12, span(2, 3))]), [(id(12), id(1))]);
        assert_eq!(given(2, &there, &[(11, span(1, 3)), (12, span(2, 3))]), [(id(11), id(2)), (id(12), id(1))]);
    }

    #[test]
    fn others_move_for_those_who_wait() {
        let scattered = |may_move| [placed(1, 1, span(1, 2), may_move), placed(2, 2, span(2, 3), may_move)];
        let found = given(2, &scattered(true), &[(11, span(1, 3))]);
        assert_eq!(found.len(), 2, "one moves, and one gets its room: {found:?}");
        assert!(given(2, &scattered(false), &[(11, span(1, 3))]).is_empty());
    }
}
