//! Solver: the choice of a room for each stay. Pure: no I/O, and time only as a deadline.
//!
//! A stay takes the smallest free gap that fits, so that long gaps stay whole. When no gap fits
//! although every night has capacity, stays that may move are rearranged: rooms are the colours of
//! an interval graph, so without fixed stays a solution always exists; with them it is searched for.
//! Where it is searched for is small: stays that share no night with those to be placed, not even by
//! way of others who may move, stay where they are.
use crate::domains::inventory::model::{Blocked, Nights, RoomGap};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Maximum time of a search.
pub const BUDGET: Duration = Duration::from_millis(20);

/// Maximum number of stays to place: the search goes as deep, and the stack is finite.
const MAX_ITEMS: usize = 2000;

/// The room whose free gap around the nights is smallest; of equals the one that comes first by
/// number, so that the choice is the same every time.
pub fn best_fit<'a>(gaps: &'a [RoomGap], room_type_id: Uuid, nights: Nights, taken: &[Uuid]) -> Option<&'a RoomGap> {
    gaps.iter()
        .filter(|gap| gap.room_type_id == room_type_id && gap.is_free(nights) && !taken.contains(&gap.room_id))
        .min_by_key(|gap| (slack(gap, nights), gap.number.len(), &gap.number))
}

/// Returns the free nights that remain around the stay. A room that nobody has ever after counts as a long gap.
fn slack(gap: &RoomGap, nights: Nights) -> i64 {
    let before = gap.before.map_or(OPEN, |night| (nights.from - night).num_days() - 1);
    let after = gap.after.map_or(OPEN, |night| (night - nights.to).num_days());
    before + after
}

/// A stay that has a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    pub stay_id: Uuid,
    pub room_id: Uuid,
    pub nights: Nights,
    /// `false` for pinned stays and for guests who are in the house.
    pub may_move: bool,
}

/// Places a block, which stays where it is.
impl From<Blocked> for Placed {
    fn from(Blocked { room_id, block_id, nights }: Blocked) -> Self {
        Self { stay_id: block_id, room_id, nights, may_move: false }
    }
}

/// Arrangement: the moves of stays, and the rooms of the new stays, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {
    pub moves: Vec<(Uuid, Uuid)>,
    pub rooms: Vec<Uuid>,
}

/// Reason why there is no arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no arrangement.
    Impossible,
    /// No arrangement was found in time.
    BudgetSpent,
}

/// Finds rooms for `wanted`, and for stays that have lost theirs to one that cannot move. Who can have a free room gets it,
/// whatever the time. Those who may move do, if they must: first a few, then as few as possible, then whoever.
pub fn rearrange(rooms: &[Uuid], placed: &[Placed], wanted: &[Nights], deadline: Instant) -> Result<Arrangement, Refusal> {
    let left = || deadline.saturating_duration_since(Instant::now());
    let few = FewMoves::new(rooms, placed, Instant::now() + left() / 2).ok_or(Refusal::Impossible)?;
    let displaced: HashSet<Uuid> = few.displaced.iter().filter_map(|slot| slot.stay).collect();
    let open: Vec<Nights> = few.displaced.iter().map(|slot| slot.nights).chain(wanted.iter().copied()).collect();
    if let Some(arrangement) = few.arrange(rooms, wanted) {
        return Ok(arrangement);
    }
    if is_plainly_impossible(rooms, placed, wanted, &open) {
        return Err(Refusal::Impossible);
    }
    let concerned = concerned(placed, &open);
    let near = rooms_near(rooms, &concerned, &open);
    if near.len() < rooms.len() {
        let is_near = |stay: &&Placed| near.contains(&stay.room_id) || displaced.contains(&stay.stay_id);
        let of_near: Vec<Placed> = concerned.iter().filter(is_near).copied().collect();
        if let Ok(arrangement) = search(&near, &of_near, wanted, Instant::now() + left() / 2) {
            return Ok(arrangement);
        }
    }
    search(rooms, &concerned, wanted, deadline)
}

