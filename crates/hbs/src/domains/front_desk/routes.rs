use super::dto::{FrontDeskOut, FrontDeskQuery};
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::{Query, Staff};
use crate::security::permission::BookingsRead;
use axum::Json;

/// Show a hotel's day.
///
/// Arrivals, departures, guests in the house, and stays that have no room yet, in one call.
#[utoipa::path(get, path = "/v1/front-desk", tag = "front desk", security(("bearer" = ["bookings:read"])), params(FrontDeskQuery),
    responses((status = 200, body = FrontDeskOut)))]
pub async fn get_front_desk(
    app: App,
    staff: Staff<BookingsRead>,
    Query(query): Query<FrontDeskQuery>,
) -> Result<Json<FrontDeskOut>> {
    Ok(Json(service::get(&app, &staff, &query).await?))
}
