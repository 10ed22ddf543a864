use crate::outbox::{Entity, Recorded};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{api_key_grants, api_keys};
use serde::Serialize;
use uuid::Uuid;

/// An API key, without its secret.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct ApiKey {
    pub id: Uuid,
    pub name: String,
    pub created_by: Uuid,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for ApiKey {
    const ENTITY: &'static str = "api_key";
    const OPEN: &'static [&'static str] = &["id", "created_by", "expires_at", "last_used_at", "revoked_at", "grants"];

    fn entity(&self) -> Entity {
        Entity::new(self.id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = api_keys, check_for_backend(diesel::pg::Pg))]
pub struct NewApiKey<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub secret_hash: &'a [u8],
    pub created_by: Uuid,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = api_key_grants, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewKeyGrant<'a> {
    pub id: Uuid,
    pub api_key_id: Uuid,
    pub permission: &'a str,
    pub property_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = api_key_grants)]
pub struct KeyGrant {
    pub api_key_id: Uuid,
    pub permission: String,
    pub property_id: Option<Uuid>,
}
