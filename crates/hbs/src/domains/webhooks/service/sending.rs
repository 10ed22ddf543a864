//! Sending. A webhook is one worker's at a time, so that one that is dead or slow keeps nobody else waiting; those that fail or
//! are slow, and replays, have workers of their own, so that however many there are, what works is served at once. No transaction
//! is open while a server is asked.
use super::endpoints::seal_purpose;
use super::letters::tell_disabled;
use super::replays;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::properties;
use crate::domains::webhooks::model::{
    Attempt, Delivery, DeliveryProgress, DeliveryState, DisabledReason, Webhook, WebhookHealth, WebhookId, WebhookState,
};
use crate::domains::webhooks::repository::{self, Messages};
use crate::domains::webhooks::rules::{self, Verdict};
use crate::outbox::{self, Cause, Event, Numbered};
use crate::outgoing::Posted;
use crate::security::permission::WebhooksWrite;
use crate::security::{Permission, holds_now};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use futures_util::future::join_all;
use futures_util::try_join;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Webhooks that are sent to at once by a process: those that work, are quick and have something new.
const LIVE: usize = 32;
/// Number of webhooks at a time that fail, are slow or have only a replay.
const BACKGROUND: usize = 8;
/// Events that are sent to one webhook at once in the first round of a turn; one, while it fails. Where it hangs, no more wait.
const AT_FIRST: i64 = 8;
/// Events that are sent at once in a large round: the webhook has just taken `AT_FIRST` or more quickly.
const AT_ONCE: i64 = 32;
/// Large rounds at a time, of all webhooks: each event that is under way needs a file of the process.
const LARGE: usize = 16;
/// Rounds of a turn, after which it is another webhook's.
const ROUNDS: usize = 6;
/// Time from which an answer is slow. A round with a slow answer is the last of its turn, and the next one is the background's.
const SLOW: Duration = Duration::from_secs(2);
/// Most workers in whose place others begin while their webhooks turn out to be slow.
const OVERTIME: usize = 96;
/// Time for which a webhook is claimed: longer than a round can take. If a process dies, others take over then.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// Interval at which due events are looked for; new ones of this process ring.
const LOOK: Duration = Duration::from_millis(500);
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Bytes of an answer that are read.
const MOST_READ: usize = 64 * 1024;

/// Bell that rings when there is something new to send.
#[derive(Default)]
struct Bell(Notify);

/// Number of live workers that are at a slow round.
#[derive(Default)]
struct Overtime(AtomicUsize);

/// Large rounds that may begin.
struct Large(Semaphore);

impl Default for Large {
    fn default() -> Self {
        Self(Semaphore::new(LARGE))
    }
}

/// A worker's overtime, until it is dropped.
struct OnOvertime(Arc<Overtime>);

impl OnOvertime {
    fn begin(app: &App) -> Self {
        let overtime = app.memory.of::<Overtime>();
        overtime.0.fetch_add(1, Ordering::Relaxed);
        Self(overtime)
    }
}

impl Drop for OnOvertime {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Makes deliveries of events, for all webhooks that are told of them.
pub async fn collect(app: &App, events: &[Numbered]) -> Result<()> {
    let now = app.clock.now();
    let conn = app.db.conn().await?;
    if !repository::is_any_enabled(&conn).await? {
        return Ok(());
    }
    let recent = messages(events.iter().filter(|numbered| numbered.event.occurred_at >= now - rules::KEPT))?;
    let made = repository::enqueue(&conn, &recent, now).await?;
    if made > 0 {
        app.memory.of::<Bell>().0.notify_one();
    }
    Ok(())
}

pub(super) fn messages<'a>(events: impl IntoIterator<Item = &'a Numbered>) -> Result<Messages> {
    let mut messages = Messages::default();
    for numbered in events {
        let event = &numbered.event;
        messages.event_ids.push(event.event_id);
        messages.stream_ids.push(event.stream_id);
        messages.kinds.push(event.kind.clone());
        messages.entity_ids.push(event.entity_id);
        messages.sequences.push(numbered.position);
        messages.bodies.push(rules::payload(numbered).map_err(Error::internal)?);
    }
    Ok(messages)
}

