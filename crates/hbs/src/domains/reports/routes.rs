use super::dto::{StaysQuery, StaysReport};
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::Query;
use crate::security::Staff;
use crate::security::permission::ReportsRead;
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Routes of reports.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stays_report))
}

/// Count stays, nights and revenue by month of arrival.
///
/// A stay counts in the month of its day of arrival, whatever its status. Revenue and nights are those of stays that
/// have ended.
#[utoipa::path(get, path = "/v1/reports/stays", tag = "reports", security(("bearer" = ["reports:read"])), params(StaysQuery),
    responses((status = 200, body = StaysReport)))]
pub async fn stays_report(app: App, staff: Staff<ReportsRead>, Query(query): Query<StaysQuery>) -> Result<Json<StaysReport>> {
    Ok(Json(service::stays(&app, &staff, &query).await?))
}
