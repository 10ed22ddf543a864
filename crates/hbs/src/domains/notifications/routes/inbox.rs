use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::notifications::dto::{DeliveryOut, NotificationFilter, NotificationOut, ReadAll, ReadOut, UnreadCount};
use crate::domains::notifications::model::NotificationId;
use crate::domains::notifications::service;
use crate::http::{OptionalBody, PathId, Query, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Me;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_notifications))
        .routes(routes!(count_unread_notifications))
        .routes(routes!(read_all_notifications))
        .routes(routes!(list_notification_deliveries))
        .routes(routes!(read_notification))
        .routes(routes!(unread_notification))
        .routes(routes!(delete_notification))
}

/// List your notifications.
///
/// The newest come first, in your language. Those of a hotel are shown for as long as you hold the permission by which you were
/// told.
#[utoipa::path(get, path = "/v1/notifications", tag = "notifications", security(("bearer" = [])),
    params(NotificationFilter, PageQuery), responses((status = 200, body = Page<NotificationOut>)))]
pub async fn list_notifications(
    app: App,
    me: Me,
    Query(filter): Query<NotificationFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<NotificationOut>>> {
    Ok(Json(service::list(&app, &me, &filter, &page).await?))
}

/// Count your unread notifications.
///
/// The number is exact: it is counted, not kept.
#[utoipa::path(get, path = "/v1/notifications/unread-count", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, body = UnreadCount)))]
pub async fn count_unread_notifications(app: App, me: Me) -> Result<Json<UnreadCount>> {
    Ok(Json(service::unread(&app, &me).await?))
}

/// Mark a notification as read.
///
/// Your other screens hear of it on the stream. A notification that is read already stays as it is.
#[utoipa::path(post, path = "/v1/notifications/{id}/read", tag = "notifications", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = NotificationOut)))]
pub async fn read_notification(
    app: App,
    me: Me,
    PathId(id): PathId<NotificationId>,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::set_read(&app, &me, &key, id, true).await
}

/// Mark a notification as unread.
///
/// It counts among the unread ones again.
#[utoipa::path(post, path = "/v1/notifications/{id}/unread", tag = "notifications", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = NotificationOut)))]
pub async fn unread_notification(
    app: App,
    me: Me,
    PathId(id): PathId<NotificationId>,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::set_read(&app, &me, &key, id, false).await
}

/// Mark all your notifications as read.
///
/// With `up_to`, those that have come since you looked stay unread.
#[utoipa::path(post, path = "/v1/notifications/read-all", tag = "notifications", security(("bearer" = [])),
    request_body = Option<ReadAll>, responses((status = 200, body = ReadOut)))]
pub async fn read_all_notifications(
    app: App,
    me: Me,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ReadAll>>,
) -> Result<Answer> {
    service::read_all(&app, &me, &key, &body).await
}

/// Remove a notification.
///
/// It does not come back, whatever is told again of the same event.
#[utoipa::path(delete, path = "/v1/notifications/{id}", tag = "notifications", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path)), responses((status = 204)))]
pub async fn delete_notification(
    app: App,
    me: Me,
    PathId(id): PathId<NotificationId>,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &me, &key, id).await
}

/// List deliveries of your notifications.
///
/// The newest come first: what was sent to you by e-mail or otherwise, and what became of it.
#[utoipa::path(get, path = "/v1/notifications/deliveries", tag = "notifications", security(("bearer" = [])),
    params(PageQuery), responses((status = 200, body = Page<DeliveryOut>)))]
pub async fn list_notification_deliveries(app: App, me: Me, Query(page): Query<PageQuery>) -> Result<Json<Page<DeliveryOut>>> {
    Ok(Json(service::list_deliveries(&app, &me, &page).await?))
}
