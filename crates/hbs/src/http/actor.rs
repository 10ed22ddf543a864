//! The caller as an extractor: the type in a handler's signature says what has been proven.
use crate::app::App;
use crate::reliance::Reliance;
use crate::request_id::RequestId;
use crate::security::{self, Caller, Me, OwnOr, Permission, Staff, Verified};
use crate::{Error, Result};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use std::sync::Arc;

/// Returns the token of the `Authorization` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    token(headers.get(header::AUTHORIZATION)?)
}

/// Returns the token in the value of an `Authorization` header.
pub fn token(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let principal = match parts.extensions.get::<Verified>() {
            Some(verified) => app.security.resolve_verified(*verified).await?,
            None => app.security.resolve(bearer(&parts.headers).ok_or_else(security::unauthenticated)?).await?,
        };
        // One for the whole request, whoever extracts its caller.
        let reliance = parts.extensions.get_or_insert_with(Arc::<Reliance>::default).clone();
        Ok(Self::new(principal, RequestId::of(&parts.extensions), reliance, app.person_keys.clone()))
    }
}

/// Extracts any caller, signed in or not: a token that is not valid counts as none.
impl OptionalFromRequestParts<App> for Caller {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>> {
        if bearer(&parts.headers).is_none() {
            return Ok(None);
        }
        Ok(caller(parts, app).await.ok())
    }
}

impl FromRequestParts<App> for Me {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Self::of(caller(parts, app).await?)
    }
}

impl<P: Permission> FromRequestParts<App> for Staff<P> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Self::prove(caller(parts, app).await?)
    }
}

impl<P: Permission> FromRequestParts<App> for OwnOr<P> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Ok(Self::of(caller(parts, app).await?))
    }
}

async fn caller(parts: &mut Parts, app: &App) -> Result<Caller> {
    <Caller as FromRequestParts<App>>::from_request_parts(parts, app).await
}
