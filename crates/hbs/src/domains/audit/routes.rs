use super::dto::{
    AuditEntry, AuditFilter, Redeliver, Redelivered, Reveal, Revealed, TimelineEntry, VerificationOut, VerifyQuery,
};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::{PathId, Query, Valid, content_language, routes};
use crate::idempotency::Keyed;
use crate::page::{Page, PageQuery};
use crate::security::permission::{AuditRead, AuditWrite, BookingsRead, PrivacyReveal};
use crate::security::{OwnOr, Staff};
use crate::texts::{Languages, Reading};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header;
use utoipa_axum::router::OpenApiRouter;

/// Media type of lines of JSON.
const NDJSON: &str = "application/x-ndjson";

/// Routes of the audit trail.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_audit_logs))
        .routes(routes!(export_audit_logs))
        .routes(routes!(verify_audit_logs))
        .routes(routes!(redeliver_audit_logs))
        .routes(routes!(reveal_audit_log))
        .routes(routes!(booking_timeline))
}

/// List audit entries, newest first.
///
/// Each entry says who changed what.
#[utoipa::path(get, path = "/v1/audit-logs", tag = "audit", security(("bearer" = ["audit:read"])), params(AuditFilter, PageQuery),
    responses((status = 200, body = Page<AuditEntry>)),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn list_audit_logs(
    app: App,
    staff: Staff<AuditRead>,
    Query(filter): Query<AuditFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Export audit entries, oldest first, one a line.
///
/// The file is JSON, line by line: entries as the list has them, up to the newest at the time of the request, so that hashes
/// can be recomputed with personal values in the sealed form that the hashes cover. It takes the filters of the list, and has
/// no limit on its length. The last line is `{"is_end": true, "entries": …}` with the number of entries; a file without it has
/// broken off. Each export is on the record.
#[utoipa::path(get, path = "/v1/audit-logs/export", tag = "audit", security(("bearer" = ["audit:read"])), params(AuditFilter),
    responses((status = 200, body = String, content_type = "application/x-ndjson")),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn export_audit_logs(app: App, staff: Staff<AuditRead>, Query(filter): Query<AuditFilter>) -> Result<Response> {
    let lines = service::export(app, &staff, filter).await?;
    let headers = [(header::CONTENT_TYPE, NDJSON), (header::CONTENT_DISPOSITION, "attachment; filename=\"audit-logs.ndjson\"")];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// Verify the audit trail.
///
/// The hash chain of each record is recomputed, and the answer names the first entry that does not follow from the one before.
/// The copies in MongoDB are compared with it, entry by entry: what is missing there, differs, or is there alone is counted,
/// and the first of it named.
#[utoipa::path(get, path = "/v1/audit-logs/verify", tag = "audit", security(("bearer" = ["audit:read"])), params(VerifyQuery),
    responses((status = 200, body = VerificationOut)),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn verify_audit_logs(
    app: App,
    staff: Staff<AuditRead>,
    Query(query): Query<VerifyQuery>,
) -> Result<Json<VerificationOut>> {
    Ok(Json(service::verify(&app, &staff, &query).await?))
}

/// Deliver to MongoDB again what it lacks of the audit trail.
///
/// Entries that were delivered and are not there are written anew; those that are there stay as they are. One request looks at
/// some 20,000 entries: go on from `next_position`. Without a property, `audit:write` is needed for all properties.
#[utoipa::path(post, path = "/v1/audit-logs/redeliver", tag = "audit", security(("bearer" = ["audit:write"])),
    request_body = Redeliver, responses((status = 200, body = Redelivered)),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn redeliver_audit_logs(
    app: App,
    staff: Staff<AuditWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<Redeliver>>,
) -> Result<Answer> {
    service::redeliver(&app, &staff, &key, &body).await
}

/// Reveal the personal values of an audit entry.
///
/// The record says who revealed them and why, before they are in the answer. The values of a person who was erased can be
/// revealed by nobody: their key is destroyed. No answer is kept, so the operation takes no `Idempotency-Key`: each request
/// is on the record.
#[utoipa::path(post, path = "/v1/audit-logs/entries/{id}/reveal", tag = "audit", security(("bearer" = ["privacy:reveal"])),
    params(("id" = uuid::Uuid, Path)), request_body = Reveal, responses((status = 200, body = Revealed)),
    extensions(("x-problems" = json!([
        error::UNAVAILABLE,
        error::NOTHING_TO_REVEAL,
        error::KEY_DESTROYED,
        error::KEYS_UNAVAILABLE
    ]))))]
pub async fn reveal_audit_log(
    app: App,
    staff: Staff<PrivacyReveal>,
    PathId(id): PathId,
    Valid(body): Valid<Reveal>,
) -> Result<Json<Revealed>> {
    Ok(Json(service::reveal(&app, &staff, id, &body).await?))
}

/// List the history of a booking, oldest first.
///
/// Each entry has a sentence that tells what happened, and each changed field in words: in the language asked for, with names of
/// people, rooms and plans in place of ids. Guests are told less than staff.
#[utoipa::path(get, path = "/v1/bookings/{id}/timeline", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = uuid::Uuid, Path), PageQuery, Languages),
    responses((status = 200, body = Page<TimelineEntry>,
        headers(("Content-Language" = String, description = "Languages of the texts in the answer.")))),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn booking_timeline(
    app: App,
    who: OwnOr<BookingsRead>,
    spoken: Languages,
    PathId(id): PathId,
    Query(page): Query<PageQuery>,
) -> Result<impl IntoResponse> {
    let reading = Reading::new(spoken.0);
    let page = service::timeline(&app, &who, id, &page, &reading).await?;
    Ok((content_language(&reading.used()), Json(page)))
}
