//! Webhooks as those see to them who hold the permissions.
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::properties;
use crate::domains::webhooks::dto::{CreateWebhook, NewWebhookOut, UpdateWebhook, WebhookFilter, WebhookOut};
use crate::domains::webhooks::error::WebhookError;
use crate::domains::webhooks::model::{DisabledReason, NewWebhook, Webhook, WebhookId, WebhookState};
use crate::domains::webhooks::repository;
use crate::domains::webhooks::rules::{self, SECRET_BYTES};
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{WebhooksRead, WebhooksWrite};
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Most webhooks of an installation: each event is compared with each.
const MOST: i64 = 1000;
/// Time for which the secret before the present one signs, too.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

pub async fn list(app: &App, staff: &Staff<WebhooksRead>, filter: &WebhookFilter, page: &PageQuery) -> Result<Page<WebhookOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &staff.scope, filter, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |webhook| webhook.id)?;
    Ok(Page { items: show_all(&conn, items).await?, next_cursor })
}

pub async fn get(app: &App, staff: &Staff<WebhooksRead>, id: WebhookId) -> Result<WebhookOut> {
    let conn = app.db.conn().await?;
    let webhook = repository::find(&conn, &staff.scope, id).await?.or_404("webhook")?;
    show(&conn, webhook).await
}

async fn show_all(conn: &Conn, rows: Vec<Webhook>) -> Result<Vec<WebhookOut>> {
    let ids: Vec<Uuid> = rows.iter().map(|webhook| webhook.id.into()).collect();
    let waiting = repository::waiting(conn, &ids).await?;
    let now = Clock::real_now();
    let out = |webhook: Webhook| {
        let of_it = waiting.get(&webhook.id.into()).copied().unwrap_or_default();
        WebhookOut::new(webhook, of_it, now)
    };
    Ok(rows.into_iter().map(out).collect())
}

pub(super) async fn show(conn: &Conn, row: Webhook) -> Result<WebhookOut> {
    show_all(conn, vec![row]).await?.pop().or_404("webhook")
}

/// Purpose under which the secrets of a webhook are sealed.
pub(super) fn seal_purpose(id: WebhookId) -> String {
    format!("webhook:{id}")
}

/// Makes a webhook. Its secret is in the answer and, sealed, in the database.
pub async fn create(app: &App, staff: &Staff<WebhooksWrite>, key: &IdempotencyKey, request: CreateWebhook) -> Result<Answer> {
    let CreateWebhook { property_id, url, kinds, description } = request;
    match property_id {
        Some(property_id) => staff.at(property_id)?,
        None => staff.everywhere("A webhook of all properties")?,
    }
    let url = checked(app, &url)?;
    check_kinds(&kinds)?;
    let secret: [u8; SECRET_BYTES] = rand::random();
    let id = WebhookId::now_v7();
    let sealed = app.security.data_key.seal(&seal_purpose(id), &secret)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        repository::lock_number(conn).await?;
        if repository::count(conn).await? >= MOST {
            return Err(WebhookError::TooMany(MOST).into());
        }
        if let Some(property_id) = property_id {
            properties::find(conn, property_id).await?.or_404("property")?;
        }
        let new = NewWebhook {
            id,
            property_id,
            url: &url,
            kinds: &kinds,
            description: &description,
            is_enabled: true,
            disabled_reason: None,
            disabled_at: None,
            secret: &sealed,
            user_id: staff.caller.answerable(),
            api_key_id: cause.api_key_id(),
            from_position: outbox::last_position(conn).await?,
            created_at: now,
            updated_at: now,
        };
        let row = repository::insert(conn, &new).await?;
        outbox::publish(conn, &cause, [Event::created(&row)]).await?;
        let version = row.version;
        let out = NewWebhookOut { webhook: show(conn, row).await?, secret: rules::shown(&secret) };
        Ok(Answer::created(format!("/v1/webhooks/{id}"), version, &out)?.secret())
    })
    .await
}

/// Returns an address in its one form.
fn checked(app: &App, url: &str) -> Result<String> {
    app.outgoing.check(url).map(Into::into).map_err(|wrong| Error::invalid("/url", wrong))
}

