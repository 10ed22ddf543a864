use super::dto::{ImageOrder, ImageOut, NewImageQuery, UpdateImage};
use super::error;
use super::model::Subject;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::upload::{PictureFile, UploadTurn, picture_limit};
use crate::http::{PathId, Query, Seen, Shown, Upload, Valid, Visitor, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::media::{self, Received};
use crate::page::Page;
use crate::security::Staff;
use crate::security::permission::ImagesWrite;
use crate::stamps::Stamp;
use crate::version::MustMatch;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Routes of pictures.
pub fn router() -> OpenApiRouter<App> {
    let uploads = OpenApiRouter::new()
        .routes(routes!(list_property_images, add_property_image))
        .routes(routes!(list_room_type_images, add_room_type_image))
        .layer(picture_limit());
    OpenApiRouter::new()
        .merge(uploads)
        .routes(routes!(get_property_image, update_property_image, delete_property_image))
        .routes(routes!(order_property_images))
        .routes(routes!(get_room_type_image, update_room_type_image, delete_room_type_image))
        .routes(routes!(order_room_type_images))
        .routes(routes!(download_image))
}

async fn of_property(app: &App, id: Uuid) -> Result<Stamp> {
    Stamp::of_property(&app.versions, id, app.clock.now()).await
}

async fn of_room_type(app: &App, id: Uuid) -> Result<Stamp> {
    Stamp::of_room_type(&app.versions, id, app.clock.now()).await
}

async fn show_all(app: &App, subject: Subject, stamp: Stamp, visitor: &Visitor) -> Result<Response> {
    let read = async || {
        let (version, images) = service::list(app, subject).await?;
        Ok(Shown::new(Page::whole(images), Some(version)))
    };
    visitor.show(&app.answers, stamp, read).await
}

async fn show(app: &App, (subject, image_id): (Subject, Uuid), stamp: Stamp, visitor: &Visitor) -> Result<Response> {
    let read = async || {
        let image = service::get(app, subject, image_id).await?;
        let version = image.version;
        Ok(Shown::new(image, Some(version)))
    };
    visitor.show(&app.answers, stamp, read).await
}

/// List the pictures of a property, in their order.
///
/// The list is always whole. Its `ETag` has the version of the property, which ordering the pictures needs as
/// `If-Match`.
#[utoipa::path(get, path = "/v1/properties/{id}/images", tag = "properties", security(()),
    params(("id" = uuid::Uuid, Path), Visitor),
    responses((status = 200, body = Page<ImageOut>)))]
pub async fn list_property_images(app: App, PathId(id): PathId, visitor: Visitor) -> Result<Response> {
    show_all(&app, Subject::Property(id), of_property(&app, id).await?, &visitor).await
}

/// Show the data of a picture of a property.
///
/// The picture itself is at `url` and, in smaller sizes, at the addresses in `sizes`.
#[utoipa::path(get, path = "/v1/properties/{id}/images/{image_id}", tag = "properties", security(()),
    params(("id" = uuid::Uuid, Path), ("image_id" = uuid::Uuid, Path), Visitor),
    responses((status = 200, body = ImageOut)))]
pub async fn get_property_image(app: App, PathId((id, image_id)): PathId<(Uuid, Uuid)>, visitor: Visitor) -> Result<Response> {
    show(&app, (Subject::Property(id), image_id), of_property(&app, id).await?, &visitor).await
}

/// Add a picture to a property.
///
/// The body is the picture itself: JPEG, PNG or WebP, at most 10 MiB and some 24 million pixels; a property has at most 30
/// pictures. The picture is turned upright and stored without its metadata, at most 3840 pixels wide and high (1600
/// with transparency), and in smaller sizes. A new picture comes last; the first one is the primary one. The property gets a new
/// version.
#[utoipa::path(post, path = "/v1/properties/{id}/images", tag = "properties", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), NewImageQuery),
    request_body(content((PictureFile = "image/jpeg"), (PictureFile = "image/png"), (PictureFile = "image/webp"), (PictureFile = "application/octet-stream"))),
    responses((status = 201, body = ImageOut)),
    extensions(("x-problems" = json!([media::PROBLEMS, error::TOO_MANY]))))]
pub async fn add_property_image(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId(id): PathId,
    Query(query): Query<NewImageQuery>,
    UploadTurn(turn): UploadTurn,
    Keyed(key, Upload(file)): Keyed<Upload>,
) -> Result<Answer> {
    service::add(&app, &staff, &key, Subject::Property(id), query.alt, Received { turn, file }).await
}

/// Change a picture of a property (JSON merge patch).
///
/// Its alternative text and its position can be changed, and it can be made the primary picture.
#[utoipa::path(patch, path = "/v1/properties/{id}/images/{image_id}", tag = "properties", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), ("image_id" = uuid::Uuid, Path), MustMatch), request_body = UpdateImage,
    responses((status = 200, body = ImageOut)),
    extensions(("x-problems" = json!([error::NEEDS_PRIMARY]))))]
pub async fn update_property_image(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId((id, image_id)): PathId<(Uuid, Uuid)>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateImage>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, (Subject::Property(id), image_id), body).await
}

/// Remove a picture of a property.
///
/// If it was the primary picture, the first of the others becomes primary. Its files are removed.
#[utoipa::path(delete, path = "/v1/properties/{id}/images/{image_id}", tag = "properties", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), ("image_id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_property_image(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId((id, image_id)): PathId<(Uuid, Uuid)>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, (Subject::Property(id), image_id)).await
}

