//! Effects of a room block on the stays in the room. Pure but for the solver's deadline.
mod any_room;

pub use any_room::{BUDGET, Rooms};

use super::model::RoomBlock;
use crate::domains::inventory::solver::{self, Placed, Refusal};
use crate::domains::inventory::{Blocked, NightRow, Nights, Occupancy};
use crate::domains::stays::Status;
use crate::error::FieldError;
use crate::words::text_enum;
use chrono::{Days, NaiveDate};
use std::time::Instant;
use uuid::Uuid;

/// Maximum number of nights of a block: three years.
pub const MAX_NIGHTS: i64 = 1095;

text_enum! {
    /// Reason why a stay keeps its room.
    pub enum Why {
        Pinned = "pinned",
        CheckedIn = "checked_in",
        CheckedOut = "checked_out",
        Overdue = "overdue",
        NoShow = "no_show",
        NoRoom = "no_room",
    }
}

/// Checks the dates of any block.
pub fn check_dates(nights: Nights) -> Result<(), Vec<FieldError>> {
    if nights.to <= nights.from {
        return Err(vec![FieldError::body("/to", "must be after from")]);
    }
    if nights.count() > MAX_NIGHTS {
        return Err(vec![FieldError::body("/to", format!("a block has at most {MAX_NIGHTS} nights"))]);
    }
    Ok(())
}

/// The nights of a span from a date on.
pub fn nights_from(nights: Nights, today: NaiveDate) -> Vec<NaiveDate> {
    Nights::new(nights.from.max(today), nights.to).iter().collect()
}

/// The nights of the first that the second has not.
pub fn without(nights: &[NaiveDate], others: &[NaiveDate]) -> Vec<NaiveDate> {
    nights.iter().copied().filter(|night| !others.contains(night)).collect()
}

/// Returns `true` if a change of a block gives nights to come back to sale.
pub fn gives_back(before: &RoomBlock, after: &RoomBlock, today: NaiveDate) -> bool {
    let nights = |block: &RoomBlock| nights_from(block.nights(), today);
    before.kind.takes_room() && !without(&nights(before), &nights(after)).is_empty()
}

/// Place of a block, and the stays there, with all rows from today on locked.
pub struct Site<'a> {
    pub room_id: Uuid,
    /// Nights to be blocked, in order, none before `today`.
    pub nights: &'a [NaiveDate],
    pub today: NaiveDate,
    /// Inventory of the room's type.
    pub rows: &'a [NightRow],
    /// Rooms of the type, best first.
    pub rooms: &'a [Uuid],
    /// Stays in rooms of the type.
    pub occupancies: &'a [Occupancy],
    pub blocked: &'a [Blocked],
}

/// Changes that a block needs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Stays that change their room.
    pub moves: Vec<(Uuid, Uuid)>,
    /// Stays that lose their room. Only if forced.
    pub unassigned: Vec<Uuid>,
    /// Nights on which more is sold than there are rooms then. Only if forced.
    pub raised: Vec<NaiveDate>,
}

/// Obstacles to a block.
#[derive(Debug, PartialEq, Eq)]
pub struct InTheWay {
    /// Nights that are sold.
    pub nights: Vec<NaiveDate>,
    pub stays: Vec<(Uuid, Why)>,
    /// `false` if the search ran out of time.
    pub proven: bool,
}

