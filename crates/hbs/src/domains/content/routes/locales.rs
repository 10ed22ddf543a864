use super::super::dto::{
    AddContentLocale, AskForPreview, ComparisonQuery, ContentComparison, ContentDraftOut, ContentLocaleOut,
    ContentVersionDetails, ContentVersionOut, PreviewLink, RestoreContent, ReturnContent, SaveContent, ScheduleContent, SetSlug,
};
use super::super::error;
use super::super::model::ContentId;
use super::super::service::{self, Place};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::error::Or404;
use crate::http::answer::Versioned;
use crate::http::{OptionalBody, PathId, Query, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{ContentPublish, ContentWrite};
use crate::version::{IfMatch, MustMatch};
use axum::Json;

/// Add a language to content.
///
/// It begins as a draft and goes its own way: neither it nor any other language changes with the others.
#[utoipa::path(post, path = "/v1/content/{id}/locales", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path)), request_body = AddContentLocale, responses((status = 201, body = ContentDraftOut)),
    extensions(("x-problems" = json!([error::LOCALE_TAKEN, error::TOO_MANY_LOCALES, error::SLUG_TAKEN, error::UNAVAILABLE]))))]
pub async fn add_content_locale(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(id): PathId<ContentId>,
    Keyed(key, Valid(body)): Keyed<Valid<AddContentLocale>>,
) -> Result<Answer> {
    service::add_locale(&app, &staff, &key, id, body).await
}

/// Show content in a language, with the version that is worked on.
///
/// The public version may be another one: its number is `published_number`.
#[utoipa::path(get, path = "/v1/content/{id}/locales/{locale}", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12)),
    responses((status = 200, body = ContentDraftOut)),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn get_content_locale(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(place): PathId<(ContentId, String)>,
) -> Result<Versioned<ContentDraftOut>> {
    let body = service::draft(&app, &staff, &Place::new(place)?).await?;
    Ok(Versioned { version: body.locale.version, body })
}

/// Save a new version of content in a language.
///
/// The version is a draft. What is public stays as it is until the new version is published, and a scheduled version goes live
/// all the same. Content that is as before makes no version.
#[utoipa::path(put, path = "/v1/content/{id}/locales/{locale}", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), MustMatch),
    request_body = SaveContent, responses((status = 200, body = ContentDraftOut)),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn save_content_locale(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(place): PathId<(ContentId, String)>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SaveContent>>,
) -> Result<Answer> {
    service::save(&app, &staff, &key, seen, &Place::new(place)?, body).await
}

/// Set the address of content in a language.
///
/// It counts at once. Where the public has read the content at the former address, that leads on to the new one (301); a page
/// that is published at it later wins. While the content is public or scheduled, `content:publish` is needed, too.
#[utoipa::path(put, path = "/v1/content/{id}/locales/{locale}/slug", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), MustMatch),
    request_body = SetSlug, responses((status = 200, body = ContentLocaleOut)),
    extensions(("x-problems" = json!([error::SLUG_TAKEN, error::NO_SLUG]))))]
pub async fn set_content_slug(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(place): PathId<(ContentId, String)>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetSlug>>,
) -> Result<Answer> {
    service::set_slug(&app, &staff, &key, seen, &Place::new(place)?, body).await
}

/// Submit content for review.
///
/// The draft is handed to those who publish.
#[utoipa::path(post, path = "/v1/content/{id}/locales/{locale}/submit", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), IfMatch),
    responses((status = 200, body = ContentLocaleOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE]))))]
pub async fn submit_content(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(place): PathId<(ContentId, String)>,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::submit(&app, &staff, &key, seen, &Place::new(place)?).await
}

/// Return content from review.
///
/// The version is a draft again.
#[utoipa::path(post, path = "/v1/content/{id}/locales/{locale}/return", tag = "content", security(("bearer" = ["content:publish"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), IfMatch),
    request_body = ReturnContent, responses((status = 200, body = ContentLocaleOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE]))))]
pub async fn return_content(
    app: App,
    staff: Staff<ContentPublish>,
    PathId(place): PathId<(ContentId, String)>,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ReturnContent>>,
) -> Result<Answer> {
    service::give_back(&app, &staff, &key, seen, &Place::new(place)?, body).await
}

/// Publish content in a language.
///
/// The version that is worked on is public at once, on every server; other languages stay as they are. A scheduled publication is
/// off, a scheduled withdrawal stays. A `page` needs an address.
#[utoipa::path(post, path = "/v1/content/{id}/locales/{locale}/publish", tag = "content", security(("bearer" = ["content:publish"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), IfMatch),
    responses((status = 200, body = ContentLocaleOut)),
    extensions(("x-problems" = json!([error::NO_SLUG]))))]
pub async fn publish_content(
    app: App,
    staff: Staff<ContentPublish>,
    PathId(place): PathId<(ContentId, String)>,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::publish(&app, &staff, &key, seen, &Place::new(place)?).await
}

