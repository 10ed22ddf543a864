//! Changes of the inventory with rooms and types. Each is called within the transaction of a use case of the rooms
//! domain, which locks and publishes.
pub mod allotments;
pub mod line;
pub mod moves;

use crate::app::App;
use crate::clock::local_date;
use crate::domains::inventory::model::{Blocked, NightRow, Nights, Shortage, ShortageReason};
use crate::domains::inventory::repository::{self, Mismatch};
use crate::domains::inventory::rules::Counts;
use crate::failures::Failures;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel_async::AsyncConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The nights of a stay on which `wanted` rooms of each type are not there.
pub fn shortages(rows: &[NightRow], wanted: &BTreeMap<Uuid, i32>, nights: Nights) -> Vec<Shortage> {
    let by_night: BTreeMap<(NaiveDate, Uuid), &NightRow> = rows.iter().map(|row| ((row.night, row.room_type_id), row)).collect();
    let of_night = |night| wanted.iter().map(move |(kind, rooms)| ((night, *kind), *rooms));
    let keys = nights.iter().flat_map(of_night);
    keys.filter_map(|(key, rooms)| shortage(by_night.get(&key).copied(), key, rooms)).collect()
}

/// Returns the shortages where each night asks for a number of its own.
pub fn shortages_of(rows: &[NightRow], wanted: &Counts) -> Vec<Shortage> {
    let by_night: BTreeMap<(NaiveDate, Uuid), &NightRow> = rows.iter().map(|row| ((row.night, row.room_type_id), row)).collect();
    wanted.iter().filter_map(|(key, rooms)| shortage(by_night.get(key).copied(), *key, *rooms)).collect()
}

/// Returns `true` if, with so many more rooms sold, some night has more stays of the type than rooms: then a stay has
/// no room.
pub fn is_overbooked<'r>(
    rows: impl IntoIterator<Item = &'r NightRow>,
    room_type_id: Uuid,
    nights: Nights,
    more: &Counts,
) -> bool {
    let mut of_type = rows.into_iter().filter(|row| row.room_type_id == room_type_id && nights.contains(row.night));
    of_type.any(|row| row.sold + more.get(&(row.night, room_type_id)).copied().unwrap_or(0) > row.capacity)
}

fn shortage(row: Option<&NightRow>, (date, room_type_id): (NaiveDate, Uuid), rooms: i32) -> Option<Shortage> {
    let (reason, available) = match row {
        None => (ShortageReason::BeyondHorizon, 0),
        Some(row) if row.available() < rooms => (ShortageReason::SoldOut, row.available()),
        Some(_) => return None,
    };
    Some(Shortage { date, room_type_id, reason, available })
}

/// Puts the nights of new types on the record, as far as the horizon reaches.
pub async fn open_types(
    conn: &Conn,
    property_id: Uuid,
    room_types: &[Uuid],
    today: NaiveDate,
    horizon_nights: i32,
    now: DateTime<Utc>,
) -> Result<()> {
    repository::fill(conn, property_id, room_types, horizon(today, horizon_nights), now).await?;
    Ok(())
}

/// Adds rooms, from today on.
pub async fn add_capacity(
    conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    rooms: i32,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    lock_from(conn, property_id, room_type_id, today).await?;
    repository::add_to_capacity(conn, property_id, room_type_id, today, rooms, now).await?;
    Ok(())
}

