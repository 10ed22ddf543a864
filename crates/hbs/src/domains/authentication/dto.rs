use super::model::LiveSession;
use super::rules;
use crate::contact::{emails, phones};
use crate::http::valid::present;
use crate::media::{self, PictureSize};
use crate::plain_text::verbatim;
use crate::security::{LiveKey, Person};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Text that must not be shown, such as a password: prints as dots.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Secret(#[serde(deserialize_with = "verbatim")] pub String);

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

pub fn any_secret(secret: &Secret, (): &()) -> garde::Result {
    if (1..=MAX_PASSWORD).contains(&secret.0.chars().count()) {
        Ok(())
    } else {
        Err(garde::Error::new("must not be empty or longer than 256 characters"))
    }
}

/// Account to register.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// E-mail address; upper and lower case are the same.
    #[serde(deserialize_with = "emails::normal")]
    #[garde(email, length(max = 254))]
    #[schema(format = "email", max_length = 254, example = "ana@example.com")]
    pub email: String,
    /// Password of 8 to 256 characters that is not easy to guess.
    #[garde(custom(password_length))]
    #[schema(value_type = String, min_length = 8, max_length = 256, example = "correct horse battery staple")]
    pub password: Secret,
    /// Full name of the user, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Ana Sousa")]
    pub full_name: String,
    /// Phone number in international form, at most 40 characters; stored as E.164: `+351910000000`.
    #[serde(default, deserialize_with = "phones::optional")]
    #[garde(inner(length(max = 40)))]
    #[schema(max_length = 40, example = "+351 910 000 000")]
    pub phone: Option<String>,
    /// Language that the person prefers: mails are written in it, or in the nearest that there are texts in. If left out: the
    /// one that the browser asks for (`Accept-Language`), else `en`.
    #[garde(inner(pattern(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")))]
    #[schema(pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<String>,
}

/// Proof of an e-mail address.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyEmail {
    /// Token of the link in the mail.
    #[garde(custom(any_secret))]
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    pub token: Secret,
}

/// Result of verifying an e-mail address.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EmailVerified {
    /// `true` if the e-mail address is verified; always so in this answer.
    #[schema(example = true)]
    pub email_verified: bool,
}

/// Account whose password is to be reset.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    /// E-mail address of the account, at most 254 characters; upper and lower case are the same.
    #[serde(deserialize_with = "emails::normal")]
    #[garde(email, length(max = 254))]
    #[schema(format = "email", max_length = 254, example = "ana@example.com")]
    pub email: String,
}

/// New password, with the token of a mailed link as proof.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// Token of the link in the mail.
    #[garde(custom(any_secret))]
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    pub token: Secret,
    /// New password of 8 to 256 characters that is not easy to guess.
    #[garde(custom(password_length))]
    #[schema(value_type = String, min_length = 8, max_length = 256, example = "correct horse battery staple")]
    pub password: Secret,
    /// `true` to keep the API keys that the account has made. They end if it is left out, since somebody else may have made
    /// them.
    #[garde(skip)]
    #[serde(default)]
    pub keep_api_keys: bool,
}

/// New password, with the current one as proof.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// Current password of the account.
    #[garde(custom(any_secret))]
    #[schema(value_type = String, min_length = 1, max_length = 256, example = "correct horse battery staple")]
    pub current_password: Secret,
    /// New password of 8 to 256 characters that is not easy to guess and is not the current one.
    #[garde(custom(password_length))]
    #[schema(value_type = String, min_length = 8, max_length = 256, example = "violet kettle orbit")]
    pub new_password: Secret,
    /// `true` to end the API keys that you have made as well.
    #[garde(skip)]
    #[serde(default)]
    pub end_api_keys: bool,
}

/// Choice of what ends beside your sessions.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogoutAll {
    /// `true` to end the API keys that you have made as well.
    #[garde(skip)]
    #[serde(default)]
    pub end_api_keys: bool,
}

/// API keys of an account whose other ways in have ended.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AccountKeys {
    /// API keys that this request has ended.
    pub ended_api_keys: Vec<AccountKey>,
    /// API keys that still work. Look whether you made each of them.
    pub api_keys: Vec<AccountKey>,
}

/// An API key that an account has made.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AccountKey {
    /// Identifier of the API key.
    pub id: Uuid,
    /// Name of the integration that the key is for.
    #[schema(example = "Channel manager")]
    pub name: String,
    /// Time of the last use, to the minute (UTC); null if it was never used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl From<LiveKey> for AccountKey {
    fn from(key: LiveKey) -> Self {
        let LiveKey { id, name, last_used_at, created_at } = key;
        Self { id, name, last_used_at, created_at }
    }
}

/// Password of an invited account, with the token of a mailed link as proof.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// Token of the link in the mail.
    #[garde(custom(any_secret))]
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    pub token: Secret,
    /// Password of 8 to 256 characters that is not easy to guess.
    #[garde(custom(password_length))]
    #[schema(value_type = String, min_length = 8, max_length = 256, example = "correct horse battery staple")]
    pub password: Secret,
    /// Full name; the one in the invitation if left out.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Ana Sousa")]
    pub full_name: Option<String>,
}

