use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::notifications::dto::{MailSubscriptionOut, PreferencesOut, UpdatePreferences};
use crate::domains::notifications::error;
use crate::domains::notifications::service;
use crate::http::answer::Versioned;
use crate::http::{Valid, routes};
use crate::idempotency::Keyed;
use crate::request_id::RequestId;
use crate::security::Me;
use crate::version::MustMatch;
use axum::extract::Path;
use axum::{Extension, Json};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_notification_preferences, update_notification_preferences))
        .routes(routes!(get_mail_subscription, unsubscribe_from_mails))
        .routes(routes!(resubscribe_to_mails))
}

/// Show your notification preferences.
///
/// Only kinds that you can be told of are listed.
#[utoipa::path(get, path = "/v1/notifications/preferences", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, body = PreferencesOut)))]
pub async fn get_notification_preferences(app: App, me: Me) -> Result<Versioned<PreferencesOut>> {
    let body = service::preferences(&app, &me).await?;
    Ok(Versioned { version: body.version, body })
}

/// Change your notification preferences (JSON merge patch).
///
/// Notifications that reach you by e-mail or push message are in HBS, too. Some channels of some kinds cannot be turned off (409
/// `notifications.mandatory`). Mails that can be ended by their address, without an account, are shown and changed for the
/// address that you have proved: e-mails of `broadcast` and `my_review_answered`.
#[utoipa::path(patch, path = "/v1/notifications/preferences", tag = "notifications", security(("bearer" = [])),
    params(MustMatch), request_body = UpdatePreferences, responses((status = 200, body = PreferencesOut)),
    extensions(("x-problems" = json!([error::MANDATORY, error::UNPROVED]))))]
pub async fn update_notification_preferences(
    app: App,
    me: Me,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdatePreferences>>,
) -> Result<Answer> {
    service::update_preferences(&app, &me, &key, seen, body).await
}

/// Show what a mail can end.
///
/// This is for the page behind the link of a mail program that asks before it ends mails: it changes nothing.
#[utoipa::path(get, path = "/v1/unsubscribe/{token}", tag = "notifications", security(()),
    params(("token" = String, Path, max_length = 500, description = "Token of the mail: who is to have what no more.")),
    responses((status = 200, body = MailSubscriptionOut)))]
pub async fn get_mail_subscription(app: App, Path(token): Path<String>) -> Result<Json<MailSubscriptionOut>> {
    service::subscription(&app, &token).await.map(Json)
}

/// End mails of a kind (RFC 8058).
///
/// Mails that one may do without name this address in `List-Unsubscribe`, so that one press of a button in a mail program ends
/// them: those of a kind to an account, all of its notifications if the mail tells of several kinds, and messages of hotels or
/// mails about reviews to an address. What is to an account, its preferences can bring back; what is to an address,
/// `POST /v1/unsubscribe/{token}/undo`.
#[utoipa::path(post, path = "/v1/unsubscribe/{token}", tag = "notifications", security(()),
    params(("token" = String, Path, max_length = 500, description = "Token of the mail: who is to have what no more.")),
    responses((status = 204)))]
pub async fn unsubscribe_from_mails(
    app: App,
    Extension(request_id): Extension<RequestId>,
    Path(token): Path<String>,
) -> Result<StatusCode> {
    service::unsubscribe(&app, request_id, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have mails again that were ended for an address.
///
/// Whoever has one of the mails has the token, and it comes to the same however often it is asked. Mails to an account are
/// brought back by its preferences alone (409 `notifications.by_preferences`).
#[utoipa::path(post, path = "/v1/unsubscribe/{token}/undo", tag = "notifications", security(()),
    params(("token" = String, Path, max_length = 500, description = "Token of the mail: who is to have what again.")),
    responses((status = 204)), extensions(("x-problems" = json!([error::BY_PREFERENCES]))))]
pub async fn resubscribe_to_mails(
    app: App,
    Extension(request_id): Extension<RequestId>,
    Path(token): Path<String>,
) -> Result<StatusCode> {
    service::resubscribe(&app, request_id, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
