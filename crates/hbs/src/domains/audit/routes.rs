use super::dto::{AuditEntry, AuditFilter, VerificationOut, VerifyQuery};
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::{PathId, Query};
use crate::page::{Page, PageQuery};
use crate::security::permission::{AuditRead, BookingsRead};
use crate::security::{OwnOr, Staff};
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The operations of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit_logs)).routes(routes!(verify_audit_logs)).routes(routes!(booking_timeline))
}

/// List who changed what, newest first.
#[utoipa::path(get, path = "/v1/audit-logs", tag = "audit", security(("bearer" = ["audit:read"])), params(AuditFilter, PageQuery),
    responses((status = 200, body = Page<AuditEntry>)))]
pub async fn list_audit_logs(
    app: App,
    staff: Staff<AuditRead>,
    Query(filter): Query<AuditFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Recompute the hash chains and name the first broken link of each.
#[utoipa::path(get, path = "/v1/audit-logs/verify", tag = "audit", security(("bearer" = ["audit:read"])), params(VerifyQuery),
    responses((status = 200, body = VerificationOut)))]
pub async fn verify_audit_logs(
    app: App,
    staff: Staff<AuditRead>,
    Query(query): Query<VerifyQuery>,
) -> Result<Json<VerificationOut>> {
    Ok(Json(service::verify(&app, &staff, &query).await?))
}

/// Show what happened to a booking, oldest first.
#[utoipa::path(get, path = "/v1/bookings/{id}/timeline", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = uuid::Uuid, Path), PageQuery), responses((status = 200, body = Page<AuditEntry>)))]
pub async fn booking_timeline(
    app: App,
    who: OwnOr<BookingsRead>,
    PathId(id): PathId,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    Ok(Json(service::timeline(&app, &who, id, &page).await?))
}
