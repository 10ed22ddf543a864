//! Principals: the person or key behind a request, with their permissions.
use super::permission::{Grants, RoleGrants};
use crate::Result;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// A person or integration that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub identity: Identity,
    /// Time at which the session or the key ends, if it does.
    pub ends_at: Option<DateTime<Utc>>,
    pub grants: Grants,
    /// Permissions that roles would grant in a session with a second factor, which this one lacks.
    pub withheld: Grants,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    Person(Arc<Session>),
    /// An API key of an integration.
    ApiKey(ApiKey),
    /// A guest of one booking, by a link that was mailed.
    Guest(GuestLink),
}

/// An integration's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: Uuid,
    /// User who made the key: it holds no more than they do, and nothing when they are gone.
    pub made_by: Uuid,
    /// `true` if that user has a second factor: only then does a key hold what roles grant with one.
    pub second_factor: bool,
    /// The SHA-256 of its secret.
    pub(super) secret_hash: Vec<u8>,
}

/// A guest of one booking, known by a link that went to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestLink {
    pub property_id: Uuid,
    pub booking_id: Uuid,
    pub email: String,
}

/// A person in one of their sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: Uuid,
    pub expires_at: DateTime<Utc>,
    /// `true` if a second factor was shown in the session.
    pub second_factor: bool,
    pub person: Person,
    /// Answer to who asks for their own account, from the first time on.
    #[serde(skip)]
    pub(super) profile: OnceLock<Bytes>,
}

impl Session {
    /// Returns the answer to who asks for their own account. It is written once, as pages ask for it again and again.
    pub fn profile(&self, write: impl FnOnce(&Person) -> Result<Bytes>) -> Result<Bytes> {
        if let Some(written) = self.profile.get() {
            return Ok(written.clone());
        }
        let written = write(&self.person)?;
        Ok(self.profile.get_or_init(|| written).clone())
    }
}

/// A user as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub email_verified: bool,
    pub phone: Option<String>,
    /// `true` if the number is known to be theirs.
    #[serde(default)]
    pub phone_verified: bool,
    pub full_name: String,
    pub locale: String,
    pub avatar_key: Option<String>,
    /// `true` if a second factor is set up.
    pub has_second_factor: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
}

impl Principal {
    /// A person, with what their roles grant in this session.
    pub fn person(session: Session, roles: RoleGrants) -> Self {
        let (grants, withheld) = roles.split(session.second_factor);
        Self { ends_at: Some(session.expires_at), identity: Identity::Person(Arc::new(session)), grants, withheld }
    }

    /// Returns the id of the session, the key or the guest's booking, by which a principal is known.
    pub fn id(&self) -> Uuid {
        match &self.identity {
            Identity::Person(session) => session.id,
            Identity::ApiKey(key) => key.id,
            Identity::Guest(guest) => guest.booking_id,
        }
    }

    /// The user, where a person is behind the request.
    pub fn user_id(&self) -> Option<Uuid> {
        match &self.identity {
            Identity::Person(session) => Some(session.person.id),
            Identity::ApiKey(_) | Identity::Guest(_) => None,
        }
    }

    /// Returns the user whose roles decide what the principal holds; of a guest, who holds nothing, the booking.
    pub fn depends_on(&self) -> Uuid {
        match &self.identity {
            Identity::Person(session) => session.person.id,
            Identity::ApiKey(key) => key.made_by,
            Identity::Guest(guest) => guest.booking_id,
        }
    }
}