/// Order the pictures of a property.
///
/// `If-Match` takes the version of the property, which the list of its pictures has as `ETag` too.
#[utoipa::path(put, path = "/v1/properties/{id}/images/order", tag = "properties", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = ImageOrder, responses((status = 200, body = Page<ImageOut>, headers(("ETag" = String, description = "Version of what the pictures belong to.")))),
    extensions(("x-problems" = json!([error::NOT_THE_SAME]))))]
pub async fn order_property_images(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<ImageOrder>>,
) -> Result<Answer> {
    service::order(&app, &staff, &key, seen, Subject::Property(id), body).await
}

/// List the pictures of a room type, in their order.
///
/// The list is always whole. Its `ETag` has the version of the room type, which ordering the pictures needs as
/// `If-Match`.
#[utoipa::path(get, path = "/v1/room-types/{id}/images", tag = "rooms", security(()),
    params(("id" = uuid::Uuid, Path), Visitor),
    responses((status = 200, body = Page<ImageOut>)))]
pub async fn list_room_type_images(app: App, PathId(id): PathId, visitor: Visitor) -> Result<Response> {
    show_all(&app, Subject::RoomType(id), of_room_type(&app, id).await?, &visitor).await
}

/// Show the data of a picture of a room type.
///
/// The picture itself is at `url` and, in smaller sizes, at the addresses in `sizes`.
#[utoipa::path(get, path = "/v1/room-types/{id}/images/{image_id}", tag = "rooms", security(()),
    params(("id" = uuid::Uuid, Path), ("image_id" = uuid::Uuid, Path), Visitor),
    responses((status = 200, body = ImageOut)))]
pub async fn get_room_type_image(app: App, PathId((id, image_id)): PathId<(Uuid, Uuid)>, visitor: Visitor) -> Result<Response> {
    show(&app, (Subject::RoomType(id), image_id), of_room_type(&app, id).await?, &visitor).await
}

/// Add a picture to a room type.
///
/// The body is the picture itself: JPEG, PNG or WebP, at most 10 MiB and some 24 million pixels; a room type has at most 30
/// pictures. The picture is turned upright and stored without its metadata, at most 3840 pixels wide and high (1600
/// with transparency), and in smaller sizes. A new picture comes last; the first one is the primary one. The room type gets a new
/// version.
#[utoipa::path(post, path = "/v1/room-types/{id}/images", tag = "rooms", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), NewImageQuery),
    request_body(content((PictureFile = "image/jpeg"), (PictureFile = "image/png"), (PictureFile = "image/webp"), (PictureFile = "application/octet-stream"))),
    responses((status = 201, body = ImageOut)),
    extensions(("x-problems" = json!([media::PROBLEMS, error::TOO_MANY]))))]
pub async fn add_room_type_image(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId(id): PathId,
    Query(query): Query<NewImageQuery>,
    UploadTurn(turn): UploadTurn,
    Keyed(key, Upload(file)): Keyed<Upload>,
) -> Result<Answer> {
    service::add(&app, &staff, &key, Subject::RoomType(id), query.alt, Received { turn, file }).await
}

/// Change a picture of a room type (JSON merge patch).
///
/// Its alternative text and its position can be changed, and it can be made the primary picture.
#[utoipa::path(patch, path = "/v1/room-types/{id}/images/{image_id}", tag = "rooms", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), ("image_id" = uuid::Uuid, Path), MustMatch), request_body = UpdateImage,
    responses((status = 200, body = ImageOut)),
    extensions(("x-problems" = json!([error::NEEDS_PRIMARY]))))]
pub async fn update_room_type_image(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId((id, image_id)): PathId<(Uuid, Uuid)>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateImage>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, (Subject::RoomType(id), image_id), body).await
}

/// Remove a picture of a room type.
///
/// If it was the primary picture, the first of the others becomes primary. Its files are removed.
#[utoipa::path(delete, path = "/v1/room-types/{id}/images/{image_id}", tag = "rooms", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), ("image_id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_room_type_image(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId((id, image_id)): PathId<(Uuid, Uuid)>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, (Subject::RoomType(id), image_id)).await
}

/// Order the pictures of a room type.
///
/// `If-Match` takes the version of the room type, which the list of its pictures has as `ETag` too.
#[utoipa::path(put, path = "/v1/room-types/{id}/images/order", tag = "rooms", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = ImageOrder, responses((status = 200, body = Page<ImageOut>, headers(("ETag" = String, description = "Version of what the pictures belong to.")))),
    extensions(("x-problems" = json!([error::NOT_THE_SAME]))))]
pub async fn order_room_type_images(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<ImageOrder>>,
) -> Result<Answer> {
    service::order(&app, &staff, &key, seen, Subject::RoomType(id), body).await
}

/// Download a picture.
///
/// The content at this address never changes, so it can be cached for good. The files of a removed picture are gone
/// at once, but for copies that others keep.
#[utoipa::path(get, path = "/v1/images/{name}", tag = "properties", security(()),
    params(("name" = String, Path, max_length = 100, description = "File name, as in the `url` of a picture."), Visitor),
    responses(
        (status = 200, content((PictureFile = "image/jpeg"), (PictureFile = "image/webp")))))]
pub async fn download_image(app: App, Path(name): Path<String>, seen: Seen) -> Result<Response> {
    let etag = format!("\"{name}\"");
    let (format, file) = service::file(&app, &name).await?;
    let mut response = if seen.has(&etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let headers = [(header::CONTENT_TYPE, format.content_type().to_owned()), (header::CONTENT_LENGTH, file.size.to_string())];
        (headers, Body::from_stream(file.content)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}
