use super::dto::{CreateProperty, PropertyFilter, PropertyOut, UpdateProperty};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::{PathId, Query, Reader, Shown, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{PropertiesCreate, PropertiesDelete, PropertiesUpdate};
use crate::stamps::Stamp;
use crate::version::MustMatch;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

/// Routes of properties.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_properties, create_property)).routes(routes!(
        get_property,
        update_property,
        delete_property
    ))
}

/// List the properties.
///
/// The list begins with the property that was added first. Names and descriptions are in the language asked for, if
/// there is a translation.
#[utoipa::path(get, path = "/v1/properties", tag = "properties", security(()), params(PropertyFilter, PageQuery, Reader),
    responses((status = 200, body = Page<PropertyOut>)))]
pub async fn list_properties(
    app: App,
    Query(filter): Query<PropertyFilter>,
    Query(page): Query<PageQuery>,
    reader: Reader,
) -> Result<Response> {
    let (page, stamp) = service::list(&app, &filter, &page).await?;
    let read = async || {
        let body = service::get_all(&app, page).await?.map(|property| property.for_reader(&reader));
        let languages = body.items.iter().map(|property| property.locale.clone()).collect();
        Ok(Shown { body, version: None, languages })
    };
    reader.show(&app.answers, stamp, read).await
}

/// Show a property.
///
/// Name and description are in the language asked for, if there is a translation.
#[utoipa::path(get, path = "/v1/properties/{id}", tag = "properties", security(()),
    params(("id" = uuid::Uuid, Path), Reader),
    responses((status = 200, body = PropertyOut)))]
pub async fn get_property(app: App, PathId(id): PathId, reader: Reader) -> Result<Response> {
    let read = async || {
        let body = service::get(&app, id).await?.for_reader(&reader);
        Ok(Shown { version: Some(body.version), languages: vec![body.locale.clone()], body })
    };
    reader.show(&app.answers, Stamp::of_property(&app.versions, id, app.clock.now()).await?, read).await
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
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = UpdateProperty, responses((status = 200, body = PropertyOut)))]
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
///
/// A property can be removed only when none of its stays is held, confirmed or in house: otherwise 409
/// `property.has_stays`.
#[utoipa::path(delete, path = "/v1/properties/{id}", tag = "properties", security(("bearer" = ["properties:delete"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::HAS_STAYS]))))]
pub async fn delete_property(
    app: App,
    staff: Staff<PropertiesDelete>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, id).await
}
