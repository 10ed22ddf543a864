use super::dto::{
    AcceptInvitation, AccountKeys, ChangePassword, EmailVerified, ForgotPassword, Login, LogoutAll, MfaStatus, RecoveryCodesOut,
    Refresh, Register, RemoveTotp, ResetPassword, SessionOut, SetUpTotp, SignedIn, TotpCode, TotpSecret, UpdateMe, UpdatedMe,
    UserOut, VerifyEmail, VerifyMfa,
};
use super::error;
use super::service::{self, Origin};
use crate::answer::{Answer, etag};
use crate::app::App;
use crate::error::problems;
use crate::http::upload::{PictureFile, UploadTurn, picture_limit};
use crate::http::{OptionalBody, PathId, Query, Upload, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::media::{self, Received};
use crate::middleware::ClientIp;
use crate::page::{Page, PageQuery};
use crate::request_id::RequestId;
use crate::security::{JwkSet, Me, to_the_end};
use crate::texts::Languages;
use crate::version::MustMatch;
use crate::{Error, Result};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use utoipa_axum::router::OpenApiRouter;

/// Routes of authentication.
pub fn router() -> OpenApiRouter<App> {
    let avatar = OpenApiRouter::new().routes(routes!(set_avatar, delete_avatar)).layer(picture_limit());
    OpenApiRouter::new()
        .merge(avatar)
        .routes(routes!(register))
        .routes(routes!(verify_email))
        .routes(routes!(resend_verification))
        .routes(routes!(forgot_password))
        .routes(routes!(reset_password))
        .routes(routes!(change_password))
        .routes(routes!(accept_invitation))
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(get_me, update_me))
        .routes(routes!(jwks))
        .routes(routes!(verify_mfa))
        .routes(routes!(get_mfa))
        .routes(routes!(set_up_totp, remove_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(replace_recovery_codes))
        .routes(routes!(list_sessions))
        .routes(routes!(revoke_session))
        .routes(routes!(logout_all))
}

impl FromRequestParts<App> for Origin {
    type Rejection = crate::Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Ok(ClientIp(ip)) = ClientIp::from_request_parts(parts, app).await;
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(String::from);
        Ok(Self { ip, user_agent, request_id: RequestId::of(&parts.extensions) })
    }
}

/// Register an account and sign in.
///
/// A mail with a link that verifies the e-mail address is sent there. The answer is the same if somebody else has the
/// address or the phone number: both count only once they are proved. The owner of the address is then told by mail instead,
/// and the new account can never verify it.
#[utoipa::path(post, path = "/v1/auth/register", tag = "authentication", security(()),
    params(Languages), request_body = Register, responses((status = 201, body = SignedIn)),
    extensions(("x-problems" = json!([problems::BUSY]))))]
pub async fn register(
    app: App,
    origin: Origin,
    spoken: Languages,
    Valid(body): Valid<Register>,
) -> Result<(StatusCode, Json<SignedIn>)> {
    Ok((StatusCode::CREATED, Json(service::register(&app, body, &spoken.0, &origin).await?)))
}

/// Verify an e-mail address.
///
/// Needs the token of the link that was mailed to it. If the mail was sent for a change of address, the account has the
/// new address from then on, and a notice is sent to the old one.
#[utoipa::path(post, path = "/v1/auth/email/verify", tag = "authentication", security(()),
    request_body = VerifyEmail, responses((status = 200, body = EmailVerified)),
    extensions(("x-problems" = json!([error::TOKEN_INVALID, error::EMAIL_TAKEN]))))]
pub async fn verify_email(app: App, origin: Origin, Valid(body): Valid<VerifyEmail>) -> Result<Json<EmailVerified>> {
    Ok(Json(to_the_end(async move { service::verify_email(&app, body, &origin).await }).await?))
}

/// Send the verification mail again.
///
/// Nothing is sent if the e-mail address is verified already. The link in the earlier mail becomes invalid.
#[utoipa::path(post, path = "/v1/auth/email/resend", tag = "authentication", security(("bearer" = [])),
    responses((status = 202, description = "Mail on its way")))]
pub async fn resend_verification(app: App, me: Me) -> Result<StatusCode> {
    service::resend_verification(&app, &me).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Ask for a mail that resets the password.
///
/// A mail with a link is sent if an account has this e-mail address. The answer is the same if none has.
#[utoipa::path(post, path = "/v1/auth/password/forgot", tag = "authentication", security(()),
    request_body = ForgotPassword, responses((status = 202, description = "Mail on its way, if the account exists")))]
