use super::super::dto::{ContentMediaOut, MediaFilter, NewMediaQuery};
use super::super::error;
use super::super::model::MediaId;
use super::super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::upload::{PictureFile, UploadTurn};
use crate::http::{PathId, Query, Upload};
use crate::idempotency::{Keyed, NoBody};
use crate::media::{self, Received};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::ContentWrite;
use crate::version::MustMatch;
use axum::Json;

/// List the pictures for content.
///
/// The newest comes first. Pictures for content of all hotels are listed for those who hold the permission for all.
#[utoipa::path(get, path = "/v1/content-media", tag = "content", security(("bearer" = ["content:write"])),
    params(MediaFilter, PageQuery), responses((status = 200, body = Page<ContentMediaOut>)))]
pub async fn list_content_media(
    app: App,
    staff: Staff<ContentWrite>,
    Query(filter): Query<MediaFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ContentMediaOut>>> {
    Ok(Json(service::list_media(&app, &staff, &filter, &page).await?))
}

/// Show the data of a picture for content.
///
/// The picture itself is at the addresses in `sizes`.
#[utoipa::path(get, path = "/v1/content-media/{id}", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path, description = "Identifier of the picture.")), responses((status = 200, body = ContentMediaOut)))]
pub async fn get_content_media(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(id): PathId<MediaId>,
) -> Result<Versioned<ContentMediaOut>> {
    let body = service::get_media(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a picture for content.
///
/// The body is the picture itself: JPEG, PNG or WebP, at most 10 MiB and some 24 million pixels. It is turned upright and stored
/// without its metadata, in several sizes. Its alternative text is said where it is shown, in each language. Without
/// `property_id` it is for content of all hotels, and the permission must hold for all.
#[utoipa::path(post, path = "/v1/content-media", tag = "content", security(("bearer" = ["content:write"])),
    params(NewMediaQuery),
    request_body(content((PictureFile = "image/jpeg"), (PictureFile = "image/png"), (PictureFile = "image/webp"), (PictureFile = "application/octet-stream"))),
    responses((status = 201, body = ContentMediaOut)),
    extensions(("x-problems" = json!([media::PROBLEMS]))))]
pub async fn add_content_media(
    app: App,
    staff: Staff<ContentWrite>,
    Query(query): Query<NewMediaQuery>,
    UploadTurn(turn): UploadTurn,
    Keyed(key, Upload(file)): Keyed<Upload>,
) -> Result<Answer> {
    service::add_media(&app, &staff, &key, query, Received { turn, file }).await
}

/// Remove a picture for content.
///
/// A picture that any version shows stays, since every version can be restored (409 `content.media_used`). Its files are removed.
#[utoipa::path(delete, path = "/v1/content-media/{id}", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path, description = "Identifier of the picture."), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::MEDIA_USED]))))]
pub async fn delete_content_media(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(id): PathId<MediaId>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete_media(&app, &staff, &key, seen, id).await
}
