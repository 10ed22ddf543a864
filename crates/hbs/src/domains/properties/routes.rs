use super::dto::{CreateProperty, PropertyFilter, PropertyOut, UpdateProperty};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::page::{Page, PageQuery};
use crate::http::{MustMatch, PathId, Query, Staff, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::security::permission::{PropertiesCreate, PropertiesDelete, PropertiesUpdate};
use axum::Json;

/// List the properties.
#[utoipa::path(get, path = "/v1/properties", tag = "properties", security(()), params(PropertyFilter, PageQuery),
    responses((status = 200, body = Page<PropertyOut>)))]
pub async fn list_properties(
    app: App,
    Query(filter): Query<PropertyFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<PropertyOut>>> {
    Ok(Json(service::list(&app, &filter, &page).await?))
}

/// Show a property.
#[utoipa::path(get, path = "/v1/properties/{id}", tag = "properties", security(()),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = PropertyOut)))]
pub async fn get_property(app: App, PathId(id): PathId) -> Result<Versioned<PropertyOut>> {
    let body = service::get(&app, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a property.
///
/// The permission must hold for all properties.
#[utoipa::path(post, path = "/v1/properties", tag = "properties", security(("bearer" = ["properties:create"])),
    request_body = CreateProperty, responses((status = 201, body = PropertyOut)))]
pub async fn create_property(
    app: App,
    staff: Staff<PropertiesCreate>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateProperty>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Change a property (JSON merge patch).
#[utoipa::path(patch, path = "/v1/properties/{id}", tag = "properties", security(("bearer" = ["properties:update"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateProperty, responses((status = 200, body = PropertyOut)))]
pub async fn update_property(
    app: App,
    staff: Staff<PropertiesUpdate>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateProperty>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Remove a property.
#[utoipa::path(delete, path = "/v1/properties/{id}", tag = "properties", security(("bearer" = ["properties:delete"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_property(
    app: App,
    staff: Staff<PropertiesDelete>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, id).await
}
