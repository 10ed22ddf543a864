use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::images::{self, ImageOrder, ImageOut, NewImageQuery, Subject, UpdateImage};
use crate::domains::offers::service;
use crate::http::answer::Versioned;
use crate::http::upload::{PictureFile, UploadTurn, picture_limit};
use crate::http::{PathId, Query, Upload, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::media::{self, Received};
use crate::page::Page;
use crate::security::permission::ImagesWrite;
use crate::security::{Caller, Staff};
use crate::version::MustMatch;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Routes of the pictures of offers.
pub fn router() -> OpenApiRouter<App> {
    let uploads = OpenApiRouter::new().routes(routes!(list_offer_images, add_offer_image)).layer(picture_limit());
    OpenApiRouter::new()
        .merge(uploads)
        .routes(routes!(get_offer_image, update_offer_image, delete_offer_image))
        .routes(routes!(order_offer_images))
}

/// List the pictures of an offer, in their order.
///
/// The list is always whole, and shown to whoever is shown the offer. Its `ETag` has the version of the offer, which ordering the
/// pictures needs as `If-Match`.
#[utoipa::path(get, path = "/v1/offers/{id}/images", tag = "offers", security((), ("bearer" = [])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Page<ImageOut>,
        headers(("ETag" = String, description = "Version of the offer: send it as `If-Match` to order its pictures.")))))]
pub async fn list_offer_images(app: App, caller: Option<Caller>, PathId(id): PathId) -> Result<Versioned<Page<ImageOut>>> {
    let (version, images) = service::images::list(&app, caller.as_ref(), id).await?;
    Ok(Versioned { version, body: Page::whole(images) })
}

/// Show the data of a picture of an offer.
///
/// It is shown to whoever is shown the offer. The picture itself is at `url` and, in smaller sizes, at the addresses in `sizes`.
#[utoipa::path(get, path = "/v1/offers/{id}/images/{image_id}", tag = "offers", security((), ("bearer" = [])),
    params(("id" = uuid::Uuid, Path), ("image_id" = uuid::Uuid, Path)), responses((status = 200, body = ImageOut)))]
pub async fn get_offer_image(
    app: App,
    caller: Option<Caller>,
    PathId((id, image_id)): PathId<(Uuid, Uuid)>,
) -> Result<Versioned<ImageOut>> {
    let body = service::images::get(&app, caller.as_ref(), id, image_id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a picture to an offer.
///
/// The body is the picture itself: JPEG, PNG or WebP, at most 10 MiB and some 24 million pixels; an offer has at most 30
/// pictures. The picture is turned upright and stored without its metadata, at most 3840 pixels wide and high (1600
/// with transparency), and in smaller sizes. A new picture comes last; the first one is the primary one. The offer gets a new
/// version.
#[utoipa::path(post, path = "/v1/offers/{id}/images", tag = "offers", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), NewImageQuery),
    request_body(content((PictureFile = "image/jpeg"), (PictureFile = "image/png"), (PictureFile = "image/webp"), (PictureFile = "application/octet-stream"))),
    responses((status = 201, body = ImageOut)),
    extensions(("x-problems" = json!([media::PROBLEMS, images::TOO_MANY]))))]
pub async fn add_offer_image(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId(id): PathId,
    Query(query): Query<NewImageQuery>,
    UploadTurn(turn): UploadTurn,
    Keyed(key, Upload(file)): Keyed<Upload>,
) -> Result<Answer> {
    images::add(&app, &staff, &key, Subject::Offer(id), query.alt, Received { turn, file }).await
}

/// Change a picture of an offer (JSON merge patch).
///
/// Its alternative text and its position can be changed, and it can be made the primary picture.
#[utoipa::path(patch, path = "/v1/offers/{id}/images/{image_id}", tag = "offers", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), ("image_id" = uuid::Uuid, Path), MustMatch), request_body = UpdateImage,
    responses((status = 200, body = ImageOut)),
    extensions(("x-problems" = json!([images::NEEDS_PRIMARY]))))]
pub async fn update_offer_image(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId((id, image_id)): PathId<(Uuid, Uuid)>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateImage>>,
) -> Result<Answer> {
    images::update(&app, &staff, &key, seen, (Subject::Offer(id), image_id), body).await
}

/// Remove a picture of an offer.
///
/// If it was the primary picture, the first of the others becomes primary. Its files are removed.
#[utoipa::path(delete, path = "/v1/offers/{id}/images/{image_id}", tag = "offers", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), ("image_id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_offer_image(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId((id, image_id)): PathId<(Uuid, Uuid)>,
    seen: MustMatch,
    Keyed(key, NoBody): Keyed<NoBody>,
) -> Result<Answer> {
    images::delete(&app, &staff, &key, seen, (Subject::Offer(id), image_id)).await
}

/// Order the pictures of an offer.
///
/// `If-Match` takes the version of the offer, which the list of its pictures has as `ETag` too.
#[utoipa::path(put, path = "/v1/offers/{id}/images/order", tag = "offers", security(("bearer" = ["images:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch),
    request_body = ImageOrder, responses((status = 200, body = Page<ImageOut>, headers(("ETag" = String, description = "Version of what the pictures belong to.")))),
    extensions(("x-problems" = json!([images::NOT_THE_SAME]))))]
pub async fn order_offer_images(
    app: App,
    staff: Staff<ImagesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<ImageOrder>>,
) -> Result<Answer> {
    images::order(&app, &staff, &key, seen, Subject::Offer(id), body).await
}