pub async fn forgot_password(app: App, Valid(body): Valid<ForgotPassword>) -> Result<StatusCode> {
    service::forgot_password(&app, body).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Reset the password with the token of a mailed link.
///
/// All sessions of the account end, and the API keys that it has made, unless `keep_api_keys` is true. If it has made any that
/// worked, the answer lists them, and a mail names them. Sign in with the new password, and with the second factor if the
/// account has one.
#[utoipa::path(post, path = "/v1/auth/password/reset", tag = "authentication", security(()),
    request_body = ResetPassword, responses((status = 200, body = AccountKeys), (status = 204)),
    extensions(("x-problems" = json!([error::TOKEN_INVALID, error::EMAIL_TAKEN, problems::BUSY]))))]
pub async fn reset_password(app: App, origin: Origin, Valid(body): Valid<ResetPassword>) -> Result<Response> {
    Ok(told(to_the_end(async move { service::reset_password(&app, body, &origin).await }).await?))
}

/// The keys of an account, if there are any.
fn told(keys: AccountKeys) -> Response {
    if keys.ended_api_keys.is_empty() && keys.api_keys.is_empty() {
        StatusCode::NO_CONTENT.into_response()
    } else {
        Json(keys).into_response()
    }
}

/// Change the password.
///
/// Needs the current password. All other sessions of the account end; this one continues. API keys that you have made go on
/// unless `end_api_keys` is true; if there are any, the answer lists them.
#[utoipa::path(post, path = "/v1/auth/password/change", tag = "authentication", security(("bearer" = [])),
    request_body = ChangePassword, responses((status = 200, body = AccountKeys), (status = 204)),
    extensions(("x-problems" = json!([error::WRONG_PASSWORD, error::TOO_MANY_ATTEMPTS, problems::BUSY]))))]
pub async fn change_password(app: App, me: Me, origin: Origin, Valid(body): Valid<ChangePassword>) -> Result<Response> {
    Ok(told(to_the_end(async move { service::change_password(&app, &me, &origin, body).await }).await?))
}

/// Accept an invitation, choose a password and sign in.
///
/// Needs the token of the link that was mailed. This verifies the e-mail address as well.
#[utoipa::path(post, path = "/v1/auth/invitations/accept", tag = "authentication", security(()),
    request_body = AcceptInvitation, responses((status = 200, body = SignedIn)),
    extensions(("x-problems" = json!([error::TOKEN_INVALID, problems::BUSY]))))]
pub async fn accept_invitation(app: App, origin: Origin, Valid(body): Valid<AcceptInvitation>) -> Result<Json<SignedIn>> {
    Ok(Json(service::accept_invitation(&app, body, &origin).await?))
}

/// Sign in.
///
/// If a second factor is required, the answer is 401 `auth.mfa_required` with an `mfa_token`, which is sent with a code
/// to `POST /v1/auth/mfa/verify`. After 5 failures in a row, further attempts have to wait, for a second at first and
/// from the tenth failure on for 15 minutes to an hour: 429 `auth.too_many_attempts` with `Retry-After`.
#[utoipa::path(post, path = "/v1/auth/login", tag = "authentication", security(()),
    request_body = Login, responses((status = 200, body = SignedIn)),
    extensions(("x-problems" = json!([error::WRONG_CREDENTIALS, error::MFA_REQUIRED, error::TOO_MANY_ATTEMPTS, problems::BUSY]))))]
pub async fn login(app: App, origin: Origin, Valid(body): Valid<Login>) -> Result<Json<SignedIn>> {
    Ok(Json(service::login(&app, body, &origin).await?))
}

/// Refresh the tokens of a session.
///
/// A refresh token is good for one use. Using one again ends the session, unless the same device (address and `User-Agent`)
/// does so within ten seconds and its successor has not been used: then the answer has the same successor.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "authentication", security(()),
    request_body = Refresh, responses((status = 200, body = SignedIn)),
    extensions(("x-problems" = json!([error::WRONG_REFRESH_TOKEN]))))]
pub async fn refresh(app: App, origin: Origin, Valid(body): Valid<Refresh>) -> Result<Json<SignedIn>> {
    Ok(Json(to_the_end(async move { service::refresh(&app, &body, &origin).await }).await?))
}

