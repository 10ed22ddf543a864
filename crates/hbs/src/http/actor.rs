//! The caller, as handlers take them: the type says what is proven.
//!
//! | extractor | proves | yields |
//! | --- | --- | --- |
//! | [`Caller`] | signed in | the identity |
//! | [`Staff<P>`] | holds `P` somewhere | the identity and the scope of `P` |
//! | [`OwnOr<P>`] | signed in | the reach: own rows, and those within the scope of `P` |
use crate::app::App;
use crate::error::problems;
use crate::middleware::RequestId;
use crate::outbox::Cause;
use crate::security::{self, Permission, Person, Principal, Scope};
use crate::{Error, Result};
use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::{header, request::Parts};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;
use uuid::Uuid;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Caller {
    principal: Arc<Principal>,
    request_id: RequestId,
}

impl Caller {
    pub fn user_id(&self) -> Uuid {
        self.principal.person.id
    }

    pub fn session_id(&self) -> Uuid {
        self.principal.session_id
    }

    pub fn person(&self) -> &Person {
        &self.principal.person
    }

    pub fn grants(&self) -> &security::Grants {
        &self.principal.grants
    }

    /// Who did it and when, for events.
    pub fn cause(&self, at: DateTime<Utc>) -> Cause {
        Cause::user(self.user_id(), self.request_id.clone(), at)
    }

    /// 403 unless the caller holds `P` at the property. For permissions that a value in the body asks for.
    pub fn require<P: Permission>(&self, property_id: Uuid) -> Result<()> {
        if self.grants().holds(P::NAME, Some(property_id)) { Ok(()) } else { Err(forbidden(P::NAME)) }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let token = bearer(parts).ok_or_else(security::unauthenticated)?;
        let principal = app.security.resolve(app, token).await?;
        Ok(Self { principal, request_id: RequestId::of(&parts.extensions) })
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Somebody who holds `P` at one property at least.
#[derive(Debug)]
pub struct Staff<P: Permission> {
    pub caller: Caller,
    /// Where they hold it. Every finder of property-owned rows takes this.
    pub scope: Scope,
    proven: PhantomData<P>,
}

impl<P: Permission> Staff<P> {
    /// What they can reach by this permission: not what is merely their own.
    pub fn reach(&self) -> Reach {
        Reach { owner: None, scope: self.scope.clone() }
    }

    /// 404 unless the property is within the scope: others' hotels are not theirs to know of.
    pub fn at(&self, property_id: Uuid) -> Result<()> {
        if self.scope.covers(property_id) { Ok(()) } else { Err(Error::not_found("property")) }
    }
}

impl<P: Permission> FromRequestParts<App> for Staff<P> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let scope = caller.grants().scope(P::NAME).cloned().ok_or_else(|| forbidden(P::NAME))?;
        Ok(Self { caller, scope, proven: PhantomData })
    }
}

/// Somebody who may act on what is theirs, and with `P` on others' within its scope.
#[derive(Debug)]
pub struct OwnOr<P: Permission> {
    pub caller: Caller,
    /// What they can reach.
    pub reach: Reach,
    proven: PhantomData<P>,
}

/// Rows that a caller may touch: those of `owner`, and all of the properties in `scope`.
#[derive(Debug, Clone)]
pub struct Reach {
    pub owner: Option<Uuid>,
    pub scope: Scope,
}

impl<P: Permission> FromRequestParts<App> for OwnOr<P> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let scope = caller.grants().scope(P::NAME).cloned().unwrap_or(Scope::Properties(BTreeSet::new()));
        let reach = Reach { owner: Some(caller.user_id()), scope };
        Ok(Self { caller, reach, proven: PhantomData })
    }
}

fn forbidden(permission: &str) -> Error {
    let mut error = Error::client(&problems::FORBIDDEN, format!("This needs the permission {permission}."));
    if let Error::Client(client) = &mut error {
        client.extra.insert("permission".into(), permission.into());
    }
    error
}
