use crate::outbox::{Entity, Recorded};
use crate::security::Person;
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{recovery_codes, refresh_tokens, second_factors, sessions, user_tokens, users};
use serde::Serialize;
use uuid::Uuid;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    pub id: Uuid,
    pub email: String,
    pub phone: Option<String>,
    pub full_name: String,
    /// Hash of the password; none for an invited user who has not chosen one yet.
    pub password_hash: Option<String>,
    pub email_verified_at: Option<DateTime<Utc>>,
    pub locale: String,
    pub avatar_key: Option<String>,
    pub second_factor_since: Option<DateTime<Utc>>,
    pub phone_verified_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
}

impl Recorded for User {
    const ENTITY: &'static str = "user";
    const OPEN: &'static [&'static str] = &["status", "email_verified", "second_factor", "recovery_codes_left"];
    const SEALED: &'static [&'static str] = &["email", "phone", "full_name"];

    fn entity(&self) -> Entity {
        Entity::new(self.id)
    }
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        let User { id, email, phone, full_name, locale, avatar_key, version, created_at, .. } = user;
        Self {
            id,
            email,
            email_verified: user.email_verified_at.is_some(),
            phone,
            phone_verified: user.phone_verified_at.is_some(),
            full_name,
            locale,
            avatar_key,
            has_second_factor: user.second_factor_since.is_some(),
            version,
            created_at,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewUser<'a> {
    pub id: Uuid,
    pub email: &'a str,
    pub phone: Option<&'a str>,
    pub full_name: &'a str,
    pub password_hash: &'a str,
    pub email_verified_at: Option<DateTime<Utc>>,
    pub phone_verified_at: Option<DateTime<Utc>>,
    pub locale: &'a str,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

text_enum! {
    /// Purpose of a secret that was sent to a user.
    pub enum Purpose {
        VerifyEmail = "verify_email",
        ResetPassword = "reset_password",
        Invitation = "invitation",
    }
}

#[derive(Insertable)]
#[diesel(table_name = user_tokens, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewUserToken<'a> {
    pub token_hash: Vec<u8>,
    pub user_id: Uuid,
    pub purpose: Purpose,
    pub email: &'a str,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Serialize, Insertable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewSession {
    pub id: Uuid,
    pub user_id: Uuid,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub second_factor_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for NewSession {
    const ENTITY: &'static str = "session";
    const OPEN: &'static [&'static str] = &["id", "user_id", "second_factor_at", "expires_at", "last_used_at", "revoked_reason"];
    const SEALED: &'static [&'static str] = &["ip_address", "user_agent"];

    fn entity(&self) -> Entity {
        Entity::new(self.id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = refresh_tokens, check_for_backend(diesel::pg::Pg))]
pub struct NewRefreshToken {
    pub token_hash: Vec<u8>,
    pub session_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A refresh token with the state of its session.
#[derive(Debug, Queryable)]
pub struct KnownToken {
    pub session_id: Uuid,
    pub user_id: Uuid,
    pub used_at: Option<DateTime<Utc>>,
    /// Device that used the token first, as a digest.
    pub used_by: Option<Vec<u8>>,
    pub session_expires_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Data that users may change of themselves, as shown in events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    pub id: Uuid,
    pub full_name: String,
    pub phone: Option<String>,
    pub locale: String,
}

impl Profile {
    pub fn of(user: &User) -> Self {
        Self { id: user.id, full_name: user.full_name.clone(), phone: user.phone.clone(), locale: user.locale.clone() }
    }
}

impl Recorded for Profile {
    const ENTITY: &'static str = "user";
    const OPEN: &'static [&'static str] = &["locale"];
    const SEALED: &'static [&'static str] = &["full_name", "phone"];

    fn entity(&self) -> Entity {
        Entity::new(self.id)
    }
}

#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = users)]
pub struct ProfileChange {
    pub full_name: Option<String>,
    pub phone: Option<Option<String>>,
    /// With another number, the proof of the old one is gone.
    pub phone_verified_at: Option<Option<DateTime<Utc>>>,
    pub locale: Option<String>,
}

/// A session as its owner sees it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct LiveSession {
    pub id: Uuid,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub second_factor_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// Number of attempts in a row, after counting one more.
#[derive(Debug, QueryableByName)]
pub struct Reserved {
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Timestamptz>)]
    pub locked_until: Option<DateTime<Utc>>,
}

/// The secret of an authenticator, sealed.
#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = second_factors, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct NewSecondFactor {
    pub user_id: Uuid,
    pub secret: Vec<u8>,
    pub last_step: Option<i64>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = recovery_codes, check_for_backend(diesel::pg::Pg))]
pub struct NewRecoveryCode {
    pub user_id: Uuid,
    pub code_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Token for a user whose second factor is still to come.
#[derive(Insertable)]
#[diesel(table_name = user_tokens, check_for_backend(diesel::pg::Pg))]
pub struct NewMfaToken {
    pub token_hash: Vec<u8>,
    pub user_id: Uuid,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

text_enum! {
    /// A kind of mail about an account.
    pub enum MailKind {
        VerifyEmail = "verify_email",
        ResetPassword = "reset_password",
        Invitation = "invitation",
        PasswordChanged = "password_changed",
        EmailChanged = "email_changed",
        SecondFactorChanged = "second_factor_changed",
        /// To the owner of an address that somebody else gave as theirs.
        AddressInUse = "address_in_use",
        /// To the present address: another is to take its place.
        EmailChangeAsked = "email_change_asked",
        Suspended = "suspended",
        ApiKeyCreated = "api_key_created",
        /// The account is no more: nobody is looked up.
        Deleted = "account_deleted",
    }
}

/// A key of an integration that ended with its maker's other credentials.
pub struct EndedKey(pub Uuid);

impl Recorded for EndedKey {
    const ENTITY: &'static str = "api_key";
    const OPEN: &'static [&'static str] = &["revoked_at"];

    fn entity(&self) -> Entity {
        Entity::new(self.0)
    }
}
