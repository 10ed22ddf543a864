//! Making the blocks of a room what a feed says, in one transaction with the feed locked: what cannot be done is a conflict, and the
//! rest is done all the same.
use crate::Result;
use crate::app::App;
use crate::domains::blocks::{self, ForFeed};
use crate::domains::feeds::dto::FeedReport;
use crate::domains::feeds::model::{ConflictReason, ConflictState, ConflictStatus, FeedConflict, FeedImport, NewFeedConflict};
use crate::domains::feeds::repository;
use crate::domains::feeds::rules::{self, Difference, FeedBlock, MAX_EVENTS, Refused, Wanted};
use crate::domains::inventory::Nights;
use crate::domains::{properties, rooms};
use crate::error::Or404;
use crate::ical::Event;
use crate::outbox::{self, Cause};
use crate::security::Scope;
use crate::stores::postgres::Conn;
use chrono::{DateTime, NaiveDate, Utc};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Reads what the events ask for, as of today at the hotel; the outer error is ours, the inner the feed's.
pub async fn wanted(
    app: &App,
    conn: &Conn,
    feed: &FeedImport,
    events: Vec<Event>,
    now: DateTime<Utc>,
) -> Result<Result<Today, &'static str>> {
    let property = properties::find(conn, feed.property_id).await?.or_404("property")?;
    if rooms::find_room(conn, &Scope::All, feed.room_id).await?.is_none() {
        return Ok(Err("is for a room that is gone"));
    }
    let today = property.business_date(now);
    let wanted = rules::wanted(events, &app.config.host(), property.time_zone.tz(), today);
    Ok(match wanted.nights.len() + wanted.refused.len() > MAX_EVENTS {
        true => Err("has too many events to come"),
        false => Ok(Today { wanted, today }),
    })
}

/// Nights that a feed asks for from today on.
pub struct Today {
    wanted: Wanted,
    today: NaiveDate,
}

/// Carries out what the feed asks for, and notes what could not be done.
pub async fn take_over(conn: &mut Conn, feed: &FeedImport, Today { wanted, today }: Today, cause: &Cause) -> Result<FeedReport> {
    let blocks = blocks_of(conn, feed).await?;
    let difference = Difference::between(blocks, &wanted, today);
    if difference.takes_nights() {
        // Bookings are locked in one order, also where several blocks move guests one after the other.
        blocks::lock_for_feed(conn, feed.room_id, cause).await?;
    }
    let Wanted { refused: mut conflicts, .. } = wanted;
    let mut report = FeedReport { released: difference.released.len(), ..FeedReport::default() };
    for block in difference.released.iter().chain(&difference.retired) {
        blocks::release_for_feed(conn, block.id, cause).await?;
    }
    for (block, nights) in &difference.moved {
        let attempt = conn.transaction(async |conn| blocks::move_for_feed(conn, block.id, *nights, cause).await).await;
        match is_done(attempt)? {
            true => report.moved += 1,
            false => {
                match shrink(conn, block, *nights, cause).await? {
                    Shrunk::Same => {}
                    Shrunk::Smaller => report.moved += 1,
                    Shrunk::Gone => report.released += 1,
                }
                conflicts.push(taken(&block.uid, *nights));
            }
        }
    }
    let reason = format!("Calendar feed: {}", feed.name);
    for (uid, nights) in &difference.added {
        let block = ForFeed { room_id: feed.room_id, feed_id: feed.id, uid, nights: *nights, reason: &reason };
        let attempt = conn.transaction(async |conn| blocks::block_for_feed(conn, &block, cause).await).await;
        match is_done(attempt)? {
            true => report.added += 1,
            false => conflicts.push(taken(uid, *nights)),
        }
    }
    if report.released + report.moved > 0 {
        // Not before: what an event gives up, another one may ask for.
        blocks::seat_for_feed(conn, feed.room_id, cause).await?;
    }
    report.conflicts = conflicts.len();
    note_conflicts(conn, feed, &conflicts, today, cause).await?;
    Ok(report)
}

async fn blocks_of(conn: &Conn, feed: &FeedImport) -> Result<Vec<FeedBlock>> {
    let rows = blocks::of_feed(conn, feed.property_id, feed.id).await?;
    Ok(rows.into_iter().map(|(id, uid, nights)| FeedBlock { id, uid, nights }).collect())
}

