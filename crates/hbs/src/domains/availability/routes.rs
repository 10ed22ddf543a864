use super::dto::{HotelsOut, HotelsQuery, PriceCalendarOut, PriceCalendarQuery, SearchOut, SearchQuery};
use super::service;
use crate::Result;
use crate::app::App;
use crate::domains::offers;
use crate::guesses::Guesser;
use crate::http::{Query, content_language, routes};
use crate::middleware::ClientIp;
use crate::security::Caller;
use crate::texts::{Languages, Locale, Reading};
use axum::Json;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;

/// Routes of searches.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search)).routes(routes!(search_hotels)).routes(routes!(price_calendar))
}

/// Search for rooms at a property.
///
/// Prices and availability are those of this moment. A room type that cannot be booked is listed with the nights and
/// reasons that prevent it. Once a hotel takes no more bookings for today, only its staff (`bookings:write`) are shown
/// rooms that are free today.
#[utoipa::path(get, path = "/v1/availability", tag = "availability", security((), ("bearer" = [])), params(SearchQuery, Languages),
    responses((status = 200, body = SearchOut, headers(("Content-Language" = String, description = "Languages of the texts in the answer.")))),
    extensions(("x-problems" = json!([offers::CODE_UNKNOWN, offers::ENDED]))))]
pub async fn search(
    app: App,
    caller: Option<Caller>,
    ClientIp(ip): ClientIp,
    spoken: Languages,
    Query(query): Query<SearchQuery>,
) -> Result<impl IntoResponse> {
    let reading = reading(query.locale.as_ref(), spoken);
    let found = service::search(&app, caller.as_ref(), Guesser::at(ip), &query, &reading).await?;
    Ok((content_language(&reading.used()), Json(found)))
}

fn reading(locale: Option<&Locale>, spoken: Languages) -> Reading {
    Reading::new(locale.map_or(spoken.0, |locale| vec![locale.clone()]))
}

/// Search for hotels, each with its cheapest offer.
///
/// The search is by city, country or place. Prices and availability are those of this moment. A code of an offer is for the
/// hotels that have it; others are shown at their prices without it.
#[utoipa::path(get, path = "/v1/availability/hotels", tag = "availability", security(()), params(HotelsQuery, Languages),
    responses((status = 200, body = HotelsOut, headers(("Content-Language" = String, description = "Languages of the texts in the answer.")))),
    extensions(("x-problems" = json!([offers::CODE_UNKNOWN, offers::ENDED]))))]
pub async fn search_hotels(
    app: App,
    ClientIp(ip): ClientIp,
    spoken: Languages,
    Query(query): Query<HotelsQuery>,
) -> Result<impl IntoResponse> {
    let reading = reading(query.locale.as_ref(), spoken);
    let found = service::search_hotels(&app, Guesser::at(ip), &query, &reading).await?;
    Ok((content_language(&reading.used()), Json(found)))
}

/// Show the cheapest price for each day of arrival.
///
/// Prices are for a stay of the given length and guests. Without `days`, the calendar covers a year.
#[utoipa::path(get, path = "/v1/availability/calendar", tag = "availability", security(()), params(PriceCalendarQuery),
    responses((status = 200, body = PriceCalendarOut)),
    extensions(("x-problems" = json!([offers::CODE_UNKNOWN, offers::ENDED]))))]
pub async fn price_calendar(
    app: App,
    ClientIp(ip): ClientIp,
    Query(query): Query<PriceCalendarQuery>,
) -> Result<Json<PriceCalendarOut>> {
    Ok(Json(service::calendar(&app, Guesser::at(ip), &query).await?))
}
