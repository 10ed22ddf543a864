//! The caller, as handlers take them: the type says what is proven.
//!
//! | extractor | proves | yields |
//! | --- | --- | --- |
//! | `Option<Caller>` | nothing | the identity, if there is one |
//! | [`Caller`] | signed in | the identity: a person, or an integration by its key |
//! | [`Me`] | signed in as a person | the person and their session |
//! | [`Staff<P>`] | holds `P` somewhere | the identity and the scope of `P` |
//! | [`OwnOr<P>`] | signed in | the reach: own rows, and those within the scope of `P` |
use crate::app::App;
use crate::error::{Problem, problems};
use crate::middleware::RequestId;
use crate::outbox::Cause;
use crate::security::{self, Identity, Permission, Person, Principal, Scope, Session, Verified};
use crate::{Error, Result};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use chrono::{DateTime, Utc};
use http::{HeaderMap, header, request::Parts};
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
    /// The user or, where an integration calls, its key.
    pub fn id(&self) -> Uuid {
        self.principal.user_id().unwrap_or_else(|| self.principal.id())
    }

    /// The user, where a person calls.
    pub fn user_id(&self) -> Option<Uuid> {
        self.principal.user_id()
    }

    pub fn grants(&self) -> &security::Grants {
        &self.principal.grants
    }

    /// Who did it and when, for events.
    pub fn cause(&self, at: DateTime<Utc>) -> Cause {
        match &self.principal.identity {
            Identity::Person(session) => Cause::user(session.person.id, self.request_id.clone(), at),
            Identity::ApiKey(key) => Cause::api_key(key.id, self.request_id.clone(), at),
        }
    }

    /// 403 unless the caller holds `P` at the property. For permissions that a value in the body asks for.
    pub fn require<P: Permission>(&self, property_id: Uuid) -> Result<()> {
        if self.grants().holds(P::NAME, Some(property_id)) { Ok(()) } else { Err(self.lacks(P::NAME)) }
    }

    /// Where the caller holds `P`, or 403. For permissions that a use case asks for besides its own.
    pub fn scope_of<P: Permission>(&self) -> Result<&Scope> {
        self.grants().scope(P::NAME).ok_or_else(|| self.lacks(P::NAME))
    }

    /// 403: why the caller does not have a permission.
    fn lacks(&self, permission: &str) -> Error {
        if self.principal.withheld.scope(permission).is_some() {
            return with_permission(
                &problems::SECOND_FACTOR_REQUIRED,
                "The role that grants this asks for a second factor: set one up at POST /v1/auth/mfa/totp, or sign in with it.",
                permission,
            );
        }
        with_permission(&problems::FORBIDDEN, format!("This needs the permission {permission}."), permission)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let principal = match parts.extensions.get::<Verified>() {
            Some(verified) => app.security.resolve_verified(app, *verified).await?,
            None => app.security.resolve(app, bearer(&parts.headers).ok_or_else(security::unauthenticated)?).await?,
        };
        Ok(Self { principal, request_id: RequestId::of(&parts.extensions) })
    }
}

/// Whoever it is, signed in or not: a token that is not valid says nothing.
impl OptionalFromRequestParts<App> for Caller {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>> {
        if bearer(&parts.headers).is_none() {
            return Ok(None);
        }
        Ok(<Self as FromRequestParts<App>>::from_request_parts(parts, app).await.ok())
    }
}

/// A person who is signed in: for what is theirs alone, such as their profile and their sessions.
#[derive(Debug, Clone)]
pub struct Me {
    pub caller: Caller,
    pub session: Session,
}

impl Me {
    pub fn user_id(&self) -> Uuid {
        self.session.person.id
    }

    pub fn person(&self) -> &Person {
        &self.session.person
    }
}

impl FromRequestParts<App> for Me {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = <Caller as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        match &caller.principal.identity {
            Identity::Person(session) => Ok(Self { session: session.clone(), caller }),
            Identity::ApiKey(_) => {
                Err(Error::client(&problems::PERSON_REQUIRED, "This is for people who are signed in, not for API keys."))
            }
        }
    }
}

/// The token of the `Authorization` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
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
        let caller = <Caller as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let scope = caller.scope_of::<P>()?.clone();
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

impl Reach {
    /// Whether there is no property in scope. Lists ask for the owner's rows alone then: an OR with nothing on its other side is served by no index.
    pub fn is_own_only(&self) -> bool {
        !self.scope.is_all() && self.scope.ids().is_empty()
    }
}

impl<P: Permission> FromRequestParts<App> for OwnOr<P> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = <Caller as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let scope = caller.grants().scope(P::NAME).cloned().unwrap_or(Scope::Properties(BTreeSet::new()));
        let reach = Reach { owner: caller.user_id(), scope };
        Ok(Self { caller, reach, proven: PhantomData })
    }
}

fn with_permission(problem: &'static Problem, detail: impl Into<String>, permission: &str) -> Error {
    let mut error = Error::client(problem, detail);
    if let Error::Client(client) = &mut error {
        client.extra.insert("permission".into(), permission.into());
    }
    error
}