/// Sends for as long as the process runs.
pub async fn run(app: App) {
    let bell = app.memory.of::<Bell>();
    let (mut live, mut background) = (JoinSet::new(), JoinSet::new());
    loop {
        if let Err(error) = set_to_work(&app, &mut live, &mut background).await {
            tracing::warn!(?error, "events wait: webhooks could not be served");
            tokio::time::sleep(AFTER_FAILURE).await;
        }
        tokio::select! {
            _ = tokio::time::timeout(LOOK, bell.0.notified()) => {}
            Some(_) = live.join_next() => {}
            Some(_) = background.join_next() => {}
        }
    }
}

/// Gives whoever is idle something to do.
async fn set_to_work(app: &App, live: &mut JoinSet<()>, background: &mut JoinSet<()>) -> Result<()> {
    while live.try_join_next().is_some() {}
    while background.try_join_next().is_some() {}
    replays::feed(app).await?;
    let overtime = app.memory.of::<Overtime>().0.load(Ordering::Relaxed).min(OVERTIME);
    for claimed in claim(app, Work::Live, (LIVE + overtime).saturating_sub(live.len())).await? {
        live.spawn(work_off_quietly(app.clone(), claimed));
    }
    for claimed in claim(app, Work::Background, BACKGROUND.saturating_sub(background.len())).await? {
        background.spawn(work_off_quietly(app.clone(), claimed));
    }
    Ok(())
}

/// Sends all that is due, and says how many attempts that were. For tests, and whoever wants to wait for it.
pub async fn deliver_due(app: &App) -> Result<usize> {
    let mut sent = 0;
    loop {
        let fed = replays::feed(app).await?;
        let mut claimed = claim(app, Work::Live, LIVE).await?;
        claimed.extend(claim(app, Work::Background, BACKGROUND).await?);
        if claimed.is_empty() && fed == 0 {
            return Ok(sent);
        }
        for done in join_all(claimed.into_iter().map(|claimed| work_off(app, claimed))).await {
            sent += done?;
        }
    }
}

/// Kinds of work, each with workers of its own.
#[derive(Clone, Copy)]
enum Work {
    Live,
    Background,
}

/// A webhook that is one worker's for a while.
#[derive(Clone, Copy)]
struct Claimed {
    id: WebhookId,
    worker: Uuid,
    work: Work,
}

async fn claim(app: &App, work: Work, free: usize) -> Result<Vec<Claimed>> {
    if free == 0 {
        return Ok(Vec::new());
    }
    let (worker, now) = (Uuid::now_v7(), app.clock.now());
    let (until, limit) = (now + LEASE, i64::try_from(free).map_err(Error::internal)?);
    let conn = app.db.conn().await?;
    let ids = match work {
        Work::Live => repository::claim_live(&conn, worker, now, until, limit).await?,
        Work::Background => repository::claim_background(&conn, worker, now, until, limit).await?,
    };
    Ok(ids.into_iter().map(|id| Claimed { id, worker, work }).collect())
}

/// One that fails on our side is taken up again when its claim has ended.
async fn work_off_quietly(app: App, claimed: Claimed) {
    if let Err(error) = work_off(&app, claimed).await {
        tracing::warn!(webhook_id = %claimed.id, ?error, "a webhook could not be served");
    }
}

