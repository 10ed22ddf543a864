use super::dto::{DEFAULT_LIMIT, EventKind, FeedEvent, FeedPage, FeedQuery, StreamStretch};
use super::error::EventsError;
use super::rules::kinds::KINDS;
use super::rules::{kinds, page, schema};
use crate::app::App;
use crate::ending::Ending;
use crate::error::Or404;
use crate::outbox;
use crate::page::Page;
use crate::security::Staff;
use crate::security::permission::EventsRead;
use crate::{Error, Result};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Pause after which a request that waits looks again by itself: another process may have numbered events.
const POLL: Duration = Duration::from_millis(500);
/// Time for which wakes are gathered, so that many events in a row are read together.
const GATHER: Duration = Duration::from_millis(50);
/// Time that an answer is given before the request's own time is over.
const MARGIN: u64 = 5;
/// Requests of a caller that wait at most, and those of all callers.
const OF_CALLER: usize = 4;
const OF_ALL: usize = 400;

/// Reads a page of the feed and, where it has nothing yet, waits for events as long as the query says.
///
/// While it waits it holds no connection. The token by which the caller has come is asked again before each look, so that
/// whoever has lost the permission meanwhile is told nothing any more.
pub async fn read(app: &App, mut staff: Staff<EventsRead>, token: &str, query: &FeedQuery) -> Result<FeedPage> {
    let until = Instant::now() + patience(app, query);
    let ending = app.memory.of::<Ending>();
    let mut place = None;
    loop {
        // Heard from now on, so that what is numbered while the page is read is not missed.
        let numbered = app.relay.next_numbered();
        let page = look(app, &staff, query).await?;
        let now = Instant::now();
        if page.has_more || !page.items.is_empty() || now >= until {
            return Ok(page);
        }
        if place.is_none() {
            place = Some(app.memory.of::<Waiting>().take(staff.caller.id())?);
        }
        tokio::select! {
            () = numbered => sleep(GATHER.min(until - now)).await,
            () = sleep(POLL.min(until - now)) => {}
            () = ending.begun() => return Ok(page),
        }
        let principal = app.security.resolve(token).await?;
        staff = Staff::prove(staff.caller.holding(principal))?;
    }
}

/// How long the request waits: not so long that the server gives up on it.
fn patience(app: &App, query: &FeedQuery) -> Duration {
    let wanted = query.wait.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
    Duration::from_secs(wanted.min(app.config.request_timeout_seconds.saturating_sub(MARGIN)))
}

async fn look(app: &App, staff: &Staff<EventsRead>, query: &FeedQuery) -> Result<FeedPage> {
    let streams = streams(staff, query)?;
    let after = query.after.unwrap_or(0);
    let limit = usize::try_from(query.limit.unwrap_or(DEFAULT_LIMIT)).map_err(Error::internal)?;
    let kinds = query.kinds.as_ref().map(|kinds| &kinds.0);
    let to_read = i64::try_from(page::to_read(kinds, limit)).map_err(Error::internal)?;
    let conn = app.db.conn().await?;
    let links = outbox::links_after(&conn, streams.as_deref(), after, to_read).await?;
    let cut = page::cut(links, kinds, limit, after);
    let mut events = if cut.told.is_empty() { Vec::new() } else { outbox::at_positions(&conn, &cut.told).await? };
    events.sort_unstable_by_key(|event| event.position);
    Ok(FeedPage {
        items: events.iter().map(FeedEvent::from).collect(),
        streams: cut.streams.iter().map(StreamStretch::from).collect(),
        next_after: cut.next_after,
        has_more: cut.has_more,
    })
}

/// The streams that are asked for and may be seen; none for all of them, with what belongs to no property.
fn streams(staff: &Staff<EventsRead>, query: &FeedQuery) -> Result<Option<Vec<Uuid>>> {
    match query.property_id {
        Some(property_id) => {
            staff.at(property_id)?;
            Ok(Some(vec![property_id]))
        }
        None if staff.scope.is_all() => Ok(None),
        None => Ok(Some(staff.scope.ids())),
    }
}

/// Returns the catalogue of kinds.
pub fn kinds() -> Page<EventKind> {
    Page::whole(KINDS.iter().map(EventKind::from).collect())
}

/// Returns the JSON schema of a kind.
pub fn schema(name: &str) -> Result<Value> {
    kinds::find(name).map(schema::of_kind).or_404("kind of event")
}

/// The requests that wait for events, by caller.
#[derive(Default)]
struct Waiting(Mutex<HashMap<Uuid, usize>>);

/// The place of a request that waits, until it is dropped.
struct Waiter {
    waiting: Arc<Waiting>,
    caller: Uuid,
}

impl Waiting {
    fn take(self: Arc<Self>, caller: Uuid) -> Result<Waiter> {
        let mut callers = self.callers();
        let of_caller = callers.get(&caller).copied().unwrap_or(0);
        if of_caller >= OF_CALLER {
            return Err(EventsError::TooManyWaiting(OF_CALLER).into());
        }
        if callers.values().sum::<usize>() >= OF_ALL {
            return Err(EventsError::TooManyWaiting(OF_ALL).into());
        }
        callers.insert(caller, of_caller + 1);
        drop(callers);
        metrics::gauge!("hbs_event_feed_waiting").increment(1.0);
        Ok(Waiter { waiting: self, caller })
    }

    fn callers(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut callers = self.waiting.callers();
        if let Some(of_caller) = callers.get_mut(&self.caller) {
            *of_caller -= 1;
            if *of_caller == 0 {
                callers.remove(&self.caller);
            }
        }
        metrics::gauge!("hbs_event_feed_waiting").decrement(1.0);
    }
}
