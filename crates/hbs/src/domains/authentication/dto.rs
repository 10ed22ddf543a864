use super::model::LiveSession;
use super::rules;
use crate::contact::{emails, phones};
use crate::http::valid::present;
use crate::media::{self, PictureSize};
use crate::security::Person;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Text that must not be shown, such as a password: prints as dots.
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

fn password_length(password: &Secret, (): &()) -> garde::Result {
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
    /// E-mail address; upper and lower case are the same.
    #[serde(deserialize_with = "emails::normal")]
    #[garde(email, length(max = 254))]
    #[schema(example = "ana@example.com")]
    pub email: String,
    /// Password of 8 to 256 characters that is not easy to guess.
    #[garde(custom(password_length))]
    #[schema(value_type = String, example = "correct horse battery staple")]
    pub password: Secret,
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Ana Sousa")]
    pub full_name: String,
    /// Phone number in international form; stored as E.164: `+351910000000`.
    #[serde(default, deserialize_with = "phones::optional")]
    #[garde(skip)]
    #[schema(example = "+351 910 000 000")]
    pub phone: Option<String>,
    /// Language of the mails to this account; `en` if left out.
    #[garde(inner(pattern(r"^[a-z]{2,3}(-[A-Z]{2})?$")))]
    #[schema(example = "pt-PT")]
    pub locale: Option<String>,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyEmail {
    /// Token of the link in the mail.
    #[garde(custom(any_secret))]
    #[schema(value_type = String)]
    pub token: Secret,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EmailVerified {
    #[schema(example = true)]
    pub email_verified: bool,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    #[serde(deserialize_with = "emails::normal")]
    #[garde(email, length(max = 254))]
    #[schema(example = "ana@example.com")]
    pub email: String,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// Token of the link in the mail.
    #[garde(custom(any_secret))]
    #[schema(value_type = String)]
    pub token: Secret,
    /// New password of 8 to 256 characters that is not easy to guess.
    #[garde(custom(password_length))]
    #[schema(value_type = String, example = "correct horse battery staple")]
    pub password: Secret,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    #[garde(custom(any_secret))]
    #[schema(value_type = String, example = "correct horse battery staple")]
    pub current_password: Secret,
    /// New password of 8 to 256 characters that is not easy to guess and is not the current one.
    #[garde(custom(password_length))]
    #[schema(value_type = String, example = "violet kettle orbit")]
    pub new_password: Secret,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// Token of the link in the mail.
    #[garde(custom(any_secret))]
    #[schema(value_type = String)]
    pub token: Secret,
    /// Password of 8 to 256 characters that is not easy to guess.
    #[garde(custom(password_length))]
    #[schema(value_type = String, example = "correct horse battery staple")]
    pub password: Secret,
    /// Full name; the one in the invitation if left out.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Ana Sousa")]
    pub full_name: Option<String>,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// E-mail address or phone number of the account.
    #[garde(length(chars, min = 1, max = 254))]
    #[schema(example = "ana@example.com")]
    pub login: String,
    #[garde(custom(any_secret))]
    #[schema(value_type = String, example = "correct horse battery staple")]
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
    /// Access token, sent as `Authorization: Bearer …`.
    pub access_token: String,
    /// Refresh token, good for one use at `POST /v1/auth/refresh`.
    pub refresh_token: String,
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    pub expires_in: u32,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserOut {
    pub id: Uuid,
    pub email: String,
    pub email_verified: bool,
    pub phone: Option<String>,
    pub full_name: String,
    /// Language of the mails to this account.
    #[schema(example = "pt-PT")]
    pub locale: String,
    /// Address of the user's picture, a square of 512 pixels; null without a picture. The content at this address never
    /// changes.
    pub avatar_url: Option<String>,
    /// The user's picture in all sizes, smallest first: 64, 256 and 512 pixels. Empty without a picture.
    pub avatar_sizes: Vec<PictureSize>,
    /// `true` if signing in needs a second factor.
    pub has_second_factor: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
}

impl From<Person> for UserOut {
    fn from(person: Person) -> Self {
        let Person { id, email, email_verified, phone, full_name, locale, avatar_key, has_second_factor, version, created_at } =
            person;
        let avatar_sizes = avatar_key.map(|key| media::avatar_sizes(&key)).unwrap_or_default();
        Self {
            id,
            email,
            email_verified,
            phone,
            full_name,
            locale,
            avatar_url: avatar_sizes.last().map(|largest| largest.url.clone()),
            avatar_sizes,
            has_second_factor,
            version,
            created_at,
        }
    }
}

/// Second step of signing in: the `mfa_token` with either `code` or `recovery_code`.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyMfa {
    /// Token of the problem `auth.mfa_required` (401) that answered the password.
    #[garde(custom(any_secret))]
    #[schema(value_type = String)]
    pub mfa_token: Secret,
    /// Code of 6 digits that the authenticator shows.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, example = "287082")]
    pub code: Option<Secret>,
    /// Recovery code, in place of `code` when the device is lost.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, example = json!(null))]
    pub recovery_code: Option<Secret>,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUpTotp {
    #[garde(custom(any_secret))]
    #[schema(value_type = String, example = "correct horse battery")]
    pub current_password: Secret,
}

/// Secret of a new authenticator, shown only in this answer.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TotpSecret {
    /// Secret in base 32, to be typed into the authenticator.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: String,
    /// Address of the secret, to be shown as a QR code.
    #[schema(example = "otpauth://totp/HBS:ana%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=HBS")]
    pub otpauth_uri: String,
}

/// Code of 6 digits that the authenticator shows.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpCode {
    #[garde(custom(any_secret))]
    #[schema(value_type = String, example = "287082")]
    pub code: Secret,
}

/// Proof for removing the authenticator: the password with either `code` or `recovery_code`.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveTotp {
    #[garde(custom(any_secret))]
    #[schema(value_type = String, example = "correct horse battery")]
    pub current_password: Secret,
    /// Code of 6 digits that the authenticator shows.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, example = "287082")]
    pub code: Option<Secret>,
    /// Recovery code, in place of `code` when the device is lost.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, example = json!(null))]
    pub recovery_code: Option<Secret>,
}

