use super::dto::FolioOut;
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::PathId;
use crate::security::OwnOr;
use crate::security::permission::BookingsRead;
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Routes of folios.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_folio))
}

/// Show the folio of a booking.
///
/// The folio has every charge, night by night.
#[utoipa::path(get, path = "/v1/bookings/{id}/folio", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = FolioOut)))]
pub async fn get_folio(app: App, who: OwnOr<BookingsRead>, PathId(id): PathId) -> Result<Json<FolioOut>> {
    Ok(Json(service::get(&app, &who, id).await?))
}
