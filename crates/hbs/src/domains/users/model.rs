use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::users;
use serde::Serialize;
use uuid::Uuid;

text_enum! {
    /// Status of an account: `invited` until the user accepts, then `active`; `suspended` if staff suspended it. Only
    /// active accounts can sign in.
    pub enum UserStatus {
        /// The user was asked to join and has not accepted yet.
        Invited = "invited",
        Active = "active",
        Suspended = "suspended",
    }
}

/// An account as the back office sees it. Of the password, only its existence is known.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Account {
    pub id: Uuid,
    pub email: String,
    pub phone: Option<String>,
    pub full_name: String,
    pub status: UserStatus,
    #[diesel(select_expression = users::password_hash.is_not_null())]
    #[serde(skip)]
    pub has_password: bool,
    pub email_verified_at: Option<DateTime<Utc>>,
    pub locale: String,
    pub second_factor_since: Option<DateTime<Utc>>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub suspended_reason: Option<String>,
    pub last_login_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Account {
    const ENTITY: &'static str = "user";
    const OPEN: &'static [&'static str] =
        &["id", "status", "email_verified_at", "locale", "second_factor_since", "suspended_at", "last_login_at", "locked_until"];
    const SEALED: &'static [&'static str] = &["email", "phone", "full_name", "suspended_reason"];

    fn entity(&self) -> Entity {
        Entity::new(self.id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewAccount<'a> {
    pub id: Uuid,
    pub email: &'a str,
    pub phone: Option<&'a str>,
    pub full_name: &'a str,
    pub status: UserStatus,
    pub locale: &'a str,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
