use super::model::{Assignment, InvitationStatus, Role, RoleChange, RoleInvitation};
use crate::http::valid::present;
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::security::Scope;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Role to add, with its permissions.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    /// Name of the role for programs: lower-case letters, digits and underscores. It never changes.
    #[garde(pattern(r"^[a-z][a-z0-9_]{1,49}$"))]
    #[schema(pattern = r"^[a-z][a-z0-9_]{1,49}$", example = "night_auditor")]
    pub code: String,
    /// Name of the role for people, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Night auditor")]
    pub name: String,
    /// Description of the role, at most 1,000 characters; empty if left out.
    #[garde(length(chars, max = 1000))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(max_length = 1000)]
    pub description: String,
    /// Permissions of the role, by their names in `GET /v1/permissions`.
    #[garde(length(max = 200), inner(length(chars, max = 100)))]
    #[serde(default)]
    #[schema(max_items = 200, max_length = 100, example = json!(["bookings:read", "reports:read"]))]
    pub permissions: Vec<String>,
    /// `true` if the role's permissions hold only in sessions that showed a second factor.
    #[garde(skip)]
    #[serde(default)]
    pub requires_second_factor: bool,
}

/// Change of a role. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRole {
    /// Name of the role for people, 1 to 100 characters.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Description of the role, at most 1,000 characters.
    #[garde(inner(length(chars, max = 1000)))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(nullable = false, max_length = 1000)]
    pub description: Option<String>,
    /// Complete list of the role's permissions from now on.
    #[garde(inner(length(max = 200), inner(length(chars, max = 100))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 200, max_length = 100, example = json!(["bookings:read", "reports:read"]))]
    pub permissions: Option<Vec<String>>,
    /// `true` if the role's permissions hold only in sessions that showed a second factor.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub requires_second_factor: Option<bool>,
}

impl UpdateRole {
    /// Splits the request into the change of the row and the new permissions, if any.
    pub fn into_parts(self) -> (RoleChange, Option<Vec<String>>) {
        let Self { name, description, permissions, requires_second_factor } = self;
        (RoleChange { name, description, requires_second_factor }, permissions)
    }
}

/// A role with its permissions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoleOut {
    /// Identifier of the role.
    pub id: Uuid,
    /// Name of the role for programs, unique; it never changes.
    #[schema(example = "front_desk")]
    pub code: String,
    /// Name of the role for people.
    pub name: String,
    /// Description of the role; may be empty.
    pub description: String,
    /// Permissions of the role, by their names in `GET /v1/permissions`.
    pub permissions: Vec<String>,
    /// `true` if the role's permissions hold only in sessions that showed a second factor.
    pub requires_second_factor: bool,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl RoleOut {
    pub fn new(role: Role, permissions: Vec<String>) -> Self {
        let Role { id, code, name, description, requires_second_factor, version, created_at, updated_at } = role;
        Self { id, code, name, description, permissions, requires_second_factor, version, created_at, updated_at }
    }
}

/// A permission that you hold, with the properties at which it holds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HeldPermission {
    /// Name of the permission, one of `GET /v1/permissions`.
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

/// Role to give to a user, at one property or at all.
#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAssignment {
    /// Identifier of the role.
    #[garde(skip)]
    pub role_id: Uuid,
    /// Property at which the role holds; null for all properties.
    #[garde(skip)]
    pub property_id: Option<Uuid>,
}

/// A role that a user has, at one property or at all.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AssignmentOut {
    /// Identifier of the assignment.
    pub id: Uuid,
    /// Identifier of the account.
    pub user_id: Uuid,
    /// Identifier of the role.
    pub role_id: Uuid,
    /// Property at which the role holds; null for all properties.
    pub property_id: Option<Uuid>,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl From<Assignment> for AssignmentOut {
    fn from(row: Assignment) -> Self {
        let Assignment { id, user_id, role_id, property_id, created_at } = row;
        Self { id, user_id, role_id, property_id, created_at }
    }
}

/// A role at a property that somebody who does not work there is invited to take.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoleInvitationOut {
    /// Identifier of the invitation.
    pub id: Uuid,
    /// Identifier of the role.
    pub role_id: Uuid,
    /// Property at which the role is to hold.
    pub property_id: Uuid,
    /// Status of the invitation.
    pub status: InvitationStatus,
    /// Time until which the invitation can be accepted (UTC).
    pub expires_at: DateTime<Utc>,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl From<RoleInvitation> for RoleInvitationOut {
    fn from(row: RoleInvitation) -> Self {
        let RoleInvitation { id, user_id: _, role_id, property_id, invited_by: _, status, expires_at, created_at, updated_at: _ } =
            row;
        Self { id, role_id, property_id, status, expires_at, created_at }
    }
}

/// An invitation to a role as staff of the property see it: it waits until it is accepted, taken back or over, whatever was
/// answered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SentRoleInvitation {
    #[serde(flatten)]
    pub invitation: RoleInvitationOut,
    /// Identifier of the user who is invited.
    pub user_id: Uuid,
    /// Code of the role.
    #[schema(example = "front_desk")]
    pub role_code: String,
    /// Name of the role for people.
    pub role_name: String,
}

impl SentRoleInvitation {
    /// Makes the entry. Who declined is nobody's business: to staff the invitation waits.
    pub fn new(row: RoleInvitation, role_code: String, role_name: String) -> Self {
        let user_id = row.user_id;
        let invitation = RoleInvitationOut { status: InvitationStatus::Pending, ..row.into() };
        Self { invitation, user_id, role_code, role_name }
    }
}

/// Filter of invitations to roles.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct InvitationFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Identifier of the user who is invited.
    pub user_id: Option<Uuid>,
}

/// A role that you are invited to take.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MyRoleInvitation {
    #[serde(flatten)]
    pub invitation: RoleInvitationOut,
    /// Code of the role.
    #[schema(example = "front_desk")]
    pub role_code: String,
    /// Name of the role for people.
    pub role_name: String,
    /// Name of the property.
    pub property_name: String,
}
