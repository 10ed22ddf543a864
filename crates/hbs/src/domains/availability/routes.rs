use super::dto::{HotelsOut, HotelsQuery, PriceCalendarOut, PriceCalendarQuery, SearchOut, SearchQuery};
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::Query;
use crate::security::Caller;
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Routes of searches.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search)).routes(routes!(search_hotels)).routes(routes!(price_calendar))
}

/// Search for rooms at a property.
///
/// Prices and availability are those of this moment. A room type that cannot be booked is listed with the nights and
/// reasons that prevent it. Once a hotel takes no more bookings for today, only its staff (`bookings:write`) are shown
/// rooms that are free today.
#[utoipa::path(get, path = "/v1/availability", tag = "availability", security((), ("bearer" = [])), params(SearchQuery),
    responses((status = 200, body = SearchOut)))]
pub async fn search(app: App, caller: Option<Caller>, Query(query): Query<SearchQuery>) -> Result<Json<SearchOut>> {
    Ok(Json(service::search(&app, caller.as_ref(), &query).await?))
}

/// Search for hotels, each with its cheapest offer.
///
/// The search is by city, country or place. Prices and availability are those of this moment.
#[utoipa::path(get, path = "/v1/availability/hotels", tag = "availability", security(()), params(HotelsQuery),
    responses((status = 200, body = HotelsOut)))]
pub async fn search_hotels(app: App, Query(query): Query<HotelsQuery>) -> Result<Json<HotelsOut>> {
    Ok(Json(service::search_hotels(&app, &query).await?))
}

/// Show the cheapest price for each day of arrival.
///
/// Prices are for a stay of the given length and guests. Without `days`, the calendar covers a year.
#[utoipa::path(get, path = "/v1/availability/calendar", tag = "availability", security(()), params(PriceCalendarQuery),
    responses((status = 200, body = PriceCalendarOut)))]
pub async fn price_calendar(app: App, Query(query): Query<PriceCalendarQuery>) -> Result<Json<PriceCalendarOut>> {
    Ok(Json(service::calendar(&app, &query).await?))
}