impl<'a> Site<'a> {
    /// Returns the stays in the room on nights to be blocked.
    fn victims(&self) -> Vec<&'a Occupancy> {
        let is_hit = |stay: &&Occupancy| {
            let kept = stay.nights;
            stay.room_id == self.room_id && self.nights.iter().any(|night| kept.contains(*night))
        };
        self.occupancies.iter().filter(is_hit).collect()
    }

    /// The last night whose rows are locked.
    fn locked_to(&self) -> NaiveDate {
        self.rows.iter().map(|row| row.night).max().unwrap_or(self.today)
    }

    /// Returns the reason why a stay cannot be given another room, if any. A pin holds unless the block is forced.
    fn why_fixed(&self, stay: &Occupancy, force: bool) -> Option<Why> {
        match stay.status {
            Status::CheckedIn => Some(Why::CheckedIn),
            Status::CheckedOut => Some(Why::CheckedOut),
            Status::NoShow => Some(Why::NoShow),
            _ if !stay.is_to_come(self.today, self.locked_to()) => Some(Why::Overdue),
            _ if stay.is_pinned && !force => Some(Why::Pinned),
            _ => None,
        }
    }

    /// Returns the nights as spans.
    fn spans(&self) -> Vec<Nights> {
        let mut spans: Vec<Nights> = Vec::new();
        for night in self.nights {
            match spans.last_mut() {
                Some(last) if last.to == *night => last.to = *night + Days::new(1),
                _ => spans.push(Nights::new(*night, *night + Days::new(1))),
            }
        }
        spans
    }

    /// Everybody else in rooms of the type, and all blocks with the new one.
    fn others(&self, victims: &[&Occupancy]) -> Vec<Placed> {
        let mut placed: Vec<Placed> = self
            .occupancies
            .iter()
            .filter(|stay| !victims.iter().any(|victim| victim.stay_id == stay.stay_id))
            .map(|stay| self.placed(stay, self.why_fixed(stay, false).is_none()))
            .collect();
        placed.extend(self.blocked.iter().copied().map(Placed::from));
        placed.extend(self.spans().into_iter().map(|nights| Placed {
            stay_id: Uuid::nil(),
            room_id: self.room_id,
            nights,
            may_move: false,
        }));
        placed
    }

    fn placed(&self, stay: &Occupancy, may_move: bool) -> Placed {
        Placed { stay_id: stay.stay_id, room_id: stay.room_id, nights: stay.nights, may_move }
    }
}

/// Finds out how the room can be blocked. Guests in the house, and those who have left before their
/// last night, keep it even if the block is forced.
pub fn plan(site: &Site<'_>, force: bool, deadline: Instant) -> Result<Plan, InTheWay> {
    let (victims, raised) = (site.victims(), short_nights(site));
    let fixed: Vec<(&Occupancy, Why)> = victims.iter().filter_map(|stay| Some((*stay, site.why_fixed(stay, force)?))).collect();
    let immovable = |why: Why| !force || matches!(why, Why::CheckedIn | Why::CheckedOut);
    let mut stays: Vec<(Uuid, Why)> =
        fixed.iter().filter(|(_, why)| immovable(*why)).map(|(stay, why)| (stay.stay_id, *why)).collect();
    let movable: Vec<&Occupancy> =
        victims.iter().copied().filter(|stay| !fixed.iter().any(|(other, _)| other.stay_id == stay.stay_id)).collect();
    if !force && !raised.is_empty() {
        stays.extend(movable.iter().map(|stay| (stay.stay_id, Why::NoRoom)));
        return Err(InTheWay { nights: raised, stays, proven: true });
    }
    if !stays.is_empty() {
        return Err(InTheWay { nights: Vec::new(), stays, proven: true });
    }
    let others = site.others(&victims);
    let mut plan = Plan { raised, ..Plan::default() };
    plan.unassigned.extend(fixed.iter().map(|(stay, _)| stay.stay_id));
    if movable.is_empty() {
        return Ok(plan);
    }
    let mut placed: Vec<Placed> = movable.iter().map(|stay| site.placed(stay, true)).collect();
    placed.sort_by_key(|stay| (stay.nights.from, stay.nights.to, stay.stay_id));
    let everybody: Vec<Placed> = others.iter().chain(&placed).copied().collect();
    match solver::rearrange(site.rooms, &everybody, &[], deadline) {
        Ok(found) => plan.moves = found.moves,
        Err(_) if force => {
            plan.moves = solver::place_where_free(site.rooms, &others, &placed);
            let is_placed = |stay: &&Placed| plan.moves.iter().any(|(moved, _)| *moved == stay.stay_id);
            let left: Vec<Uuid> = placed.iter().filter(|stay| !is_placed(stay)).map(|stay| stay.stay_id).collect();
            plan.unassigned.extend(left);
        }
        Err(refusal) => {
            let stays = placed.iter().map(|stay| (stay.stay_id, Why::NoRoom)).collect();
            return Err(InTheWay { nights: Vec::new(), stays, proven: refusal == Refusal::Impossible });
        }
    }
    Ok(plan)
}