/// Sends what is due for a webhook, until nothing is, an attempt fails or is slow, or it is another one's turn.
async fn work_off(app: &App, claimed: Claimed) -> Result<usize> {
    let (mut sent, mut tried, large) = (0, Vec::<Tried>::new(), app.memory.of::<Large>());
    for round in 0..=ROUNDS {
        let is_over = round == ROUNDS || !was_well(&tried);
        let is_large = i64::try_from(tried.len()).is_ok_and(|before| before >= AT_FIRST);
        let of_large = if is_large { large.0.try_acquire().ok() } else { None };
        let most = match of_large {
            _ if is_over => 0,
            Some(_) => AT_ONCE,
            None => AT_FIRST,
        };
        let Some((webhook, due)) = carry_on(app, claimed, &tried, most).await? else { break };
        sent += due.len();
        let attempts = join_all(due.iter().map(|delivery| attempt(app, &webhook, delivery)));
        let attempts = match claimed.work {
            Work::Live => in_own_time(app, attempts).await,
            Work::Background => attempts.await,
        };
        tried = attempts.into_iter().collect::<Result<_>>()?;
    }
    Ok(sent)
}

/// Returns `true` if all of a round was taken, and quickly.
fn was_well(tried: &[Tried]) -> bool {
    tried.iter().all(|tried| tried.verdict == Verdict::Taken && tried.took < SLOW)
}

/// Notes what came of a round, and takes at most so many events for the next one, in one transaction: if each attempt had its
/// own, they would wait for each other's commits, since all lock the webhook. None, if there is no next round: the webhook is
/// free then.
async fn carry_on(app: &App, claimed: Claimed, tried: &[Tried], most: i64) -> Result<Option<(Box<Webhook>, Vec<Delivery>)>> {
    let is_slow = tried.iter().map(|tried| tried.took >= SLOW).reduce(|one, other| one || other);
    let mut conn = app.db.conn().await?;
    let (is_disabled, next) = conn
        .transaction(async |conn| {
            let is_disabled = !tried.is_empty() && settle(conn, claimed.id, tried).await?;
            let next = take(conn, claimed, app.clock.now(), most).await?;
            if !matches!(next, Next::Round(..)) {
                repository::release(conn, claimed.id, claimed.worker, is_slow).await?;
            }
            Ok::<_, Error>((is_disabled, next))
        })
        .await?;
    if is_disabled || matches!(next, Next::Disabled) {
        wake_for_notice(app);
    }
    Ok(match next {
        Next::Round(webhook, due) => Some((webhook, due)),
        Next::Nothing | Next::Disabled => None,
    })
}

/// Waits for a round. If it is slow, another worker may begin in the place of this one meanwhile.
async fn in_own_time<T>(app: &App, round: impl Future<Output = T>) -> T {
    let mut round = pin!(round);
    if let Ok(done) = tokio::time::timeout(SLOW, &mut round).await {
        return done;
    }
    let _overtime = OnOvertime::begin(app);
    app.memory.of::<Bell>().0.notify_one();
    round.await
}

/// Next step of a worker for a webhook.
enum Next {
    Round(Box<Webhook>, Vec<Delivery>),
    Nothing,
    /// Nothing may be sent to it any more, as has just turned out.
    Disabled,
}

/// Takes at most so many events that are due for a webhook, which is returned as it is now. Nothing, if it is not the worker's
/// any more, disabled or deleted: whoever does that has the same lock.
async fn take(conn: &Conn, claimed: Claimed, now: DateTime<Utc>, most: i64) -> Result<Next> {
    if most == 0 {
        return Ok(Next::Nothing);
    }
    let held = repository::hold(conn, claimed.id, claimed.worker, now + LEASE).await?;
    let Some(webhook) = held else { return Ok(Next::Nothing) };
    if let Some(reason) = lapsed(conn, &webhook).await? {
        disable(conn, &webhook, reason, now).await?;
        return Ok(Next::Disabled);
    }
    let most = if webhook.failing_since.is_some() { 1 } else { most };
    let mut due = repository::due(conn, webhook.id, false, now, most).await?;
    if due.is_empty() {
        due = repository::due(conn, webhook.id, true, now, most).await?;
    }
    Ok(if due.is_empty() { Next::Nothing } else { Next::Round(Box::new(webhook), due) })
}