/// Searches for an arrangement from scratch: one in which stays keep their rooms if they can, then any.
fn search(rooms: &[Uuid], placed: &[Placed], wanted: &[Nights], deadline: Instant) -> Result<Arrangement, Refusal> {
    if placed.len() + wanted.len() > MAX_ITEMS {
        return Err(Refusal::BudgetSpent);
    }
    let halfway = Instant::now() + deadline.saturating_duration_since(Instant::now()) / 2;
    Search::new(rooms, placed, wanted, true, halfway).run().or_else(|refusal| match refusal {
        Refusal::Impossible => Err(Refusal::Impossible),
        Refusal::BudgetSpent => Search::new(rooms, placed, wanted, false, deadline).run(),
    })
}

/// Returns `true` if there is no arrangement for a reason that needs no search: some night has more stays than rooms, or
/// somebody is to be placed and in each room there is one who cannot move.
fn is_plainly_impossible(rooms: &[Uuid], placed: &[Placed], wanted: &[Nights], open: &[Nights]) -> bool {
    let is_here: HashSet<Uuid> = rooms.iter().copied().collect();
    let mut count: BTreeMap<chrono::NaiveDate, usize> =
        open.iter().flat_map(|nights| nights.iter()).map(|night| (night, 0)).collect();
    let counted = placed.iter().filter(|stay| stay.may_move || is_here.contains(&stay.room_id)).map(|stay| stay.nights);
    for nights in counted.chain(wanted.iter().copied()).filter(|nights| nights.count() > 0) {
        for (_, taken) in count.range_mut(nights.from..nights.to) {
            *taken += 1;
        }
    }
    let has_nowhere_to_go = |nights: &Nights| {
        let walls =
            placed.iter().filter(|stay| !stay.may_move && stay.nights.overlaps(*nights) && is_here.contains(&stay.room_id));
        walls.map(|stay| stay.room_id).collect::<HashSet<_>>().len() == is_here.len()
    };
    count.values().any(|taken| *taken > rooms.len()) || open.iter().any(has_nowhere_to_go)
}

/// The stays that have to do with those to be placed: that share nights with them, directly or by way of others who may move.
/// The rest is in nobody's way, wherever these go.
fn concerned(placed: &[Placed], open: &[Nights]) -> Vec<Placed> {
    let mut movers: Vec<Nights> =
        placed.iter().filter(|stay| stay.may_move).map(|stay| stay.nights).chain(open.iter().copied()).collect();
    movers.sort_unstable_by_key(|nights| nights.from);
    let mut spans: Vec<Nights> = Vec::new();
    for nights in movers {
        match spans.last_mut() {
            Some(last) if nights.from < last.to => last.to = last.to.max(nights.to),
            _ => spans.push(nights),
        }
    }
    spans.retain(|span| open.iter().any(|nights| nights.overlaps(*span)));
    placed.iter().filter(|stay| spans.iter().any(|span| span.overlaps(stay.nights))).copied().collect()
}

/// Maximum number of rooms in which a large hotel is searched first.
const NEAR: usize = 24;

/// The rooms that the fewest others have on the nights of those to be placed: there it is likeliest that a few can change places.
fn rooms_near(rooms: &[Uuid], concerned: &[Placed], open: &[Nights]) -> Vec<Uuid> {
    let mut others: HashMap<Uuid, usize> = rooms.iter().map(|room| (*room, 0)).collect();
    for stay in concerned.iter().filter(|stay| open.iter().any(|nights| nights.overlaps(stay.nights))) {
        if let Some(count) = others.get_mut(&stay.room_id) {
            *count += 1;
        }
    }
    let mut near = rooms.to_vec();
    near.sort_by_key(|room| others.get(room).copied());
    near.truncate(NEAR);
    near
}

/// Rooms with the nights on which somebody has them.
#[derive(Default)]
pub struct Taken(HashMap<Uuid, Vec<Nights>>);

impl Taken {
    pub fn by(stays: &[Placed]) -> Self {
        let mut taken = Self::default();
        for stay in stays {
            taken.put(stay.room_id, stay.nights);
        }
        taken
    }

    pub fn put(&mut self, room_id: Uuid, nights: Nights) {
        self.0.entry(room_id).or_default().push(nights);
    }

