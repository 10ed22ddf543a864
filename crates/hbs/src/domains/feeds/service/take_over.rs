//! Making the blocks of a room, or of rooms of a type, what a feed says, in one transaction with the feed locked: what cannot be
//! done is a conflict, and the rest is done all the same.
use super::inbox::note_conflicts;
use crate::Result;
use crate::app::App;
use crate::domains::blocks::{self, ForFeed, OfType, Subject};
use crate::domains::feeds::dto::FeedReport;
use crate::domains::feeds::model::{ConflictReason, ConflictStatus, Echoes, FeedImport};
use crate::domains::feeds::repository;
use crate::domains::feeds::rules::{self, FeedBlock, MAX_EVENTS, Plan, Refused, Site, Taken, TypeSite, Wanted};
use crate::domains::inventory::Nights;
use crate::domains::{properties, rooms};
use crate::error::Or404;
use crate::ical::{self, Event};
use crate::outbox::Cause;
use crate::security::Scope;
use crate::stores::postgres::Conn;
use chrono::{DateTime, NaiveDate, Utc};
use diesel_async::AsyncConnection;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Outcome of reading the events of a feed.
pub enum Asked {
    /// The feed asks for nights.
    Nights(Today),
    /// The feed cannot be followed, as this says of it.
    Refused(&'static str),
}

/// Reads what the events ask for, as of today at the hotel.
pub async fn wanted(app: &App, conn: &Conn, feed: &FeedImport, events: Vec<Event>, now: DateTime<Utc>) -> Result<Asked> {
    let property = properties::find(conn, feed.property_id).await?.or_404("property")?;
    let is_there = match subject(feed)? {
        Subject::Room(id) => rooms::find_room(conn, &Scope::All, id).await?.is_some(),
        Subject::RoomType(id) => repository::has_room_type(conn, feed.property_id, id).await?,
    };
    if !is_there {
        return Ok(Asked::Refused("is for a room or a room type that is gone"));
    }
    let today = property.business_date(now);
    let host = app.config.host();
    let own_id = |uid: &str| ical::own_id(uid, &host);
    let ids: Vec<Uuid> = events.iter().filter_map(|event| own_id(event.uid.as_deref()?)).collect();
    let given = repository::given_ids(conn, feed.property_id, &ids).await?;
    let is_own = |uid: &str| own_id(uid).is_some_and(|id| given.contains(&id));
    let wanted = rules::wanted(&events, is_own, property.time_zone.tz(), today);
    Ok(match wanted.events > MAX_EVENTS {
        true => Asked::Refused("has too many events to come"),
        false => Asked::Nights(Today { wanted, today }),
    })
}

/// Nights that a feed asks for from today on.
pub struct Today {
    wanted: Wanted,
    today: NaiveDate,
}

/// The rooms that a feed blocks. The database knows none without.
fn subject(feed: &FeedImport) -> Result<Subject> {
    feed.subject().or_404("feed")
}

/// Carries out what the feed asks for, and notes what could not be done.
pub async fn take_over(conn: &mut Conn, feed: &FeedImport, Today { wanted, today }: Today, cause: &Cause) -> Result<FeedReport> {
    let before = blocks_of(conn, feed).await?;
    let (plan, missed) = match subject(feed)? {
        Subject::Room(room_id) => follow_with_room(conn, feed, room_id, &wanted, today, cause).await?,
        Subject::RoomType(id) => follow_with_type(conn, feed, id, &wanted, today, cause).await?,
    };
    let mut conflicts = plan.refused;
    conflicts.extend(plan.contested.iter().chain(&missed).map(|(uid, nights)| taken(feed, uid, *nights)));
    let echoes = Echoes(plan.echoes);
    if echoes != feed.echoes {
        repository::set_echoes(conn, feed, &echoes).await?;
    }
    note_conflicts(conn, feed, &conflicts, today, cause).await?;
    let after = blocks_of(conn, feed).await?;
    let report = FeedReport { conflicts: conflicts.len(), ..report(&before, &after, today) };
    if report.released + report.moved > 0 {
        // Not before: what an event gives up, another one may ask for.
        blocks::seat_for_feed(conn, subject(feed)?, cause).await?;
    }
    Ok(report)
}

/// The plan, and the nights of it that could not be taken after all, by the names of their events.
type Outcome = (Plan, Vec<(String, Nights)>);

async fn follow_with_room(
    conn: &mut Conn,
    feed: &FeedImport,
    room_id: Uuid,
    wanted: &Wanted,
    today: NaiveDate,
    cause: &Cause,
) -> Result<Outcome> {
    let site = site_of(conn, feed, room_id, today).await?;
    let mut plan = rules::plan(wanted, &site);
    if plan.takes_nights() || !plan.attempts(&site).is_empty() {
        // Bookings are locked in one order, also where several blocks move guests one after the other.
        blocks::lock_for_feed(conn, Subject::Room(room_id), cause).await?;
        let locked = site_of(conn, feed, room_id, today).await?;
        plan = rules::plan(wanted, &locked);
        if make_room(conn, feed, room_id, &plan.attempts(&locked), cause).await? {
            plan = rules::plan(wanted, &site_of(conn, feed, room_id, today).await?);
        }
    }
    let left = give_and_move(conn, &plan, cause).await?;
    let mut missed: Vec<(String, Nights)> = left.into_iter().map(|(block, nights)| (block.uid.clone(), nights)).collect();
    for (uid, nights) in &plan.added {
        if !block(conn, feed, room_id, uid, *nights, cause).await? {
            missed.push((uid.clone(), *nights));
        }
    }
    Ok((plan, missed))
}

async fn follow_with_type(
    conn: &mut Conn,
    feed: &FeedImport,
    room_type_id: Uuid,
    wanted: &Wanted,
    today: NaiveDate,
    cause: &Cause,
) -> Result<Outcome> {
    let mut plan = rules::plan_of_type(wanted, &type_site_of(conn, feed, room_type_id, today).await?);
    if plan.takes_nights() {
        blocks::lock_for_feed(conn, Subject::RoomType(room_type_id), cause).await?;
        plan = rules::plan_of_type(wanted, &type_site_of(conn, feed, room_type_id, today).await?);
    }
    let left = give_and_move(conn, &plan, cause).await?;
    // Where the room of a block is taken, others may be free.
    let elsewhere = left
        .iter()
        .flat_map(|(block, nights)| rules::without(*nights, block.nights).into_iter().map(|nights| (block.uid.clone(), nights)));
    let added: Vec<(String, Nights)> = elsewhere.chain(plan.added.iter().cloned()).collect();
    let reason = reason(feed);
    let of = OfType { room_type_id, feed_id: feed.id, reason: &reason };
    let missed = blocks::block_rooms_for_feed(conn, &of, &added, cause).await?;
    Ok((plan, missed))
}

async fn site_of(conn: &Conn, feed: &FeedImport, room_id: Uuid, today: NaiveDate) -> Result<Site> {
    let room = rooms::find_room(conn, &Scope::All, room_id).await?.or_404("room")?;
    let nights = repository::taken_nights(conn, feed.property_id, room_id, today).await?;
    let by_others = nights.into_iter().filter(|night| night.feed_id != Some(feed.id));
    let taken = by_others.map(|night| (night.night, Taken { owner_id: night.owner_id, is_block: night.is_block }));
    Ok(Site {
        dismissed: dismissed(conn, feed).await?,
        blocks: blocks_of(conn, feed).await?,
        taken: taken.collect(),
        sold_out: repository::sold_out_nights(conn, feed.property_id, room.room_type_id, today).await?,
        echoes: feed.echoes.0.clone(),
        today,
    })
}

async fn type_site_of(conn: &Conn, feed: &FeedImport, room_type_id: Uuid, today: NaiveDate) -> Result<TypeSite> {
    Ok(TypeSite {
        dismissed: dismissed(conn, feed).await?,
        blocks: blocks_of(conn, feed).await?,
        left: repository::rooms_left(conn, feed.property_id, room_type_id, feed.id, today).await?,
        rooms: repository::count_rooms(conn, feed.property_id, room_type_id).await?,
        echoes: feed.echoes.0.clone(),
        today,
    })
}

/// Names of events whose conflicts staff have dismissed.
async fn dismissed(conn: &Conn, feed: &FeedImport) -> Result<BTreeSet<String>> {
    let standing = repository::standing_conflicts(conn, feed).await?;
    let dismissed = standing.into_iter().filter(|conflict| conflict.status == ConflictStatus::Dismissed);
    Ok(dismissed.map(|conflict| conflict.uid).collect())
}

/// The blocks that a feed has.
pub async fn blocks_of(conn: &Conn, feed: &FeedImport) -> Result<Vec<FeedBlock>> {
    let rows = blocks::of_feed(conn, feed.property_id, feed.id).await?;
    Ok(rows.into_iter().map(|(id, uid, nights)| FeedBlock { id, uid, nights }).collect())
}

/// Blocks contested nights where those who have them can be given other rooms. Returns `true` if it did so anywhere.
async fn make_room(
    conn: &mut Conn,
    feed: &FeedImport,
    room_id: Uuid,
    attempts: &[(String, Nights)],
    cause: &Cause,
) -> Result<bool> {
    let mut has_made = false;
    for (uid, nights) in attempts {
        has_made |= block(conn, feed, room_id, uid, *nights, cause).await?;
    }
    Ok(has_made)
}

/// Gives back what a plan gives up, and moves blocks. Returns those whose rooms were taken after all on the nights that they were
/// to have; they keep what they had of these.
async fn give_and_move<'a>(conn: &mut Conn, plan: &'a Plan, cause: &Cause) -> Result<Vec<(&'a FeedBlock, Nights)>> {
    for block in &plan.released {
        blocks::release_for_feed(conn, block.id, cause).await?;
    }
    // First what is given back, so that nights which pass from one event to another are free.
    for (block, nights) in &plan.moved {
        if let Some(kept) = rules::common(block.nights, *nights).filter(|kept| *kept != block.nights) {
            blocks::move_for_feed(conn, block.id, kept, cause).await?;
        }
    }
    let mut missed = Vec::new();
    for (block, nights) in &plan.moved {
        if rules::common(block.nights, *nights) == Some(*nights) {
            continue;
        }
        let attempt = conn.transaction(async |conn| blocks::move_for_feed(conn, block.id, *nights, cause).await).await;
        if !is_done(attempt)? {
            missed.push((block, *nights));
        }
    }
    Ok(missed)
}