/// Sign out.
///
/// The session of this request ends at once.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "authentication", security(("bearer" = [])), responses((status = 204)))]
pub async fn logout(app: App, me: Me) -> Result<StatusCode> {
    to_the_end(async move { service::logout(&app, &me).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Show your account.
///
/// The `ETag` of the answer is needed as `If-Match` for `PATCH /v1/me`.
#[utoipa::path(get, path = "/v1/me", tag = "authentication", security(("bearer" = [])), responses((status = 200, body = UserOut)))]
pub async fn get_me(me: Me) -> Result<impl IntoResponse> {
    let profile = me.session.profile(|person| {
        let json = serde_json::to_vec(&UserOut::from(person.clone())).map_err(Error::internal)?;
        Ok(Bytes::from(json))
    })?;
    let etag = HeaderValue::try_from(etag(me.person().version)).map_err(Error::internal)?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json")), (header::ETAG, etag)], profile))
}

/// Set your picture.
///
/// The body is the picture itself: JPEG, PNG or WebP, at most 10 MiB and some 24 million pixels. It is turned upright, its
/// middle is cut out as a square, and it is stored without its metadata in widths of up to 512 pixels.
#[utoipa::path(put, path = "/v1/me/avatar", tag = "authentication", security(("bearer" = [])),
    request_body(content((PictureFile = "image/jpeg"), (PictureFile = "image/png"), (PictureFile = "image/webp"), (PictureFile = "application/octet-stream"))),
    responses((status = 200, body = UserOut)),
    extensions(("x-problems" = json!(media::PROBLEMS))))]
pub async fn set_avatar(
    app: App,
    me: Me,
    UploadTurn(turn): UploadTurn,
    Keyed(key, Upload(file)): Keyed<Upload>,
) -> Result<Answer> {
    to_the_end(async move { service::set_avatar(&app, &me, &key, Received { turn, file }).await }).await
}

/// Remove your picture.
///
/// Without a picture, nothing changes.
#[utoipa::path(delete, path = "/v1/me/avatar", tag = "authentication", security(("bearer" = [])), responses((status = 204)))]
pub async fn delete_avatar(app: App, me: Me, Keyed(key, _): Keyed<NoBody>) -> Result<Answer> {
    to_the_end(async move { service::delete_avatar(&app, &me, &key).await }).await
}

/// Show the public keys that verify access tokens.
///
/// The answer is a JSON Web Key Set (RFC 7517). The `kid` in the header of an access token names its key.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "authentication", security(()),
    responses((status = 200, body = JwkSet)))]
pub async fn jwks(app: App) -> Json<JwkSet> {
    Json(app.security.keys.jwks())
}

/// Sign in with the second factor.
///
/// Needs the `mfa_token` of the problem `auth.mfa_required` (401) that answered the password, and either `code` or
/// `recovery_code`.
#[utoipa::path(post, path = "/v1/auth/mfa/verify", tag = "authentication", security(()),
    request_body = VerifyMfa, responses((status = 200, body = SignedIn)),
    extensions(("x-problems" = json!([error::WRONG_MFA_TOKEN, error::WRONG_CODE, error::TOO_MANY_ATTEMPTS]))))]
pub async fn verify_mfa(app: App, origin: Origin, Valid(body): Valid<VerifyMfa>) -> Result<Json<SignedIn>> {
    Ok(Json(service::verify_mfa(&app, body, &origin).await?))
}

/// Show whether your account has a second factor.
///
/// The answer also has the time since when signing in needs a code, and the number of recovery codes that are left.
#[utoipa::path(get, path = "/v1/auth/mfa", tag = "authentication", security(("bearer" = [])),
    responses((status = 200, body = MfaStatus)))]
pub async fn get_mfa(app: App, me: Me) -> Result<Json<MfaStatus>> {
    Ok(Json(service::mfa_status(&app, &me).await?))
}

/// Begin to set up an authenticator.
///
/// The authenticator is used for signing in only after a first code has confirmed it. Repeating this makes a new
/// secret.
#[utoipa::path(post, path = "/v1/auth/mfa/totp", tag = "authentication", security(("bearer" = [])),
    request_body = SetUpTotp, responses((status = 200, body = TotpSecret)),
    extensions(("x-problems" = json!([error::SECOND_FACTOR_ACTIVE, error::WRONG_PASSWORD, error::TOO_MANY_ATTEMPTS, problems::BUSY]))))]
pub async fn set_up_totp(app: App, me: Me, origin: Origin, Valid(body): Valid<SetUpTotp>) -> Result<Json<TotpSecret>> {
    Ok(Json(service::set_up_totp(&app, &me, &origin, body).await?))
}

