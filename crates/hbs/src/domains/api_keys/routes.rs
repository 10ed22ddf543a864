use super::dto::{ApiKeyOut, CreateApiKey, NewApiKeyOut};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::permission::{ApiKeysRead, ApiKeysWrite};
use crate::security::{Me, Staff, to_the_end};
use crate::version::MustMatch;
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The operations of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_api_keys, create_api_key)).routes(routes!(get_api_key, revoke_api_key))
}

/// List the keys of integrations, newest first, without their secrets.
///
/// Those that act nowhere but where you have this permission, and those that you made.
#[utoipa::path(get, path = "/v1/api-keys", tag = "api-keys", security(("bearer" = ["api_keys:read"])), params(PageQuery),
    responses((status = 200, body = Page<ApiKeyOut>)))]
pub async fn list_api_keys(app: App, staff: Staff<ApiKeysRead>, Query(page): Query<PageQuery>) -> Result<Json<Page<ApiKeyOut>>> {
    Ok(Json(service::list(&app, &staff, &page).await?))
}

/// Show a key, without its secret.
#[utoipa::path(get, path = "/v1/api-keys/{id}", tag = "api-keys", security(("bearer" = ["api_keys:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = ApiKeyOut)))]
pub async fn get_api_key(app: App, staff: Staff<ApiKeysRead>, PathId(id): PathId) -> Result<Versioned<ApiKeyOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Make a key for an integration.
///
/// `key` is shown in this answer only. A key holds what you hold at most, also later on: it loses what you lose, and does nothing
/// while you are suspended. Only people make keys.
#[utoipa::path(post, path = "/v1/api-keys", tag = "api-keys", security(("bearer" = ["api_keys:write"])),
    request_body = CreateApiKey, responses((status = 201, body = NewApiKeyOut)))]
pub async fn create_api_key(
    app: App,
    me: Me,
    staff: Staff<ApiKeysWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateApiKey>>,
) -> Result<Answer> {
    service::create(&app, &me, &staff, &key, body).await
}

/// Revoke a key: it is refused at once and for good.
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
