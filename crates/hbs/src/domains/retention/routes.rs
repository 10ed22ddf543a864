use super::dto::{RetentionPreview, RetentionRulesOut, SetRetentionRules};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Valid, routes};
use crate::idempotency::Keyed;
use crate::security::Staff;
use crate::security::permission::PropertiesUpdate;
use crate::version::MustMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of retention rules.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_retention_rules, set_retention_rules)).routes(routes!(preview_retention_rules))
}

/// Show the retention rules of a hotel.
///
/// A job applies them every few hours. A hotel that has set none has those that HBS begins with.
#[utoipa::path(get, path = "/v1/properties/{id}/retention-rules", tag = "retention",
    security(("bearer" = ["properties:update"])), params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = RetentionRulesOut)))]
pub async fn get_retention_rules(
    app: App,
    staff: Staff<PropertiesUpdate>,
    PathId(id): PathId,
) -> Result<Versioned<RetentionRulesOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Set the retention rules of a hotel.
///
/// The rules are complete: data without a number of days is kept until somebody removes it. Documents of stays and registration
/// cards are kept for as long as the law of the hotel's country asks, as far as HBS knows it; a shorter time is refused, and
/// never applied. While nothing has been set, the version is 0 (`If-Match: "0"`). See what would go before: `…/preview`.
#[utoipa::path(put, path = "/v1/properties/{id}/retention-rules", tag = "retention",
    security(("bearer" = ["properties:update"])), params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = SetRetentionRules, responses((status = 200, body = RetentionRulesOut)))]
pub async fn set_retention_rules(
    app: App,
    staff: Staff<PropertiesUpdate>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetRetentionRules>>,
) -> Result<Answer> {
    service::set(&app, &staff, &key, seen, id, body).await
}

/// Preview what would go if the retention rules of a hotel were applied now.
///
/// Nothing goes. The job finds what goes by the same queries.
#[utoipa::path(get, path = "/v1/properties/{id}/retention-rules/preview", tag = "retention",
    security(("bearer" = ["properties:update"])), params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = RetentionPreview)))]
pub async fn preview_retention_rules(
    app: App,
    staff: Staff<PropertiesUpdate>,
    PathId(id): PathId,
) -> Result<Json<RetentionPreview>> {
    Ok(Json(service::preview(&app, &staff, id).await?))
}