    /// The room that is free as things are, the one with the smallest gap first; of equals the one that comes first.
    pub fn fit(&self, rooms: &[Uuid], nights: Nights) -> Option<Uuid> {
        let gap = |room: &Uuid| {
            let taken = self.0.get(room).map(Vec::as_slice).unwrap_or_default();
            if taken.iter().any(|other| other.overlaps(nights)) {
                return None;
            }
            let before =
                taken.iter().filter(|other| other.to <= nights.from).map(|other| (nights.from - other.to).num_days()).min();
            let after =
                taken.iter().filter(|other| other.from >= nights.to).map(|other| (other.from - nights.to).num_days()).min();
            Some((before.unwrap_or(OPEN) + after.unwrap_or(OPEN), *room))
        };
        rooms.iter().filter_map(gap).min_by_key(|(gap, _)| *gap).map(|(_, room)| room)
    }
}

/// Gives stays rooms that are free as things are, the first ones first: for when not all of them fit.
/// Those for whom there is none are left out.
pub fn place_where_free(rooms: &[Uuid], fixed: &[Placed], stays: &[Placed]) -> Vec<(Uuid, Uuid)> {
    let mut taken = Taken::by(fixed);
    let mut placed = Vec::new();
    for stay in stays {
        if let Some(room) = taken.fit(rooms, stay.nights) {
            taken.put(room, stay.nights);
            placed.push((stay.stay_id, room));
        }
    }
    placed
}

/// Length of a gap that is open on a side: longer than any other.
const OPEN: i64 = 10_000;

/// Maximum length of a chain of moves: a stay that makes room may need another one to make room for it.
const CHAIN: u32 = 2;

/// Owner of some nights of a room. No stay: one that cannot move. No home: its room is none of these.
#[derive(Debug, Clone, Copy)]
struct Slot {
    nights: Nights,
    stay: Option<Uuid>,
    home: Option<usize>,
}

/// Makes room by a few moves: a room is emptied by giving those who are in the way other rooms. That finds an arrangement in a
/// large hotel within the budget, where a search from scratch would not end; what it does not find may exist all the same.
struct FewMoves {
    /// Slots of each room, by date; no two overlap.
    slots: Vec<Vec<Slot>>,
    /// Stays in whose room there is somebody now who cannot move.
    displaced: Vec<Slot>,
    /// Log of changes, so that they can be undone: room, slot, and whether it came or went.
    log: Vec<(usize, Slot, bool)>,
    deadline: Instant,
}

impl FewMoves {
    /// Makes a search; none, if two who cannot move share a room.
    fn new(rooms: &[Uuid], placed: &[Placed], deadline: Instant) -> Option<Self> {
        let index: HashMap<Uuid, usize> = rooms.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let mut few = Self { slots: vec![Vec::new(); rooms.len()], displaced: Vec::new(), log: Vec::new(), deadline };
        for stay in placed.iter().filter(|stay| !stay.may_move) {
            // Who cannot move and is elsewhere is in nobody's way.
            let Some(home) = index.get(&stay.room_id).copied() else { continue };
            few.slots[home].push(Slot { nights: stay.nights, stay: None, home: Some(home) });
        }
        for room in &mut few.slots {
            room.sort_unstable_by_key(|slot| slot.nights.from);
        }
        let share = |room: &Vec<Slot>| room.windows(2).any(|pair| pair[0].nights.overlaps(pair[1].nights));
        if few.slots.iter().any(share) {
            return None;
        }
        for stay in placed.iter().filter(|stay| stay.may_move) {
            let home = index.get(&stay.room_id).copied();
            let slot = Slot { nights: stay.nights, stay: Some(stay.stay_id), home };
            match home.filter(|room| few.in_the_way(*room, slot.nights).is_empty()) {
                Some(room) => few.put(room, slot),
                None => few.displaced.push(slot),
            }
        }
        few.log.clear();
        // The long ones are the harder to place.
        few.displaced.sort_by_key(|slot| (std::cmp::Reverse(slot.nights.count()), slot.nights.from));
        Some(few)
    }

