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
    pub version: i64,
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