/// Removes a room, from today on. Returns the nights on which it is needed, and then nothing changed.
pub async fn remove_capacity(
    conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Vec<NaiveDate>> {
    let rows = lock_from(conn, property_id, room_type_id, today).await?;
    let needed: Vec<_> = rows.iter().filter(|row| row.available() < 1).map(|row| row.night).collect();
    if needed.is_empty() {
        repository::add_to_capacity(conn, property_id, room_type_id, today, -1, now).await?;
    }
    Ok(needed)
}

/// Changes the overbooking allowance, from today on. Returns the nights that sold more, and then nothing changed.
pub async fn change_overbooking(
    conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    today: NaiveDate,
    overbooking: i32,
    now: DateTime<Utc>,
) -> Result<Vec<NaiveDate>> {
    let rows = lock_from(conn, property_id, room_type_id, today).await?;
    let raises: BTreeMap<NaiveDate, i64> =
        repository::raises(conn, property_id, room_type_id, today).await?.into_iter().collect();
    let raised = |row: &NightRow| raises.get(&row.night).and_then(|rooms| i32::try_from(*rooms).ok()).unwrap_or(0);
    let over = |row: &&NightRow| row.sold + row.allotted > row.capacity + overbooking + raised(row);
    let needed: Vec<_> = rows.iter().filter(over).map(|row| row.night).collect();
    if needed.is_empty() {
        repository::set_overbooking(conn, property_id, room_type_id, today, overbooking, now).await?;
    }
    Ok(needed)
}

/// Holds a room back on some nights: a room fewer to sell on each. Of `raised`, where what is sold would
/// be too much then, the overbooking is raised by one. The rows of all nights are locked, and no stay has
/// the room on them.
pub async fn block_room(
    conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    room: (Uuid, Uuid),
    nights: &[NaiveDate],
    raised: &[NaiveDate],
    now: DateTime<Utc>,
) -> Result<()> {
    repository::add_to_overbooking_of(conn, property_id, room_type_id, raised, 1, now).await?;
    repository::add_to_capacity_of(conn, property_id, room_type_id, nights, -1, now).await?;
    repository::occupy_by_block(conn, property_id, room, nights, raised, now).await?;
    Ok(())
}

/// Holds rooms of a type back, each for a block of its own, as [`block_room`] does one, in as many statements whatever their
/// number. The rows of all nights are locked, and no stay has the rooms on them.
pub async fn block_rooms_at_once(
    conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    rooms: &[Blocked],
    now: DateTime<Utc>,
) -> Result<()> {
    let mut fewer: BTreeMap<NaiveDate, i32> = BTreeMap::new();
    for night in rooms.iter().flat_map(|block| block.nights.iter()) {
        *fewer.entry(night).or_default() -= 1;
    }
    let by_night: Vec<(NaiveDate, Uuid, i32)> = fewer.into_iter().map(|(night, rooms)| (night, room_type_id, rooms)).collect();
    repository::add_to_capacity_each(conn, property_id, &by_night, now).await?;
    repository::occupy_by_blocks(conn, property_id, rooms, now).await?;
    Ok(())
}

/// Gives nights of a block back to sale, and takes back what it had raised the overbooking by: what can be
/// sold grows, or stays what it is. The rows of all nights are locked.
pub async fn unblock_room(
    conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    block_id: Uuid,
    nights: &[NaiveDate],
    now: DateTime<Utc>,
) -> Result<()> {
    let freed = repository::vacate_block(conn, property_id, block_id, nights).await?;
    let raised: Vec<NaiveDate> = freed.iter().filter(|(_, raised)| *raised).map(|(night, _)| *night).collect();
    let freed: Vec<NaiveDate> = freed.into_iter().map(|(night, _)| night).collect();
    repository::add_to_capacity_of(conn, property_id, room_type_id, &freed, 1, now).await?;
    repository::add_to_overbooking_of(conn, property_id, room_type_id, &raised, -1, now).await?;
    Ok(())
}

/// Locks the type first, so that no row is written meanwhile, then its rows.
async fn lock_from(conn: &Conn, property_id: Uuid, room_type_id: Uuid, today: NaiveDate) -> Result<Vec<NightRow>> {
    repository::lock_type(conn, property_id, room_type_id).await?;
    let nights = Nights::new(today, NaiveDate::MAX);
    Ok(repository::lock(conn, property_id, &[room_type_id], nights).await?)
}

fn horizon(today: NaiveDate, nights: i32) -> Nights {
    Nights::new(today, today + Days::new(u64::try_from(nights).unwrap_or(0)))
}

/// Extends every type's rows to its property's horizon. Returns how many nights were added, or the last failure: it keeps no
/// other type from being extended.
pub async fn extend_horizon(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let open = repository::open_types(&*app.db.conn().await?).await?;
    let (mut added, mut failures) = (0, Failures::default());
    for open in open {
        let mut nights = horizon(local_date(now, open.time_zone.tz()), open.horizon_nights);
        if let Some(last) = open.last_night {
            nights.from = nights.from.max(last + Days::new(1));
        }
        if nights.from >= nights.to {
            continue;
        }
        let (property_id, room_type_id) = (open.property_id, open.room_type_id);
        let extended = extend(app, property_id, room_type_id, nights).await;
        added += failures.note("the horizon of a room type could not be extended", room_type_id, extended)?.unwrap_or(0);
    }
    failures.result(added)
}

/// Adds nights of a type of room, and says how many.
async fn extend(app: &App, property_id: Uuid, room_type_id: Uuid, nights: Nights) -> Result<usize> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        repository::lock_type(conn, property_id, room_type_id).await?;
        Ok::<_, Error>(repository::fill(conn, property_id, &[room_type_id], nights, now).await?)
    })
    .await
}

/// Compares the counters with stays, rooms, blocks and allotments.
pub async fn verify(app: &App) -> Result<Vec<Mismatch>> {
    let conn = app.db.conn().await?;
    Ok(repository::differences(&conn, None, app.clock.now()).await?)
}

/// Sets the counters to what stays, rooms, blocks and allotments say, each hotel in a transaction of its own, and says of how
/// many nights. What would break the promise that no more is sold than there are rooms is left as it is.
pub async fn repair(app: &App) -> Result<usize> {
    let mut hotels: Vec<Uuid> = verify(app).await?.into_iter().map(|mismatch| mismatch.property_id).collect();
    hotels.dedup();
    let cause = Cause::system(app.clock.now());
    let (mut repaired, mut failures) = (0, Failures::default());
    for property_id in hotels {
        let mut conn = app.db.conn().await?;
        let done = conn.transaction(async |conn| repair_hotel(conn, property_id, &cause).await).await;
        repaired += failures.note("the inventory of a hotel could not be repaired", property_id, done)?.unwrap_or(0);
    }
    app.relay.wake();
    failures.result(repaired)
}

/// Repairs a hotel with all types and nights locked, so that nothing is sold and no room comes or goes meanwhile.
async fn repair_hotel(conn: &Conn, property_id: Uuid, cause: &Cause) -> Result<usize> {
    let types = repository::lock_types(conn, property_id).await?;
    repository::lock(conn, property_id, &types, Nights::new(NaiveDate::default(), NaiveDate::MAX)).await?;
    repository::allotments::recount_picked_up(conn, property_id, cause.at).await?;
    let mut events = Vec::new();
    for mismatch in repository::differences(conn, Some(property_id), cause.at).await? {
        let Mismatch { property_id: _, room_type_id, night, sold, stays, capacity, rooms, allotted, set_aside } = mismatch;
        let counters = (stays, set_aside, rooms);
        if repository::set_counters(conn, property_id, (night, room_type_id), counters, cause.at).await? == 0 {
            continue;
        }
        let event = Event::of("inventory.repaired", &mismatch).with("night", night).and("sold", sold, stays);
        events.push(event.and("allotted", allotted, set_aside).and("capacity", capacity, rooms));
    }
    let repaired = events.len();
    outbox::publish_many(conn, cause, events).await?;
    Ok(repaired)
}
