//! Backlog of the delivery of events to MongoDB, and of whatever else acts on them.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::database::Database;
use crate::error::{Error, Result};
use crate::stats::percentile;
use crate::table::Table;
use crate::verdict::Verdict;

const POLL: Duration = Duration::from_millis(100);
const DRAIN_LIMIT: Duration = Duration::from_secs(300);
/// Most events that delivery to MongoDB may be behind at any time.
const MOST_BEHIND: i64 = 1000;
/// Most time that it may need for the rest after the last booking.
const MOST_TO_DRAIN: Duration = Duration::from_secs(5);

/// Events without a place, and those with one that a sink has not delivered yet or a consumer has not seen.
const PENDING: &str = "
    SELECT (SELECT count(*) FROM outbox WHERE position IS NULL)
        + coalesce((SELECT max(position) FROM outbox), 0)
        - coalesce((SELECT min(position) FROM outbox_sinks), 0)";

/// The same of the sinks alone.
const PENDING_IN_MONGODB: &str = "
    SELECT (SELECT count(*) FROM outbox WHERE position IS NULL)
        + coalesce((SELECT max(position) FROM outbox), 0)
        - coalesce((SELECT min(position) FROM outbox_sinks WHERE name IN ('audit_logs', 'booking_logs')), 0)";

/// One look: events that MongoDB does not have, events that somebody has not acted on, and for how many milliseconds the oldest event
/// has waited for its place in the feed, and for MongoDB.
const SAMPLE: &str = "
    WITH places AS (
        SELECT (SELECT count(*) FROM outbox WHERE position IS NULL) AS unnumbered,
            (SELECT min(occurred_at) FROM outbox WHERE position IS NULL) AS unnumbered_since,
            coalesce((SELECT max(position) FROM outbox), 0) AS last,
            coalesce((SELECT min(position) FROM outbox_sinks WHERE name IN ('audit_logs', 'booking_logs')), 0) AS delivered,
            coalesce((SELECT min(position) FROM outbox_sinks), 0) AS acted_on)
    SELECT ARRAY[
        unnumbered + last - delivered,
        unnumbered + last - acted_on,
        coalesce((1000 * extract(epoch FROM clock_timestamp() - unnumbered_since))::bigint, 0),
        coalesce((1000 * extract(epoch FROM clock_timestamp() - least(unnumbered_since,
            (SELECT occurred_at FROM outbox WHERE position > delivered ORDER BY position LIMIT 1))))::bigint, 0)]
    FROM places";

/// How far behind everything was while it was watched.
#[derive(Debug, Default)]
pub struct Behind {
    /// Most events that MongoDB lacked.
    events: i64,
    /// Most events that a sink or a consumer had not seen.
    acted_on: i64,
    /// Wait of the oldest event for its place in the feed, at each look.
    feed: Vec<Duration>,
    /// Wait of the oldest event for MongoDB, at each look.
    mongodb: Vec<Duration>,
}

/// Watches until it is dropped, and notes what it sees in `behind`.
pub async fn watch(database: &Database, behind: &mut Behind) -> Result<()> {
    let mut ticks = interval(POLL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let seen: Vec<i64> = database.value(SAMPLE).await?;
        let Ok([events, acted_on, feed, mongodb]) = <[i64; 4]>::try_from(seen) else {
            return Err(Error::new("a look at the backlog has another shape"));
        };
        behind.events = behind.events.max(events);
        behind.acted_on = behind.acted_on.max(acted_on);
        // An event may be dated by a clock that is ahead.
        behind.feed.push(Duration::from_millis(feed.try_into().unwrap_or_default()));
        behind.mongodb.push(Duration::from_millis(mongodb.try_into().unwrap_or_default()));
    }
}

/// Delivery beside a load, with the time that it took afterwards.
#[derive(Debug)]
pub struct Delivery {
    pub behind: Behind,
    pub drained: Drained,
}

/// Time from the last booking on.
#[derive(Debug, Clone, Copy)]
pub struct Drained {
    /// Until MongoDB had every event.
    pub mongodb: Duration,
    /// Until every consumer had seen every event, too.
    pub all: Duration,
}

impl Delivery {
    /// Prints what was promised beside what was seen. Worse is a failure only if `strict`.
    pub fn print(&self, strict: bool) -> Verdict {
        let Self { behind, drained } = self;
        let word = |holds: bool| if holds { "ok" } else { "BEYOND ITS LIMIT" }.to_owned();
        let (is_close, is_quick) = (behind.events <= MOST_BEHIND, drained.mongodb <= MOST_TO_DRAIN);
        let mut table = Table::new(["delivery to MongoDB", "figure", "at most", ""]);
        let events = "events behind at any time".to_owned();
        table.row(&[events, behind.events.to_string(), MOST_BEHIND.to_string(), word(is_close)]);
        let rest = "the rest after the last booking".to_owned();
        table.row(&[rest, seconds(drained.mongodb), seconds(MOST_TO_DRAIN), word(is_quick)]);
        print!("{table}");
        println!(
            "{} looks; wait for a place in the feed: p99 {}, at most {}; for MongoDB: p99 {}, at most {}; \
             consumers: at most {} events behind, nothing left {} after the last booking",
            behind.feed.len(),
            seconds(percentile(&sorted(&behind.feed), 99)),
            seconds(percentile(&sorted(&behind.feed), 100)),
            seconds(percentile(&sorted(&behind.mongodb), 99)),
            seconds(percentile(&sorted(&behind.mongodb), 100)),
            behind.acted_on,
            seconds(drained.all)
        );
        Verdict::passed_if(!strict || is_close && is_quick)
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

fn sorted(durations: &[Duration]) -> Vec<Duration> {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    sorted
}

pub async fn pending(database: &Database) -> Result<i64> {
    database.value(PENDING).await
}

/// Returns the number of mails that wait to be sent.
pub async fn waiting_mails(database: &Database) -> Result<i64> {
    database.value("SELECT count(*) FROM mail_queue WHERE due_at IS NOT NULL").await
}

/// Waits until nothing is left to deliver or to act on, and says how long that took.
pub async fn drain(database: &Database) -> Result<Drained> {
    let began = Instant::now();
    until_none("events are not delivered", async || database.value(PENDING_IN_MONGODB).await).await?;
    let mongodb = began.elapsed();
    until_none("events are not acted on", async || pending(database).await).await?;
    Ok(Drained { mongodb, all: began.elapsed() })
}

/// Waits until no mail is left to send and says how long that took.
pub async fn drain_mail(database: &Database) -> Result<Duration> {
    let began = Instant::now();
    until_none("mails are not sent", async || waiting_mails(database).await).await?;
    Ok(began.elapsed())
}

async fn until_none(complaint: &str, left: impl AsyncFn() -> Result<i64>) -> Result<()> {
    let began = Instant::now();
    while left().await? > 0 {
        if began.elapsed() > DRAIN_LIMIT {
            return Err(Error::new(format!("{complaint} after {} s", DRAIN_LIMIT.as_secs())));
        }
        sleep(POLL).await;
    }
    Ok(())
}
