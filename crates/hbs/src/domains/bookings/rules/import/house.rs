//! Nights and rooms for the stays of a sheet, counted in memory. Pure: the caller holds the inventory rows, so nobody
//! else takes a night or a room meanwhile.
use super::read::Draft;
use super::refuse_whole;
use crate::domains::inventory::{self, Counts, NightRow, Nights, RoomGap, solver};
use crate::domains::stays::Status;
use crate::sheets::Row;
use chrono::NaiveDate;
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

pub struct House {
    /// Inventory by type and night, with what the sheet has taken so far.
    rows: HashMap<(Uuid, NaiveDate), NightRow>,
    /// The rooms of each type.
    rooms: HashMap<Uuid, Vec<RoomGap>>,
    /// The nights of each room that somebody has.
    taken: HashMap<Uuid, BTreeSet<NaiveDate>>,
    /// The rooms that guests are in, also those who should have left.
    lived_in: HashSet<Uuid>,
    /// The stays from before the sheet that wait for a room, by type and night to come.
    waiting: HashMap<(Uuid, NaiveDate), i32>,
    today: NaiveDate,
}

/// A room for a stay, if there is one.
enum Found {
    Room(Uuid),
    /// No room: the stay is sold beyond the rooms that exist.
    Overbooked,
    /// No single room is free throughout.
    Nothing,
}

/// Nights that are named when many are short.
const NAMED: usize = 5;

impl House {
    pub fn new(
        rows: Vec<NightRow>,
        rooms: Vec<RoomGap>,
        occupied: Vec<(Uuid, NaiveDate)>,
        lived_in: HashSet<Uuid>,
        today: NaiveDate,
    ) -> Self {
        let mut of_type: HashMap<Uuid, Vec<RoomGap>> = HashMap::new();
        for room in rooms {
            of_type.entry(room.room_type_id).or_default().push(room);
        }
        let mut taken: HashMap<Uuid, BTreeSet<NaiveDate>> = HashMap::new();
        for (room, night) in occupied {
            taken.entry(room).or_default().insert(night);
        }
        let rows = rows.into_iter().map(|row| ((row.room_type_id, row.night), row)).collect();
        let mut house = Self { rows, rooms: of_type, taken, lived_in, waiting: HashMap::new(), today };
        house.waiting = house.rows.values().filter(|row| row.night >= today).filter_map(|row| house.waiting_on(row)).collect();
        house
    }

    /// Returns how many of those who are counted as sold on a night have no room, if there are any.
    fn waiting_on(&self, row: &NightRow) -> Option<((Uuid, NaiveDate), i32)> {
        let not_blocked_and_free = row.capacity - row.sold;
        let waiting = self.free_rooms(row.room_type_id, row.night) - not_blocked_and_free;
        (waiting > 0).then_some(((row.room_type_id, row.night), waiting))
    }

    /// Returns how many rooms of a type nobody has on a night.
    fn free_rooms(&self, kind: Uuid, night: NaiveDate) -> i32 {
        let is_free = |gap: &&RoomGap| !self.taken.get(&gap.room_id).is_some_and(|taken| taken.contains(&night));
        let free = self.rooms.get(&kind).into_iter().flatten().filter(is_free).count();
        i32::try_from(free).unwrap_or(i32::MAX)
    }

    /// Gives each booking its nights, in the order of the rows, then rooms: first those that rows name, then
    /// by arrival. Notes in the rows for what there is none.
    pub fn place(&mut self, groups: &[Vec<usize>], rows: &mut [Row], drafts: &mut [Option<Draft>]) {
        for group in groups {
            self.count_group(group, rows, drafts);
        }
        let mut order: Vec<usize> = (0..rows.len()).filter(|n| rows[*n].errors.is_empty()).collect();
        order.sort_by_key(|n| {
            drafts[*n].as_ref().map(|draft| (!draft.is_named, draft.nights.from, std::cmp::Reverse(draft.nights.to), *n))
        });
        for n in order {
            if let Some(draft) = &mut drafts[n] {
                self.give_room(&mut rows[n], draft);
            }
        }
        for group in groups {
            refuse_whole(group, rows);
        }
    }

