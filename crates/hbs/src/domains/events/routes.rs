use super::dto::{EventKind, EventSchema, FeedPage, FeedQuery};
use super::error;
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::actor::bearer;
use crate::http::{Query, routes};
use crate::page::Page;
use crate::security::permission::EventsRead;
use crate::security::{self, Staff};
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use utoipa_axum::router::OpenApiRouter;

const SCHEMA: &str = "application/schema+json";

/// Routes of the feed.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_events)).routes(routes!(list_event_kinds)).routes(routes!(get_event_schema))
}

/// Read the feed of events, oldest first.
///
/// Positions are given in the order in which events came to be seen, so a reader who goes on with `next_after` misses none. For
/// each stream, `streams` tells the stretch that the page accounts for: each number from `from_seq` to `to_seq` is that of an
/// event of the page or of one that the filter left out, and each event's `prev_hash` is the hash of the one before. Events have
/// no personal values. Those that belong to no property are for callers whose permission holds for all properties.
#[utoipa::path(get, path = "/v1/events", tag = "events", security(("bearer" = ["events:read"])), params(FeedQuery),
    responses((status = 200, body = FeedPage)),
    extensions(("x-problems" = json!([error::TOO_MANY_WAITING]))))]
pub async fn list_events(
    app: App,
    staff: Staff<EventsRead>,
    headers: HeaderMap,
    Query(query): Query<FeedQuery>,
) -> Result<Json<FeedPage>> {
    let token = bearer(&headers).ok_or_else(security::unauthenticated)?;
    Ok(Json(service::read(&app, staff, token, &query).await?))
}

/// List the kinds of events.
///
/// Each says what happened, and where the JSON schema of its events is. Kinds may be added: readers pass over those that they do
/// not know.
#[utoipa::path(get, path = "/v1/event-kinds", tag = "events", security(()), responses((status = 200, body = Page<EventKind>)))]
pub async fn list_event_kinds() -> Json<Page<EventKind>> {
    Json(service::kinds())
}

/// Show the JSON schema of a kind of event.
///
/// The schema (2020-12) is that of the feed and of webhooks. Members may be added without a new version.
#[utoipa::path(get, path = "/v1/event-kinds/{kind}/schema", tag = "events", security(()),
    params(("kind" = String, Path, max_length = 100, description = "Name of the kind.", example = "booking.created")),
    responses((status = 200, content((EventSchema = "application/schema+json")))))]
pub async fn get_event_schema(Path(kind): Path<String>) -> Result<Response> {
    let schema = service::schema(&kind)?;
    Ok(([(header::CONTENT_TYPE, SCHEMA)], Json(EventSchema(schema))).into_response())
}
