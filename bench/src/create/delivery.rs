//! Backlog of the delivery of events to MongoDB.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::database::Database;
use crate::error::{Error, Result};

const POLL: Duration = Duration::from_millis(100);
const DRAIN_LIMIT: Duration = Duration::from_secs(300);

/// Events without a place, and those with one that a sink has not delivered yet.
const PENDING: &str = "
    SELECT (SELECT count(*) FROM outbox WHERE position IS NULL)
        + coalesce((SELECT max(position) FROM outbox), 0)
        - coalesce((SELECT min(position) FROM outbox_sinks), 0)";

/// The age of the oldest of them, in milliseconds.
const LAG: &str = "
    SELECT coalesce((1000 * extract(epoch FROM clock_timestamp() - least(
        (SELECT min(occurred_at) FROM outbox WHERE position IS NULL),
        (SELECT occurred_at FROM outbox
            WHERE position > coalesce((SELECT min(position) FROM outbox_sinks), 0)
            ORDER BY position LIMIT 1))))::bigint, 0)";

#[derive(Debug, Default, Clone, Copy)]
pub struct Lag {
    pub events: i64,
    pub milliseconds: i64,
}

/// Watches until it is dropped, and keeps the worst in `worst`.
pub async fn watch(database: &Database, worst: &mut Lag) -> Result<()> {
    loop {
        worst.events = worst.events.max(pending(database).await?);
        worst.milliseconds = worst.milliseconds.max(database.value(LAG).await?);
        sleep(POLL).await;
    }
}

pub async fn pending(database: &Database) -> Result<i64> {
    database.value(PENDING).await
}

/// Returns the number of mails that wait to be sent.
pub async fn waiting_mails(database: &Database) -> Result<i64> {
    database.value("SELECT count(*) FROM mail_queue WHERE due_at IS NOT NULL").await
}

/// Waits until nothing is left to deliver and says how long that took.
pub async fn drain(database: &Database) -> Result<Duration> {
    until_none("events are not delivered", async || pending(database).await).await
}

/// Waits until no mail is left to send and says how long that took.
pub async fn drain_mail(database: &Database) -> Result<Duration> {
    until_none("mails are not sent", async || waiting_mails(database).await).await
}

async fn until_none(complaint: &str, left: impl AsyncFn() -> Result<i64>) -> Result<Duration> {
    let began = Instant::now();
    while left().await? > 0 {
        if began.elapsed() > DRAIN_LIMIT {
            return Err(Error::new(format!("{complaint} after {} s", DRAIN_LIMIT.as_secs())));
        }
        sleep(POLL).await;
    }
    Ok(began.elapsed())
}
