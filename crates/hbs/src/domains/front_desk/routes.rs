use super::dto::{FrontDeskOut, FrontDeskQuery, HousekeepingOut};
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::Query;
use crate::security::Staff;
use crate::security::permission::{BookingsRead, RoomsRead};
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The operations of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_front_desk)).routes(routes!(get_housekeeping))
}

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

/// Show which rooms are to be made up, floor by floor.
///
/// Each room with its state, whether guests are in it, leave it or come to it that day, and who blocks it. It names no guests.
#[utoipa::path(get, path = "/v1/housekeeping", tag = "front desk", security(("bearer" = ["rooms:read"])), params(FrontDeskQuery),
    responses((status = 200, body = HousekeepingOut)))]
pub async fn get_housekeeping(
    app: App,
    staff: Staff<RoomsRead>,
    Query(query): Query<FrontDeskQuery>,
) -> Result<Json<HousekeepingOut>> {
    Ok(Json(service::housekeeping(&app, &staff, &query).await?))
}
