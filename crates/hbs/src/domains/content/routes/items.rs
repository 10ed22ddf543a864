use super::super::dto::{ContentFilter, ContentOut, CreateContent, UpdateContent};
use super::super::error;
use super::super::model::ContentId;
use super::super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::ContentWrite;
use crate::version::MustMatch;
use axum::Json;

/// List content.
///
/// The newest comes first. Content of all hotels is listed for those who hold the permission for all. The public reads
/// `GET /v1/pages`.
#[utoipa::path(get, path = "/v1/content", tag = "content", security(("bearer" = ["content:write"])),
    params(ContentFilter, PageQuery), responses((status = 200, body = Page<ContentOut>)))]
pub async fn list_content(
    app: App,
    staff: Staff<ContentWrite>,
    Query(filter): Query<ContentFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ContentOut>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Add content, with its first language.
///
/// It begins as a draft. Without `property_id` it is content of all hotels, and the permission must hold for all.
#[utoipa::path(post, path = "/v1/content", tag = "content", security(("bearer" = ["content:write"])),
    request_body = CreateContent, responses((status = 201, body = ContentOut)),
    extensions(("x-problems" = json!([error::SLUG_TAKEN, error::TOO_MANY_ITEMS, error::UNAVAILABLE]))))]
pub async fn create_content(
    app: App,
    staff: Staff<ContentWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateContent>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Show content in all of its languages.
///
/// The answer tells states and versions; what a language says is at its own address.
#[utoipa::path(get, path = "/v1/content/{id}", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = ContentOut)))]
pub async fn get_content(app: App, staff: Staff<ContentWrite>, PathId(id): PathId<ContentId>) -> Result<Versioned<ContentOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Change name or place of content (JSON merge patch).
///
/// The place counts at once, also for what is public.
#[utoipa::path(patch, path = "/v1/content/{id}", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateContent, responses((status = 200, body = ContentOut)))]
pub async fn update_content(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(id): PathId<ContentId>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateContent>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Remove content with all of its languages.
///
/// Content to which other content links is not removed (409 `content.linked`). If any language is public, `content:publish` is
/// needed, too.
#[utoipa::path(delete, path = "/v1/content/{id}", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::LINKED]))))]
pub async fn delete_content(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(id): PathId<ContentId>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, id).await
}
