//! Telling a webhook again of all that happened since a place or a time. A replay is a cursor over the record: a few hundred
//! events at a time are put among the deliveries, after all that happens now.
use super::endpoints::{check_kinds, lock_enabled, show};
use super::sending::messages;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::webhooks::dto::ReplayEvents;
use crate::domains::webhooks::error::WebhookError;
use crate::domains::webhooks::model::{Replay, WebhookId};
use crate::domains::webhooks::{repository, rules};
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event, Numbered};
use crate::security::Staff;
use crate::security::permission::WebhooksWrite;
use crate::version::IfMatch;
use crate::{Error, Result};
use diesel_async::AsyncConnection;

/// Events that are read at a time, and that wait for a webhook at most but for as many.
const BATCH: i64 = 500;

/// Begins a replay.
pub async fn replay(
    app: &App,
    staff: &Staff<WebhooksWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: WebhookId,
    request: ReplayEvents,
) -> Result<Answer> {
    let ReplayEvents { after, since, until, kinds } = request;
    if after.is_none() && since.is_none() {
        return Err(Error::invalid("/after", "is needed where no `since` is given"));
    }
    if since.zip(until).is_some_and(|(since, until)| until <= since) {
        return Err(Error::invalid("/until", "must be after `since`"));
    }
    check_kinds(&kinds)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let webhook = lock_enabled(conn, staff, seen, id).await?;
        let new = Replay {
            webhook_id: id,
            after_position: after.unwrap_or(0),
            to_position: outbox::last_position(conn).await?,
            since,
            until,
            kinds: kinds.iter().cloned().map(Some).collect(),
            created_at: now,
            updated_at: now,
        };
        repository::insert_replay(conn, &new).await.on_constraint("webhook_replays_pkey", || WebhookError::ReplayRunning)?;
        let event = Event::of("webhook.replayed", &webhook)
            .with("after_position", new.after_position)
            .with("to_position", new.to_position);
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(webhook.version, &show(conn, webhook).await?)
    })
    .await
}

/// Cancels what a replay has not sent yet. An attempt that is under way is noted when it ends.
pub async fn cancel(
    app: &App,
    staff: &Staff<WebhooksWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: WebhookId,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let webhook = repository::lock(conn, &staff.scope, id).await?.or_404("webhook")?;
        seen.check(webhook.version)?;
        // In this order: who is about to put events among the deliveries has the replay, and has put them there when it is ended.
        let replay = repository::end_replay(conn, id).await?;
        let withdrawn = repository::withdraw_replayed(conn, id, now).await?;
        if replay.is_none() && withdrawn == 0 {
            return Answer::unchanged(webhook.version, &show(conn, webhook).await?);
        }
        let event = Event::of("webhook.replay_cancelled", &webhook).with("withdrawn", withdrawn);
        let event = match &replay {
            Some(replay) => event.with("after_position", replay.after_position).with("to_position", replay.to_position),
            None => event,
        };
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(webhook.version, &show(conn, webhook).await?)
    })
    .await
}

/// Puts the next events of one replay among the deliveries, and says of how many it has decided.
pub(super) async fn feed(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let Some(replay) = repository::lock_next_replay(conn, BATCH).await? else { return Ok(0) };
        let events = outbox::numbered_after(conn, replay.after_position, BATCH).await?;
        let kinds: Vec<String> = replay.kinds.iter().flatten().cloned().collect();
        let is_asked_for = |numbered: &&Numbered| {
            numbered.position <= replay.to_position
                && replay.since.is_none_or(|since| numbered.event.occurred_at >= since)
                && replay.until.is_none_or(|until| numbered.event.occurred_at < until)
                && rules::takes(&kinds, &numbered.event.kind)
        };
        let again = messages(events.iter().filter(is_asked_for))?;
        repository::enqueue_again(conn, replay.webhook_id, &again, now).await?;
        match events.last() {
            Some(last) if last.position < replay.to_position => {
                repository::advance(conn, &replay, last.position, now).await?;
            }
            _ => {
                repository::delete_replay(conn, replay.webhook_id).await?;
            }
        }
        // One that is at its end was served, too.
        Ok::<_, Error>(events.len().max(1))
    })
    .await
}
