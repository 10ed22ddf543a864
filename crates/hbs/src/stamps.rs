//! Stamps: the last transaction that changed a hotel's offer, whatever the night.
//!
//! A trigger of each such table notes it in `catalogues` when a transaction ends (no two transactions have the same
//! number). One small read of it tells whether what a process remembers of a hotel still holds. `content_stamps` says the same of
//! the content that is public at a site: a hotel's, or that of all hotels.
use crate::Result;
use crate::stores::postgres::{Conn, Db, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{catalogues, content_stamps, room_types};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Length of a quarter of an hour in seconds: nowhere does a day begin between two of them.
const QUARTER: i64 = 15 * 60;

/// The state that an answer was made from: the hotels with their versions, and the time as far as it tells the date at a
/// hotel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    hotels: Vec<(Uuid, i64)>,
    quarter: i64,
}

impl Stamp {
    pub fn new(hotels: impl IntoIterator<Item = (Uuid, i64)>, now: DateTime<Utc>) -> Self {
        Self { hotels: hotels.into_iter().collect(), quarter: now.timestamp().div_euclid(QUARTER) }
    }

    /// The stamp of a hotel as of `now`.
    pub async fn of_property(versions: &Versions, id: Uuid, now: DateTime<Utc>) -> Result<Self> {
        Ok(Self::new(versions.get(Asked::Property(id)).await?, now))
    }

    /// The stamp of what a hotel's website shows, as of `now`; of no hotel, what is shown at all of them.
    pub async fn of_content(versions: &Versions, property_id: Option<Uuid>, now: DateTime<Utc>) -> Result<Self> {
        let of_all = Asked::Content(Uuid::nil());
        let found = match property_id {
            Some(id) => versions.get_all([Asked::Property(id), Asked::Content(id), of_all]).await?.to_vec(),
            None => vec![versions.get(of_all).await?],
        };
        Ok(Self::new(found.into_iter().flatten(), now))
    }

    /// The stamp of the hotel that a room type belongs to, as of `now`.
    pub async fn of_room_type(versions: &Versions, id: Uuid, now: DateTime<Utc>) -> Result<Self> {
        Ok(Self::new(versions.get(Asked::RoomType(id)).await?, now))
    }
}

/// A hotel with its catalogue version, or a site with that of its content.
type Versioned = (Uuid, i64);

/// A request for the version of a hotel: by its own id, or by that of one of its room types; or for that of a site's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Property(Uuid),
    RoomType(Uuid),
    Content(Uuid),
}

/// Reads of versions, one at a time, each for all requests that came while the one before it was under way.
///
/// Each version is read after it was asked for, so it is as new as if each request had read it. Under load a round trip
/// answers dozens of requests.
#[derive(Clone)]
pub struct Versions(Arc<Reads>);

struct Reads {
    db: Db,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    is_read: bool,
    waiting: Vec<(Asked, oneshot::Sender<Option<Versioned>>)>,
}

impl Versions {
    pub fn new(db: Db) -> Self {
        Self(Arc::new(Reads { db, queue: Mutex::default() }))
    }

    async fn get(&self, asked: Asked) -> Result<Option<Versioned>> {
        let [version] = self.get_all([asked]).await?;
        Ok(version)
    }

    /// Asks for several at once, which are one read.
    async fn get_all<const N: usize>(&self, asked: [Asked; N]) -> Result<[Option<Versioned>; N]> {
        let (versions, is_first) = {
            let mut queue = self.0.queue();
            let versions = asked.map(|asked| {
                let (sender, version) = oneshot::channel();
                queue.waiting.push((asked, sender));
                version
            });
            (versions, !std::mem::replace(&mut queue.is_read, true))
        };
        if is_first {
            // A task of its own: a client that hangs up takes nobody else's read with it.
            tokio::spawn(Arc::clone(&self.0).read_all());
        }
        let mut found = [None; N];
        for ((found, asked), version) in found.iter_mut().zip(asked).zip(versions) {
            *found = match version.await {
                Ok(version) => version,
                // The read for all has failed: by itself, a request learns why.
                Err(_) => read(&self.0.db, &[asked]).await?.remove(&asked),
            };
        }
        Ok(found)
    }
}

impl Reads {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads for those who wait, until nobody does.
    async fn read_all(self: Arc<Self>) {
        loop {
            let waiting = {
                let mut queue = self.queue();
                queue.is_read = !queue.waiting.is_empty();
                std::mem::take(&mut queue.waiting)
            };
            if waiting.is_empty() {
                return;
            }
            let asked: Vec<Asked> = waiting.iter().map(|(asked, _)| *asked).collect();
            if let Ok(found) = read(&self.db, &asked).await {
                for (asked, waiting) in waiting {
                    // Whoever waited may have gone.
                    let _ = waiting.send(found.get(&asked).copied());
                }
            }
        }
    }
}

async fn read(db: &Db, asked: &[Asked]) -> Result<HashMap<Asked, Versioned>> {
    let conn = db.conn().await?;
    let (mut properties, mut types, mut sites) = (Vec::new(), Vec::new(), Vec::new());
    for asked in asked.iter().collect::<HashSet<_>>() {
        match asked {
            Asked::Property(id) => properties.push(*id),
            Asked::RoomType(id) => types.push(*id),
            Asked::Content(id) => sites.push(*id),
        }
    }
    let (of_hotels, of_types, of_sites) =
        futures_util::try_join!(versions(&conn, &properties), of_room_types(&conn, &types), of_content(&conn, &sites))?;
    let mut found: HashMap<Asked, Versioned> =
        of_hotels.into_iter().map(|(id, version)| (Asked::Property(id), (id, version))).collect();
    found.extend(of_types.into_iter().map(|(kind, property, version)| (Asked::RoomType(kind), (property, version))));
    found.extend(of_sites.into_iter().map(|(site, version)| (Asked::Content(site), (site, version))));
    Ok(found)
}

/// The versions of what is public at sites. A site that never had anything public has none.
async fn of_content(mut conn: &Conn, site_ids: &[Uuid]) -> QueryResult<Vec<Versioned>> {
    if site_ids.is_empty() {
        return Ok(Vec::new());
    }
    content_stamps::table
        .filter(content_stamps::site_id.eq_any(site_ids))
        .select((content_stamps::site_id, content_stamps::changed_by))
        .load(&mut conn)
        .await
}

/// The catalogue version of a hotel. A hotel that was removed still has one.
pub async fn version(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<i64>> {
    catalogues::table.find(property_id).select(catalogues::changed_by).first(&mut conn).await.optional()
}

/// The catalogue versions of several hotels.
pub async fn versions(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<(Uuid, i64)>> {
    if property_ids.is_empty() {
        return Ok(Vec::new());
    }
    catalogues::table
        .filter(catalogues::property_id.eq_any(property_ids))
        .select((catalogues::property_id, catalogues::changed_by))
        .load(&mut conn)
        .await
}

/// The hotels that room types belong to, with their catalogue versions, each after its room type.
async fn of_room_types(mut conn: &Conn, room_type_ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid, i64)>> {
    if room_type_ids.is_empty() {
        return Ok(Vec::new());
    }
    room_types::table
        .inner_join(catalogues::table.on(catalogues::property_id.eq(room_types::property_id)))
        .filter(room_types::id.eq_any(room_type_ids))
        .select((room_types::id, catalogues::property_id, catalogues::changed_by))
        .load(&mut conn)
        .await
}