    /// Arranges the stays; none, if that is impossible or was not found in time. What is free without moving anybody is taken
    /// first, whatever the time.
    fn arrange(mut self, rooms: &[Uuid], wanted: &[Nights]) -> Option<Arrangement> {
        let mut left = Vec::new();
        for slot in std::mem::take(&mut self.displaced) {
            match self.free_room(slot.nights) {
                Some(room) => self.put(room, slot),
                None => left.push(slot),
            }
        }
        for slot in left {
            let room = self.make_room(slot.nights, CHAIN)?;
            self.put(room, slot);
        }
        let mut chosen = Vec::with_capacity(wanted.len());
        for nights in wanted {
            let room = self.make_room(*nights, CHAIN)?;
            self.put(room, Slot { nights: *nights, stay: None, home: Some(room) });
            chosen.push(rooms[room]);
        }
        let moved = |(room, slots): (usize, &Vec<Slot>)| {
            let here = slots.iter().filter(move |slot| slot.home != Some(room));
            here.filter_map(|slot| slot.stay).map(move |stay| (stay, room)).collect::<Vec<_>>()
        };
        let moves = self.slots.iter().enumerate().flat_map(moved).map(|(stay, room)| (stay, rooms[room])).collect();
        Some(Arrangement { moves, rooms: chosen })
    }

    /// A room that is free on these nights, the smallest gap first.
    fn free_room(&self, nights: Nights) -> Option<usize> {
        let free = (0..self.slots.len()).filter(|room| self.in_the_way(*room, nights).is_empty());
        free.min_by_key(|room| self.slack(*room, nights))
    }

    /// A room that is free on these nights, the smallest gap first, or that others leave for them.
    fn make_room(&mut self, nights: Nights, chain: u32) -> Option<usize> {
        if let Some(room) = self.free_room(nights) {
            return Some(room);
        }
        if chain == 0 {
            return None;
        }
        let may_leave = |room: &usize| self.in_the_way(*room, nights).iter().all(|slot| slot.stay.is_some());
        let mut candidates: Vec<usize> = (0..self.slots.len()).filter(may_leave).collect();
        candidates.sort_by_key(|room| self.in_the_way(*room, nights).len());
        candidates.into_iter().find(|room| self.empty(*room, nights, chain))
    }

    /// Gives those who are in the way other rooms, or leaves all as it was.
    fn empty(&mut self, room: usize, nights: Nights, chain: u32) -> bool {
        if Instant::now() > self.deadline {
            return false;
        }
        let before = self.log.len();
        let leaving = self.in_the_way(room, nights).to_vec();
        for slot in &leaving {
            self.take(room, *slot);
        }
        let reserved = Slot { nights, stay: None, home: Some(room) };
        self.put(room, reserved);
        for slot in leaving {
            match self.make_room(slot.nights, chain - 1) {
                Some(other) => self.put(other, slot),
                None => {
                    self.undo(before);
                    return false;
                }
            }
        }
        self.take(room, reserved);
        true
    }

    fn in_the_way(&self, room: usize, nights: Nights) -> &[Slot] {
        let slots = &self.slots[room];
        let from = slots.partition_point(|slot| slot.nights.to <= nights.from);
        let to = slots.partition_point(|slot| slot.nights.from < nights.to);
        slots.get(from..to).unwrap_or_default()
    }

    /// Returns the slack of a free room: the nights between the stays before and after, beside these.
    fn slack(&self, room: usize, nights: Nights) -> i64 {
        let slots = &self.slots[room];
        let next = slots.partition_point(|slot| slot.nights.to <= nights.from);
        let before = next.checked_sub(1).map_or(OPEN, |last| (nights.from - slots[last].nights.to).num_days());
        let after = slots.get(next).map_or(OPEN, |slot| (slot.nights.from - nights.to).num_days());
        before + after
    }

    fn put(&mut self, room: usize, slot: Slot) {
        let place = self.slots[room].partition_point(|other| other.nights.from < slot.nights.from);
        self.slots[room].insert(place, slot);
        self.log.push((room, slot, true));
    }

    fn take(&mut self, room: usize, slot: Slot) {
        self.slots[room].retain(|other| other.nights != slot.nights);
        self.log.push((room, slot, false));
    }

