use crate::outbox::{Entity, Recorded};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{role_assignments, roles};
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
