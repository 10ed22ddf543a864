use super::dto::{SearchOut, SearchQuery};
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::Query;
use axum::Json;

/// Search a property's room types for free rooms.
///
/// Prices and availability are those of this moment. A type that cannot be booked is listed with
/// the nights in the way.
#[utoipa::path(get, path = "/v1/availability", tag = "availability", security(()), params(SearchQuery),
    responses((status = 200, body = SearchOut)))]
pub async fn search(app: App, Query(query): Query<SearchQuery>) -> Result<Json<SearchOut>> {
    Ok(Json(service::search(&app, &query).await?))
}