/// The nights on which what is sold needs the room. Nights beyond the horizon have no row, and nothing is sold.
fn short_nights(site: &Site<'_>) -> Vec<NaiveDate> {
    site.rows.iter().filter(|row| site.nights.contains(&row.night) && row.available() < 1).map(|row| row.night).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;
    use std::time::Duration;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn stay(n: u128, room: u128, from: u64, to: u64, status: Status) -> Occupancy {
        Occupancy {
            stay_id: id(n),
            booking_id: id(n + 1000),
            room_id: id(room),
            check_in: day(from),
            check_out: day(to),
            status,
            is_pinned: false,
            nights: if status == Status::NoShow {
                Nights::new(day(from), day(from + 1))
            } else {
                Nights::new(day(from), day(to))
            },
        }
    }

    /// Rooms 1 and 2, and a block of room 1 from day 2 to 4; today is day 1.
    fn planned(stays: &[Occupancy], blocked: &[Blocked], force: bool) -> Result<Plan, InTheWay> {
        let sold = |night| {
            let count = stays.iter().filter(|stay| (stay.check_in..stay.check_out).contains(&night)).count();
            i32::try_from(count).unwrap_or(0)
        };
        let rows: Vec<NightRow> = (1..10)
            .map(day)
            .map(|night| NightRow { night, room_type_id: id(0), capacity: 2, sold: sold(night), allotted: 0, overbooking: 0 })
            .collect();
        let nights = [day(2), day(3)];
        let rooms = [id(1), id(2)];
        let site =
            Site { room_id: id(1), nights: &nights, today: day(1), rows: &rows, rooms: &rooms, occupancies: stays, blocked };
        plan(&site, force, Instant::now() + Duration::from_secs(5))
    }

    #[test]
    fn an_empty_room_is_blocked_and_a_stay_moves_out() {
        assert_eq!(planned(&[], &[], false), Ok(Plan::default()));
        // Back to back: neither is in the way.
        assert_eq!(
            planned(&[stay(1, 1, 1, 2, Status::Confirmed), stay(2, 1, 4, 5, Status::CheckedIn)], &[], false),
            Ok(Plan::default())
        );
        let moved = planned(&[stay(1, 1, 1, 5, Status::Held)], &[], false).expect("a plan");
        assert_eq!(moved.moves, [(id(1), id(2))]);
    }

    #[test]
    fn those_who_cannot_move_are_named_with_the_reason() {
        let pinned = Occupancy { is_pinned: true, ..stay(1, 1, 1, 3, Status::Confirmed) };
        for (stay, why, forced) in [
            (pinned, Why::Pinned, true),
            (stay(1, 1, 1, 3, Status::CheckedIn), Why::CheckedIn, false),
            (stay(1, 1, 1, 3, Status::CheckedOut), Why::CheckedOut, false),
            (stay(1, 1, 0, 3, Status::Confirmed), Why::Overdue, true),
            (stay(1, 1, 2, 3, Status::NoShow), Why::NoShow, true),
        ] {
            let refused = planned(std::slice::from_ref(&stay), &[], false).expect_err("in the way");
            assert_eq!((refused.stays, refused.nights), (vec![(id(1), why)], vec![]), "{stay:?}");
            assert_eq!(planned(std::slice::from_ref(&stay), &[], true).is_ok(), forced, "{stay:?}");
        }
    }

    #[test]
    fn a_full_house_is_refused_and_forced_beyond_capacity() {
        let stays = [stay(1, 1, 1, 3, Status::Confirmed), stay(2, 2, 1, 3, Status::Confirmed)];
        let refused = planned(&stays, &[], false).expect_err("full");
        assert_eq!((refused.nights, refused.stays), (vec![day(2)], vec![(id(1), Why::NoRoom)]));
        let forced = planned(&stays, &[], true).expect("a plan");
        assert_eq!(forced, Plan { moves: vec![], unassigned: vec![id(1)], raised: vec![day(2)] });
    }

    #[test]
    fn other_blocks_are_walls() {
        let wall = Blocked { room_id: id(2), block_id: id(9), nights: Nights::new(day(4), day(6)) };
        let refused = planned(&[stay(1, 1, 3, 5, Status::Confirmed)], &[wall], false).expect_err("no room");
        assert_eq!((refused.stays, refused.proven), (vec![(id(1), Why::NoRoom)], true));
    }
}
