//! Deliveries of a webhook, and telling them again.
use super::endpoints::lock_enabled;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::webhooks::dto::{WebhookAttemptOut, WebhookDeliveryFilter, WebhookDeliveryOut};
use crate::domains::webhooks::error::WebhookError;
use crate::domains::webhooks::model::{Delivery, WebhookId};
use crate::domains::webhooks::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{WebhooksRead, WebhooksWrite};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use std::collections::HashMap;
use uuid::Uuid;

/// Attempts that are shown of each delivery.
const SHOWN: i64 = 20;

pub async fn list(
    app: &App,
    staff: &Staff<WebhooksRead>,
    id: WebhookId,
    filter: &WebhookDeliveryFilter,
    page: &PageQuery,
) -> Result<Page<WebhookDeliveryOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    repository::find(&conn, &staff.scope, id).await?.or_404("webhook")?;
    let rows = repository::list_deliveries(&conn, id, filter, before, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |delivery| delivery.sequence)?;
    Ok(Page { items: show(&conn, id, items).await?, next_cursor })
}

async fn show(conn: &Conn, id: WebhookId, rows: Vec<Delivery>) -> Result<Vec<WebhookDeliveryOut>> {
    let event_ids: Vec<Uuid> = rows.iter().map(|delivery| delivery.event_id).collect();
    let mut by_event: HashMap<Uuid, Vec<WebhookAttemptOut>> = HashMap::new();
    for attempt in repository::attempts_of(conn, id, &event_ids, SHOWN).await? {
        by_event.entry(attempt.event_id).or_default().push(attempt.into());
    }
    let out = |delivery: Delivery| {
        let attempts = by_event.remove(&delivery.event_id).unwrap_or_default();
        WebhookDeliveryOut::new(delivery, attempts)
    };
    Ok(rows.into_iter().map(out).collect())
}

/// Sends an event again at once, with all attempts before it.
pub async fn resend(
    app: &App,
    staff: &Staff<WebhooksWrite>,
    key: &IdempotencyKey,
    id: WebhookId,
    event_id: Uuid,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let webhook = lock_enabled(conn, staff, IfMatch(None), id).await?;
        let delivery = repository::lock_delivery(conn, id, event_id).await?.or_404("delivery")?;
        if delivery.due_at.is_some_and(|due| due <= now) {
            return Err(WebhookError::Pending.into());
        }
        let after = repository::begin_anew(conn, &delivery, now).await?;
        outbox::publish(conn, &cause, [Event::of("webhook.resent", &webhook).with("event_id", event_id)]).await?;
        Answer::done(&show(conn, id, vec![after]).await?.pop().or_404("delivery")?)
    })
    .await
}
