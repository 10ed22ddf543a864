use super::dto::{CalendarOut, CalendarQuery, HotelsOut, HotelsQuery, SearchOut, SearchQuery};
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::Query;
use crate::security::Caller;
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The operations of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search)).routes(routes!(search_hotels)).routes(routes!(price_calendar))
}

/// Search a property's room types for free rooms.
///
/// Prices and availability are those of this moment. A type that cannot be booked is listed with
/// the nights in the way. Where a hotel takes no bookings for today any more, only its staff (`bookings:write`) are shown
/// what is free today.
#[utoipa::path(get, path = "/v1/availability", tag = "availability", security(()), params(SearchQuery),
    responses((status = 200, body = SearchOut)))]
pub async fn search(app: App, caller: Option<Caller>, Query(query): Query<SearchQuery>) -> Result<Json<SearchOut>> {
    Ok(Json(service::search(&app, caller.as_ref(), &query).await?))
}

/// Search many hotels for their cheapest offer.
///
/// By city, country or place. Prices and availability are those of this moment.
#[utoipa::path(get, path = "/v1/availability/hotels", tag = "availability", security(()), params(HotelsQuery),
    responses((status = 200, body = HotelsOut)))]
pub async fn search_hotels(app: App, Query(query): Query<HotelsQuery>) -> Result<Json<HotelsOut>> {
    Ok(Json(service::search_hotels(&app, &query).await?))
}

/// Show the cheapest total for each day of arrival.
///
/// For a stay of some nights and guests; a year ahead if not asked otherwise.
#[utoipa::path(get, path = "/v1/availability/calendar", tag = "availability", security(()), params(CalendarQuery),
    responses((status = 200, body = CalendarOut)))]
pub async fn price_calendar(app: App, Query(query): Query<CalendarQuery>) -> Result<Json<CalendarOut>> {
    Ok(Json(service::calendar(&app, &query).await?))
}