    fn undo(&mut self, to: usize) {
        while self.log.len() > to {
            let Some((room, slot, came)) = self.log.pop() else { return };
            if came {
                self.take(room, slot);
            } else {
                self.put(room, slot);
            }
            self.log.pop();
        }
    }
}

struct Item {
    nights: Nights,
    /// Owner of the nights: a placed stay, or the n-th of the wanted.
    owner: Owner,
    home: Option<usize>,
}

#[derive(Clone, Copy)]
enum Owner {
    Placed(Uuid),
    Wanted(usize),
}

struct Search<'a> {
    rooms: &'a [Uuid],
    /// Nights of each room that cannot move, by date.
    fixed: Vec<Vec<Nights>>,
    /// Items to be placed, by arrival.
    items: Vec<Item>,
    /// Departure of the last item placed in each room.
    free_from: Vec<Option<chrono::NaiveDate>>,
    choice: Vec<usize>,
    prefer_home: bool,
    deadline: Instant,
    steps: u32,
}

impl<'a> Search<'a> {
    fn new(rooms: &'a [Uuid], placed: &[Placed], wanted: &[Nights], prefer_home: bool, deadline: Instant) -> Self {
        let index = |room_id: Uuid| rooms.iter().position(|id| *id == room_id);
        let mut fixed = vec![Vec::new(); rooms.len()];
        let mut items = Vec::new();
        for stay in placed {
            match index(stay.room_id) {
                Some(room) if !stay.may_move => fixed[room].push(stay.nights),
                None if !stay.may_move => {}
                home => items.push(Item { nights: stay.nights, owner: Owner::Placed(stay.stay_id), home }),
            }
        }
        let new = wanted.iter().enumerate();
        items.extend(new.map(|(n, nights)| Item { nights: *nights, owner: Owner::Wanted(n), home: None }));
        // Long stays first among those that arrive together: they are the harder to place.
        items.sort_by_key(|item| (item.nights.from, std::cmp::Reverse(item.nights.to)));
        Self { rooms, fixed, items, free_from: vec![None; rooms.len()], choice: Vec::new(), prefer_home, deadline, steps: 0 }
    }

    fn run(mut self) -> Result<Arrangement, Refusal> {
        if self.place(0)? { Ok(self.arrangement()) } else { Err(Refusal::Impossible) }
    }

    /// Places the items from the n-th on, or undoes what it tried.
    fn place(&mut self, n: usize) -> Result<bool, Refusal> {
        let Some(item) = self.items.get(n) else { return Ok(true) };
        let nights = item.nights;
        for room in self.candidates(item) {
            self.steps += 1;
            if self.steps.is_multiple_of(64) && Instant::now() > self.deadline {
                return Err(Refusal::BudgetSpent);
            }
            let before = self.free_from[room].replace(nights.to);
            self.choice.push(room);
            if self.place(n + 1)? {
                return Ok(true);
            }
            self.choice.pop();
            self.free_from[room] = before;
        }
        Ok(false)
    }

    /// The rooms that are free for an item, best first; of rooms that are alike only one.
    fn candidates(&self, item: &Item) -> Vec<usize> {
        let mut free: Vec<usize> = (0..self.rooms.len()).filter(|room| self.is_free(*room, item.nights)).collect();
        let at_home = |room: &usize| self.prefer_home && Some(*room) == item.home;
        free.sort_by_key(|room| {
            (!at_home(room), self.next_fixed(*room, item.nights), std::cmp::Reverse(self.free_from[*room]), *room)
        });
        let mut seen = Vec::new();
        free.retain(|room| {
            let alike = (self.free_from[*room].max(Some(item.nights.from)), &self.fixed[*room]);
            let is_new = at_home(room) || !seen.contains(&alike);
            seen.push(alike);
            is_new
        });
        free
    }

    fn is_free(&self, room: usize, nights: Nights) -> bool {
        self.free_from[room].is_none_or(|from| from <= nights.from)
            && !self.fixed[room].iter().any(|fixed| fixed.overlaps(nights))
    }