/// Archive content in a language.
///
/// It is withdrawn from the public at once, and its schedule is off. Publishing brings it back.
#[utoipa::path(post, path = "/v1/content/{id}/locales/{locale}/archive", tag = "content", security(("bearer" = ["content:publish"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), IfMatch),
    responses((status = 200, body = ContentLocaleOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE]))))]
pub async fn archive_content(
    app: App,
    staff: Staff<ContentPublish>,
    PathId(place): PathId<(ContentId, String)>,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::archive(&app, &staff, &key, seen, &Place::new(place)?).await
}

/// Schedule content in a language.
///
/// The version that is worked on now goes live at `publish_at`, whatever is written until then; what is public is withdrawn at
/// `unpublish_at`. Times are those of the hotel's clocks: a time that clocks are put forward over is the first instant after, one
/// that comes twice is the first. The answer has the instants. They replace what was scheduled before.
#[utoipa::path(put, path = "/v1/content/{id}/locales/{locale}/schedule", tag = "content", security(("bearer" = ["content:publish"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), MustMatch),
    request_body = ScheduleContent, responses((status = 200, body = ContentLocaleOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE, error::NO_SLUG]))))]
pub async fn schedule_content(
    app: App,
    staff: Staff<ContentPublish>,
    PathId(place): PathId<(ContentId, String)>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<ScheduleContent>>,
) -> Result<Answer> {
    service::schedule(&app, &staff, &key, seen, &Place::new(place)?, body).await
}

/// Take the schedule of content in a language back.
///
/// Content that is public stays public.
#[utoipa::path(delete, path = "/v1/content/{id}/locales/{locale}/schedule", tag = "content", security(("bearer" = ["content:publish"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), MustMatch),
    responses((status = 200, body = ContentLocaleOut)),
    extensions(("x-problems" = json!([error::NOT_SCHEDULED]))))]
pub async fn unschedule_content(
    app: App,
    staff: Staff<ContentPublish>,
    PathId(place): PathId<(ContentId, String)>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::unschedule(&app, &staff, &key, seen, &Place::new(place)?).await
}

/// Restore a version of content.
///
/// Its content becomes a new version, a draft. No version is ever changed.
#[utoipa::path(post, path = "/v1/content/{id}/locales/{locale}/restore", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), IfMatch),
    request_body = RestoreContent, responses((status = 200, body = ContentDraftOut)),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn restore_content_version(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(place): PathId<(ContentId, String)>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<RestoreContent>>,
) -> Result<Answer> {
    service::restore(&app, &staff, &key, seen, &Place::new(place)?, body).await
}

/// List the versions of content in a language.
///
/// The newest comes first.
#[utoipa::path(get, path = "/v1/content/{id}/locales/{locale}/versions", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), PageQuery),
    responses((status = 200, body = Page<ContentVersionOut>)))]
pub async fn list_content_versions(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(place): PathId<(ContentId, String)>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ContentVersionOut>>> {
    Ok(Json(service::list_versions(&app, &staff, &Place::new(place)?, &page).await?))
}

/// Show a version of content in a language.
///
/// The answer has all that the version says.
#[utoipa::path(get, path = "/v1/content/{id}/locales/{locale}/versions/{number}", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12),
        ("number" = i32, Path, description = "Number of the version.", minimum = 1, maximum = 1000000)),
    responses((status = 200, body = ContentVersionDetails)),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn get_content_version(
    app: App,
    staff: Staff<ContentWrite>,
    PathId((id, locale, number)): PathId<(ContentId, String, String)>,
) -> Result<Json<ContentVersionDetails>> {
    let number = number.parse().ok().or_404("version")?;
    Ok(Json(service::get_version(&app, &staff, &Place::new((id, locale))?, number).await?))
}

/// Compare two versions of content in a language.
///
/// The answer has the fields and the blocks that differ.
#[utoipa::path(get, path = "/v1/content/{id}/locales/{locale}/comparison", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12), ComparisonQuery),
    responses((status = 200, body = ContentComparison)),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn compare_content_versions(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(place): PathId<(ContentId, String)>,
    Query(query): Query<ComparisonQuery>,
) -> Result<Json<ContentComparison>> {
    Ok(Json(service::compare(&app, &staff, &Place::new(place)?, &query).await?))
}

/// Make a link to a preview.
///
/// Whoever has the link sees the version as the public would, without sign-in, until it ends. It shows that version, whatever is
/// written or published meanwhile, and nothing any more once the content is removed.
#[utoipa::path(post, path = "/v1/content/{id}/locales/{locale}/preview", tag = "content", security(("bearer" = ["content:write"])),
    params(("id" = uuid::Uuid, Path), ("locale" = String, Path, description = "Language of the text (BCP 47).", max_length = 12)),
    request_body = AskForPreview, responses((status = 200, body = PreviewLink)))]
pub async fn create_content_preview(
    app: App,
    staff: Staff<ContentWrite>,
    PathId(place): PathId<(ContentId, String)>,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<AskForPreview>>,
) -> Result<Answer> {
    service::ask_for_preview(&app, &staff, &key, &Place::new(place)?, body).await
}