/// Recovery codes, shown only in this answer. Each is good for one sign-in without the authenticator.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RecoveryCodes {
    #[schema(example = json!(["7K4M-9QXT-2B3C-H8WZ"]))]
    pub recovery_codes: Vec<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct MfaStatus {
    /// `true` if signing in needs a code.
    pub active: bool,
    /// Time since when signing in needs a code; null if it does not.
    pub active_since: Option<DateTime<Utc>>,
    /// Number of recovery codes that are left.
    #[schema(example = 10)]
    pub recovery_codes_left: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionOut {
    pub id: Uuid,
    /// Name that the browser or app gave itself when it signed in.
    #[schema(example = "Firefox on Linux")]
    pub device: Option<String>,
    /// Network address from which the user signed in.
    #[schema(example = "192.0.2.7")]
    pub address: Option<String>,
    /// `true` if a second factor was shown in this session.
    pub second_factor: bool,
    /// `true` for the session that sent this request.
    pub current: bool,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl SessionOut {
    pub fn new(session: LiveSession, current: Uuid) -> Self {
        let LiveSession { id, ip_address, user_agent, second_factor_at, expires_at, last_used_at, created_at } = session;
        Self {
            id,
            device: user_agent.as_deref().and_then(rules::device),
            address: ip_address,
            second_factor: second_factor_at.is_some(),
            current: id == current,
            created_at,
            last_used_at,
            expires_at,
        }
    }
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(example = "Ana Sousa")]
    pub full_name: Option<String>,
    /// Phone number with the country code; null removes it.
    #[garde(skip)]
    #[serde(default, deserialize_with = "phones::patched")]
    #[schema(example = "+351 910 000 000")]
    pub phone: Option<Option<String>>,
    /// Language of the mails to this account.
    #[garde(inner(pattern(r"^[a-z]{2,3}(-[A-Z]{2})?$")))]
    #[serde(default, deserialize_with = "present")]
    #[schema(example = "pt-PT")]
    pub locale: Option<String>,
    /// New e-mail address. It takes effect once the link in the mail sent there is followed. Needs `current_password`.
    #[garde(inner(email, length(max = 254)))]
    #[serde(default, deserialize_with = "emails::present")]
    #[schema(example = "ana@example.com")]
    pub email: Option<String>,
    /// Current password; needed to change `email` only.
    #[garde(inner(custom(any_secret)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = json!(null))]
    pub current_password: Option<Secret>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct UpdatedMe {
    #[serde(flatten)]
    pub user: UserOut,
    /// New e-mail address that this request asked for. It becomes `email` once the link in the mail sent there is
    /// followed.
    pub pending_email: Option<String>,
}
