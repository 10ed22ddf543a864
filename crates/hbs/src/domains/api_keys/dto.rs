use super::model::{ApiKey, KeyGrant};
use crate::domains::authentication::{Secret, any_secret};
use crate::http::valid::instants;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// API key to make, with its permissions.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    /// Name of the integration that the key is for.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Channel manager")]
    pub name: String,
    /// Permissions of the key, each with the property at which it holds.
    #[garde(length(min = 1, max = 200), dive)]
    #[schema(min_items = 1, max_items = 200)]
    pub grants: Vec<Grant>,
    /// Time at which the key ends: in the future, at most two years from now; one year from now if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "instants::nullable")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Current password of your account. Needed unless you have signed in within the last ten minutes, with the second factor if
    /// the account has one.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = json!(null))]
    pub current_password: Option<Secret>,
    /// Code of 6 digits that the authenticator shows. Needed with `current_password` if the account has a second factor.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = json!(null))]
    pub code: Option<Secret>,
    /// Recovery code, in place of `code` when the device is lost.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = json!(null))]
    pub recovery_code: Option<Secret>,
}

/// Permission of an API key, at one property or at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Name of the permission, one of `GET /v1/permissions`.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100, example = "bookings:read")]
    pub permission: String,
    /// Property at which the permission holds; null for all properties.
    #[garde(skip)]
    pub property_id: Option<Uuid>,
}

/// An API key, without its secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ApiKeyOut {
    /// Identifier of the API key.
    pub id: Uuid,
    /// Name of the integration that the key is for.
    pub name: String,
    /// Beginning of the key, by which it can be recognized: `hbs_` and the id.
    #[schema(example = "hbs_019abcdef0123456789abcdef0123456")]
    pub prefix: String,
    /// Permissions of the key, each with the property at which it holds.
    pub grants: Vec<Grant>,
    /// User who made the key. The key never holds more than this user, and nothing while the user is suspended.
    pub created_by: Uuid,
    /// Time at which the key ends (UTC); null for a key without an end.
    pub expires_at: Option<DateTime<Utc>>,
    /// Time of the last use, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Time at which the key was revoked (UTC); null unless it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// A new API key, with its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NewApiKeyOut {
    #[serde(flatten)]
    pub api_key: ApiKeyOut,
    /// The secret key, shown only in this answer: send it as `Authorization: Bearer …`.
    #[schema(example = "hbs_019abcdef0123456789abcdef0123456_mRkTq0hS8Zc5nXv1oYw2uJ7dLpAe4BfGiKs6tUxVyWz")]
    pub key: String,
}

impl ApiKeyOut {
    pub fn new(row: ApiKey, grants: Vec<Grant>) -> Self {
        let ApiKey { id, name, created_by, expires_at, last_used_at, revoked_at, version, created_at, updated_at } = row;
        let prefix = format!("hbs_{}", id.simple());
        Self { id, name, prefix, grants, created_by, expires_at, last_used_at, revoked_at, version, created_at, updated_at }
    }
}

impl From<KeyGrant> for Grant {
    fn from(row: KeyGrant) -> Self {
        let KeyGrant { api_key_id: _, permission, property_id } = row;
        Self { permission, property_id }
    }
}
