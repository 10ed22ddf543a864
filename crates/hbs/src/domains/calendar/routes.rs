use super::dto::{CalendarOut, CalendarQuery};
use super::service;
use crate::Result;
use crate::app::App;
use crate::changes::Known;
use crate::http::news::HeldCopy;
use crate::http::{Query, routes};
use crate::security::Staff;
use crate::security::permission::BookingsRead;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

/// Routes of the calendar.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_calendar))
}

/// Show the calendar of a hotel.
///
/// The answer has everything that a tape chart needs: rooms with their stays and blocks, and the inventory and rates of
/// each room type night by night. Stays without a room are with their room type. With `updated_since`, the answer has the rooms
/// that have changed since an earlier one.
#[utoipa::path(get, path = "/v1/calendar", tag = "calendar", security(("bearer" = ["bookings:read"])),
    params(CalendarQuery, HeldCopy), responses((status = 200, body = CalendarOut)))]
pub async fn get_calendar(
    app: App,
    staff: Staff<BookingsRead>,
    held: HeldCopy,
    Query(query): Query<CalendarQuery>,
) -> Result<Response> {
    let known = Known::of(held.mark.clone(), query.updated_since.as_deref())?;
    let (mark, body) = service::get(&app, &staff, &query, &known).await?;
    held.answer(Some(&mark), body.as_ref())
}
