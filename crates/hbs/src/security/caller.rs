//! The caller, as use cases take them: the type says what is proven.
//!
//! | type | proves | yields |
//! | --- | --- | --- |
//! | `Option<Caller>` | nothing | the identity, if there is one |
//! | [`Caller`] | signed in | the identity: a person, or an integration by its key |
//! | [`Me`] | signed in as a person | the person and their session |
//! | [`Staff<P>`] | holds `P` somewhere | the identity and the scope of `P` |
//! | [`OwnOr<P>`] | signed in | the reach: own rows, and those within the scope of `P` |
//!
//! Handlers take them as extractors (`http/actor.rs`).
use super::{Grants, Identity, Permission, Person, Principal, Reach, Scope, Session};
use crate::error::{Problem, problems};
use crate::outbox::Cause;
use crate::request_id::RequestId;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;
use uuid::Uuid;

/// A caller who is signed in.
#[derive(Debug, Clone)]
pub struct Caller {
    principal: Arc<Principal>,
    request_id: RequestId,
}

impl Caller {
    /// The caller of a request, once a token has proven who that is.
    pub fn new(principal: Arc<Principal>, request_id: RequestId) -> Self {
        Self { principal, request_id }
    }

    /// The user or, where an integration calls, its key.
    pub fn id(&self) -> Uuid {
        self.principal.user_id().unwrap_or_else(|| self.principal.id())
    }

    /// The user, where a person calls.
    pub fn user_id(&self) -> Option<Uuid> {
        self.principal.user_id()
    }

    pub fn grants(&self) -> &Grants {
        &self.principal.grants
    }

    /// Returns the cause of events that the caller brings about.
    pub fn cause(&self, at: DateTime<Utc>) -> Cause {
        match &self.principal.identity {
            Identity::Person(session) => Cause::user(session.person.id, self.request_id.clone(), at),
            Identity::ApiKey(key) => Cause::api_key(key.id, self.request_id.clone(), at),
        }
    }

    /// Refuses with 403 unless the caller holds `P` at the property. For permissions that a value in the body asks for.
    pub fn require<P: Permission>(&self, property_id: Uuid) -> Result<()> {
        if self.grants().holds(P::NAME, Some(property_id)) { Ok(()) } else { Err(self.lacks(P::NAME)) }
    }

    /// Returns the scope in which the caller holds `P`, or 403. For permissions that a use case asks for besides its
    /// own.
    pub fn scope_of<P: Permission>(&self) -> Result<&Scope> {
        self.grants().scope(P::NAME).ok_or_else(|| self.lacks(P::NAME))
    }

    /// Makes the error (403) with the reason why the caller does not have a permission.
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

/// A person who is signed in: for what is theirs alone, such as their profile and their sessions.
#[derive(Debug, Clone)]
pub struct Me {
    pub caller: Caller,
    pub session: Arc<Session>,
}

impl Me {
    /// The person who calls; 403 for integrations.
    pub fn of(caller: Caller) -> Result<Self> {
        match &caller.principal.identity {
            Identity::Person(session) => Ok(Self { session: Arc::clone(session), caller }),
            Identity::ApiKey(_) => {
                Err(Error::client(&problems::PERSON_REQUIRED, "This is for people who are signed in, not for API keys."))
            }
        }
    }

    pub fn user_id(&self) -> Uuid {
        self.session.person.id
    }

    pub fn person(&self) -> &Person {
        &self.session.person
    }
}

/// A caller who holds `P` at one property at least.
#[derive(Debug)]
pub struct Staff<P: Permission> {
    pub caller: Caller,
    /// Properties at which the caller holds the permission. Every finder of property-owned rows takes this.
    pub scope: Scope,
    proven: PhantomData<P>,
}

impl<P: Permission> Staff<P> {
    /// Proves that the caller holds `P` somewhere, or 403.
    pub fn prove(caller: Caller) -> Result<Self> {
        let scope = caller.scope_of::<P>()?.clone();
        Ok(Self { caller, scope, proven: PhantomData })
    }

    /// Returns the rows within the scope: not what is merely the caller's own.
    pub fn reach(&self) -> Reach {
        Reach { owner: None, scope: self.scope.clone() }
    }

    /// Refuses with 403 unless the permission holds for all properties, for `deeds` that are of none: "Adding a hotel".
    pub fn everywhere(&self, deeds: &str) -> Result<()> {
        if self.scope.is_all() {
            return Ok(());
        }
        let detail = format!("{deeds} needs {} for all properties.", P::NAME);
        Err(with_permission(&problems::FORBIDDEN, detail, P::NAME))
    }

    /// Refuses with 404 unless the property is within the scope: others' hotels are not theirs to know of.
    pub fn at(&self, property_id: Uuid) -> Result<()> {
        if self.scope.covers(property_id) { Ok(()) } else { Err(Error::not_found("property")) }
    }
}

/// A caller who may act on their own things, and with `P` on others' within its scope.
#[derive(Debug)]
pub struct OwnOr<P: Permission> {
    pub caller: Caller,
    /// Rows that the caller may touch.
    pub reach: Reach,
    proven: PhantomData<P>,
}

impl<P: Permission> OwnOr<P> {
    /// The caller, with the scope of `P` if they hold it somewhere.
    pub fn of(caller: Caller) -> Self {
        let scope = caller.grants().scope(P::NAME).cloned().unwrap_or(Scope::Properties(BTreeSet::new()));
        let reach = Reach { owner: caller.user_id(), scope };
        Self { caller, reach, proven: PhantomData }
    }
}

fn with_permission(problem: &'static Problem, detail: impl Into<String>, permission: &str) -> Error {
    let mut error = Error::client(problem, detail);
    if let Error::Client(client) = &mut error {
        client.extra.insert("permission".into(), permission.into());
    }
    error
}
