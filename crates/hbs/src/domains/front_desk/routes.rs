use super::dto::{FrontDeskOut, FrontDeskQuery, HousekeepingOut};
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::Query;
use crate::security::Staff;
use crate::security::permission::{BookingsRead, RoomsRead};
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Routes of the front desk.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_front_desk)).routes(routes!(get_housekeeping))
}

/// Show a day at the front desk.
///
/// The answer has arrivals, departures, guests in the house, and stays without a room.
#[utoipa::path(get, path = "/v1/front-desk", tag = "front desk", security(("bearer" = ["bookings:read"])), params(FrontDeskQuery),
    responses((status = 200, body = FrontDeskOut)))]
pub async fn get_front_desk(
    app: App,
    staff: Staff<BookingsRead>,
    Query(query): Query<FrontDeskQuery>,
) -> Result<Json<FrontDeskOut>> {
    Ok(Json(service::get(&app, &staff, &query).await?))
}

/// List the rooms to be made up, floor by floor.
///
/// Each room is shown with its housekeeping state, whether guests are in it, leave it or arrive that day, and whether
/// it is blocked. No guests are named.
#[utoipa::path(get, path = "/v1/housekeeping", tag = "front desk", security(("bearer" = ["rooms:read"])), params(FrontDeskQuery),
    responses((status = 200, body = HousekeepingOut)))]
pub async fn get_housekeeping(
    app: App,
    staff: Staff<RoomsRead>,
    Query(query): Query<FrontDeskQuery>,
) -> Result<Json<HousekeepingOut>> {
    Ok(Json(service::housekeeping(&app, &staff, &query).await?))
}
