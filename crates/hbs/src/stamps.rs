//! Stamps: the last transaction that changed a hotel's offer, whatever the night.
//!
//! A trigger of each such table notes it in `catalogues` when a transaction ends (no two transactions have the same
//! number). One small read of it tells whether what a process remembers of a hotel still holds.
use crate::Result;
use crate::stores::postgres::{Conn, Db};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use hbs_schema::{catalogues, room_types};
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
    pub async fn of_property(db: &Db, id: Uuid, now: DateTime<Utc>) -> Result<Self> {
        let version = version(&*db.conn().await?, id).await?;
        Ok(Self::new(version.map(|version| (id, version)), now))
    }

    /// The stamp of the hotel that a room type belongs to, as of `now`.
    pub async fn of_room_type(db: &Db, id: Uuid, now: DateTime<Utc>) -> Result<Self> {
        let version = of_room_type(&*db.conn().await?, id).await?;
        Ok(Self::new(version, now))
    }
}

/// The catalogue version of a hotel. A hotel that was removed still has one.
pub async fn version(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<i64>> {
    catalogues::table.find(property_id).select(catalogues::changed_by).first(&mut conn).await.optional()
}

/// The catalogue versions of several hotels.
pub async fn versions(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<(Uuid, i64)>> {
    catalogues::table
        .filter(catalogues::property_id.eq_any(property_ids))
        .select((catalogues::property_id, catalogues::changed_by))
        .load(&mut conn)
        .await
}

/// The catalogue version of the hotel that a room type belongs to.
pub async fn of_room_type(mut conn: &Conn, room_type_id: Uuid) -> QueryResult<Option<(Uuid, i64)>> {
    room_types::table
        .inner_join(catalogues::table.on(catalogues::property_id.eq(room_types::property_id)))
        .filter(room_types::id.eq(room_type_id))
        .select((catalogues::property_id, catalogues::changed_by))
        .first(&mut conn)
        .await
        .optional()
}
