use super::dto::{
    ConflictFilter, CreateFeedExport, CreateFeedImport, DismissConflict, FeedConflictOut, FeedEchoOut, FeedExportOut, FeedFilter,
    FeedImportOut, FeedReport, NewFeedExportOut, UpdateFeedImport,
};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::public::Freshness;
use crate::http::upload::CalendarFile;
use crate::http::upload::calendar_limit;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid, routes};
use crate::ical;
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{FeedsRead, FeedsWrite};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use axum::extract::Path;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

/// Routes of calendar feeds.
pub fn router() -> OpenApiRouter<App> {
    let files = OpenApiRouter::new().routes(routes!(upload_feed));
    OpenApiRouter::new()
        .routes(routes!(read_feed))
        .routes(routes!(list_feed_exports, create_feed_export))
        .routes(routes!(get_feed_export, revoke_feed_export))
        .routes(routes!(rotate_feed_export))
        .routes(routes!(list_feed_imports, create_feed_import))
        .routes(routes!(get_feed_import, update_feed_import, delete_feed_import))
        .routes(routes!(list_feed_echoes))
        .routes(routes!(poll_feed_import))
        .merge(files.layer(calendar_limit()))
        .routes(routes!(list_feed_conflicts))
        .routes(routes!(dismiss_feed_conflict))
        .routes(routes!(confirm_feed_conflict))
}

/// Read a calendar feed.
///
/// The feed is iCalendar (RFC 5545) with all-day events on the nights that are taken, from 30 days back as far as the
/// hotel sells. It contains no guest data. Its address is secret: it was shown when the export was made.
#[utoipa::path(get, path = "/v1/feeds/{file}", tag = "feeds", security(()),
    params(("file" = String, Path, max_length = 100, description = "Secret of the export, followed by `.ics`."), Freshness),
    responses((status = 200, content_type = "text/calendar", body = String)))]
pub async fn read_feed(app: App, Path(file): Path<String>, fresh: Freshness) -> Result<Response> {
    let service::Calendar { text, etag, changed_at } = service::read(&app, &file).await?;
    Ok(fresh.answer(ical::CONTENT_TYPE, text, &etag, changed_at))
}

/// List calendar exports.
#[utoipa::path(get, path = "/v1/feed-exports", tag = "feeds", security(("bearer" = ["feeds:read"])),
    params(FeedFilter, PageQuery), responses((status = 200, body = Page<FeedExportOut>)))]
pub async fn list_feed_exports(
    app: App,
    staff: Staff<FeedsRead>,
    Query(filter): Query<FeedFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<FeedExportOut>>> {
    Ok(Json(service::list_exports(&app, &staff, &filter, &page).await?))
}

/// Export a calendar.
///
/// The calendar of a room shows the nights on which it is occupied or blocked; that of a room type shows the nights on
/// which no room of it is left. Blocks that come from calendar imports are told only if `import_id` says who reads the
/// export, and not to whom they came from. `path` is the secret address for other programs, shown only in this answer.
#[utoipa::path(post, path = "/v1/feed-exports", tag = "feeds", security(("bearer" = ["feeds:write"])),
    request_body = CreateFeedExport, responses((status = 201, body = NewFeedExportOut)))]
pub async fn create_feed_export(
    app: App,
    staff: Staff<FeedsWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateFeedExport>>,
) -> Result<Answer> {
    service::create_export(&app, &staff, &key, body).await
}

/// Show a calendar export.
#[utoipa::path(get, path = "/v1/feed-exports/{id}", tag = "feeds", security(("bearer" = ["feeds:read"])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = FeedExportOut)))]
pub async fn get_feed_export(app: App, staff: Staff<FeedsRead>, PathId(id): PathId) -> Result<Versioned<FeedExportOut>> {
    let body = service::get_export(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Give a calendar export a new address.
///
/// The old address answers 404 from now on.
#[utoipa::path(post, path = "/v1/feed-exports/{id}/rotate", tag = "feeds", security(("bearer" = ["feeds:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch),
    responses((status = 200, body = NewFeedExportOut)))]
