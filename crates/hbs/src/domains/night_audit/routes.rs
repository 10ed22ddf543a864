use super::dto::{NightAuditFilter, NightAuditOut, NightAuditPreview, RunNightAudit};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid, routes};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{NightAuditRead, NightAuditRun};
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

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
/// Occupied rooms become dirty, charges of the date can no longer be reversed, the figures of the day go on record, and the
/// business date advances: all of it or, where the request is refused, nothing. For a date that is closed already, the
/// answer has its figures.
///
/// - Guests who should have left and are in the house: refused with 409 `night_audit.departures_open`. Check them out, or
///   name their stays in `extend_stays` to extend each by a night. Others who have the room on that night and may move get
///   another one. If stays cannot be extended, `errors` names each of them and the reason.
/// - Guests who have not arrived: `arrivals` decides about each of them, and the hotel's setting `open_arrivals` about the
///   others; where neither does, 409 `night_audit.arrivals_open`. Those who are expected until the morning keep stay,
///   room and charges, and can be checked in on the new date, until their day of departure. Those who did not come by the
///   next audit are decided about again; a night that is charged already counts towards their fee.
/// - The day has not ended at the hotel: 409 `night_audit.day_not_over`, unless it is meant (`close_early`).
#[utoipa::path(post, path = "/v1/properties/{id}/night-audit", tag = "front desk", security(("bearer" = ["night_audit:run"])),
    params(("id" = uuid::Uuid, Path), DryRun), request_body = RunNightAudit,
    responses((status = 200, body = NightAuditOut)),
    extensions(("x-problems" = json!([
        error::NOT_NEXT, error::DAY_NOT_OVER, error::DEPARTURES_OPEN, error::ARRIVALS_OPEN, error::OVERTAKEN, bookings::MOVE,
        bookings::TOO_EARLY, bookings::AMENDMENT
    ]))))]
pub async fn run_night_audit(
    app: App,
    staff: Staff<NightAuditRun>,
    PathId(id): PathId,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<RunNightAudit>>,
) -> Result<Answer> {
    service::run(&app, &staff, &key, id, &body).await
}
