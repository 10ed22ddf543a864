use super::dto::FolioOut;
use super::service;
use crate::Result;
use crate::app::App;
use crate::http::{PathId, content_language};
use crate::security::OwnOr;
use crate::security::permission::BookingsRead;
use crate::texts::{Languages, Reading};
use axum::Json;
use axum::response::IntoResponse;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Routes of folios.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_folio))
}

/// Show the folio of a booking.
///
/// The folio has every charge, night by night.
#[utoipa::path(get, path = "/v1/bookings/{id}/folio", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = Uuid, Path), Languages),
    responses((status = 200, body = FolioOut, headers(("Content-Language" = String, description = "Languages of the texts in the answer.")))))]
pub async fn get_folio(app: App, who: OwnOr<BookingsRead>, spoken: Languages, PathId(id): PathId) -> Result<impl IntoResponse> {
    let reading = Reading::new(spoken.0);
    let folio = service::get(&app, &who, id, &reading).await?;
    Ok((content_language(&reading.used()), Json(folio)))
}
