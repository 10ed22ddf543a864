use super::dto::{FrontDeskOut, FrontDeskQuery, HousekeepingOut};
use super::service;
use crate::Result;
use crate::app::App;
use crate::changes::Known;
use crate::http::news::HeldCopy;
use crate::http::{Query, routes};
use crate::security::Staff;
use crate::security::permission::{BookingsRead, RoomsRead};
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

/// Routes of the front desk.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_front_desk)).routes(routes!(get_housekeeping))
}

/// Show a day at the front desk.
///
/// The answer has arrivals, departures, guests in the house, and stays without a room. With `updated_since`, it has what has
/// changed since an earlier answer, whatever was slow to be written.
#[utoipa::path(get, path = "/v1/front-desk", tag = "front desk", security(("bearer" = ["bookings:read"])), params(FrontDeskQuery, HeldCopy),
    responses((status = 200, body = FrontDeskOut)))]
pub async fn get_front_desk(
    app: App,
    staff: Staff<BookingsRead>,
    held: HeldCopy,
    Query(query): Query<FrontDeskQuery>,
) -> Result<Response> {
    let known = Known::of(held.mark.clone(), query.updated_since.as_deref())?;
    let (mark, body) = service::get(&app, &staff, &query, &known).await?;
    held.answer(Some(&mark), body.as_ref())
}

/// List the rooms to be made up, floor by floor.
///
/// Each room is shown with its housekeeping state, whether guests are in it, leave it or arrive that day, and whether
/// it is blocked. No guests are named. With `updated_since`, the answer has the rooms that have changed since an earlier one.
#[utoipa::path(get, path = "/v1/housekeeping", tag = "front desk", security(("bearer" = ["rooms:read"])), params(FrontDeskQuery, HeldCopy),
    responses((status = 200, body = HousekeepingOut)))]
pub async fn get_housekeeping(
    app: App,
    staff: Staff<RoomsRead>,
    held: HeldCopy,
    Query(query): Query<FrontDeskQuery>,
) -> Result<Response> {
    let known = Known::of(held.mark.clone(), query.updated_since.as_deref())?;
    let (mark, body) = service::housekeeping(&app, &staff, &query, &known).await?;
    held.answer(Some(&mark), body.as_ref())
}
