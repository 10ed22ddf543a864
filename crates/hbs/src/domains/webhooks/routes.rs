use super::dto::{
    CreateWebhook, NewWebhookOut, ReplayEvents, UpdateWebhook, WebhookDeliveryFilter, WebhookDeliveryOut, WebhookFilter,
    WebhookOut,
};
use super::error;
use super::model::WebhookId;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{WebhooksRead, WebhooksWrite};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Routes of webhooks.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(get_webhook, update_webhook, delete_webhook))
        .routes(routes!(rotate_webhook_secret))
        .routes(routes!(test_webhook))
        .routes(routes!(replay_webhook))
        .routes(routes!(cancel_webhook_replay))
        .routes(routes!(list_webhook_deliveries))
        .routes(routes!(resend_webhook_delivery))
}

/// List webhooks.
///
/// Secrets are not shown. Webhooks of all properties are shown to whoever holds the permission for all.
#[utoipa::path(get, path = "/v1/webhooks", tag = "webhooks", security(("bearer" = ["webhooks:read"])),
    params(WebhookFilter, PageQuery), responses((status = 200, body = Page<WebhookOut>)))]
pub async fn list_webhooks(
    app: App,
    staff: Staff<WebhooksRead>,
    Query(filter): Query<WebhookFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<WebhookOut>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Show a webhook.
///
/// It says what waits to be sent, and how the last attempts went.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "webhooks", security(("bearer" = ["webhooks:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = WebhookOut)))]
pub async fn get_webhook(app: App, staff: Staff<WebhooksRead>, PathId(id): PathId<WebhookId>) -> Result<Versioned<WebhookOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Create a webhook.
///
/// Its server is told of each event from now on: of which kind, of what and when, with ids and never with values of people.
/// Messages are signed as Standard Webhooks says; `secret` is shown only in this answer. They are sent at once and, until the
/// server answers with a status from 200 to 299, up to seven times more within 28 hours. Their order is not promised: `sequence`
/// tells it.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    request_body = CreateWebhook, responses((status = 201, body = NewWebhookOut)),
    extensions(("x-problems" = json!([error::TOO_MANY]))))]
pub async fn create_webhook(
    app: App,
    staff: Staff<WebhooksWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateWebhook>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Change a webhook (JSON merge patch).
///
/// Whoever changes it answers for it from then on: it is disabled when they do not hold this permission any more.
#[utoipa::path(patch, path = "/v1/webhooks/{id}", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateWebhook, responses((status = 200, body = WebhookOut)))]
pub async fn update_webhook(
    app: App,
    staff: Staff<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateWebhook>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Delete a webhook.
///
/// No attempt begins after that, and what waits to be sent is forgotten.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_webhook(
    app: App,
    staff: Staff<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, id).await
}

/// Give a webhook a new secret.
///
/// `secret` is shown only in this answer. For 24 hours messages are signed with the secret before it, too, so that servers can
/// take the new one at their ease. Another rotation ends the older of the two at once.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate-secret", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), responses((status = 200, body = NewWebhookOut)))]
pub async fn rotate_webhook_secret(
    app: App,
    staff: Staff<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::rotate_secret(&app, &staff, &key, seen, id).await
}

/// Send a test to a webhook.
///
/// An event of the kind `webhook.test` goes the way of all events: through the record, to this webhook alone, whichever kinds it
/// asks for. What came of it is in its deliveries.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), responses((status = 200, body = WebhookOut)),
    extensions(("x-problems" = json!([error::DISABLED]))))]
pub async fn test_webhook(
    app: App,
    staff: Staff<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::test(&app, &staff, &key, seen, id).await
}

/// Send a webhook all events again from a place or a time on.
///
/// They come after what happens meanwhile, a few at a time, with the ids that they had. Events that still wait for an attempt
/// are not sent twice.
#[utoipa::path(post, path = "/v1/webhooks/{id}/replay", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), request_body = ReplayEvents, responses((status = 200, body = WebhookOut)),
    extensions(("x-problems" = json!([error::DISABLED, error::REPLAY_RUNNING]))))]
pub async fn replay_webhook(
    app: App,
    staff: Staff<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<ReplayEvents>>,
) -> Result<Answer> {
    service::replay(&app, &staff, &key, seen, id, body).await
}

/// Cancel the replay of a webhook.
///
/// What the replay has not sent yet is sent no more: an event that was taken before is `delivered` again, one that was tried in vain
/// is `failed`, and the others are `cancelled`. What happens now is sent as ever. Where no replay is under way, nothing changes.
#[utoipa::path(post, path = "/v1/webhooks/{id}/replay/cancel", tag = "webhooks", security(("bearer" = ["webhooks:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), responses((status = 200, body = WebhookOut)))]
pub async fn cancel_webhook_replay(
    app: App,
    staff: Staff<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::cancel_replay(&app, &staff, &key, seen, id).await
}

/// List the deliveries of a webhook, with their attempts.
///
/// The latest events come first. They are kept for a week after their last attempt.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", tag = "webhooks", security(("bearer" = ["webhooks:read"])),
    params(("id" = uuid::Uuid, Path), WebhookDeliveryFilter, PageQuery),
    responses((status = 200, body = Page<WebhookDeliveryOut>)))]
pub async fn list_webhook_deliveries(
    app: App,
    staff: Staff<WebhooksRead>,
    PathId(id): PathId<WebhookId>,
    Query(filter): Query<WebhookDeliveryFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<WebhookDeliveryOut>>> {
    Ok(Json(service::list_deliveries(&app, &staff, id, &filter, &page).await?))
}

/// Send an event to a webhook again.
///
/// It is sent at once with the id that it had, and again up to seven times if it is not taken.
#[utoipa::path(post, path = "/v1/webhooks/{id}/deliveries/{event_id}/resend", tag = "webhooks",
    security(("bearer" = ["webhooks:write"])),
    params(("id" = uuid::Uuid, Path), ("event_id" = uuid::Uuid, Path)),
    responses((status = 200, body = WebhookDeliveryOut)),
    extensions(("x-problems" = json!([error::DISABLED, error::PENDING]))))]
pub async fn resend_webhook_delivery(
    app: App,
    staff: Staff<WebhooksWrite>,
    PathId((id, event_id)): PathId<(WebhookId, Uuid)>,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::resend(&app, &staff, &key, id, event_id).await
}
