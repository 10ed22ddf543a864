//! Blocks that calendar imports ask for: of a room, or of any room of a type.
use super::{Place, change_block, lock_block, lock_place, place_block, release_block};
use crate::Result;
use crate::domains::blocks::model::{BlockKind, NewRoomBlock, RoomBlock, RoomBlockChange, Subject};
use crate::domains::blocks::repository;
use crate::domains::blocks::rules::{self, Rooms};
use crate::domains::inventory::{self, Blocked, Moves, NightRow, Nights};
use crate::domains::{properties, rooms};
use crate::error::Or404;
use crate::outbox::{self, Cause, Event};
use crate::security::Scope;
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use futures_util::try_join;
use std::time::Instant;
use uuid::Uuid;

/// A block that an import asks for.
pub struct ForFeed<'a> {
    pub room_id: Uuid,
    pub feed_id: Uuid,
    /// Identifier (UID) of the block's event in its feed.
    pub uid: &'a str,
    /// Nights of the block, none before today.
    pub nights: Nights,
    pub reason: &'a str,
}

impl ForFeed<'_> {
    fn block(&self, property_id: Uuid, cause: &Cause) -> NewRoomBlock<'_> {
        NewRoomBlock {
            property_id,
            id: Uuid::now_v7(),
            room_id: self.room_id,
            kind: BlockKind::External,
            reason: self.reason,
            from_date: self.nights.from,
            to_date: self.nights.to,
            force_reason: None,
            feed_id: Some(self.feed_id),
            feed_uid: Some(self.uid),
            created_at: cause.at,
            updated_at: cause.at,
        }
    }
}

/// A room type with its row locked: while it is, no room comes or goes, and the horizon waits.
struct Kind {
    property_id: Uuid,
    room_type_id: Uuid,
    today: NaiveDate,
}

impl From<Place> for Kind {
    fn from(place: Place) -> Self {
        Self { property_id: place.property.id, room_type_id: place.room.room_type_id, today: place.today }
    }
}

impl Kind {
    /// Locks the type of a feed's rooms; none if it is gone, or the room.
    async fn lock(conn: &Conn, subject: Subject, cause: &Cause) -> Result<Option<Self>> {
        let room_type_id = match subject {
            Subject::Room(room_id) => return Ok(lock_place(conn, &Scope::All, room_id, cause).await?.map(Self::from)),
            Subject::RoomType(id) => id,
        };
        let Some(kind) = rooms::lock_type(conn, &Scope::All, room_type_id).await? else { return Ok(None) };
        let Some(property) = properties::find(conn, kind.property_id).await? else { return Ok(None) };
        Ok(Some(Self { property_id: property.id, room_type_id, today: property.business_date(cause.at) }))
    }

    async fn lock_nights(&self, conn: &Conn) -> Result<Vec<NightRow>> {
        let nights = Nights::new(self.today, NaiveDate::MAX);
        Ok(inventory::lock(conn, self.property_id, &[self.room_type_id], nights).await?)
    }
}

/// Locks what several blocks of a feed, one after the other, will lock: the type of its rooms, the nights to come, and the
/// bookings of those who may be moved, in one order.
pub async fn lock_for_feed(conn: &Conn, subject: Subject, cause: &Cause) -> Result<()> {
    let kind = Kind::lock(conn, subject, cause).await?.or_404("room")?;
    kind.lock_nights(conn).await?;
    inventory::lock_all(conn, kind.property_id, kind.room_type_id, kind.today).await
}

/// Gives what blocks of a feed have given back to those who wait for a room of its type, once all of its blocks are as they are
/// to be.
pub async fn seat_for_feed(conn: &Conn, subject: Subject, cause: &Cause) -> Result<()> {
    let Some(kind) = Kind::lock(conn, subject, cause).await? else { return Ok(()) };
    kind.lock_nights(conn).await?;
    inventory::seat_waiting(conn, kind.property_id, &[kind.room_type_id], kind.today, cause).await
}

pub async fn block_for_feed(conn: &Conn, wanted: &ForFeed<'_>, cause: &Cause) -> Result<()> {
    let place = lock_place(conn, &Scope::All, wanted.room_id, cause).await?.or_404("room")?;
    place_block(conn, &place, &wanted.block(place.property.id, cause), false, cause).await?;
    Ok(())
}

pub async fn move_for_feed(conn: &Conn, id: Uuid, nights: Nights, cause: &Cause) -> Result<()> {
    let (place, before) = lock_block(conn, &Scope::All, id, cause).await?;
    let change = RoomBlockChange { from_date: Some(nights.from), to_date: Some(nights.to), ..RoomBlockChange::default() };
    change_block(conn, &place, &before, change, false, cause).await?;
    Ok(())
}

/// Releases a block of a feed. If it has ended, nothing is given back: it makes room for another one of its name.
pub async fn release_for_feed(conn: &Conn, id: Uuid, cause: &Cause) -> Result<()> {
    let (place, block) = lock_block(conn, &Scope::All, id, cause).await?;
    release_block(conn, &place, &block, cause).await
}

/// Blocks of any rooms of a type that an import asks for.
pub struct OfType<'a> {
    pub room_type_id: Uuid,
    pub feed_id: Uuid,
    pub reason: &'a str,
}

/// Blocks a room of a type for each of some names and spans of nights, chosen as for sales: stays that may move make room. Where
/// no room is free throughout, parts of a span get different rooms. Returns the nights for which there is no room at all.
pub async fn block_rooms_for_feed(
    conn: &Conn,
    of: &OfType<'_>,
    wanted: &[(String, Nights)],
    cause: &Cause,
) -> Result<Vec<(String, Nights)>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let OfType { room_type_id, feed_id, reason } = *of;
    let kind = Kind::lock(conn, Subject::RoomType(room_type_id), cause).await?.or_404("room type")?;
    let (property_id, today) = (kind.property_id, kind.today);
    let rows = kind.lock_nights(conn).await?;
    let (numbered, occupancies, blocked) = try_join!(
        repository::rooms_of_type(conn, property_id, room_type_id),
        inventory::occupancies(conn, property_id, room_type_id, today),
        inventory::blocked(conn, property_id, room_type_id, today),
    )?;
    let numbers: Vec<Uuid> = numbered.into_iter().map(|(id, _)| id).collect();
    let mut rooms = Rooms::new(&numbers, &rows, &occupancies, &blocked, today);
    let mut chosen = Vec::new();
    let mut missed = Vec::new();
    let deadline = Instant::now() + rules::BUDGET;
    for (uid, nights) in wanted {
        for part in rooms.choose(*nights, deadline) {
            match part {
                Ok((room_id, nights)) => chosen.push(ForFeed { room_id, feed_id, uid, nights, reason }),
                Err(nights) => missed.push((uid.clone(), nights)),
            }
        }
    }
    Moves::new(property_id, &occupancies, rooms.moves()).carry_out(conn, cause).await?;
    if chosen.is_empty() {
        return Ok(missed);
    }
    let new: Vec<NewRoomBlock<'_>> = chosen.iter().map(|one| one.block(property_id, cause)).collect();
    let blocks = repository::insert_all(conn, &new).await?;
    let taken: Vec<Blocked> = blocks.iter().map(blocked_room).collect();
    inventory::block_rooms_at_once(conn, property_id, room_type_id, &taken, cause.at).await?;
    outbox::publish_many(conn, cause, blocks.iter().map(Event::created)).await?;
    Ok(missed)
}

fn blocked_room(block: &RoomBlock) -> Blocked {
    Blocked { room_id: block.room_id, block_id: block.id, nights: block.nights() }
}