/// Blocks nights for an event, moving stays that may move. Returns `true` if that was possible; if not, nothing changed.
async fn block(conn: &mut Conn, feed: &FeedImport, room_id: Uuid, uid: &str, nights: Nights, cause: &Cause) -> Result<bool> {
    let reason = reason(feed);
    let block = ForFeed { room_id, feed_id: feed.id, uid, nights, reason: &reason };
    is_done(conn.transaction(async |conn| blocks::block_for_feed(conn, &block, cause).await).await)
}

/// Reason of a block, for staff.
fn reason(feed: &FeedImport) -> String {
    format!("Calendar feed: {}", feed.name)
}

/// Returns `true` if a block could be made, in a part of the transaction that was undone if not.
fn is_done(attempt: Result<()>) -> Result<bool> {
    match attempt {
        Ok(()) => Ok(true),
        Err(error) if blocks::is_in_the_way(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn taken(feed: &FeedImport, uid: &str, nights: Nights) -> Refused {
    let Nights { from, to } = nights;
    let what = match feed.room_type_id {
        None => format!("The room is taken from {from} to {to}, or all rooms of its type are sold."),
        Some(_) => format!("No room of the type is left from {from} to {to}."),
    };
    let detail = format!("{what} Other nights of the event are blocked.");
    Refused::new(uid, Some(nights), ConflictReason::RoomTaken, &detail)
}

/// Counts what became of the blocks to come.
fn report(before: &[FeedBlock], after: &[FeedBlock], today: NaiveDate) -> FeedReport {
    let known: HashMap<Uuid, Nights> = before.iter().map(|block| (block.id, block.nights)).collect();
    let left: HashMap<Uuid, Nights> = after.iter().map(|block| (block.id, block.nights)).collect();
    FeedReport {
        added: left.keys().filter(|id| !known.contains_key(id)).count(),
        moved: known.iter().filter(|(id, nights)| left.get(id).is_some_and(|now| now != *nights)).count(),
        released: known.iter().filter(|(id, nights)| nights.to > today && !left.contains_key(id)).count(),
        conflicts: 0,
    }
}

/// Releases all blocks of a feed that ends or is empty, and its conflicts with them. What is over stays on the record.
pub async fn release_all(conn: &Conn, feed: &FeedImport, cause: &Cause) -> Result<()> {
    let property = properties::find(conn, feed.property_id).await?;
    let today = property.map_or(NaiveDate::MIN, |property| property.business_date(cause.at));
    for block in blocks_of(conn, feed).await?.into_iter().filter(|block| block.nights.to > today) {
        blocks::release_for_feed(conn, block.id, cause).await?;
    }
    blocks::seat_for_feed(conn, subject(feed)?, cause).await?;
    note_conflicts(conn, feed, &[], today, cause).await
}
