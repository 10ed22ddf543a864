use super::dto::{AuditEntry, AuditFilter, TimelineEntry, VerificationOut, VerifyQuery};
use super::error;
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::{PathId, Query, content_language};
use crate::page::{Page, PageQuery};
use crate::security::permission::{AuditRead, BookingsRead};
use crate::security::{OwnOr, Staff};
use crate::texts::{Languages, Reading};
use axum::Json;
use axum::response::IntoResponse;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Routes of the audit trail.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit_logs)).routes(routes!(verify_audit_logs)).routes(routes!(booking_timeline))
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

/// Verify the audit trail.
///
/// The hash chain of each record is recomputed; the answer names the first entry that does not follow from the one
/// before.
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
