//! The consumers: what domains do because of events, each at its own pace.
//!
//! A consumer sees every event of its kinds at least once, in the order of places, from one process at a time. Its work runs in
//! transactions of its own, so what was done just before a crash is asked for again: it must come to the same then. So it must
//! if a process that was stopped for long takes one step more before it notices that another one has taken over.
//!
//! What cannot be done for one event keeps nothing else of the batch from being done. The batch comes again then, as long as it
//! takes, and what is behind it waits: an alarm of operations.md tells of that.
use super::pace::{AFTER_FAILURE, BATCH, POLL, rest};
use super::repository::{self, Numbered};
use super::sinks;
use crate::app::App;
use crate::clock::Clock;
use crate::stores::postgres::{Conn, while_leading};
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use futures_util::future::BoxFuture;
use std::time::{Duration, Instant};

/// Time between the beginnings of two batches.
const PACE: Duration = Duration::from_millis(200);

/// A consumer, as its domain registers it.
#[derive(Clone, Copy)]
pub struct Consumer {
    /// Name of the consumer, of its cursor and of its lock.
    pub name: &'static str,
    /// Kinds of the events that it is given: exact ones, or all of an entity (`payment.*`); every kind if there are none.
    pub kinds: &'static [&'static str],
    pub handle: for<'a> fn(&'a App, &'a [Numbered]) -> BoxFuture<'a, Result<()>>,
}

/// Lets a consumer have events for as long as the process runs.
pub async fn run(app: App, consumer: Consumer) {
    let mut has_begun = false;
    loop {
        has_begun = has_begun || begin(&app, consumer).await.is_ok();
        // From before the look, so that what is numbered meanwhile is not waited for.
        let (numbered, begun) = (app.relay.next_numbered(), Instant::now());
        match consume_batch(&app, consumer).await {
            Ok(0) => drop(tokio::time::timeout(POLL, numbered).await),
            Ok(passed) => rest(begun, PACE, passed).await,
            Err(error) => {
                tracing::warn!(consumer = consumer.name, ?error, "events wait: they could not be consumed");
                metrics::counter!("hbs_outbox_failures_total", "stage" => consumer.name).increment(1);
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Gives a new consumer its cursor at once: what it has not seen stays in the outbox.
async fn begin(app: &App, consumer: Consumer) -> Result<()> {
    let conn = app.db.conn().await?;
    repository::begin_at_first(&conn, consumer.name, Clock::real_now()).await?;
    Ok(())
}

/// Gives a consumer one batch and returns how many events it has passed, those of other kinds included. None, if another process
/// is at it.
pub async fn consume_batch(app: &App, consumer: Consumer) -> Result<usize> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let Some(after) = repository::lead(conn, consumer.name).await? else { return Ok(0) };
        let Some((until, events)) = next_batch(conn, consumer, after).await? else { return Ok(0) };
        if !events.is_empty() {
            while_leading(conn, (consumer.handle)(app, &events)).await?;
        }
        repository::set_sink_position(conn, consumer.name, until, Clock::real_now()).await?;
        usize::try_from(until - after).map_err(Error::internal)
    })
    .await
}

/// Events of a consumer's kinds among the next ones after a position, and the position of the last of all of these.
async fn next_batch(conn: &Conn, consumer: Consumer, after: i64) -> Result<Option<(i64, Vec<Numbered>)>> {
    if consumer.kinds.is_empty() {
        let events = repository::numbered_after(conn, after, BATCH).await?;
        let until = events.last().map(|last| last.position);
        return Ok(until.map(|until| (until, events)));
    }
    let Some(until) = repository::end_of_batch(conn, after, BATCH).await? else { return Ok(None) };
    Ok(Some((until, repository::numbered_of_kinds(conn, after, until, consumer.kinds).await?)))
}

/// Returns the number of numbered events that each consumer that has begun has not seen yet.
pub async fn backlogs(app: &App) -> Result<Vec<(String, i64)>> {
    let conn = app.db.conn().await?;
    let (last, cursors) = futures_util::try_join!(repository::last_position(&conn), repository::cursors(&conn))?;
    let is_consumer = |(name, _): &(String, i64)| !sinks::ALL.iter().any(|sink| sink.name == name);
    Ok(cursors.into_iter().filter(is_consumer).map(|(name, seen)| (name, last - seen)).collect())
}
