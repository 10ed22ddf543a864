use super::dto::{CloseLostItem, CreateLostItem, LostItemFilter, LostItemOut, UpdateLostItem};
use super::error;
use super::model::LostItemId;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::upload::{PictureFile, UploadTurn, picture_limit};
use crate::http::{PathId, Query, Upload, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::media::{self, Received};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{LostPropertyRead, LostPropertyWrite};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header;
use utoipa_axum::router::OpenApiRouter;

/// Routes of lost property.
pub fn router() -> OpenApiRouter<App> {
    let photos = OpenApiRouter::new().routes(routes!(get_lost_item_photo, set_lost_item_photo, delete_lost_item_photo));
    OpenApiRouter::new()
        .routes(routes!(list_lost_items, create_lost_item))
        .routes(routes!(get_lost_item, update_lost_item, delete_lost_item))
        .routes(routes!(close_lost_item))
        .routes(routes!(reopen_lost_item))
        .merge(photos.layer(picture_limit()))
}

/// List lost property.
///
/// The newest items come first. Guests are not named: an item can have the stay whose guests may have lost it.
#[utoipa::path(get, path = "/v1/lost-items", tag = "lost property", security(("bearer" = ["lost_property:read"])),
    params(LostItemFilter, PageQuery), responses((status = 200, body = Page<LostItemOut>)))]
pub async fn list_lost_items(
    app: App,
    staff: Staff<LostPropertyRead>,
    Query(filter): Query<LostItemFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<LostItemOut>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Show a lost item.
///
/// Its photo, if there is one, is at `photo_url`.
#[utoipa::path(get, path = "/v1/lost-items/{id}", tag = "lost property", security(("bearer" = ["lost_property:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = LostItemOut)))]
pub async fn get_lost_item(
    app: App,
    staff: Staff<LostPropertyRead>,
    PathId(id): PathId<LostItemId>,
) -> Result<Versioned<LostItemOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Record a lost item.
///
/// The item is `kept`, by default for as long as the setting `lost_property_days` says.
#[utoipa::path(post, path = "/v1/lost-items", tag = "lost property", security(("bearer" = ["lost_property:write"])),
    request_body = CreateLostItem, responses((status = 201, body = LostItemOut)))]
pub async fn create_lost_item(
    app: App,
    staff: Staff<LostPropertyWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateLostItem>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Change a lost item (JSON merge patch).
///
/// To say how an item leaves the hotel, close it.
#[utoipa::path(patch, path = "/v1/lost-items/{id}", tag = "lost property", security(("bearer" = ["lost_property:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateLostItem, responses((status = 200, body = LostItemOut)))]
pub async fn update_lost_item(
    app: App,
    staff: Staff<LostPropertyWrite>,
    PathId(id): PathId<LostItemId>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateLostItem>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Remove a lost item that was recorded by mistake.
///
/// Its photo is removed, too.
#[utoipa::path(delete, path = "/v1/lost-items/{id}", tag = "lost property", security(("bearer" = ["lost_property:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_lost_item(
    app: App,
    staff: Staff<LostPropertyWrite>,
    PathId(id): PathId<LostItemId>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, id).await
}

/// Close a lost item.
///
/// It was returned to its owner, sent to them, or disposed of. It is disposed of only after `keep_until` (409
/// `lost_property.kept_until`).
#[utoipa::path(post, path = "/v1/lost-items/{id}/close", tag = "lost property", security(("bearer" = ["lost_property:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), request_body = CloseLostItem, responses((status = 200, body = LostItemOut)),
    extensions(("x-problems" = json!([error::CLOSED, error::KEPT_UNTIL]))))]
pub async fn close_lost_item(
    app: App,
    staff: Staff<LostPropertyWrite>,
    PathId(id): PathId<LostItemId>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<CloseLostItem>>,
) -> Result<Answer> {
    service::close(&app, &staff, &key, seen, id, body).await
}

/// Reopen a lost item.
///
/// An item that was closed by mistake, or came back, is `kept` again.
#[utoipa::path(post, path = "/v1/lost-items/{id}/reopen", tag = "lost property", security(("bearer" = ["lost_property:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), responses((status = 200, body = LostItemOut)),
    extensions(("x-problems" = json!([error::NOT_CLOSED]))))]
pub async fn reopen_lost_item(
    app: App,
    staff: Staff<LostPropertyWrite>,
    PathId(id): PathId<LostItemId>,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::reopen(&app, &staff, &key, seen, id).await
}

/// Download the photo of a lost item.
///
/// The photo is private: it has no address that works without sign-in.
#[utoipa::path(get, path = "/v1/lost-items/{id}/photo", tag = "lost property", security(("bearer" = ["lost_property:read"])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content((PictureFile = "image/jpeg"), (PictureFile = "image/webp")))))]
pub async fn get_lost_item_photo(app: App, staff: Staff<LostPropertyRead>, PathId(id): PathId<LostItemId>) -> Result<Response> {
    let (format, file) = service::photo(&app, &staff, id).await?;
    let headers = [(header::CONTENT_TYPE, format.content_type().to_owned()), (header::CONTENT_LENGTH, file.size.to_string())];
    Ok((headers, Body::from_stream(file.content)).into_response())
}

/// Set the photo of a lost item.
///
/// The body is the picture itself: JPEG, PNG or WebP, at most 10 MiB and some 24 million pixels. It is stored upright and
/// without its metadata, at most 1600 pixels wide and high, in place of the photo that there is.
#[utoipa::path(put, path = "/v1/lost-items/{id}/photo", tag = "lost property", security(("bearer" = ["lost_property:write"])),
    params(("id" = uuid::Uuid, Path)),
    request_body(content((PictureFile = "image/jpeg"), (PictureFile = "image/png"), (PictureFile = "image/webp"), (PictureFile = "application/octet-stream"))),
    responses((status = 200, body = LostItemOut)),
    extensions(("x-problems" = json!([media::PROBLEMS]))))]
pub async fn set_lost_item_photo(
    app: App,
    staff: Staff<LostPropertyWrite>,
    PathId(id): PathId<LostItemId>,
    UploadTurn(turn): UploadTurn,
    Keyed(key, Upload(file)): Keyed<Upload>,
) -> Result<Answer> {
    service::set_photo(&app, &staff, &key, id, Received { turn, file }).await
}

/// Remove the photo of a lost item.
///
/// An item without a photo stays as it is.
#[utoipa::path(delete, path = "/v1/lost-items/{id}/photo", tag = "lost property", security(("bearer" = ["lost_property:write"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 204)))]
pub async fn delete_lost_item_photo(
    app: App,
    staff: Staff<LostPropertyWrite>,
    PathId(id): PathId<LostItemId>,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete_photo(&app, &staff, &key, id).await
}
