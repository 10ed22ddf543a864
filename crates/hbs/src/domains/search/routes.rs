use super::dto::{PaletteOut, SearchQuery};
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::{Query, routes};
use crate::security::Staff;
use crate::security::permission::BookingsRead;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of the search.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search_palette))
}

/// Search a hotel for bookings, guests, rooms and groups.
///
/// Each hit has what a palette draws, and the identifier to open it with. Rooms and groups are found by those who may read them.
#[utoipa::path(get, path = "/v1/search", tag = "search", security(("bearer" = ["bookings:read"])), params(SearchQuery),
    responses((status = 200, body = PaletteOut)))]
pub async fn search_palette(app: App, staff: Staff<BookingsRead>, Query(query): Query<SearchQuery>) -> Result<Json<PaletteOut>> {
    Ok(Json(service::search(&app, &staff, &query).await?))
}
