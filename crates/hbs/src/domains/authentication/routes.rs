use super::dto::{Login, Refresh, Register, SignedIn, UserOut};
use super::service::{self, Origin};
use crate::Result;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{Caller, Valid};
use crate::middleware::{ClientIp, RequestId};
use crate::security::to_the_end;
use axum::Json;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{StatusCode, header};

impl FromRequestParts<App> for Origin {
    type Rejection = crate::Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Ok(ClientIp(ip)) = ClientIp::from_request_parts(parts, app).await;
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(String::from);
        Ok(Self { ip, user_agent, request_id: RequestId::of(&parts.extensions) })
    }
}

/// Make an account and sign in.
#[utoipa::path(post, path = "/v1/auth/register", tag = "authentication", security(()),
    request_body = Register, responses((status = 201, body = SignedIn)))]
pub async fn register(app: App, origin: Origin, Valid(body): Valid<Register>) -> Result<(StatusCode, Json<SignedIn>)> {
    Ok((StatusCode::CREATED, Json(service::register(&app, body, &origin).await?)))
}

/// Sign in.
///
/// Where a second factor is required, the answer is 401 `auth.mfa_required` with an `mfa_token`.
#[utoipa::path(post, path = "/v1/auth/login", tag = "authentication", security(()),
    request_body = Login, responses((status = 200, body = SignedIn)))]
pub async fn login(app: App, origin: Origin, Valid(body): Valid<Login>) -> Result<Json<SignedIn>> {
    Ok(Json(service::login(&app, body, &origin).await?))
}

/// Get new tokens.
///
/// The refresh token is used up. Using one again ends the session.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "authentication", security(()),
    request_body = Refresh, responses((status = 200, body = SignedIn)))]
pub async fn refresh(app: App, origin: Origin, Valid(body): Valid<Refresh>) -> Result<Json<SignedIn>> {
    Ok(Json(to_the_end(async move { service::refresh(&app, &body, &origin).await }).await?))
}

/// Sign out: the session ends at once.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "authentication", security(("bearer" = [])), responses((status = 204)))]
pub async fn logout(app: App, caller: Caller) -> Result<StatusCode> {
    to_the_end(async move { service::logout(&app, &caller).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Show who is signed in.
#[utoipa::path(get, path = "/v1/me", tag = "authentication", security(("bearer" = [])), responses((status = 200, body = UserOut)))]
pub async fn get_me(caller: Caller) -> Result<Versioned<UserOut>> {
    let body = UserOut::from(caller.person().clone());
    Ok(Versioned { version: body.version, body })
}

/// The public keys that access tokens are verified with.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "authentication", security(()), responses((status = 200)))]
pub async fn jwks(app: App) -> Json<serde_json::Value> {
    Json(app.security.keys.jwks())
}
