use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::notifications::dto::{TemplateOut, TemplatePreview, TemplateWords, TestSent};
use crate::domains::notifications::model::NotificationKind;
use crate::domains::notifications::service::{self, TemplatePlace};
use crate::error::problems;
use crate::http::answer::Versioned;
use crate::http::{PathId, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::Page;
use crate::security::Staff;
use crate::security::permission::TemplatesWrite;
use crate::texts::Locale;
use crate::version::MustMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_notification_templates))
        .routes(routes!(get_notification_template, set_notification_template, reset_notification_template))
        .routes(routes!(preview_notification_template))
        .routes(routes!(test_notification_template))
}

fn place((property_id, kind, locale): (Uuid, NotificationKind, Locale)) -> TemplatePlace {
    TemplatePlace { property_id, kind, locale }
}

/// List the words of a hotel's notifications.
///
/// Each kind has its built-in words, or the hotel's own in their place, and the hotel's own in further languages.
#[utoipa::path(get, path = "/v1/properties/{id}/notification-templates", tag = "notifications",
    security(("bearer" = ["templates:write"])), params(("id" = Uuid, Path)),
    responses((status = 200, body = Page<TemplateOut>)))]
pub async fn list_notification_templates(
    app: App,
    staff: Staff<TemplatesWrite>,
    PathId(id): PathId,
) -> Result<Json<Page<TemplateOut>>> {
    Ok(Json(Page::whole(service::list_templates(&app, &staff, id).await?)))
}

/// Show the words of a kind in a language.
#[utoipa::path(get, path = "/v1/properties/{id}/notification-templates/{kind}/{locale}", tag = "notifications",
    security(("bearer" = ["templates:write"])),
    params(("id" = Uuid, Path), ("kind" = NotificationKind, Path, description = "Kind of notification."),
        ("locale" = String, Path, description = "Language of the words (BCP 47).", max_length = 12)),
    responses((status = 200, body = TemplateOut)))]
pub async fn get_notification_template(
    app: App,
    staff: Staff<TemplatesWrite>,
    PathId(of): PathId<(Uuid, NotificationKind, Locale)>,
) -> Result<Versioned<TemplateOut>> {
    let body = service::get_template(&app, &staff, &place(of)).await?;
    Ok(Versioned { version: body.version, body })
}

/// Set the words of a kind in a language.
///
/// Words name variables (`{{ reference }}`) and choose between texts (`{% if count > 1 %}`); what else they do, or name, is
/// refused. `If-Match` is the version of what there is: `"0"` where the hotel never had its own words.
#[utoipa::path(put, path = "/v1/properties/{id}/notification-templates/{kind}/{locale}", tag = "notifications",
    security(("bearer" = ["templates:write"])),
    params(("id" = Uuid, Path), ("kind" = NotificationKind, Path, description = "Kind of notification."),
        ("locale" = String, Path, description = "Language of the words (BCP 47).", max_length = 12), MustMatch),
    request_body = TemplateWords, responses((status = 200, body = TemplateOut)))]
pub async fn set_notification_template(
    app: App,
    staff: Staff<TemplatesWrite>,
    PathId(of): PathId<(Uuid, NotificationKind, Locale)>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<TemplateWords>>,
) -> Result<Answer> {
    service::set_template(&app, &staff, &key, seen, &place(of), body).await
}

/// Reset the words of a kind in a language.
///
/// The built-in words hold again, where there are some in the language.
#[utoipa::path(delete, path = "/v1/properties/{id}/notification-templates/{kind}/{locale}", tag = "notifications",
    security(("bearer" = ["templates:write"])),
    params(("id" = Uuid, Path), ("kind" = NotificationKind, Path, description = "Kind of notification."),
        ("locale" = String, Path, description = "Language of the words (BCP 47).", max_length = 12), MustMatch),
    responses((status = 204)))]
pub async fn reset_notification_template(
    app: App,
    staff: Staff<TemplatesWrite>,
    PathId(of): PathId<(Uuid, NotificationKind, Locale)>,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::reset_template(&app, &staff, &key, seen, &place(of)).await
}

/// Preview words of a kind in a language.
///
/// The words are checked as they are when they are set, and filled in with examples. Nothing is kept.
#[utoipa::path(post, path = "/v1/properties/{id}/notification-templates/{kind}/{locale}/preview", tag = "notifications",
    security(("bearer" = ["templates:write"])),
    params(("id" = Uuid, Path), ("kind" = NotificationKind, Path, description = "Kind of notification."),
        ("locale" = String, Path, description = "Language of the words (BCP 47).", max_length = 12)),
    request_body = TemplateWords, responses((status = 200, body = TemplatePreview)))]
pub async fn preview_notification_template(
    app: App,
    staff: Staff<TemplatesWrite>,
    PathId(of): PathId<(Uuid, NotificationKind, Locale)>,
    Keyed(key, Valid(body)): Keyed<Valid<TemplateWords>>,
) -> Result<Answer> {
    service::preview_template(&app, &staff, &key, &place(of), body).await
}

/// Send yourself a test of words.
///
/// The words are filled in with examples, and go to your own e-mail address.
#[utoipa::path(post, path = "/v1/properties/{id}/notification-templates/{kind}/{locale}/test", tag = "notifications",
    security(("bearer" = ["templates:write"])),
    params(("id" = Uuid, Path), ("kind" = NotificationKind, Path, description = "Kind of notification."),
        ("locale" = String, Path, description = "Language of the words (BCP 47).", max_length = 12)),
    request_body = TemplateWords, responses((status = 200, body = TestSent)),
    extensions(("x-problems" = json!([problems::PERSON_REQUIRED]))))]
pub async fn test_notification_template(
    app: App,
    staff: Staff<TemplatesWrite>,
    PathId(of): PathId<(Uuid, NotificationKind, Locale)>,
    Keyed(key, Valid(body)): Keyed<Valid<TemplateWords>>,
) -> Result<Answer> {
    service::test_template(&app, &staff, &key, &place(of), body).await
}