    /// Returns when the room is next taken by a stay that cannot move: the sooner, the better the fit.
    fn next_fixed(&self, room: usize, nights: Nights) -> chrono::NaiveDate {
        let later = self.fixed[room].iter().map(|fixed| fixed.from).filter(|from| *from >= nights.to);
        later.min().unwrap_or(chrono::NaiveDate::MAX)
    }

    fn arrangement(self) -> Arrangement {
        let mut moves = Vec::new();
        let mut rooms: Vec<(usize, Uuid)> = Vec::new();
        for (item, room) in self.items.iter().zip(&self.choice) {
            match item.owner {
                Owner::Placed(stay_id) if item.home != Some(*room) => moves.push((stay_id, self.rooms[*room])),
                Owner::Placed(_) => {}
                Owner::Wanted(n) => rooms.push((n, self.rooms[*room])),
            }
        }
        rooms.sort_unstable_by_key(|(n, _)| *n);
        Arrangement { moves, rooms: rooms.into_iter().map(|(_, room)| room).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;
    use proptest::prelude::*;

    fn span(from: u64, to: u64) -> Nights {
        Nights::new(day(from), day(to))
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[test]
    fn takes_the_smallest_gap_that_fits() {
        let gap = |n: u128, number: &str, before: Option<u64>, after: Option<u64>| RoomGap {
            room_id: id(n),
            room_type_id: id(0),
            number: number.into(),
            before: before.map(day),
            after: after.map(day),
        };
        let gaps = [
            gap(1, "101", None, None),
            gap(2, "102", Some(4), Some(9)),
            gap(3, "103", Some(4), Some(8)),
            gap(4, "104", Some(4), Some(7)),
            gap(5, "99", Some(4), Some(8)),
        ];
        let chosen = |taken: &[Uuid]| best_fit(&gaps, id(0), span(5, 8), taken).map(|gap| gap.number.as_str());
        assert_eq!(chosen(&[]), Some("99"), "exact, and before 103 by number");
        assert_eq!(chosen(&[id(5)]), Some("103"));
        assert_eq!(chosen(&[id(5), id(3)]), Some("102"));
        assert_eq!(chosen(&[id(5), id(3), id(2)]), Some("101"));
        assert_eq!(chosen(&[id(5), id(3), id(2), id(1)]), None, "104 is taken on the last night");
    }

    #[test]
    fn moves_a_stay_to_make_one_room_free_throughout() {
        let rooms = [id(1), id(2)];
        let placed = [
            Placed { stay_id: id(11), room_id: id(1), nights: span(0, 2), may_move: true },
            Placed { stay_id: id(12), room_id: id(2), nights: span(2, 4), may_move: true },
        ];
        let found = rearrange(&rooms, &placed, &[span(0, 4)], soon()).expect("an arrangement");
        assert_eq!(found.moves.len(), 1);
        let pinned = placed.map(|stay| Placed { may_move: false, ..stay });
        assert_eq!(rearrange(&rooms, &pinned, &[span(0, 4)], soon()), Err(Refusal::Impossible));
    }

    /// Somebody stays on in room 1, where others come next.
    fn displaced(others: &[Placed]) -> Vec<Placed> {
        let stays_on = Placed { stay_id: id(0), room_id: id(1), nights: span(1, 3), may_move: false };
        others.iter().copied().chain([stays_on]).collect()
    }

    #[test]
    fn who_has_lost_a_room_gets_another_one() {
        let next = Placed { stay_id: id(11), room_id: id(1), nights: span(2, 4), may_move: true };
        let after = Placed { stay_id: id(12), room_id: id(1), nights: span(4, 6), may_move: true };
        let found = rearrange(&[id(1), id(2)], &displaced(&[next, after]), &[], soon()).expect("an arrangement");
        assert_eq!(found.moves, [(id(11), id(2))], "nobody else");
        // The other room is taken by one who can go where the first was.
        let other = Placed { stay_id: id(13), room_id: id(2), nights: span(3, 6), may_move: true };
        let found = rearrange(&[id(1), id(2)], &displaced(&[next, other]), &[], soon()).expect("an arrangement");
        assert_eq!(found.moves.iter().copied().collect::<HashMap<_, _>>(), HashMap::from([(id(11), id(2)), (id(13), id(1))]));
        for kept in [Placed { may_move: false, ..next }, Placed { nights: span(0, 2), ..next }] {
            let refused = rearrange(&[id(1)], &displaced(&[kept]), &[], soon());
            assert_eq!(refused, Err(Refusal::Impossible), "{kept:?}");
        }
    }

    #[test]
    fn what_is_free_is_found_however_many_there_are_and_whatever_the_time() {
        let rooms: Vec<Uuid> = (0..100).map(id).collect();
        let nights = |n: u128| span(3 * u64::try_from(n).unwrap_or(0), 3 * u64::try_from(n).unwrap_or(0) + 2);
        let placed: Vec<Placed> = (0..50)
            .flat_map(|n| (0..99).map(move |room| (room, n)))
            .map(|(room, n)| Placed { stay_id: id(1000 * (n + 1) + room), room_id: id(room), nights: nights(n), may_move: true })
            .chain([Placed { stay_id: id(1), room_id: id(7), nights: span(0, 150), may_move: false }])
            .collect();
        assert!(placed.len() > MAX_ITEMS);
        let found = rearrange(&rooms, &placed, &[], Instant::now()).expect("the hundredth room is free");
        assert_eq!(found.moves.len(), 50);
        assert!(found.moves.iter().all(|(_, room)| *room == id(99)));
    }

    /// Twelve rooms that each somebody has from the start, in which others who cannot move come two nights after they leave: in
    /// each of them a night later. Whoever leaves the earliest has to go to the last room for somebody else to fit in there.
    fn staircase(first_may_move: bool) -> Vec<Placed> {
        let stays = (0..12_u64).flat_map(|room| {
            let room_id = id(room.into());
            let fixed = Placed { stay_id: id(100 + u128::from(room)), room_id, nights: span(22 + room, 45), may_move: false };
            let may_move = first_may_move || room != 0;
            [fixed, Placed { stay_id: id(200 + u128::from(room)), room_id, nights: span(0, 20 + room), may_move }]
        });
        stays.collect()
    }

    #[test]
    fn a_spent_budget_is_not_called_impossible() {
        let rooms: Vec<_> = (0..12).map(id).collect();
        let refused = rearrange(&rooms, &staircase(false), &[span(20, 33)], Instant::now());
        assert_eq!(refused, Err(Refusal::BudgetSpent));
    }

    #[test]
    fn what_is_plainly_impossible_needs_no_time() {
        let rooms: Vec<_> = (0..12).map(id).collect();
        let full = rearrange(&rooms, &staircase(true), &[span(0, 20)], Instant::now());
        assert_eq!(full, Err(Refusal::Impossible), "more stays than rooms");
        let walled = rearrange(&rooms, &staircase(true), &[span(20, 34)], Instant::now());
        assert_eq!(walled, Err(Refusal::Impossible), "somebody comes to each room");
    }

    /// Returns who moves for the one who wants the staircase's last room.
    #[track_caller]
    fn solved(rooms: u128, others: impl IntoIterator<Item = Placed>) -> Vec<Uuid> {
        let rooms: Vec<Uuid> = (0..rooms).map(id).collect();
        let placed: Vec<Placed> = staircase(true).into_iter().chain(others).collect();
        assert!(placed.len() > MAX_ITEMS);
        let found = rearrange(&rooms, &placed, &[span(20, 33)], Instant::now() + Duration::from_secs(2)).expect("an arrangement");
        assert_eq!(found.rooms, [id(11)]);
        found.moves.into_iter().map(|(stay, _)| stay).collect()
    }

    #[test]
    fn who_has_nothing_to_do_with_it_costs_nothing() {
        let later = |n: u64| {
            let (stay_id, room_id) = (id(1000 + u128::from(n)), id(u128::from(n % 12)));
            Placed { stay_id, room_id, nights: span(100 + n, 101 + n), may_move: true }
        };
        let moved = solved(12, (0..2500).map(later));
        assert!(moved.iter().all(|stay| *stay < id(1000)), "{moved:?}");
    }

    #[test]
    fn a_large_hotel_is_searched_where_few_are_in_the_way() {
        let stays_of = |room: u128| {
            let stay = move |n: u64| {
                let (stay_id, room_id) = (id(1000 * room + u128::from(n)), id(room));
                Placed { stay_id, room_id, nights: span(2 * n, 2 * n + 2), may_move: true }
            };
            (0..30).map(stay)
        };
        assert!(solved(312, (12..312).flat_map(stays_of)).len() >= 12, "all on the stairs");
    }

    #[test]
    fn what_is_free_is_taken_where_it_fits_best() {
        let taken = Taken::by(&[Placed { stay_id: id(0), room_id: id(2), nights: span(0, 3), may_move: false }]);
        let rooms = [id(1), id(2), id(3)];
        assert_eq!(taken.fit(&rooms, span(3, 5)), Some(id(2)));
        assert_eq!(taken.fit(&rooms, span(2, 5)), Some(id(1)), "the first of equals");
        assert_eq!(taken.fit(&rooms[1..2], span(2, 5)), None);
    }

    /// Returns all ways to place everything, one after the other.
    fn brute_force(rooms: usize, fixed: &[(usize, Nights)], open: &[Nights], chosen: &mut Vec<usize>) -> bool {
        let Some(nights) = open.get(chosen.len()) else { return true };
        for room in 0..rooms {
            let clash = fixed.iter().any(|(other, span)| *other == room && span.overlaps(*nights))
                || chosen.iter().zip(open).any(|(other, span)| *other == room && span.overlaps(*nights));
            if !clash {
                chosen.push(room);
                if brute_force(rooms, fixed, open, chosen) {
                    return true;
                }
                chosen.pop();
            }
        }
        false
    }

    proptest! {
        #[test]
        fn agrees_with_brute_force(
            rooms in 1_usize..4,
            stays in prop::collection::vec((0_u64..8, 1_u64..5, any::<bool>()), 0..7),
            wanted in (0_u64..8, 1_u64..5),
        ) {
            let room_ids: Vec<Uuid> = (0..rooms).map(|n| id(u128::try_from(n).unwrap_or(0))).collect();
            let mut placed: Vec<Placed> = Vec::new();
            for (n, (from, nights, may_move)) in stays.into_iter().enumerate() {
                let nights = span(from, from + nights);
                let free = room_ids.iter().find(|room| !placed.iter().any(|other| other.room_id == **room && other.nights.overlaps(nights)));
                if let Some(room_id) = free {
                    placed.push(Placed { stay_id: id(100 + u128::try_from(n).unwrap_or(0)), room_id: *room_id, nights, may_move });
                }
            }
            let wanted = span(wanted.0, wanted.0 + wanted.1);
            let index = |room: Uuid| room_ids.iter().position(|other| *other == room).expect("a room");
            let fixed: Vec<_> = placed.iter().filter(|stay| !stay.may_move).map(|stay| (index(stay.room_id), stay.nights)).collect();
            let mut open: Vec<_> = placed.iter().filter(|stay| stay.may_move).map(|stay| stay.nights).collect();
            open.push(wanted);

            match rearrange(&room_ids, &placed, &[wanted], soon()) {
                Ok(found) => {
                    let mut after: Vec<(Uuid, Nights)> = placed.iter().map(|stay| {
                        let to = found.moves.iter().find(|(moved, _)| *moved == stay.stay_id).map_or(stay.room_id, |(_, room)| *room);
                        prop_assert!(stay.may_move || to == stay.room_id);
                        Ok((to, stay.nights))
                    }).collect::<Result<_, _>>()?;
                    after.push((found.rooms[0], wanted));
                    for (n, (room, nights)) in after.iter().enumerate() {
                        prop_assert!(!after[n + 1..].iter().any(|(other, span)| other == room && span.overlaps(*nights)));
                    }
                }
                Err(refusal) => {
                    prop_assert_eq!(refusal, Refusal::Impossible);
                    prop_assert!(!brute_force(rooms, &fixed, &open, &mut Vec::new()));
                }
            }
        }
    }
}
