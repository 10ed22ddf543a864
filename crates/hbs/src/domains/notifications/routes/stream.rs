use crate::Result;
use crate::app::App;
use crate::domains::notifications::dto::{StreamEvent, StreamQuery};
use crate::domains::notifications::error;
use crate::domains::notifications::service::stream::{self, Start};
use crate::http::actor::bearer;
use crate::http::{EVENT_STREAM, Query, routes};
use crate::security::{self, Me};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use utoipa_axum::router::OpenApiRouter;

/// Header by which browsers say which event they have seen last.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Tells nginx to pass events on at once.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stream_events))
}

/// Follow what happens (server-sent events).
///
/// The stream tells of your notifications and, of hotels where you hold the permission to read it, that something has changed:
/// which kind, which id, which version. Read it anew then; nothing personal is in the stream. Each event has an `id`: send the
/// last one as `Last-Event-ID` to go on after it, at whichever process. Where too much was missed, `reset` comes first: read
/// anew all that you show. Every 15 seconds a heartbeat moves the `id` on. The stream ends with your access token; with a
/// new one it goes on.
#[utoipa::path(get, path = "/v1/notifications/stream", tag = "notifications", security(("bearer" = [])),
    params(StreamQuery, ("Last-Event-ID" = Option<String>, Header, max_length = 100,
        description = "`id` of the last event that you have seen; left out to begin with what happens from now on.")),
    responses((status = 200, content((StreamEvent = "text/event-stream")),
        description = "Events: `ready` at the beginning, `reset` where too much was missed, and changes.")),
    extensions(("x-problems" = json!([error::TOO_MANY_STREAMS]))))]
pub async fn stream_events(app: App, me: Me, headers: HeaderMap, Query(query): Query<StreamQuery>) -> Result<Response> {
    let token = bearer(&headers).ok_or_else(security::unauthenticated)?.to_owned();
    let last = headers.get(LAST_EVENT_ID).map(|id| id.to_str().unwrap_or_default().trim().to_owned());
    let start = last.map_or(Start::Now, Start::After);
    let events = stream::open(app, &me, token, start, query.follow).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(events)).into_response())
}
