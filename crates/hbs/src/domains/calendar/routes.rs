use super::dto::{CalendarOut, CalendarQuery};
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::Query;
use crate::security::Staff;
use crate::security::permission::BookingsRead;
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Routes of the calendar.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_calendar))
}

/// Show the calendar of a hotel.
///
/// The answer has everything that a tape chart needs: rooms with their stays and blocks, and the inventory and rates of
/// each room type night by night.
#[utoipa::path(get, path = "/v1/calendar", tag = "calendar", security(("bearer" = ["bookings:read"])), params(CalendarQuery),
    responses((status = 200, body = CalendarOut)))]
pub async fn get_calendar(app: App, staff: Staff<BookingsRead>, Query(query): Query<CalendarQuery>) -> Result<Json<CalendarOut>> {
    Ok(Json(service::get(&app, &staff, &query).await?))
}
