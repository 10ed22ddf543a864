use super::dto::{ClockOut, Health, MailboxOut};
use crate::Result;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::checkpoints;
use crate::jobs::{Job, run_due};
use crate::mail;
use crate::outbox::{self, consumers, sinks};
use chrono::{DateTime, Utc};
use metrics::SharedString;
use std::collections::BTreeMap;
use std::time::Duration;

const PROBE: Duration = Duration::from_secs(2);
const OK: &str = "ok";
const AWAY: &str = "unreachable";

/// Returns the state of each store. Only PostgreSQL cannot be done without.
pub async fn health(app: &App) -> Health {
    let (postgres, mongo, redis, person_keys) = tokio::join!(
        probe(postgres_answers(app)),
        probe(mongo_answers(app)),
        probe(redis_answers(app)),
        probe(app.person_keys.answers())
    );
    let status = match (postgres, mongo, redis, person_keys) {
        (AWAY, ..) => "down",
        (OK, OK, OK, OK) => OK,
        _ => "degraded",
    };
    let undelivered_events = if postgres == OK { undelivered(app).await.ok() } else { None };
    Health {
        status,
        stores: BTreeMap::from([("postgresql", postgres), ("mongodb", mongo), ("redis", redis), ("person_keys", person_keys)]),
        undelivered_events,
    }
}

async fn probe(answers: impl Future<Output = bool>) -> &'static str {
    match tokio::time::timeout(PROBE, answers).await {
        Ok(true) => OK,
        _ => AWAY,
    }
}

async fn postgres_answers(app: &App) -> bool {
    let Ok(conn) = app.db.conn().await else { return false };
    outbox::pending(&conn).await.is_ok()
}

async fn mongo_answers(app: &App) -> bool {
    app.mongo.ping().await.is_ok()
}

async fn redis_answers(app: &App) -> bool {
    app.redis.ping().await.is_ok()
}

/// Returns the number of events that have no place yet, or that the slowest sink has not delivered.
async fn undelivered(app: &App) -> Result<i64> {
    let conn = app.db.conn().await?;
    let pending = outbox::pending(&conn).await?;
    drop(conn);
    let mut backlog = 0;
    for sink in sinks::ALL {
        let waiting = sinks::backlog(app, *sink).await?;
        set_gauge("hbs_outbox_backlog", sink.name, waiting);
        backlog = backlog.max(waiting);
    }
    for (consumer, waiting) in consumers::backlogs(app).await? {
        set_gauge("hbs_outbox_backlog", consumer, waiting);
    }
    set_gauge("hbs_outbox_pending", "relay", pending);
    tell_of_ages(app).await?;
    tell_of_mail(app).await?;
    Ok(pending + backlog)
}

/// How long the oldest event has waited for its number, for each sink and for each consumer; and the age of checkpoints.
async fn tell_of_ages(app: &App) -> Result<()> {
    let now = app.clock.now();
    let conn = app.db.conn().await?;
    let (unnumbered, waiting) = futures_util::try_join!(outbox::unnumbered_since(&conn), outbox::waiting_since(&conn))?;
    drop(conn);
    for (stage, since) in waiting.into_iter().chain([("relay".to_owned(), unnumbered)]) {
        let seconds = since.map_or(0, |since| (now - since).num_seconds().max(0));
        set_gauge("hbs_outbox_oldest_seconds", stage, seconds);
    }
    checkpoints::set_gauges(app).await
}

/// How many mails are due, and for how many seconds the oldest of them has been.
async fn tell_of_mail(app: &App) -> Result<()> {
    let now = Clock::real_now();
    let (waiting, oldest) = mail::due(&*app.db.conn().await?, now).await?;
    let lag = oldest.map_or(0, |since| (now - since).num_seconds());
    metrics::gauge!("hbs_mail_queue_due").set(i32::try_from(waiting).unwrap_or(i32::MAX));
    metrics::gauge!("hbs_mail_queue_lag_seconds").set(i32::try_from(lag).unwrap_or(i32::MAX));
    Ok(())
}

fn set_gauge(name: &'static str, stage: impl Into<SharedString>, value: i64) {
    metrics::gauge!(name, "stage" => stage.into()).set(i32::try_from(value).unwrap_or(i32::MAX));
}

/// The metrics as Prometheus reads them, with the backlog of this moment.
pub async fn metrics(app: &App) -> String {
    if let Err(error) = undelivered(app).await {
        tracing::debug!(?error, "the backlog could not be counted");
    }
    app.metrics.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render).unwrap_or_default()
}

/// Sets business time and does what is due by then.
pub async fn set_clock(app: &App, jobs: &[Job], now: DateTime<Utc>) -> Result<ClockOut> {
    app.clock.set(now);
    run_due(app, jobs).await?;
    Ok(ClockOut { now })
}

/// The mails of this process, to everybody or to one address.
pub fn mailbox(app: &App, to: Option<&str>) -> MailboxOut {
    let mails = app.mailer.mailbox().into_iter();
    let items = mails.filter(|mail| to.is_none_or(|to| mail.to.eq_ignore_ascii_case(to.trim()))).map(Into::into).collect();
    MailboxOut { items }
}
