//! Allotments, as they are set aside, picked up and given back.
//!
//! What remains of them counts as `allotted` and is not on sale. Each function is called within the transaction of a use case
//! that holds the inventory rows of the nights concerned, which guard the nights of allotments too.
use crate::domains::inventory::model::{NightRow, Nights};
use crate::domains::inventory::repository::{self, allotments};
use crate::domains::inventory::rules::{Allotment, Counts};
use crate::stores::postgres::Conn;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use uuid::Uuid;

impl Allotment {
    /// The allotment as it stands. Whoever is to write of it reads it after the inventory rows are locked.
    pub async fn read(conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Self> {
        Ok(Self::new(property_id, id, allotments::allotted_nights(conn, property_id, id).await?))
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

/// Gives back an allotment of which no rows are locked yet.
pub async fn give_back(conn: &Conn, property_id: Uuid, id: Uuid, now: DateTime<Utc>) -> QueryResult<()> {
    let known = Allotment::read(conn, property_id, id).await?;
    if known.span().is_none() {
        return Ok(());
    }
    lock_around(conn, property_id, known.nights().map(|night| (night.night, night.room_type_id)).collect::<Vec<_>>()).await?;
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
