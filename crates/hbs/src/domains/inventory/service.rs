//! How the inventory changes with rooms and types. Each is called within the transaction of a use
//! case of the rooms domain, which locks and publishes.
use super::model::{NightRow, Nights, Shortage, ShortageReason};
use super::repository;
use crate::app::App;
use crate::clock::local_date;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel_async::AsyncConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The nights of a stay on which `wanted` rooms of each type are not there.
pub fn shortages(rows: &[NightRow], wanted: &BTreeMap<Uuid, i32>, nights: Nights) -> Vec<Shortage> {
    let by_night: BTreeMap<(NaiveDate, Uuid), &NightRow> = rows.iter().map(|row| ((row.night, row.room_type_id), row)).collect();
    let mut short = Vec::new();
    for night in nights.iter() {
        for (room_type_id, rooms) in wanted {
            let shortage = |reason, available| Shortage { date: night, room_type_id: *room_type_id, reason, available };
            match by_night.get(&(night, *room_type_id)) {
                None => short.push(shortage(ShortageReason::BeyondHorizon, 0)),
                Some(row) if row.available() < *rooms => short.push(shortage(ShortageReason::SoldOut, row.available())),
                Some(_) => {}
            }
        }
    }
    short
}

/// Puts a new type's nights on the record, as far as the horizon reaches.
pub async fn open_type(
    conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    today: NaiveDate,
    horizon_nights: i32,
    now: DateTime<Utc>,
) -> Result<()> {
    repository::fill(conn, property_id, room_type_id, horizon(today, horizon_nights), now).await?;
    Ok(())
}

/// A room more, from today on.
pub async fn add_capacity(
    conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    lock_from(conn, property_id, room_type_id, today).await?;
    repository::add_to_capacity(conn, property_id, room_type_id, today, 1, now).await?;
    Ok(())
}

/// A room fewer, from today on. The nights on which it is needed are returned, and then nothing changed.
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

/// Another overbooking allowance, from today on. The nights that sold more are returned, and then nothing changed.
pub async fn change_overbooking(
    conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    today: NaiveDate,
    overbooking: i32,
    now: DateTime<Utc>,
) -> Result<Vec<NaiveDate>> {
    let rows = lock_from(conn, property_id, room_type_id, today).await?;
    let over = |row: &&NightRow| row.sold + row.allotted > row.capacity + overbooking;
    let needed: Vec<_> = rows.iter().filter(over).map(|row| row.night).collect();
    if needed.is_empty() {
        repository::set_overbooking(conn, property_id, room_type_id, today, overbooking, now).await?;
    }
    Ok(needed)
}

/// The type first, so that no row is written meanwhile, then its rows.
async fn lock_from(conn: &Conn, property_id: Uuid, room_type_id: Uuid, today: NaiveDate) -> Result<Vec<NightRow>> {
    repository::lock_type(conn, property_id, room_type_id).await?;
    let nights = Nights::new(today, NaiveDate::MAX);
    Ok(repository::lock(conn, property_id, &[room_type_id], nights).await?)
}

fn horizon(today: NaiveDate, nights: i32) -> Nights {
    Nights::new(today, today + Days::new(u64::try_from(nights).unwrap_or(0)))
}

/// Extends every type's rows to its property's horizon. Returns how many nights were added.
pub async fn extend_horizon(app: &App) -> Result<usize> {
    let mut conn = app.db.conn().await?;
    let now = app.clock.now();
    let mut added = 0;
    for open in repository::open_types(&conn).await? {
        let mut nights = horizon(local_date(now, open.time_zone.tz()), open.horizon_nights);
        if let Some(last) = open.last_night {
            nights.from = nights.from.max(last + Days::new(1));
        }
        if nights.from >= nights.to {
            continue;
        }
        added += conn
            .transaction(async |conn| {
                repository::lock_type(conn, open.property_id, open.room_type_id).await?;
                Ok::<_, Error>(repository::fill(conn, open.property_id, open.room_type_id, nights, now).await?)
            })
            .await?;
    }
    Ok(added)
}

/// A night whose counter is not what the stays say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    pub property_id: Uuid,
    pub room_type_id: Uuid,
    pub night: NaiveDate,
    pub sold: i32,
    pub stays: i32,
}

/// Compares the counters with the stays.
pub async fn verify(app: &App) -> Result<Vec<Mismatch>> {
    let conn = app.db.conn().await?;
    let differences = repository::differences(&conn).await?;
    Ok(differences
        .into_iter()
        .map(|repository::Difference { property_id, room_type_id, night, sold, stays }| Mismatch {
            property_id,
            room_type_id,
            night,
            sold,
            stays,
        })
        .collect())
}