/// Returns the reason for which nothing may be sent to a webhook any more, whatever it was allowed once.
async fn lapsed(conn: &Conn, webhook: &Webhook) -> Result<Option<DisabledReason>> {
    if let Some(property_id) = webhook.property_id
        && properties::find(conn, property_id).await?.is_none()
    {
        return Ok(Some(DisabledReason::PropertyRemoved));
    }
    let Webhook { user_id, api_key_id, property_id, .. } = webhook;
    let holds = holds_now(conn, *user_id, *api_key_id, WebhooksWrite::NAME, *property_id).await?;
    Ok(if holds { None } else { Some(DisabledReason::Unauthorized) })
}

/// Disables a webhook, and tells of it.
async fn disable(conn: &Conn, webhook: &Webhook, reason: DisabledReason, now: DateTime<Utc>) -> Result<()> {
    let state =
        WebhookState { is_enabled: false, disabled_reason: Some(reason), disabled_at: Some(now), ..WebhookState::from(webhook) };
    let after = repository::update(conn, webhook, &state, now).await?;
    let event = Event::changed(webhook, &after).named("webhook.disabled");
    outbox::publish(conn, &Cause::system(now), [event]).await?;
    tell_disabled(conn, &after, reason).await
}

/// Wakes those who carry on what is told of a webhook that was disabled.
fn wake_for_notice(app: &App) {
    app.relay.wake();
    app.mailer.wake();
}

/// An attempt that was made.
struct Tried {
    event_id: Uuid,
    attempted_at: DateTime<Utc>,
    /// Time that the server took.
    took: Duration,
    verdict: Verdict,
    answer: Result<Posted, String>,
}

/// Tells a webhook of an event.
async fn attempt(app: &App, webhook: &Webhook, delivery: &Delivery) -> Result<Tried> {
    let headers = headers(app, webhook, delivery)?;
    let (attempted_at, begun) = (app.clock.now(), Instant::now());
    let answer = app.outgoing.post(&webhook.url, headers, delivery.body.clone(), MOST_READ).await;
    let took = begun.elapsed();
    let verdict = answer.as_ref().map_or(Verdict::Failed, |answer| rules::verdict(answer.status.as_u16()));
    let outcome = if verdict == Verdict::Taken { "taken" } else { "failed" };
    metrics::counter!("hbs_webhook_attempts_total", "outcome" => outcome).increment(1);
    Ok(Tried { event_id: delivery.event_id, attempted_at, took, verdict, answer })
}

/// Headers by which the server knows the event, and who sent it. The time is the real one: it protects against messages that
/// are sent again by others.
fn headers(app: &App, webhook: &Webhook, delivery: &Delivery) -> Result<HeaderMap> {
    let now = Clock::real_now();
    let (id, timestamp) = (delivery.event_id.to_string(), now.timestamp());
    let purpose = seal_purpose(webhook.id);
    let previous = webhook.previous_secret.iter().filter(|_| webhook.previous_secret_until.is_some_and(|until| until > now));
    let open = |sealed: &Vec<u8>| app.security.data_key.open(&purpose, sealed);
    let secrets = std::iter::once(&webhook.secret).chain(previous).map(open).collect::<Result<Vec<_>, _>>();
    let secrets = secrets.map_err(Error::internal)?;
    let signature = rules::signature(&secrets, &id, timestamp, &delivery.body);
    let signature = signature.ok_or_else(|| Error::internal("a secret of no length"))?;
    let value = |text: &str| HeaderValue::from_str(text).map_err(Error::internal);
    Ok(HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (HeaderName::from_static("webhook-id"), value(&id)?),
        (HeaderName::from_static("webhook-timestamp"), value(&timestamp.to_string())?),
        (HeaderName::from_static("webhook-signature"), value(&signature)?),
    ]))
}

