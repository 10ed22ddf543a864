//! The caller, as use cases take them: the type says what is proven.
//!
//! | type | proves | yields |
//! | --- | --- | --- |
//! | `Option<Caller>` | nothing | the identity, if there is one |
//! | [`Caller`] | signed in | the identity: a person, an integration by its key, or a guest by a mailed link |
//! | [`Me`] | signed in as a person | the person and their session |
//! | [`Staff<P>`] | holds `P` somewhere | the identity and the scope of `P` |
//! | [`OwnOr<P>`] | signed in | the reach: own rows, and those within the scope of `P` |
//!
//! Handlers take them as extractors (`http/actor.rs`).
use super::{Grants, GuestLink, Identity, Permission, Person, Principal, Reach, Scope, Session};
use crate::error::{Problem, problems};
use crate::outbox::Cause;
use crate::person_keys::PersonKeys;
use crate::reliance::{Reliance, ReliedOn};
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
    reliance: Arc<Reliance>,
    person_keys: PersonKeys,
}

impl Caller {
    /// The caller of a request, once a token has proven who that is. `reliance` is the request's, `person_keys` are those that
    /// personal values of its events are sealed with.
    pub fn new(principal: Arc<Principal>, request_id: RequestId, reliance: Arc<Reliance>, person_keys: PersonKeys) -> Self {
        Self { principal, request_id, reliance, person_keys }
    }

    /// Makes the caller of a request that has waited, with what they hold by now.
    #[must_use]
    pub fn holding(&self, principal: Arc<Principal>) -> Self {
        Self { principal, ..self.clone() }
    }

    /// The user or, where an integration calls, its key; of a guest without an account, the booking.
    pub fn id(&self) -> Uuid {
        self.principal.user_id().unwrap_or_else(|| self.principal.id())
    }

    /// The user, where a person calls.
    pub fn user_id(&self) -> Option<Uuid> {
        self.principal.user_id()
    }

    /// The guest, where somebody calls who has no account.
    fn guest(&self) -> Option<&GuestLink> {
        match &self.principal.identity {
            Identity::Guest(guest) => Some(guest),
            Identity::Person(_) | Identity::ApiKey(_) => None,
        }
    }

    /// The user whose roles decide what the caller holds: the person, or who made the key.
    pub fn answerable(&self) -> Uuid {
        self.principal.depends_on()
    }

    /// Returns the caller's own rows; 403 for integrations, which have none.
    pub fn own(&self) -> Result<Reach> {
        let (owner, guest) = (self.user_id(), self.guest().cloned());
        if owner.is_none() && guest.is_none() {
            let detail = "This is for people who are signed in and for guests with a link to their booking, not for API keys.";
            return Err(Error::client(&problems::PERSON_REQUIRED, detail));
        }
        Ok(Reach { owner, guest, scope: Scope::Properties(BTreeSet::new()) })
    }

    pub fn grants(&self) -> &Grants {
        &self.principal.grants
    }

    /// Returns `true` if the caller holds a permission at a property, or with `None` at all of them. The answer relies on
    /// it.
    pub fn holds(&self, permission: &str, property_id: Option<Uuid>) -> bool {
        let holds = self.grants().holds(permission, property_id);
        if holds {
            self.reliance.on(permission, property_id);
        }
        holds
    }

    /// Returns what the answer to the request relies on, once the use case is done.
    pub fn relied_on(&self) -> Vec<ReliedOn> {
        self.reliance.relied_on(|permission, changed| reached(self.grants(), permission, changed))
    }

    /// Refuses as the request itself would be now, if an earlier answer to it relied on what the caller no longer holds.
    pub fn still_holds(&self, relied_on: &[ReliedOn]) -> Result<()> {
        match relied_on.iter().find(|one| !self.grants().holds(&one.permission, one.property_id)) {
            Some(lost) if lost.is_reach => {
                Err(Error::client(&problems::NOT_FOUND, "What this request was about is not yours to see any more."))
            }
            Some(lost) => Err(self.lacks(&lost.permission)),
            None => Ok(()),
        }
    }

    /// Id of the request, under which the server's log has it.
    pub fn request_id(&self) -> &str {
        self.request_id.as_str()
    }

