use super::dto::{ApiKeyOut, CreateApiKey, NewApiKeyOut};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::authentication::{self, Origin};
use crate::domains::authorization;
use crate::error::problems;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::permission::{ApiKeysRead, ApiKeysWrite};
use crate::security::{Me, Staff, to_the_end};
use crate::version::MustMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of API keys.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_api_keys, create_api_key)).routes(routes!(get_api_key, revoke_api_key))
}

/// List API keys, newest first.
///
/// Secrets are not shown. The list has the keys that you made, and the keys that hold permissions only at properties
/// where you have this permission.
#[utoipa::path(get, path = "/v1/api-keys", tag = "api-keys", security(("bearer" = ["api_keys:read"])), params(PageQuery),
    responses((status = 200, body = Page<ApiKeyOut>)))]
pub async fn list_api_keys(app: App, staff: Staff<ApiKeysRead>, Query(page): Query<PageQuery>) -> Result<Json<Page<ApiKeyOut>>> {
    Ok(Json(service::list(&app, &staff, &page).await?))
}

/// Show an API key.
///
/// Its secret is not shown.
#[utoipa::path(get, path = "/v1/api-keys/{id}", tag = "api-keys", security(("bearer" = ["api_keys:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = ApiKeyOut)))]
pub async fn get_api_key(app: App, staff: Staff<ApiKeysRead>, PathId(id): PathId) -> Result<Versioned<ApiKeyOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Create an API key.
///
/// `key` is shown only in this answer. A key never holds more than you do, also later on: it loses what you lose, and
/// holds nothing while you are suspended. API keys cannot create keys. Whoever signed in more than ten minutes ago sends
/// the password again, and the second factor. You are told of the key by mail.
#[utoipa::path(post, path = "/v1/api-keys", tag = "api-keys", security(("bearer" = ["api_keys:write"])),
    request_body = CreateApiKey, responses((status = 201, body = NewApiKeyOut)),
    extensions(("x-problems" = json!([authorization::ESCALATION, authentication::WRONG_PASSWORD, authentication::WRONG_CODE, authentication::TOO_MANY_ATTEMPTS, problems::BUSY, problems::PERSON_REQUIRED]))))]
pub async fn create_api_key(
    app: App,
    me: Me,
    staff: Staff<ApiKeysWrite>,
    origin: Origin,
    Keyed(key, Valid(body)): Keyed<Valid<CreateApiKey>>,
) -> Result<Answer> {
    service::create(&app, &me, &staff, &origin, &key, body).await
}

/// Revoke an API key.
///
/// The key is refused at once and for good.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", tag = "api-keys", security(("bearer" = ["api_keys:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn revoke_api_key(
    app: App,
    staff: Staff<ApiKeysWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    to_the_end(async move { service::revoke(&app, &staff, &key, seen, id).await }).await
}
