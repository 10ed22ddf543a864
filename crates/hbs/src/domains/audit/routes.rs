use super::dto::{AuditEntry, AuditFilter, VerificationOut, VerifyQuery};
use super::error;
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::{PathId, Query};
use crate::page::{Page, PageQuery};
use crate::security::permission::{AuditRead, BookingsRead};
use crate::security::{OwnOr, Staff};
use axum::Json;
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
#[utoipa::path(get, path = "/v1/bookings/{id}/timeline", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = uuid::Uuid, Path), PageQuery),
    responses((status = 200, body = Page<AuditEntry>)),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn booking_timeline(
    app: App,
    who: OwnOr<BookingsRead>,
    PathId(id): PathId,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    Ok(Json(service::timeline(&app, &who, id, &page).await?))
}
