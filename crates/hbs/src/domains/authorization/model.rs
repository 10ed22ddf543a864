use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{role_assignments, role_invitations, roles};
use serde::Serialize;
use uuid::Uuid;

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = roles)]
pub struct Role {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub description: String,
    /// `true` if the role's permissions hold only in sessions that showed a second factor.
    pub requires_second_factor: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Role {
    const ENTITY: &'static str = "role";
    const OPEN: &'static [&'static str] = &["id", "code", "name", "description", "requires_second_factor", "permissions"];

    fn entity(&self) -> Entity {
        Entity::new(self.id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = roles, check_for_backend(diesel::pg::Pg))]
pub struct NewRole<'a> {
    pub id: Uuid,
    pub code: &'a str,
    pub name: &'a str,
    pub description: &'a str,
    pub requires_second_factor: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Default, AsChangeset)]
#[diesel(table_name = roles)]
pub struct RoleChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub requires_second_factor: Option<bool>,
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = role_assignments)]
pub struct Assignment {
    pub id: Uuid,
    pub user_id: Uuid,
    pub role_id: Uuid,
    pub property_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

impl Recorded for Assignment {
    const ENTITY: &'static str = "role_assignment";
    const OPEN: &'static [&'static str] = &["id", "user_id", "role_id", "property_id"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = role_assignments, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewAssignment {
    pub id: Uuid,
    pub user_id: Uuid,
    pub role_id: Uuid,
    pub property_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A role that a user has, with its property.
#[derive(Debug, Clone, Queryable)]
pub struct RoleHeld {
    pub user_id: Uuid,
    pub assignment_id: Uuid,
    pub role_id: Uuid,
    pub role_code: String,
    /// Property at which the role holds; none for all properties.
    pub property_id: Option<Uuid>,
}

text_enum! {
    /// Status of a role invitation.
    pub enum InvitationStatus {
        /// The user has yet to accept or decline.
        Pending = "pending",
        /// The user has the role.
        Accepted = "accepted",
        Declined = "declined",
        /// Staff of the property took the invitation back.
        Withdrawn = "withdrawn",
    }
}

/// A role at a property for somebody who does not work there yet: it is theirs once they accept.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = role_invitations, check_for_backend(diesel::pg::Pg))]
pub struct RoleInvitation {
    pub id: Uuid,
    pub user_id: Uuid,
    pub role_id: Uuid,
    pub property_id: Uuid,
    /// User who answers for the invitation.
    pub invited_by: Uuid,
    pub status: InvitationStatus,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for RoleInvitation {
    const ENTITY: &'static str = "role_invitation";
    const OPEN: &'static [&'static str] = &["id", "user_id", "role_id", "property_id", "invited_by", "status", "expires_at"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

/// Recipient of a letter about roles.
#[derive(Debug, Queryable)]
pub struct Addressee {
    pub email: String,
    pub full_name: String,
    pub locale: String,
    pub is_verified: bool,
}
