//! Conflicts, which are what cannot be done of a feed: those that are new, those that changed, and those that are over.
use crate::Result;
use crate::domains::feeds::model::{ConflictState, ConflictStatus, FeedConflict, FeedImport, NewFeedConflict};
use crate::domains::feeds::repository;
use crate::domains::feeds::rules::{self, Refused};
use crate::domains::inventory::Nights;
use crate::outbox::{self, Cause};
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use uuid::Uuid;

/// Opens a conflict for each thing that is refused, unless it is known, and resolves those that are none any more. One that
/// was dismissed is open again if it is another one than it was.
pub async fn note_conflicts(conn: &Conn, feed: &FeedImport, found: &[Refused], today: NaiveDate, cause: &Cause) -> Result<()> {
    let standing = repository::standing_conflicts(conn, feed).await?;
    let (known, new) = matched(&standing, distinct(found));
    let mut events = Vec::new();
    for (conflict, refused) in known {
        let Some(state) = state(conflict, refused, today) else { continue };
        let after = repository::set_conflict(conn, conflict, &state, cause.at).await?;
        let kind = if state.status == ConflictStatus::Resolved { "feed_conflict.resolved" } else { "feed_conflict.changed" };
        events.push(outbox::Event::changed(conflict, &after).named(kind));
    }
    let new: Vec<NewFeedConflict<'_>> = new.into_iter().map(|refused| new_conflict(feed, refused, cause)).collect();
    if !new.is_empty() {
        let rows = repository::insert_conflicts(conn, &new).await?;
        events.extend(rows.iter().map(|row| outbox::Event::created(row).named("feed_conflict.opened")));
    }
    outbox::publish(conn, cause, events).await?;
    Ok(())
}

/// One of each that are the same to clients: name, reason and first night.
fn distinct(found: &[Refused]) -> Vec<&Refused> {
    let mut distinct: Vec<&Refused> = Vec::new();
    for refused in found {
        let from = refused.nights.map(|nights| nights.from);
        let is_same = |other: &&Refused| {
            other.uid == refused.uid && other.reason == refused.reason && other.nights.map(|nights| nights.from) == from
        };
        if !distinct.iter().any(is_same) {
            distinct.push(refused);
        }
    }
    distinct
}

/// A test of whether a conflict is about what was found.
type Test<'a> = &'a dyn Fn(&FeedConflict, &Refused) -> bool;

/// Finds for each conflict what it is about by now: first those that begin on the same night, then those that have a night
/// in common. The rest is new. Conflicts that are over come first, so that their nights are free for others.
fn matched<'a>(
    standing: &'a [FeedConflict],
    mut found: Vec<&'a Refused>,
) -> (Vec<(&'a FeedConflict, Option<&'a Refused>)>, Vec<&'a Refused>) {
    let mut known: Vec<(&FeedConflict, Option<&Refused>)> = standing.iter().map(|conflict| (conflict, None)).collect();
    let begins_alike =
        |conflict: &FeedConflict, refused: &Refused| conflict.from_date == refused.nights.map(|nights| nights.from);
    let touches = |conflict: &FeedConflict, refused: &Refused| match (nights_of(conflict), refused.nights) {
        (Some(one), Some(other)) => one.overlaps(other),
        _ => true,
    };
    let tests: [Test<'_>; 2] = [&begins_alike, &touches];
    for is_match in tests {
        for (conflict, about) in known.iter_mut().filter(|(_, about)| about.is_none()) {
            let is_same = |refused: &&Refused| {
                refused.uid == conflict.uid && refused.reason == conflict.reason && is_match(conflict, refused)
            };
            *about = found.iter().position(is_same).map(|place| found.remove(place));
        }
    }
    known.sort_by_key(|(_, about)| about.is_some());
    (known, found)
}

fn nights_of(conflict: &FeedConflict) -> Option<Nights> {
    Some(Nights::new(conflict.from_date?, conflict.to_date?))
}

/// Returns the new state of a conflict, unless it is the one that it has.
fn state(conflict: &FeedConflict, refused: Option<&Refused>, today: NaiveDate) -> Option<ConflictState> {
    let as_it_is = ConflictState {
        from_date: conflict.from_date,
        to_date: conflict.to_date,
        reason: conflict.reason,
        status: conflict.status,
        note: conflict.note.clone(),
        detail: conflict.detail.clone(),
    };
    let Some(refused) = refused else { return Some(ConflictState { status: ConflictStatus::Resolved, ..as_it_is }) };
    if is_as_known(conflict, refused, today) {
        // The same may stand in another line by now. Nights that are over are no news.
        let is_told =
            conflict.detail.as_ref() == Some(&refused.detail) || conflict.from_date != refused.nights.map(|nights| nights.from);
        return (!is_told).then(|| ConflictState { detail: Some(refused.detail.clone()), ..as_it_is });
    }
    Some(ConflictState {
        from_date: refused.nights.map(|nights| nights.from),
        to_date: refused.nights.map(|nights| nights.to),
        status: ConflictStatus::Open,
        note: None,
        detail: Some(refused.detail.clone()),
        ..as_it_is
    })
}

/// Returns `true` if a conflict is known. Nights that are over are no news.
fn is_as_known(conflict: &FeedConflict, refused: &Refused, today: NaiveDate) -> bool {
    match (conflict.from_date, conflict.to_date, refused.nights) {
        (Some(from), Some(to), Some(nights)) => from <= nights.from && rules::is_same_end(to, nights.to, today),
        (None, None, None) => true,
        _ => false,
    }
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
        detail: &refused.detail,
    }
}