/// Confirm the authenticator with a first code.
///
/// From now on, signing in needs a code. All other sessions end. The recovery codes are shown only in this answer.
#[utoipa::path(post, path = "/v1/auth/mfa/totp/confirm", tag = "authentication", security(("bearer" = [])),
    request_body = TotpCode, responses((status = 200, body = RecoveryCodesOut)),
    extensions(("x-problems" = json!([error::SECOND_FACTOR_ACTIVE, error::NO_SECOND_FACTOR, error::WRONG_CODE, error::TOO_MANY_ATTEMPTS]))))]
pub async fn confirm_totp(app: App, me: Me, origin: Origin, Valid(body): Valid<TotpCode>) -> Result<Json<RecoveryCodesOut>> {
    Ok(Json(to_the_end(async move { service::confirm_totp(&app, &me, &origin, body).await }).await?))
}

/// Remove the authenticator.
///
/// Needs the password and either `code` or `recovery_code`. Permissions that roles grant only with a second factor are
/// withheld from then on.
#[utoipa::path(delete, path = "/v1/auth/mfa/totp", tag = "authentication", security(("bearer" = [])),
    request_body = RemoveTotp, responses((status = 204)),
    extensions(("x-problems" = json!([error::NO_SECOND_FACTOR, error::WRONG_CODE, error::WRONG_PASSWORD, error::TOO_MANY_ATTEMPTS, problems::BUSY]))))]
pub async fn remove_totp(app: App, me: Me, origin: Origin, Valid(body): Valid<RemoveTotp>) -> Result<StatusCode> {
    to_the_end(async move { service::remove_totp(&app, &me, &origin, body).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace the recovery codes.
///
/// The old ones become void.
#[utoipa::path(post, path = "/v1/auth/mfa/recovery-codes", tag = "authentication", security(("bearer" = [])),
    request_body = TotpCode, responses((status = 200, body = RecoveryCodesOut)),
    extensions(("x-problems" = json!([error::NO_SECOND_FACTOR, error::WRONG_CODE, error::TOO_MANY_ATTEMPTS]))))]
pub async fn replace_recovery_codes(
    app: App,
    me: Me,
    origin: Origin,
    Valid(body): Valid<TotpCode>,
) -> Result<Json<RecoveryCodesOut>> {
    Ok(Json(service::replace_recovery_codes(&app, &me, &origin, body).await?))
}

/// List your sessions, newest first.
///
/// Sessions that have ended are not listed.
#[utoipa::path(get, path = "/v1/auth/sessions", tag = "authentication", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = Page<SessionOut>)))]
pub async fn list_sessions(app: App, me: Me, Query(page): Query<PageQuery>) -> Result<Json<Page<SessionOut>>> {
    Ok(Json(service::list_sessions(&app, &me, &page).await?))
}

/// End one of your sessions.
///
/// The session ends at once.
#[utoipa::path(delete, path = "/v1/auth/sessions/{id}", tag = "authentication", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path)), responses((status = 204)))]
pub async fn revoke_session(app: App, me: Me, PathId(id): PathId) -> Result<StatusCode> {
    to_the_end(async move { service::revoke_session(&app, &me, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign out everywhere.
///
/// All your sessions end at once, including this one, as do links that were mailed to you. API keys that you have made go on
/// unless `end_api_keys` is true; if there are any, the answer lists them.
#[utoipa::path(post, path = "/v1/auth/logout-all", tag = "authentication", security(("bearer" = [])),
    request_body = Option<LogoutAll>, responses((status = 200, body = AccountKeys), (status = 204)))]
pub async fn logout_all(app: App, me: Me, OptionalBody(body): OptionalBody<LogoutAll>) -> Result<Response> {
    Ok(told(to_the_end(async move { service::logout_all(&app, &me, body.end_api_keys).await }).await?))
}

/// Change your profile (JSON merge patch).
///
/// A new `email` needs `current_password`. It takes effect once the link in the mail that is sent there is followed;
/// until then the old address stays. The answer is the same if somebody else has the address, who is told by mail. A phone
/// number counts only once it is proved, so that nobody else is in the way of it.
#[utoipa::path(patch, path = "/v1/me", tag = "authentication", security(("bearer" = [])), params(MustMatch),
    request_body = UpdateMe, responses((status = 200, body = UpdatedMe)),
    extensions(("x-problems" = json!([error::WRONG_PASSWORD, error::TOO_MANY_ATTEMPTS, problems::BUSY]))))]
pub async fn update_me(
    app: App,
    me: Me,
    origin: Origin,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateMe>>,
) -> Result<Answer> {
    to_the_end(async move { service::update_me(&app, &me, &origin, &key, seen, body).await }).await
}