/// Returns `true` if a block could be made, in a part of the transaction that was undone if not.
fn is_done(attempt: Result<()>) -> Result<bool> {
    match attempt {
        Ok(()) => Ok(true),
        Err(error) if blocks::is_in_the_way(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Rest of a block whose event has moved to where there is no room for it.
enum Shrunk {
    Same,
    Smaller,
    Gone,
}

/// Shrinks a block to those of its nights that are still asked for.
async fn shrink(conn: &Conn, block: &FeedBlock, nights: Nights, cause: &Cause) -> Result<Shrunk> {
    match rules::common(block.nights, nights) {
        Some(nights) if nights == block.nights => Ok(Shrunk::Same),
        Some(nights) => {
            blocks::move_for_feed(conn, block.id, nights, cause).await?;
            Ok(Shrunk::Smaller)
        }
        None => {
            blocks::release_for_feed(conn, block.id, cause).await?;
            Ok(Shrunk::Gone)
        }
    }
}

fn taken(uid: &str, nights: Nights) -> Refused {
    Refused { uid: uid.to_owned(), nights: Some(nights), reason: ConflictReason::RoomTaken }
}

/// Opens a conflict for each event that is no block, unless it is known, and resolves those that are none any more. One that was
/// dismissed is open again if it is another one than it was.
async fn note_conflicts(conn: &Conn, feed: &FeedImport, found: &[Refused], today: NaiveDate, cause: &Cause) -> Result<()> {
    let standing = repository::standing_conflicts(conn, feed).await?;
    let mut events = Vec::new();
    for conflict in &standing {
        let state = match found.iter().find(|refused| refused.uid == conflict.uid) {
            Some(refused) if is_as_known(conflict, refused, today) => continue,
            Some(refused) => ConflictState {
                from_date: refused.nights.map(|nights| nights.from),
                to_date: refused.nights.map(|nights| nights.to),
                reason: refused.reason,
                status: ConflictStatus::Open,
                note: None,
            },
            None => ConflictState {
                from_date: conflict.from_date,
                to_date: conflict.to_date,
                reason: conflict.reason,
                status: ConflictStatus::Resolved,
                note: conflict.note.clone(),
            },
        };
        let after = repository::set_conflict(conn, conflict, &state, cause.at).await?;
        let kind = if state.status == ConflictStatus::Open { "feed_conflict.changed" } else { "feed_conflict.resolved" };
        events.push(outbox::Event::changed(conflict, &after).named(kind));
    }
    let is_new = |refused: &&Refused| !standing.iter().any(|conflict| conflict.uid == refused.uid);
    let new: Vec<NewFeedConflict<'_>> = found.iter().filter(is_new).map(|refused| new_conflict(feed, refused, cause)).collect();
    if !new.is_empty() {
        let rows = repository::insert_conflicts(conn, &new).await?;
        events.extend(rows.iter().map(|row| outbox::Event::created(row).named("feed_conflict.opened")));
    }
    outbox::publish(conn, cause, events).await?;
    Ok(())
}

/// Returns `true` if a conflict is known. Nights that are over are no news.
fn is_as_known(conflict: &FeedConflict, refused: &Refused, today: NaiveDate) -> bool {
    let same_nights = match (conflict.from_date, conflict.to_date, refused.nights) {
        (Some(from), Some(to), Some(nights)) => from <= nights.from && rules::is_same_end(to, nights.to, today),
        (None, None, None) => true,
        _ => false,
    };
    same_nights && conflict.reason == refused.reason
}

fn new_conflict<'a>(feed: &FeedImport, refused: &'a Refused, cause: &Cause) -> NewFeedConflict<'a> {
    NewFeedConflict {
        property_id: feed.property_id,
        id: Uuid::now_v7(),
        feed_id: feed.id,
        uid: &refused.uid,
        from_date: refused.nights.map(|nights| nights.from),
        to_date: refused.nights.map(|nights| nights.to),
        reason: refused.reason,
        created_at: cause.at,
        updated_at: cause.at,
    }
}

/// Releases all blocks of a feed that ends, and its conflicts with them. What is over stays on the record.
pub async fn release_all(conn: &Conn, feed: &FeedImport, cause: &Cause) -> Result<()> {
    let property = properties::find(conn, feed.property_id).await?;
    let today = property.map_or(NaiveDate::MIN, |property| property.business_date(cause.at));
    for block in blocks_of(conn, feed).await?.into_iter().filter(|block| block.nights.to > today) {
        blocks::release_for_feed(conn, block.id, cause).await?;
    }
    blocks::seat_for_feed(conn, feed.room_id, cause).await?;
    note_conflicts(conn, feed, &[], today, cause).await
}