    /// Counts all nights of a booking, or none.
    fn count_group(&mut self, group: &[usize], rows: &mut [Row], drafts: &[Option<Draft>]) {
        let mut counted = Vec::new();
        for n in group {
            if !rows[*n].errors.is_empty() {
                continue;
            }
            let Some(draft) = &drafts[*n] else { continue };
            match self.short(draft) {
                Some(detail) => rows[*n].refuse(detail),
                None => {
                    self.count(draft.kind, draft.nights, 1);
                    counted.push(draft);
                }
            }
        }
        refuse_whole(group, rows);
        if group.iter().any(|n| !rows[*n].errors.is_empty()) {
            for draft in counted {
                self.count(draft.kind, draft.nights, -1);
            }
        }
    }

    fn count(&mut self, kind: Uuid, nights: Nights, rooms: i32) {
        for night in nights.iter() {
            if let Some(row) = self.rows.get_mut(&(kind, night)) {
                row.sold += rooms;
            }
        }
    }

    /// Returns the reason why there is no room of the type on some night. Nights from before the hotel used HBS are not
    /// counted.
    fn short(&self, draft: &Draft) -> Option<String> {
        let (mut sold_out, mut beyond) = (Vec::new(), Vec::new());
        for night in draft.nights.iter() {
            match self.rows.get(&(draft.kind, night)) {
                Some(row) if row.available() < 1 => sold_out.push(night),
                None if night >= self.today => beyond.push(night),
                Some(_) | None => {}
            }
        }
        if !sold_out.is_empty() {
            return Some(format!("no room of this type is left on {}", named(&sold_out)));
        }
        (!beyond.is_empty()).then(|| format!("the hotel does not sell that far ahead: {}", named(&beyond)))
    }

    fn give_room(&mut self, row: &mut Row, draft: &mut Draft) {
        if let Some(room) = draft.room {
            let is_lived_in = draft.status == Status::CheckedIn && !self.lived_in.insert(room);
            if !self.take(room, draft.nights) {
                row.blame("room", "is not free on these nights, or another row names it for one of them");
            } else if is_lived_in {
                row.blame("room", "has guests who have not been checked out, or another row names it for guests in the house");
            }
            return;
        }
        // Which room somebody had who has left, only the row could say.
        if draft.status == Status::CheckedOut {
            return;
        }
        match self.choose(draft.kind, draft.nights) {
            Found::Room(room) => {
                self.take(room, draft.nights);
                draft.room = Some(room);
            }
            Found::Overbooked => {}
            Found::Nothing => row.refuse(
                "every night has a room of this type, but no one room is free throughout; name rooms, or move stays that are there first",
            ),
        }
    }

    /// Takes a room for all of the nights, or not at all.
    fn take(&mut self, room: Uuid, nights: Nights) -> bool {
        let taken = self.taken.entry(room).or_default();
        if taken.range(nights.from..nights.to).next().is_some() {
            return false;
        }
        taken.extend(nights.iter());
        true
    }

    fn choose(&mut self, kind: Uuid, nights: Nights) -> Found {
        // What is free is theirs who waited before.
        let is_owed = |night| self.waiting.get(&(kind, night)).is_some_and(|waiting| self.free_rooms(kind, night) <= *waiting);
        if nights.iter().any(is_owed) {
            return Found::Overbooked;
        }
        let gaps = self.rooms.entry(kind).or_default();
        for gap in gaps.iter_mut() {
            if let Some(taken) = self.taken.get(&gap.room_id) {
                gap.before = taken.range(..nights.from).next_back().copied();
                gap.after = taken.range(nights.from..).next().copied();
            }
        }
        if let Some(gap) = solver::best_fit(gaps, kind, nights, &[]) {
            return Found::Room(gap.room_id);
        }
        let rows = nights.iter().filter_map(|night| self.rows.get(&(kind, night)));
        if inventory::is_overbooked(rows, kind, nights, &Counts::new()) { Found::Overbooked } else { Found::Nothing }
    }
}

fn named(nights: &[NaiveDate]) -> String {
    let first: Vec<String> = nights.iter().take(NAMED).map(ToString::to_string).collect();
    match nights.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} nights more", first.join(", ")),
    }
}
