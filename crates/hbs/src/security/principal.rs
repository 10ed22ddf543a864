//! Who is behind a request, and what they hold.
use super::permission::{Grants, RoleGrants};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody, or something, that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub identity: Identity,
    /// When the session or the key ends, if it does.
    pub ends_at: Option<DateTime<Utc>>,
    pub grants: Grants,
    /// What roles would grant in a session that showed a second factor, and this one did not.
    pub withheld: Grants,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    Person(Session),
    /// An integration.
    ApiKey(ApiKey),
}

/// An integration's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: Uuid,
    /// Who made it: it holds no more than they do, and nothing when they are gone.
    pub made_by: Uuid,
    /// Whether they have a second factor: what roles grant only with it, a key has only then.
    pub second_factor: bool,
    /// The SHA-256 of its secret.
    pub(super) secret_hash: Vec<u8>,
}

/// A person in one of their sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: Uuid,
    pub expires_at: DateTime<Utc>,
    /// Whether a second factor was shown in it.
    pub second_factor: bool,
    pub person: Person,
}

/// A user as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub email_verified: bool,
    pub phone: Option<String>,
    pub full_name: String,
    pub locale: String,
    pub avatar_key: Option<String>,
    /// Whether a second factor is set up.
    pub has_second_factor: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
}

impl Principal {
    /// A person, with what their roles grant in this session.
    pub fn person(session: Session, roles: RoleGrants) -> Self {
        let (grants, withheld) = roles.split(session.second_factor);
        Self { ends_at: Some(session.expires_at), identity: Identity::Person(session), grants, withheld }
    }

    /// The session or the key: what is remembered of a principal is found by this.
    pub fn id(&self) -> Uuid {
        match &self.identity {
            Identity::Person(session) => session.id,
            Identity::ApiKey(key) => key.id,
        }
    }

    /// The user, where a person is behind the request.
    pub fn user_id(&self) -> Option<Uuid> {
        match &self.identity {
            Identity::Person(session) => Some(session.person.id),
            Identity::ApiKey(_) => None,
        }
    }

    /// The user whose roles decide what it holds.
    pub fn depends_on(&self) -> Uuid {
        match &self.identity {
            Identity::Person(session) => session.person.id,
            Identity::ApiKey(key) => key.made_by,
        }
    }
}
