//! Offers of rooms to guests who wait.
use super::letters;
use crate::app::App;
use crate::domains::bookings::{self, Also, Booking};
use crate::domains::properties;
use crate::domains::waitlist::model::{Entry, EntryStatus};
use crate::domains::waitlist::{repository, rules};
use crate::error::Or404;
use crate::failures::{Failures, together};
use crate::mail::{self, Mail};
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::version::changed_meanwhile;
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use serde_json::json;
use std::slice;
use uuid::Uuid;

const BATCH: i64 = 200;

/// Notes what has become of offers and whose time is over, then offers what there is to who waits, the first in line first; at
/// some hotels, or (None) at all.
///
/// It can run at any time, and more than once at a time: an entry changes hands together with its booking, on the condition that
/// it is as it was read. Returns the last failure: it keeps no other entry from its turn.
pub async fn serve(app: &App, hotels: Option<&[Uuid]>) -> Result<()> {
    let mut failures = Failures::default();
    end_all(app, hotels, &mut failures).await?;
    let mut after = None;
    loop {
        let conn = app.db.conn().await?;
        let next = repository::next_fitting(&conn, hotels, after, app.clock.now()).await?;
        drop(conn);
        let Some(entry) = next else { return failures.result(()) };
        match offer(app, &entry).await {
            // Somebody else got the rooms, the guest has as many holds as they may, or the plan is not sold like this just now:
            // they stay where they are in line, and in nobody's way.
            Err(error @ Error::Client(_)) if !error.is_unavailable() => {
                tracing::debug!(entry_id = %entry.id, ?error, "nothing for who waits");
            }
            offered => _ = failures.note("who waits could not be served", entry.id, offered)?,
        }
        after = Some(entry.id);
    }
}

/// Holds rooms for an entry, as a sale like any other.
async fn offer(app: &App, entry: &Entry) -> Result<()> {
    let now = app.clock.now();
    let property = properties::find(&*app.db.conn().await?, entry.property_id).await?;
    let property = property.or_404("property")?;
    let minutes = rules::offer_minutes(property.settings.waitlist_hold_minutes, now, property.check_in_instant(entry.check_in));
    let cause = Cause::system(now).sealing_with(&app.person_keys);
    bookings::hold_for_guest(app, &entry.sale(Some(minutes)), &cause, &*as_offered(entry, &cause)).await?;
    app.mailer.wake();
    Ok(())
}

/// Makes the further write of a hold: the entry is offered.
fn as_offered(entry: &Entry, cause: &Cause) -> Box<Also> {
    let (entry, cause) = (entry.clone(), cause.clone());
    Box::new(move |conn, booking| {
        let (entry, cause) = (entry.clone(), cause.clone());
        Box::pin(async move { write_offer(conn, &entry, booking, &cause).await.map(|()| None) })
    })
}

async fn write_offer(conn: &Conn, before: &Entry, held: &Booking, cause: &Cause) -> Result<()> {
    let after = repository::set_status(conn, before, EntryStatus::Offered, Some(held.id), cause.at).await?;
    let after = after.ok_or_else(|| changed_meanwhile(before.version + 1))?;
    let event = Event::changed(before, &after).named("waitlist_entry.offered");
    outbox::publish(conn, cause, [event.with("hold_expires_at", held.hold_expires_at)]).await?;
    if let Some(address) = &after.contact_email {
        let params = json!({"entry_id": after.id});
        let mail = Mail { kind: letters::OFFERED, address, user_id: after.user_id, booking: None, params };
        mail::enqueue(conn, &[mail]).await?;
    }
    Ok(())
}

/// Ends entries whose offers were taken or let go, and those that have waited too long, and notes the last failure.
async fn end_all(app: &App, hotels: Option<&[Uuid]>, failures: &mut Failures) -> Result<()> {
    let now = app.clock.now();
    let cause = Cause::system(now);
    // Each is read once: what cannot be ended would else stand before all others.
    let (mut after_decided, mut after_overdue) = (None, None);
    loop {
        let conn = app.db.conn().await?;
        let decided = repository::decided(&conn, hotels, after_decided, BATCH).await?;
        let overdue = repository::overdue(&conn, hotels, after_overdue, now, BATCH).await?;
        drop(conn);
        if decided.is_empty() && overdue.is_empty() {
            return Ok(());
        }
        after_decided = decided.last().map(|(entry, _)| entry.id).or(after_decided);
        after_overdue = overdue.last().map(|entry| entry.id).or(after_overdue);
        let decided = decided.into_iter().filter_map(|(entry, booking)| Some((entry, rules::outcome(booking)?)));
        let overdue = overdue.into_iter().map(|entry| (entry, EntryStatus::Expired));
        let due: Vec<(Entry, EntryStatus)> = decided.chain(overdue).collect();
        end_each(app, &due, &cause, failures).await?;
        app.relay.wake();
    }
}

/// Ends entries together, or each by itself where that fails: one that cannot be ended then keeps no other from it. Without the
/// database none of them is ended.
async fn end_each(app: &App, due: &[(Entry, EntryStatus)], cause: &Cause, failures: &mut Failures) -> Result<()> {
    let ended = end_together(app, due, cause).await;
    if together("who waits could not be taken off the line together", ended)?.is_some() {
        return Ok(());
    }
    for one in due {
        let ended = end_together(app, slice::from_ref(one), cause).await;
        failures.note("whoever waits could not be taken off the line", one.0.id, ended)?;
    }
    Ok(())
}

async fn end_together(app: &App, due: &[(Entry, EntryStatus)], cause: &Cause) -> Result<()> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| end(conn, due, cause).await).await
}

async fn end(conn: &Conn, ended: &[(Entry, EntryStatus)], cause: &Cause) -> Result<()> {
    let mut events = Vec::with_capacity(ended.len());
    for (before, status) in ended {
        // Somebody else was faster.
        let Some(after) = repository::set_status(conn, before, *status, before.booking_id, cause.at).await? else { continue };
        let kind = match status {
            EntryStatus::Booked => "waitlist_entry.booked",
            EntryStatus::Lapsed => "waitlist_entry.lapsed",
            _ => "waitlist_entry.expired",
        };
        events.push(Event::changed(before, &after).named(kind));
    }
    outbox::publish_many(conn, cause, events).await?;
    Ok(())
}