/// Notes the attempts of a round. Returns `true` if the webhook was disabled by them.
async fn settle(conn: &Conn, id: WebhookId, tried: &[Tried]) -> Result<bool> {
    let Some(webhook) = repository::lock_any(conn, id).await? else { return Ok(false) };
    let last = |is_success: bool| {
        tried.iter().filter(|tried| (tried.verdict == Verdict::Taken) == is_success).map(|tried| tried.attempted_at).max()
    };
    let (succeeded_at, failed_at) = (last(true), last(false));
    let health = WebhookHealth {
        last_success_at: succeeded_at.or(webhook.last_success_at),
        last_failure_at: failed_at.or(webhook.last_failure_at),
        // Where one event is taken, there is more than failures.
        failing_since: if succeeded_at.is_some() { None } else { webhook.failing_since.or(failed_at) },
    };
    let event_ids: Vec<Uuid> = tried.iter().map(|tried| tried.event_id).collect();
    let (_, deliveries) =
        try_join!(repository::set_health(conn, id, &health), repository::lock_deliveries(conn, id, &event_ids))?;
    let of = |delivery: &Delivery| tried.iter().find(|tried| tried.event_id == delivery.event_id);
    let noted = deliveries.iter().filter_map(|delivery| Some(outcome(delivery, of(delivery)?)));
    let (progress, attempts): (Vec<DeliveryProgress>, Vec<Attempt>) = noted.unzip();
    try_join!(repository::set_progress(conn, id, &progress), repository::insert_attempts(conn, id, &attempts))?;
    let Some(failed_at) = failed_at.filter(|_| webhook.is_enabled) else { return Ok(false) };
    let has_failed_for = failed_at - health.failing_since.unwrap_or(failed_at);
    let reason = if tried.iter().any(|tried| tried.verdict == Verdict::Gone) {
        DisabledReason::Gone
    } else if has_failed_for >= rules::DISABLE_AFTER {
        DisabledReason::Failing
    } else {
        return Ok(false);
    };
    disable(conn, &Webhook { failing_since: health.failing_since, ..webhook }, reason, failed_at).await?;
    Ok(true)
}

/// Returns what came of a delivery by an attempt with when the next one is, and the attempt.
fn outcome(delivery: &Delivery, tried: &Tried) -> (DeliveryProgress, Attempt) {
    let Tried { attempted_at, took, verdict, answer, .. } = tried;
    let (number, tries) = (delivery.attempts.saturating_add(1), delivery.tries.saturating_add(1));
    let asked_for = answer.as_ref().ok().and_then(|answer| answer.retry_after.as_deref());
    let asked_for = asked_for.and_then(|text| rules::retry_after(text, Clock::real_now()));
    let (state, due_at) = match verdict {
        Verdict::Taken => (DeliveryState::Delivered, None),
        // Its replay was cancelled while it was on its way.
        Verdict::Failed | Verdict::Gone if delivery.state != DeliveryState::Pending => (delivery.state, None),
        Verdict::Failed | Verdict::Gone => match rules::next_attempt(*attempted_at, tries, asked_for, rand::random()) {
            Some(next) => (DeliveryState::Pending, Some(next)),
            None => (DeliveryState::Failed, None),
        },
    };
    let progress = DeliveryProgress {
        event_id: delivery.event_id,
        state,
        attempts: number,
        tries,
        due_at,
        delivered_at: if *verdict == Verdict::Taken { Some(*attempted_at) } else { delivery.delivered_at },
        updated_at: *attempted_at,
    };
    let attempt = Attempt {
        event_id: delivery.event_id,
        number,
        attempted_at: *attempted_at,
        duration_ms: i32::try_from(took.as_millis()).unwrap_or(i32::MAX),
        status: answer.as_ref().ok().map(|answer| answer.status.as_u16().into()),
        error: answer.as_ref().err().cloned(),
        response_body: answer.as_ref().ok().map(|answer| rules::excerpt(&answer.body)),
    };
    (progress, attempt)
}
