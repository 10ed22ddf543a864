use super::dto::{NightAuditFilter, NightAuditOut, NightAuditPreview, RunNightAudit};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings;
use crate::http::{PathId, Query, Valid};
use crate::idempotency::Keyed;
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{NightAuditRead, NightAuditRun};
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Routes of the night audit.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(preview_night_audit, run_night_audit)).routes(routes!(list_night_audits))
}

/// List night audits, latest first.
#[utoipa::path(get, path = "/v1/night-audits", tag = "front desk", security(("bearer" = ["night_audit:read"])),
    params(NightAuditFilter, PageQuery), responses((status = 200, body = Page<NightAuditOut>)))]
pub async fn list_night_audits(
    app: App,
    staff: Staff<NightAuditRead>,
    Query(filter): Query<NightAuditFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<NightAuditOut>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Preview the night audit of a property.
///
/// The answer has the obstacles to closing the business date, and the effects of closing it.
#[utoipa::path(get, path = "/v1/properties/{id}/night-audit", tag = "front desk", security(("bearer" = ["night_audit:read"])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = NightAuditPreview)))]
pub async fn preview_night_audit(app: App, staff: Staff<NightAuditRead>, PathId(id): PathId) -> Result<Json<NightAuditPreview>> {
    Ok(Json(service::preview(&app, &staff, id).await?))
}

/// Close the business date of a property.
///
/// Guests who have not arrived are recorded as no-shows, occupied rooms become dirty, charges of the date can no longer
/// be reversed, the figures of the day go on record, and the business date advances. Refused with 409
/// `night_audit.departures_open` while guests who should have left are in the house: check them out, or name their
/// stays in `extend_stays` to extend each by a night. Others who have the room on that night and may move get another
/// one. If a stay cannot be extended, nothing is closed, and `errors` names each such stay and the reason; the others
/// are extended. For a date that is closed already, the answer has its figures.
#[utoipa::path(post, path = "/v1/properties/{id}/night-audit", tag = "front desk", security(("bearer" = ["night_audit:run"])),
    params(("id" = uuid::Uuid, Path)), request_body = RunNightAudit,
    responses((status = 200, body = NightAuditOut)),
    extensions(("x-problems" = json!([error::NOT_NEXT, error::DEPARTURES_OPEN, error::OVERTAKEN, bookings::ROOMS]))))]
pub async fn run_night_audit(
    app: App,
    staff: Staff<NightAuditRun>,
    PathId(id): PathId,
    Keyed(key, Valid(body)): Keyed<Valid<RunNightAudit>>,
) -> Result<Answer> {
    service::run(&app, &staff, &key, id, &body).await
}
