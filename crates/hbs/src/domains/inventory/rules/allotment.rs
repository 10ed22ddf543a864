//! An allotment: rooms that are set aside by type and night, without a number, for a group or for what a guest was offered.
use crate::domains::inventory::model::{AllottedNight, NightRow, Nights};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Changes in numbers of rooms by night and type: how many more, or fewer.
pub type Counts = BTreeMap<(NaiveDate, Uuid), i32>;

/// Allotment: rooms that are set aside, as read.
#[derive(Debug, Clone)]
pub struct Allotment {
    pub(in crate::domains::inventory) property_id: Uuid,
    pub(in crate::domains::inventory) id: Uuid,
    nights: BTreeMap<(NaiveDate, Uuid), AllottedNight>,
}

impl Allotment {
    /// An allotment with its nights, as they were read.
    pub(in crate::domains::inventory) fn new(property_id: Uuid, id: Uuid, nights: Vec<AllottedNight>) -> Self {
        Self { property_id, id, nights: nights.into_iter().map(|night| ((night.night, night.room_type_id), night)).collect() }
    }

    pub fn nights(&self) -> impl Iterator<Item = &AllottedNight> {
        self.nights.values()
    }

    /// Returns the range from its first night to the last, of those with rooms that are not released.
    pub fn span(&self) -> Option<Nights> {
        Nights::around(self.nights().filter(|night| night.rooms > 0).map(|night| Nights::of_night(night.night)))
    }

    /// Rooms of a type that are set aside for it still on a night.
    pub fn remaining(&self, night: NaiveDate, room_type_id: Uuid) -> i32 {
        self.nights.get(&(night, room_type_id)).map_or(0, AllottedNight::remaining)
    }

    /// Returns how many more stays the agreed rooms allow; negative if more have come than that.
    pub fn left_of_agreed(&self, night: NaiveDate, room_type_id: Uuid) -> i32 {
        self.nights.get(&(night, room_type_id)).map_or(0, |row| row.rooms - row.picked_up)
    }

    /// Returns `true` if rooms of the type were agreed on for the night, and are not released.
    pub fn is_agreed(&self, night: NaiveDate, room_type_id: Uuid) -> bool {
        self.nights.get(&(night, room_type_id)).is_some_and(|row| row.rooms > 0)
    }

    /// Returns `true` if so many rooms are still set aside for it on all of these nights.
    pub fn covers(&self, stays: &Counts) -> bool {
        stays.iter().all(|((night, kind), rooms)| self.remaining(*night, *kind) >= *rooms)
    }

    /// Returns those of these rooms that are not set aside for it.
    pub fn beyond(&self, rooms: &Counts) -> Counts {
        let rest = |((night, kind), rooms): (&(NaiveDate, Uuid), &i32)| ((*night, *kind), rooms - self.remaining(*night, *kind));
        rooms.iter().map(rest).filter(|(_, rooms)| *rooms > 0).collect()
    }

    /// Returns the change in rooms set aside if so many more stays belong to it: nights beyond the agreed rooms change
    /// nothing.
    pub fn change(&self, stays: &Counts) -> Counts {
        let of_night = |(key, more): (&(NaiveDate, Uuid), &i32)| {
            let night = self.nights.get(key)?;
            let after = AllottedNight { picked_up: night.picked_up + more, ..*night };
            Some((*key, after.remaining() - night.remaining())).filter(|(_, change)| *change != 0)
        };
        stays.iter().filter_map(of_night).collect()
    }

    /// Returns the change in rooms set aside if it has so many rooms on these nights.
    pub fn more_for(&self, rooms: &Counts) -> Counts {
        let of_night = |(key, rooms): (&(NaiveDate, Uuid), &i32)| {
            let before = self.nights.get(key);
            let picked_up = before.map_or(0, |night| night.picked_up);
            Some((*key, (rooms - picked_up).max(0) - before.map_or(0, AllottedNight::remaining))).filter(|(_, more)| *more != 0)
        };
        rooms.iter().filter_map(of_night).collect()
    }

    /// The rows as they are for a booking of it.
    pub fn seen_by_its_own(&self, rows: &[NightRow], stays: &Counts) -> Vec<NightRow> {
        let change = self.change(stays);
        let seen = |row: &NightRow| {
            let freed = change.get(&(row.night, row.room_type_id)).copied().unwrap_or(0);
            NightRow { allotted: row.allotted + freed, ..*row }
        };
        rows.iter().map(seen).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

    /// Makes an allotment of two rooms on days 0 to 2, of which one is picked up on day 1.
    fn allotment() -> Allotment {
        let night = |n, picked_up| AllottedNight { night: day(n), room_type_id: Uuid::nil(), blocked: 2, rooms: 2, picked_up };
        let nights = [night(0, 0), night(1, 1), night(2, 2)];
        Allotment::new(Uuid::nil(), Uuid::nil(), nights.to_vec())
    }

    #[test]
    fn stays_take_what_is_set_aside_and_then_what_is_on_sale() {
        let changed = |more: i32| {
            let stays = (0..4).map(|n| ((day(n), Uuid::nil()), more)).collect();
            let change = allotment().change(&stays);
            (0..4).map(|n| change.get(&(day(n), Uuid::nil())).copied().unwrap_or(0)).collect::<Vec<_>>()
        };
        assert_eq!(changed(1), [-1, -1, 0, 0]);
        assert_eq!(changed(3), [-2, -1, 0, 0]);
        // Stays that go give back what was agreed, and no more.
        assert_eq!(changed(-1)[1..], [1, 1, 0]);
    }

    #[test]
    fn it_covers_nights_on_which_rooms_are_left_of_it() {
        let covers = |from, to, rooms| {
            allotment().covers(&Nights::new(day(from), day(to)).iter().map(|night| ((night, Uuid::nil()), rooms)).collect())
        };
        assert!(covers(0, 2, 1) && covers(0, 1, 2) && !covers(0, 2, 2) && !covers(2, 3, 1) && !covers(3, 4, 1));
        assert_eq!(allotment().span(), Some(Nights::new(day(0), day(3))));
    }
}
