//! The person behind a request.
use super::permission::Grants;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is known of a signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    pub session_id: Uuid,
    pub session_expires_at: DateTime<Utc>,
    pub person: Person,
    pub grants: Grants,
}

/// A user as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub phone: Option<String>,
    pub full_name: String,
    pub version: i64,
    pub created_at: DateTime<Utc>,
}