    /// Returns the cause of events that the caller brings about.
    pub fn cause(&self, at: DateTime<Utc>) -> Cause {
        let cause = match &self.principal.identity {
            Identity::Person(session) => Cause::user(session.person.id, self.request_id.clone(), at),
            Identity::ApiKey(key) => Cause::api_key(key.id, self.request_id.clone(), at),
            Identity::Guest(guest) => Cause::guest_link(guest.booking_id, self.request_id.clone(), at),
        };
        cause.noted_in(self.reliance.clone()).sealing_with(&self.person_keys)
    }

    /// Refuses with 403 unless the caller holds `P` at the property. For permissions that a value in the body asks for.
    pub fn require<P: Permission>(&self, property_id: Uuid) -> Result<()> {
        if self.holds(P::NAME, Some(property_id)) { Ok(()) } else { Err(self.lacks(P::NAME)) }
    }

    /// Returns the scope in which the caller holds `P`, or 403. For permissions that a use case asks for besides its
    /// own.
    pub fn scope_of<P: Permission>(&self) -> Result<&Scope> {
        let scope = self.grants().scope(P::NAME).ok_or_else(|| self.lacks(P::NAME))?;
        self.reliance.on_scope(P::NAME);
        Ok(scope)
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
    /// The person who calls; 403 for integrations and for guests without an account.
    pub fn of(caller: Caller) -> Result<Self> {
        match &caller.principal.identity {
            Identity::Person(session) => Ok(Self { session: Arc::clone(session), caller }),
            Identity::ApiKey(_) | Identity::Guest(_) => {
                let detail = "This is for people who are signed in, not for API keys nor for links to a booking.";
                Err(Error::client(&problems::PERSON_REQUIRED, detail))
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
        Reach::of_scope(self.scope.clone())
    }

    /// Refuses with 403 unless the permission holds for all properties, for `deeds` that are of none: "Adding a hotel".
    pub fn everywhere(&self, deeds: &str) -> Result<()> {
        if self.caller.holds(P::NAME, None) {
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
        caller.reliance.on_scope(P::NAME);
        let reach = Reach { owner: caller.user_id(), guest: caller.guest().cloned(), scope };
        Self { caller, reach, proven: PhantomData }
    }
}

/// The places at which a permission reaches what a request changed; all of its places, where that is not known.
fn reached(grants: &Grants, permission: &str, changed: &BTreeSet<Uuid>) -> Vec<Option<Uuid>> {
    match grants.scope(permission) {
        None => Vec::new(),
        Some(scope) if !changed.is_empty() => changed.iter().filter(|id| scope.covers(**id)).copied().map(Some).collect(),
        Some(scope) if scope.is_all() => vec![None],
        Some(scope) => scope.ids().into_iter().map(Some).collect(),
    }
}

fn with_permission(problem: &'static Problem, detail: impl Into<String>, permission: &str) -> Error {
    let mut error = Error::client(problem, detail);
    if let Error::Client(client) = &mut error {
        client.extra.insert("permission".into(), permission.into());
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_relies_on_what_was_asked_for_where_something_changed() {
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let grants = Grants::from(vec![("rooms:write".into(), Some(here)), ("rooms:write".into(), Some(there))]);
        let of = |reliance: &Reliance, grants: &Grants| -> Vec<(String, Option<Uuid>, bool)> {
            let relied_on = reliance.relied_on(|permission, changed| reached(grants, permission, changed));
            relied_on.into_iter().map(|one| (one.permission, one.property_id, one.is_reach)).collect()
        };
        let by = |permission: &str, place: Option<Uuid>, is_reach: bool| (permission.to_owned(), place, is_reach);
        let reliance = Reliance::default();
        reliance.on_scope("rooms:write");
        reliance.on_scope("bookings:write");
        let both = [by("rooms:write", Some(here), true), by("rooms:write", Some(there), true)];
        assert_eq!(of(&reliance, &grants), both, "nothing changed that would tell where");
        reliance.at([here]);
        reliance.on("stays:override", Some(here));
        let expected = [by("rooms:write", Some(here), true), by("stays:override", Some(here), false)];
        assert_eq!(of(&reliance, &grants), expected, "what is not held is not relied on");
        let everywhere = Grants::from(vec![("rooms:write".into(), None)]);
        assert_eq!(of(&reliance, &everywhere)[0], by("rooms:write", Some(here), true));
        assert_eq!(of(&Reliance::default(), &everywhere), []);
    }
}
