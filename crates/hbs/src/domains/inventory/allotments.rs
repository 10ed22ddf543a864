//! Rooms that are set aside by type and night, without a number: for a group, or for what a guest was offered.
//!
//! What remains of them counts as `allotted` and is not on sale. Each function is called within the transaction of a use case
//! that holds the inventory rows of the nights concerned, which guard the nights of allotments too.
use super::model::{AllottedNight, NightRow, Nights};
use super::repository::{self, allotments};
use crate::stores::postgres::Conn;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use std::collections::BTreeMap;
use uuid::Uuid;

pub use super::repository::allotments::{open_allotment, overdue_allotments};

/// By night and type: how many more, or fewer.
pub type Counts = BTreeMap<(NaiveDate, Uuid), i32>;

/// What is set aside, as it was read.
#[derive(Debug, Clone)]
pub struct Allotment {
    property_id: Uuid,
    id: Uuid,
    nights: BTreeMap<(NaiveDate, Uuid), AllottedNight>,
}

impl Allotment {
    /// What somebody is to write of must be read after the inventory rows are locked.
    pub async fn read(conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Self> {
        let nights = allotments::allotted_nights(conn, property_id, id).await?;
        Ok(Self { property_id, id, nights: nights.into_iter().map(|night| ((night.night, night.room_type_id), night)).collect() })
    }

    pub fn nights(&self) -> impl Iterator<Item = &AllottedNight> {
        self.nights.values()
    }

    /// From its first night to the last, of those with rooms that are not released.
    pub fn span(&self) -> Option<Nights> {
        Nights::around(self.nights().filter(|night| night.rooms > 0).map(|night| Nights::of_night(night.night)))
    }

    /// Rooms of a type that are set aside for it still on a night.
    pub fn remaining(&self, night: NaiveDate, room_type_id: Uuid) -> i32 {
        self.nights.get(&(night, room_type_id)).map_or(0, AllottedNight::remaining)
    }

    /// How many stays more there can be of what was agreed on; negative where more have come than that.
    pub fn left_of_agreed(&self, night: NaiveDate, room_type_id: Uuid) -> i32 {
        self.nights.get(&(night, room_type_id)).map_or(0, |row| row.rooms - row.picked_up)
    }

    /// Whether rooms of the type were agreed on for the night, and are not released.
    pub fn is_agreed(&self, night: NaiveDate, room_type_id: Uuid) -> bool {
        self.nights.get(&(night, room_type_id)).is_some_and(|row| row.rooms > 0)
    }

    /// Whether so many rooms are set aside for it still on all of these nights.
    pub fn covers(&self, stays: &Counts) -> bool {
        stays.iter().all(|((night, kind), rooms)| self.remaining(*night, *kind) >= *rooms)
    }

    /// What of these rooms is not set aside for it.
    pub fn beyond(&self, rooms: &Counts) -> Counts {
        let rest = |((night, kind), rooms): (&(NaiveDate, Uuid), &i32)| ((*night, *kind), rooms - self.remaining(*night, *kind));
        rooms.iter().map(rest).filter(|(_, rooms)| *rooms > 0).collect()
    }

    /// By how much what is set aside changes where so many more stays are of it: nights beyond what was agreed change nothing.
    pub fn change(&self, stays: &Counts) -> Counts {
        let of_night = |(key, more): (&(NaiveDate, Uuid), &i32)| {
            let night = self.nights.get(key)?;
            let after = AllottedNight { picked_up: night.picked_up + more, ..*night };
            Some((*key, after.remaining() - night.remaining())).filter(|(_, change)| *change != 0)
        };
        stays.iter().filter_map(of_night).collect()
    }

    /// By how much what is set aside changes where it has so many rooms on these nights.
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

/// Says how many rooms an allotment has on some nights; others stay what they are. The caller has seen that there are as many.
pub async fn block_rooms(conn: &Conn, allotment: &Allotment, rooms: &Counts, now: DateTime<Utc>) -> QueryResult<()> {
    allotments::add_to_allotted(conn, allotment.property_id, &listed(&allotment.more_for(rooms)), now).await?;
    allotments::set_blocked(conn, allotment.property_id, allotment.id, &listed(rooms), now).await?;
    Ok(())
}

/// Counts stays of an allotment's bookings as sold, on each night so many more or fewer, and as many as were set aside for them
/// no longer as allotted.
pub async fn count_pick_up(conn: &Conn, allotment: &Allotment, stays: &Counts, now: DateTime<Utc>) -> QueryResult<()> {
    let (property_id, change) = (allotment.property_id, allotment.change(stays));
    // What is given back is given back before it is taken again, and the other way round: the CHECK looks at each statement.
    let (freed, set_aside): (Counts, Counts) = change.into_iter().partition(|(_, more)| *more < 0);
    allotments::add_to_allotted(conn, property_id, &listed(&freed), now).await?;
    repository::take_each(conn, property_id, &listed(stays), now).await?;
    allotments::add_to_allotted(conn, property_id, &listed(&set_aside), now).await?;
    allotments::add_to_picked_up(conn, property_id, allotment.id, &listed(stays), now).await?;
    Ok(())
}

/// Puts what remains of an allotment back on sale.
pub async fn release_allotment(conn: &Conn, allotment: &Allotment, now: DateTime<Utc>) -> QueryResult<()> {
    let remaining: Counts = allotment
        .nights()
        .map(|night| ((night.night, night.room_type_id), -night.remaining()))
        .filter(|(_, less)| *less != 0)
        .collect();
    allotments::add_to_allotted(conn, allotment.property_id, &listed(&remaining), now).await?;
    allotments::unblock(conn, allotment.property_id, allotment.id, now).await?;
    Ok(())
}

/// The same of an allotment of which no rows are locked yet.
pub async fn give_back(conn: &Conn, property_id: Uuid, id: Uuid, now: DateTime<Utc>) -> QueryResult<()> {
    let known = Allotment::read(conn, property_id, id).await?;
    if known.span().is_none() {
        return Ok(());
    }
    lock_around(conn, property_id, known.nights.into_keys()).await?;
    release_allotment(conn, &Allotment::read(conn, property_id, id).await?, now).await
}

/// Locks the rows of some nights of some types, with what lies between.
pub async fn lock_around(
    conn: &Conn,
    property_id: Uuid,
    nights: impl IntoIterator<Item = (NaiveDate, Uuid)>,
) -> QueryResult<Vec<NightRow>> {
    let (nights, mut types): (Vec<NaiveDate>, Vec<Uuid>) = nights.into_iter().unzip();
    types.sort_unstable();
    types.dedup();
    match Nights::around(nights.into_iter().map(Nights::of_night)) {
        Some(span) => repository::lock(conn, property_id, &types, span).await,
        None => Ok(Vec::new()),
    }
}

fn listed(counts: &Counts) -> Vec<(NaiveDate, Uuid, i32)> {
    counts.iter().map(|((night, room_type_id), number)| (*night, *room_type_id, *number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Days;

    fn day(n: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, 1).expect("a date") + Days::new(n)
    }

    /// Two rooms on days 0 to 2, of which one is picked up on day 1.
    fn allotment() -> Allotment {
        let night = |n, picked_up| AllottedNight { night: day(n), room_type_id: Uuid::nil(), blocked: 2, rooms: 2, picked_up };
        let nights = [night(0, 0), night(1, 1), night(2, 2)];
        let nights = nights.into_iter().map(|night| ((night.night, night.room_type_id), night)).collect();
        Allotment { property_id: Uuid::nil(), id: Uuid::nil(), nights }
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
