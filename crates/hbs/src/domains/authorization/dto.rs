use super::model::{Assignment, Role};
use crate::security::Scope;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoleOut {
    pub id: Uuid,
    #[schema(example = "front_desk")]
    pub code: String,
    pub name: String,
    pub description: String,
    pub permissions: Vec<String>,
    pub version: i64,
}

impl RoleOut {
    pub fn new(role: Role, permissions: Vec<String>) -> Self {
        let Role { id, code, name, description, version } = role;
        Self { id, code, name, description, permissions, version }
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HeldPermission {
    #[schema(example = "bookings:read")]
    pub permission: String,
    /// Whether it holds at all properties.
    pub all_properties: bool,
    /// Where it holds otherwise.
    pub property_ids: Vec<Uuid>,
}

impl HeldPermission {
    pub fn new(permission: &str, scope: &Scope) -> Self {
        Self { permission: permission.into(), all_properties: scope.is_all(), property_ids: scope.ids() }
    }
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAssignment {
    #[garde(skip)]
    pub role_id: Uuid,
    /// Null for all properties.
    #[garde(skip)]
    pub property_id: Option<Uuid>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AssignmentOut {
    pub id: Uuid,
    pub user_id: Uuid,
    pub role_id: Uuid,
    /// Null for all properties.
    pub property_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

impl From<Assignment> for AssignmentOut {
    fn from(row: Assignment) -> Self {
        let Assignment { id, user_id, role_id, property_id, created_at } = row;
        Self { id, user_id, role_id, property_id, created_at }
    }
}