pub(super) fn check_kinds(kinds: &[String]) -> Result<()> {
    let wrong = kinds.iter().enumerate().filter(|(_, kind)| !rules::is_pattern(kind));
    let errors: Vec<FieldError> = wrong
        .map(|(n, _)| {
            FieldError::body(format!("/kinds/{n}"), "is neither a kind such as booking.created nor one such as booking.*")
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

/// Changes a webhook. Whoever does answers for it from now on: what it is told goes where they have said.
pub async fn update(
    app: &App,
    staff: &Staff<WebhooksWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: WebhookId,
    patch: UpdateWebhook,
) -> Result<Answer> {
    let UpdateWebhook { url, kinds, description, is_enabled } = patch;
    let url = url.map(|url| checked(app, &url)).transpose()?;
    check_kinds(kinds.as_deref().unwrap_or_default())?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock(conn, &staff.scope, id).await?.or_404("webhook")?;
        seen.check(before.version)?;
        let mut state = WebhookState::from(&before);
        state.url = url.clone().unwrap_or(state.url);
        state.kinds = kinds.clone().unwrap_or(state.kinds);
        state.description = description.clone().unwrap_or(state.description);
        let is_enabled = is_enabled.unwrap_or(before.is_enabled);
        let is_same = state.url == before.url
            && state.kinds == before.kinds()
            && state.description == before.description
            && is_enabled == before.is_enabled;
        if is_same {
            return Answer::unchanged(before.version, &show(conn, before).await?);
        }
        let state = answered_for(switched(state, is_enabled, now), staff.caller.answerable(), cause.api_key_id());
        let after = repository::update(conn, &before, &state, now).await?;
        let event = Event::changed(&before, &after);
        let event = if before.url == after.url { event } else { event.with("has_new_url", true) };
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &show(conn, after).await?)
    })
    .await
}

/// Returns the state with what is said of its being enabled.
fn switched(state: WebhookState, is_enabled: bool, now: DateTime<Utc>) -> WebhookState {
    match (state.is_enabled, is_enabled) {
        (true, false) => {
            WebhookState { is_enabled, disabled_reason: Some(DisabledReason::ByHand), disabled_at: Some(now), ..state }
        }
        // What failed before is no reason to disable it once more.
        (false, true) => WebhookState { is_enabled, disabled_reason: None, disabled_at: None, failing_since: None, ..state },
        _ => state,
    }
}

fn answered_for(state: WebhookState, user_id: Uuid, api_key_id: Option<Uuid>) -> WebhookState {
    WebhookState { user_id, api_key_id, ..state }
}

/// Gives a webhook a new secret. The one before it signs, too, for a day.
pub async fn rotate_secret(
    app: &App,
    staff: &Staff<WebhooksWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: WebhookId,
) -> Result<Answer> {
    let secret: [u8; SECRET_BYTES] = rand::random();
    let sealed = app.security.data_key.seal(&seal_purpose(id), &secret)?;
    let now = app.clock.now();
    let until = Clock::real_now() + OVERLAP;
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock(conn, &staff.scope, id).await?.or_404("webhook")?;
        seen.check(before.version)?;
        let after = repository::set_secret(conn, &before, &sealed, until, now).await?;
        let event = Event::of("webhook.secret_rotated", &after).with("previous_secret_until", until);
        outbox::publish(conn, &cause, [event]).await?;
        let version = after.version;
        let out = NewWebhookOut { webhook: show(conn, after).await?, secret: rules::shown(&secret) };
        Ok(Answer::ok(version, &out)?.secret())
    })
    .await
}

/// Deletes a webhook. No attempt begins after that; what waits is forgotten by the sweep.
pub async fn delete(
    app: &App,
    staff: &Staff<WebhooksWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: WebhookId,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let webhook = repository::lock(conn, &staff.scope, id).await?.or_404("webhook")?;
        seen.check(webhook.version)?;
        repository::delete(conn, &webhook, now).await?;
        repository::delete_replay(conn, id).await?;
        outbox::publish(conn, &cause, [Event::removed(&webhook)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Tells a webhook of a test, by way of the record as of any other event.
pub async fn test(app: &App, staff: &Staff<WebhooksWrite>, key: &IdempotencyKey, seen: IfMatch, id: WebhookId) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let webhook = lock_enabled(conn, staff, seen, id).await?;
        outbox::publish(conn, &cause, [Event::of(rules::TEST, &webhook)]).await?;
        Answer::ok(webhook.version, &show(conn, webhook).await?)
    })
    .await
}

/// A webhook that something is to be sent to.
pub(super) async fn lock_enabled(conn: &Conn, staff: &Staff<WebhooksWrite>, seen: IfMatch, id: WebhookId) -> Result<Webhook> {
    let webhook = repository::lock(conn, &staff.scope, id).await?.or_404("webhook")?;
    seen.check(webhook.version)?;
    match webhook.disabled_reason {
        Some(reason) => Err(WebhookError::Disabled(reason).into()),
        None => Ok(webhook),
    }
}
