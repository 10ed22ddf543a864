//! Fetching feeds. No transaction is open while a server is asked: a feed is claimed for some minutes, fetched, and taken over.
use super::take_over::{self, Asked, take_over};
use crate::app::App;
use crate::domains::feeds::model::{FeedImport, PollState};
use crate::domains::feeds::{repository, rules};
use crate::ical;
use crate::outbox::{self, Cause, Event};
use crate::outgoing::{Fetched, Known};
use crate::security::Scope;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

/// Feeds that are fetched at once.
const BATCH: i64 = 8;
/// Feeds that are told to be stale at once; the others the next time.
const STALE_BATCH: i64 = 1000;
/// Time for which a feed is claimed: longer than a fetch and what comes after it can take. If a process dies, others
/// take over then.
const LEASE: TimeDelta = TimeDelta::minutes(5);
pub const MAX_BYTES: usize = 1024 * 1024;

/// Interval at which due feeds are looked for.
const LOOK: Duration = Duration::from_secs(30);

/// Fetches feeds for as long as the process runs. It is no job, since those hold a transaction open while they run; every process
/// has one, and they share the feeds by claiming.
pub async fn run(app: App) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = poll_due(&app).await {
            tracing::warn!(?error, "the feeds could not be read");
        }
    }
}

/// Fetches all feeds that are due, and says how many; then tells which have become stale.
pub async fn poll_due(app: &App) -> Result<usize> {
    let mut polled = 0;
    loop {
        let batch = claim(app).await?;
        if batch.is_empty() {
            break;
        }
        polled += batch.len();
        for (feed, result) in batch.iter().zip(join_all(batch.iter().map(|feed| poll(app, feed))).await) {
            // One that fails on our side must not keep the others from being fetched.
            if let Err(error) = result {
                tracing::warn!(feed_id = %feed.id, ?error, "a feed could not be taken over; it is fetched again");
            }
        }
    }
    tell_stale(app).await?;
    Ok(polled)
}

async fn claim(app: &App) -> Result<Vec<FeedImport>> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let batch = repository::lock_due(conn, now, BATCH).await?;
        repository::lease(conn, &batch.iter().map(|feed| feed.id).collect::<Vec<_>>(), now + LEASE).await?;
        Ok(batch)
    })
    .await
}

async fn poll(app: &App, feed: &FeedImport) -> Result<()> {
    let Some(url) = &feed.url else { return Ok(()) };
    let known = known(app, feed).await?;
    let fetched = app.outgoing.get(url, &known, MAX_BYTES).await;
    let outcome = match fetched {
        Ok(Fetched::NotModified) => Ok((None, known)),
        Ok(Fetched::Body { bytes, known }) => match ical::read(&bytes) {
            Ok(events) => Ok((Some(events), known)),
            Err(wrong) => Err(format!("what the server sent {wrong}")),
        },
        Err(wrong) => Err(wrong),
    };
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let Some(feed) = lock_as_fetched(conn, feed).await? else { return Ok(()) };
        let state = match outcome {
            Ok((None, known)) => Ok(known),
            Ok((Some(events), known)) => match take_over::wanted(app, conn, &feed, events, now).await? {
                Asked::Nights(wanted) => take_over(conn, &feed, wanted, &Cause::system(now)).await.map(|_| Ok(known))?,
                Asked::Refused(wrong) => Err(format!("what the server sent {wrong}")),
            },
            Err(wrong) => Err(wrong),
        };
        note(app, conn, &feed, state, now).await
    })
    .await?;
    app.relay.wake();
    Ok(())
}

/// Returns the validators that the server is sent. None while the same calendar may come to something else than the last
/// time: an event could not be blocked and may be possible now, was satisfied by a stay that may be gone, or has come within
/// reach with a new day.
async fn known(app: &App, feed: &FeedImport) -> Result<Known> {
    let conn = app.db.conn().await?;
    let is_of_today = feed.last_success_at.is_some_and(|read| read.date_naive() == app.clock.now().date_naive());
    if is_of_today && feed.echoes.0.is_empty() && repository::standing_conflicts(&conn, feed).await?.is_empty() {
        Ok(Known { etag: feed.etag.clone(), last_modified: feed.last_modified.clone() })
    } else {
        Ok(Known::default())
    }
}

/// The feed, unless it was ended or given another address while it was fetched.
async fn lock_as_fetched(conn: &Conn, feed: &FeedImport) -> Result<Option<FeedImport>> {
    let now = repository::lock_import(conn, &Scope::All, feed.id).await?;
    Ok(now.filter(|now| now.version == feed.version))
}

async fn note(app: &App, conn: &Conn, feed: &FeedImport, read: Result<Known, String>, now: DateTime<Utc>) -> Result<()> {
    let next = |failures| rules::next_poll(now, app.config.feed_pause(), failures, rand::random());
    let state = match read {
        Ok(known) => PollState::read(known, Some(next(0)), now),
        Err(wrong) => PollState::failed(feed, wrong, next(feed.failures.saturating_add(1))),
    };
    repository::set_poll_state(conn, feed, &state).await?;
    if feed.stale_since.is_some() && state.stale_since.is_none() {
        let event = Event::of("feed_import.recovered", feed).and("is_stale", true, false);
        outbox::publish(conn, &Cause::system(now), [event]).await?;
    }
    Ok(())
}

/// Tells of each feed once that it has become stale.
async fn tell_stale(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let stale = repository::lock_newly_stale(conn, now - app.config.feed_stale_after(), STALE_BATCH).await?;
        let ids: Vec<Uuid> = stale.iter().map(|feed| feed.id).collect();
        repository::set_stale(conn, &ids, now).await?;
        let told = stale.iter().map(|feed| {
            let event = Event::of("feed_import.stale", feed).and("is_stale", false, true);
            event.with("last_success_at", feed.last_success_at)
        });
        outbox::publish(conn, &Cause::system(now), told.collect::<Vec<_>>()).await?;
        Ok::<_, Error>(())
    })
    .await?;
    app.relay.wake();
    Ok(())
}
