use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::notifications::dto::{AudienceOut, AudienceQuery, BroadcastFilter, BroadcastOut, CreateBroadcast};
use crate::domains::notifications::error;
use crate::domains::notifications::model::BroadcastId;
use crate::domains::notifications::service;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::NotificationsBroadcast;
use crate::version::IfMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_notification_broadcasts, create_notification_broadcast))
        .routes(routes!(count_broadcast_audience))
        .routes(routes!(get_notification_broadcast))
        .routes(routes!(cancel_notification_broadcast))
}

/// List broadcasts.
///
/// The newest come first.
#[utoipa::path(get, path = "/v1/notification-broadcasts", tag = "notifications",
    security(("bearer" = ["notifications:broadcast"])), params(BroadcastFilter, PageQuery),
    responses((status = 200, body = Page<BroadcastOut>)))]
pub async fn list_notification_broadcasts(
    app: App,
    staff: Staff<NotificationsBroadcast>,
    Query(filter): Query<BroadcastFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<BroadcastOut>>> {
    Ok(Json(service::list_broadcasts(&app, &staff, &filter, &page).await?))
}

/// Count the audience of a broadcast.
///
/// The numbers are those of now: who is told is decided when the broadcast goes out.
#[utoipa::path(get, path = "/v1/notification-broadcasts/audience", tag = "notifications",
    security(("bearer" = ["notifications:broadcast"])), params(AudienceQuery),
    responses((status = 200, body = AudienceOut)))]
pub async fn count_broadcast_audience(
    app: App,
    staff: Staff<NotificationsBroadcast>,
    Query(query): Query<AudienceQuery>,
) -> Result<Json<AudienceOut>> {
    Ok(Json(service::audience(&app, &staff, &query).await?))
}

/// Show a broadcast.
#[utoipa::path(get, path = "/v1/notification-broadcasts/{id}", tag = "notifications",
    security(("bearer" = ["notifications:broadcast"])), params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = BroadcastOut)))]
pub async fn get_notification_broadcast(
    app: App,
    staff: Staff<NotificationsBroadcast>,
    PathId(id): PathId<BroadcastId>,
) -> Result<Versioned<BroadcastOut>> {
    let body = service::get_broadcast(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Broadcast a message.
///
/// Staff with a role, the guests in the house, or those who arrive on a day are told: in HBS, and with `by_email` by mail.
#[utoipa::path(post, path = "/v1/notification-broadcasts", tag = "notifications",
    security(("bearer" = ["notifications:broadcast"])), request_body = CreateBroadcast,
    responses((status = 201, body = BroadcastOut)))]
pub async fn create_notification_broadcast(
    app: App,
    staff: Staff<NotificationsBroadcast>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateBroadcast>>,
) -> Result<Answer> {
    service::create_broadcast(&app, &staff, &key, body).await
}

/// Cancel a broadcast.
///
/// A broadcast can be cancelled until it goes out (409 `notifications.broadcast_over`).
#[utoipa::path(post, path = "/v1/notification-broadcasts/{id}/cancel", tag = "notifications",
    security(("bearer" = ["notifications:broadcast"])), params(("id" = uuid::Uuid, Path), IfMatch),
    responses((status = 200, body = BroadcastOut)),
    extensions(("x-problems" = json!([error::BROADCAST_OVER]))))]
pub async fn cancel_notification_broadcast(
    app: App,
    staff: Staff<NotificationsBroadcast>,
    PathId(id): PathId<BroadcastId>,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::cancel_broadcast(&app, &staff, &key, seen, id).await
}