pub async fn rotate_feed_export(
    app: App,
    staff: Staff<FeedsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::rotate(&app, &staff, &key, seen, id).await
}

/// Revoke a calendar export.
///
/// Its address answers 404 from now on.
#[utoipa::path(delete, path = "/v1/feed-exports/{id}", tag = "feeds", security(("bearer" = ["feeds:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn revoke_feed_export(
    app: App,
    staff: Staff<FeedsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::revoke(&app, &staff, &key, seen, id).await
}

/// List calendar imports.
#[utoipa::path(get, path = "/v1/feed-imports", tag = "feeds", security(("bearer" = ["feeds:read"])),
    params(FeedFilter, PageQuery), responses((status = 200, body = Page<FeedImportOut>)))]
pub async fn list_feed_imports(
    app: App,
    staff: Staff<FeedsRead>,
    Query(filter): Query<FeedFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<FeedImportOut>>> {
    Ok(Json(service::list_imports(&app, &staff, &filter, &page).await?))
}

/// Import a calendar.
///
/// The calendar's events block the room with `external` blocks, which move and are released with their events. In the
/// calendar of a room type, each event blocks one of its rooms, so that events on the same nights block several; the room is
/// chosen as for a booking. With a `url`, which must be a public address that begins with `https://` or `webcal://`, the
/// calendar is fetched every few minutes; without one, its file is uploaded. An event on nights that the room's own stays and
/// blocks have already, or on which no room of the type is left, is satisfied by them. Of other events the free nights are
/// blocked; the rest, and what cannot be read, become feed conflicts.
#[utoipa::path(post, path = "/v1/feed-imports", tag = "feeds", security(("bearer" = ["feeds:write"])),
    request_body = CreateFeedImport, responses((status = 201, body = FeedImportOut)))]
pub async fn create_feed_import(
    app: App,
    staff: Staff<FeedsWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateFeedImport>>,
) -> Result<Answer> {
    service::create_import(&app, &staff, &key, body).await
}

/// Show a calendar import.
#[utoipa::path(get, path = "/v1/feed-imports/{id}", tag = "feeds", security(("bearer" = ["feeds:read"])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = FeedImportOut)))]
pub async fn get_feed_import(app: App, staff: Staff<FeedsRead>, PathId(id): PathId) -> Result<Versioned<FeedImportOut>> {
    let body = service::get_import(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Change a calendar import (JSON merge patch).
///
/// From a new `url`, the calendar is fetched at once.
#[utoipa::path(patch, path = "/v1/feed-imports/{id}", tag = "feeds", security(("bearer" = ["feeds:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = UpdateFeedImport, responses((status = 200, body = FeedImportOut)))]
pub async fn update_feed_import(
    app: App,
    staff: Staff<FeedsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateFeedImport>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// End a calendar import.
///
/// Its blocks are released from today on.
#[utoipa::path(delete, path = "/v1/feed-imports/{id}", tag = "feeds", security(("bearer" = ["feeds:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch, DryRun), responses((status = 204)))]
pub async fn delete_feed_import(
    app: App,
    staff: Staff<FeedsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, id).await
}

/// List the echoes of a calendar import, earliest first.
///
/// An event on nights that the hotel has sold or blocked itself is most likely their image, which came back from a program
/// that was told of them: it asks for nothing, and is no conflict. It cannot be told from a sale of the very same nights
/// elsewhere, so that what is taken for an echo is listed here, as of the last reading. Where `is_told` is `false`, look
/// whether the nights are sold there as well.
#[utoipa::path(get, path = "/v1/feed-imports/{id}/echoes", tag = "feeds", security(("bearer" = ["feeds:read"])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Page<FeedEchoOut>)))]
pub async fn list_feed_echoes(app: App, staff: Staff<FeedsRead>, PathId(id): PathId) -> Result<Json<Page<FeedEchoOut>>> {
    Ok(Json(service::echoes(&app, &staff, id).await?))
}

/// Fetch a calendar import now.
///
/// The calendar is fetched within half a minute; `last_success_at` shows when that was done.
#[utoipa::path(post, path = "/v1/feed-imports/{id}/poll", tag = "feeds", security(("bearer" = ["feeds:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch),
    responses((status = 200, body = FeedImportOut)),
    extensions(("x-problems" = json!([error::UPLOADED]))))]
