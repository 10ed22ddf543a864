use crate::security::Person;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Text that must not be shown: it prints as dots.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

const MIN_PASSWORD: usize = 8;
const MAX_PASSWORD: usize = 256;

fn new_password(password: &Secret, (): &()) -> garde::Result {
    if (MIN_PASSWORD..=MAX_PASSWORD).contains(&password.0.chars().count()) {
        Ok(())
    } else {
        Err(garde::Error::new(format!("must have {MIN_PASSWORD} to {MAX_PASSWORD} characters")))
    }
}

fn any_secret(secret: &Secret, (): &()) -> garde::Result {
    if (1..=MAX_PASSWORD).contains(&secret.0.chars().count()) {
        Ok(())
    } else {
        Err(garde::Error::new("must not be empty or longer than 256 characters"))
    }
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    #[garde(email, length(max = 254))]
    #[schema(example = "ana@example.com")]
    pub email: String,
    /// 8 to 256 characters.
    #[garde(custom(new_password))]
    #[schema(value_type = String, example = "correct horse battery")]
    pub password: Secret,
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Ana Sousa")]
    pub full_name: String,
    /// In international form (E.164).
    #[garde(inner(pattern(r"^\+[1-9][0-9]{6,14}$")))]
    #[schema(example = "+351910000000")]
    pub phone: Option<String>,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// E-mail address or phone number.
    #[garde(length(chars, min = 1, max = 254))]
    #[schema(example = "ana@example.com")]
    pub login: String,
    #[garde(custom(any_secret))]
    #[schema(value_type = String, example = "correct horse battery")]
    pub password: Secret,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    #[garde(custom(any_secret))]
    #[schema(value_type = String)]
    pub refresh_token: Secret,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct SignedIn {
    pub user: UserOut,
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Good for one use at `POST /v1/auth/refresh`.
    pub refresh_token: String,
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until the access token ends.
    #[schema(example = 900)]
    pub expires_in: u32,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserOut {
    pub id: Uuid,
    pub email: String,
    pub phone: Option<String>,
    pub full_name: String,
    pub version: i64,
    pub created_at: DateTime<Utc>,
}

impl From<Person> for UserOut {
    fn from(person: Person) -> Self {
        let Person { id, email, phone, full_name, version, created_at } = person;
        Self { id, email, phone, full_name, version, created_at }
    }
}