/// Credentials of an account.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// E-mail address or phone number of the account.
    #[garde(length(chars, min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254, example = "ana@example.com")]
    pub login: String,
    /// Password of the account.
    #[garde(custom(any_secret))]
    #[schema(value_type = String, min_length = 1, max_length = 256, example = "correct horse battery staple")]
    pub password: Secret,
}

/// Refresh token of a session.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// Refresh token of the session's latest answer; each is good for one use.
    #[garde(custom(any_secret))]
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    pub refresh_token: Secret,
}

/// Tokens of a session, with the user who is signed in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SignedIn {
    /// User who is signed in.
    pub user: UserOut,
    /// Access token, sent as `Authorization: Bearer …`.
    pub access_token: String,
    /// Refresh token, good for one use at `POST /v1/auth/refresh`; sent again by the same device within ten seconds, it gets the
    /// same successor.
    pub refresh_token: String,
    /// Type of the access token; always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    pub expires_in: u32,
}

/// An account, as its user sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserOut {
    /// Identifier of the account.
    pub id: Uuid,
    /// E-mail address of the account, in lower case.
    pub email: String,
    /// `true` if the e-mail address is verified.
    pub email_verified: bool,
    /// Phone number in E.164 form: `+351910000000`; null if there is none.
    pub phone: Option<String>,
    /// `true` if the phone number is known to be the user's. Only then is it good for signing in.
    pub phone_verified: bool,
    /// Full name of the user.
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
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
}

impl From<Person> for UserOut {
    fn from(person: Person) -> Self {
        let Person {
            id,
            email,
            email_verified,
            phone,
            phone_verified,
            full_name,
            locale,
            avatar_key,
            has_second_factor,
            version,
            created_at,
        } = person;
        let avatar_sizes = avatar_key.map(|key| media::avatar_sizes(&key)).unwrap_or_default();
        Self {
            id,
            email,
            email_verified,
            phone,
            phone_verified,
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
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    pub mfa_token: Secret,
    /// Code of 6 digits that the authenticator shows.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = "287082")]
    pub code: Option<Secret>,
    /// Recovery code, in place of `code` when the device is lost.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = json!(null))]
    pub recovery_code: Option<Secret>,
}

/// Proof for setting up an authenticator: the password.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUpTotp {
    /// Current password of the account.
    #[garde(custom(any_secret))]
    #[schema(value_type = String, min_length = 1, max_length = 256, example = "correct horse battery")]
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
    /// Code of 6 digits that the authenticator shows.
    #[garde(custom(any_secret))]
    #[schema(value_type = String, min_length = 1, max_length = 256, example = "287082")]
    pub code: Secret,
}

/// Proof for removing the authenticator: the password with either `code` or `recovery_code`.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveTotp {
    /// Current password of the account.
    #[garde(custom(any_secret))]
    #[schema(value_type = String, min_length = 1, max_length = 256, example = "correct horse battery")]
    pub current_password: Secret,
    /// Code of 6 digits that the authenticator shows.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = "287082")]
    pub code: Option<Secret>,
    /// Recovery code, in place of `code` when the device is lost.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = json!(null))]
    pub recovery_code: Option<Secret>,
}

/// Recovery codes, shown only in this answer. Each is good for one sign-in without the authenticator.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RecoveryCodesOut {
    /// The 10 recovery codes of the account; earlier ones are void.
    #[schema(example = json!(["7K4M-9QXT-2B3C-H8WZ"]))]
    pub recovery_codes: Vec<String>,
}

/// State of the second factor of an account.
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

/// A session of an account.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionOut {
    /// Identifier of the session.
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
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last use, to the minute (UTC).
    pub last_used_at: DateTime<Utc>,
    /// Time at which the session ends (UTC); refreshing its tokens does not extend it.
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

/// Change of your profile. Fields that are left out stay as they are.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// Full name of the user, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "Ana Sousa")]
    pub full_name: Option<String>,
    /// Phone number with the country code, at most 40 characters; null removes it.
    #[garde(inner(inner(length(max = 40))))]
    #[serde(default, deserialize_with = "phones::patched")]
    #[schema(max_length = 40, example = "+351 910 000 000")]
    pub phone: Option<Option<String>>,
    /// Language of the mails to this account.
    #[garde(inner(pattern(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<String>,
    /// New e-mail address. It takes effect once the link in the mail sent there is followed. Needs `current_password`.
    #[garde(inner(email, length(max = 254)))]
    #[serde(default, deserialize_with = "emails::present")]
    #[schema(nullable = false, format = "email", max_length = 254, example = "ana@example.com")]
    pub email: Option<String>,
    /// Current password; needed to change `email` only.
    #[garde(inner(custom(any_secret)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<String>, min_length = 1, max_length = 256)]
    pub current_password: Option<Secret>,
}

/// Your profile after a change.
#[derive(Serialize, utoipa::ToSchema)]
pub struct UpdatedMe {
    #[serde(flatten)]
    pub user: UserOut,
    /// New e-mail address that this request asked for. It becomes `email` once the link in the mail sent there is
    /// followed.
    pub pending_email: Option<String>,
}
