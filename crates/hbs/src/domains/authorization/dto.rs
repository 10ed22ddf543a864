use super::model::{Assignment, Role, RoleChange};
use crate::http::valid::present;
use crate::security::Scope;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    /// Name of the role for programs: lower-case letters, digits and underscores. It never changes.
    #[garde(pattern(r"^[a-z][a-z0-9_]{1,49}$"))]
    #[schema(example = "night_auditor")]
    pub code: String,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(example = "Night auditor")]
    pub name: String,
    #[garde(length(chars, max = 1000))]
    #[serde(default)]
    pub description: String,
    /// Permissions of the role, by their names in `GET /v1/permissions`.
    #[garde(length(max = 200))]
    #[serde(default)]
    #[schema(example = json!(["bookings:read", "reports:read"]))]
    pub permissions: Vec<String>,
    /// `true` if the role's permissions hold only in sessions that showed a second factor.
    #[garde(skip)]
    #[serde(default)]
    pub requires_second_factor: bool,
}

/// Change of a role. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateRole {
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(deserialize_with = "present")]
    pub name: Option<String>,
    #[garde(inner(length(chars, max = 1000)))]
    #[serde(deserialize_with = "present")]
    pub description: Option<String>,
    /// Complete list of the role's permissions from now on.
    #[garde(inner(length(max = 200)))]
    #[serde(deserialize_with = "present")]
    #[schema(example = json!(["bookings:read", "reports:read"]))]
    pub permissions: Option<Vec<String>>,
    #[garde(skip)]
    #[serde(deserialize_with = "present")]
    pub requires_second_factor: Option<bool>,
}

impl UpdateRole {
    /// Splits the request into the change of the row and the new permissions, if any.
    pub fn into_parts(self) -> (RoleChange, Option<Vec<String>>) {
        let Self { name, description, permissions, requires_second_factor } = self;
        (RoleChange { name, description, requires_second_factor }, permissions)
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoleOut {
    pub id: Uuid,
    #[schema(example = "front_desk")]
    pub code: String,
    pub name: String,
    pub description: String,
    pub permissions: Vec<String>,
    /// `true` if the role's permissions hold only in sessions that showed a second factor.
    pub requires_second_factor: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl RoleOut {
    pub fn new(role: Role, permissions: Vec<String>) -> Self {
        let Role { id, code, name, description, requires_second_factor, version, created_at, updated_at } = role;
        Self { id, code, name, description, permissions, requires_second_factor, version, created_at, updated_at }
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HeldPermission {
    #[schema(example = "bookings:read")]
    pub permission: String,
    /// `true` if the permission holds at all properties.
    pub all_properties: bool,
    /// Properties at which the permission holds, unless it holds at all.
    pub property_ids: Vec<Uuid>,
}

impl HeldPermission {
    pub fn new(permission: &str, scope: &Scope) -> Self {
        Self { permission: permission.into(), all_properties: scope.is_all(), property_ids: scope.ids() }
    }
}

#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAssignment {
    #[garde(skip)]
    pub role_id: Uuid,
    /// Property at which the role holds; null for all properties.
    #[garde(skip)]
    pub property_id: Option<Uuid>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AssignmentOut {
    pub id: Uuid,
    pub user_id: Uuid,
    pub role_id: Uuid,
    /// Property at which the role holds; null for all properties.
    pub property_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

impl From<Assignment> for AssignmentOut {
    fn from(row: Assignment) -> Self {
        let Assignment { id, user_id, role_id, property_id, created_at } = row;
        Self { id, user_id, role_id, property_id, created_at }
    }
}