pub async fn poll_feed_import(
    app: App,
    staff: Staff<FeedsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::poll_now(&app, &staff, &key, seen, id).await
}

/// Upload the file of a calendar import.
///
/// The body is the file: iCalendar of at most 1 MiB. It replaces the whole feed: blocks of events that it no longer
/// contains are released, unless it contains none at all, which has to be confirmed.
#[utoipa::path(post, path = "/v1/feed-imports/{id}/file", tag = "feeds", security(("bearer" = ["feeds:write"])),
    params(("id" = uuid::Uuid, Path), DryRun),
    request_body(content((CalendarFile = "text/calendar"), (CalendarFile = "application/octet-stream"))),
    responses((status = 200, body = FeedReport)),
    extensions(("x-problems" = json!([error::UNREADABLE, error::POLLED]))))]
pub async fn upload_feed(
    app: App,
    staff: Staff<FeedsWrite>,
    PathId(id): PathId,
    Rehearsable(key, CalendarFile(file)): Rehearsable<CalendarFile>,
) -> Result<Answer> {
    service::upload(&app, &staff, &key, id, &file).await
}

/// List feed conflicts, newest first.
///
/// Conflicts are events of imports, or nights of them, that could not be blocked, with the reason. Without `status`, the
/// open ones are listed. A conflict is resolved automatically when its event can be blocked after all, or is gone. One
/// with the reason `empty` is a question: the calendar has lost all its events, and its blocks stay until that is
/// confirmed, or until it has events again.
#[utoipa::path(get, path = "/v1/feed-conflicts", tag = "feeds", security(("bearer" = ["feeds:read"])),
    params(ConflictFilter, PageQuery), responses((status = 200, body = Page<FeedConflictOut>)))]
pub async fn list_feed_conflicts(
    app: App,
    staff: Staff<FeedsRead>,
    Query(filter): Query<ConflictFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<FeedConflictOut>>> {
    Ok(Json(service::list_conflicts(&app, &staff, &filter, &page).await?))
}

/// Dismiss a feed conflict.
///
/// Needs a note on how it was dealt with. The conflict is open again if its event asks for other nights.
#[utoipa::path(post, path = "/v1/feed-conflicts/{id}/dismiss", tag = "feeds", security(("bearer" = ["feeds:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun),
    request_body = DismissConflict, responses((status = 200, body = FeedConflictOut)),
    extensions(("x-problems" = json!([error::NOT_OPEN]))))]
pub async fn dismiss_feed_conflict(
    app: App,
    staff: Staff<FeedsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<DismissConflict>>,
) -> Result<Answer> {
    service::dismiss(&app, &staff, &key, seen, id, body.note).await
}

/// Confirm that a calendar is empty.
///
/// For conflicts with the reason `empty`. Releases the blocks of the calendar import from today on.
#[utoipa::path(post, path = "/v1/feed-conflicts/{id}/confirm", tag = "feeds", security(("bearer" = ["feeds:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun),
    responses((status = 200, body = FeedConflictOut)),
    extensions(("x-problems" = json!([error::NOT_OPEN, error::NOT_EMPTY]))))]
pub async fn confirm_feed_conflict(
    app: App,
    staff: Staff<FeedsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::confirm(&app, &staff, &key, seen, id).await
}
