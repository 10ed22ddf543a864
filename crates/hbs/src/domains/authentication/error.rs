use super::dto::Secret;
use crate::error::{DomainError, FieldError, Member, Problem};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error("Another account has proved this e-mail address to be its own; sign in there instead.")]
    EmailTaken,
    #[error("This link is wrong, has been used or has expired; ask for a new one.")]
    TokenInvalid,
    #[error("The current password is wrong.")]
    WrongPassword,
    #[error("The login or the password is wrong.")]
    WrongCredentials,
    #[error("The refresh token is wrong, expired or has been used before; sign in again.")]
    WrongRefreshToken,
    #[error("There were too many failed attempts. Try again later.")]
    TooManyAttempts,
    #[error("The password is right. Send the code of your authenticator, or a recovery code, to /v1/auth/mfa/verify.")]
    MfaRequired { mfa_token: Secret },
    #[error("The mfa_token is wrong, expired or used up; sign in again.")]
    WrongMfaToken,
    #[error("The code is wrong, has expired or has been used before.")]
    WrongCode { field: &'static str },
    #[error("A second factor is set up already; remove it first.")]
    SecondFactorActive,
    #[error("No second factor is set up; begin with POST /v1/auth/mfa/totp.")]
    NoSecondFactor,
}

pub const EMAIL_TAKEN: Problem = Problem {
    code: "auth.email_taken",
    status: 409,
    title: "E-mail address taken",
    about: "The address is another account's, which has proved it or was invited by it. This is told only to somebody who has a link that was mailed there, and to staff who invite.",
    members: &[],
};
pub const TOKEN_INVALID: Problem = Problem {
    code: "auth.token_invalid",
    status: 422,
    title: "Link not valid",
    about: "The token of a link in a mail is good once, for a limited time, and only until a newer one is sent. The answer does not say which of these failed. Ask for a new mail.",
    members: &[],
};
pub const WRONG_PASSWORD: Problem = Problem {
    code: "auth.wrong_password",
    status: 422,
    title: "Wrong password",
    about: "This needs your current password, so that nobody can do it who merely found a device unlocked.",
    members: &[],
};
pub const WRONG_CREDENTIALS: Problem = Problem {
    code: "auth.wrong_credentials",
    status: 401,
    title: "Wrong credentials",
    about: "The login or the password is wrong, or the account may not sign in. The answer does not say which.",
    members: &[],
};
pub const WRONG_REFRESH_TOKEN: Problem = Problem {
    code: "auth.wrong_refresh_token",
    status: 401,
    title: "Wrong refresh token",
    about: "Each refresh token is good for one use within its session. Using an old one again ends the session, since it may have been stolen; only the device that used it gets the same answer again for ten seconds, so that two pages of a browser can refresh at once.",
    members: &[],
};
pub const MFA_REQUIRED: Problem = Problem {
    code: "auth.mfa_required",
    status: 401,
    title: "Second factor required",
    about: "The password was right, and the account has a second factor. The answer holds an `mfa_token`: send it with a code to POST /v1/auth/mfa/verify within 5 minutes.",
    members: &[Member::value("mfa_token", "Token to be sent with the code of the second factor, within 5 minutes.", || {
        schema!(String).into()
    })],
};
pub const TOO_MANY_ATTEMPTS: Problem = Problem {
    code: "auth.too_many_attempts",
    status: 429,
    title: "Too many attempts",
    about: "Too many sign-ins in a row have failed, so further ones are refused unseen until the time in `Retry-After` has passed. Logins that do not exist are treated alike. Staff can lift the lock-out.",
    members: &[],
};
pub const WRONG_MFA_TOKEN: Problem = Problem {
    code: "auth.wrong_mfa_token",
    status: 401,
    title: "Wrong mfa_token",
    about: "An `mfa_token` is good for one sign-in, for 5 minutes and for 5 wrong codes. Sign in again with the password.",
    members: &[],
};
pub const WRONG_CODE: Problem = Problem {
    code: "auth.wrong_code",
    status: 422,
    title: "Wrong code",
    about: "The code of the authenticator or the recovery code is wrong. A code is good for about a minute and for one use, a recovery code for one use.",
    members: &[],
};
pub const SECOND_FACTOR_ACTIVE: Problem = Problem {
    code: "auth.second_factor_active",
    status: 409,
    title: "Second factor set up already",
    about: "An account has one authenticator. To change it, remove it and set up the new one.",
    members: &[],
};
pub const NO_SECOND_FACTOR: Problem = Problem {
    code: "auth.no_second_factor",
    status: 409,
    title: "No second factor",
    about: "The account has no authenticator.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[
    &EMAIL_TAKEN,
    &TOKEN_INVALID,
    &WRONG_CREDENTIALS,
    &WRONG_REFRESH_TOKEN,
    &MFA_REQUIRED,
    &TOO_MANY_ATTEMPTS,
    &WRONG_MFA_TOKEN,
    &WRONG_CODE,
    &WRONG_PASSWORD,
    &SECOND_FACTOR_ACTIVE,
    &NO_SECOND_FACTOR,
];

impl DomainError for AuthError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::EmailTaken => &EMAIL_TAKEN,
            Self::TokenInvalid => &TOKEN_INVALID,
            Self::WrongPassword => &WRONG_PASSWORD,
            Self::WrongCredentials => &WRONG_CREDENTIALS,
            Self::WrongRefreshToken => &WRONG_REFRESH_TOKEN,
            Self::TooManyAttempts => &TOO_MANY_ATTEMPTS,
            Self::MfaRequired { .. } => &MFA_REQUIRED,
            Self::WrongMfaToken => &WRONG_MFA_TOKEN,
            Self::WrongCode { .. } => &WRONG_CODE,
            Self::SecondFactorActive => &SECOND_FACTOR_ACTIVE,
            Self::NoSecondFactor => &NO_SECOND_FACTOR,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::EmailTaken => vec![FieldError::body("/email", "is taken")],
            Self::TokenInvalid => vec![FieldError::body("/token", "is not valid")],
            Self::WrongCode { field } => vec![FieldError::body(*field, "is wrong, has expired or has been used before")],
            Self::WrongPassword => vec![FieldError::body("/current_password", "is wrong")],
            Self::WrongCredentials
            | Self::WrongRefreshToken
            | Self::TooManyAttempts
            | Self::MfaRequired { .. }
            | Self::WrongMfaToken
            | Self::SecondFactorActive
            | Self::NoSecondFactor => Vec::new(),
        }
    }

    fn extra(&self) -> serde_json::Map<String, serde_json::Value> {
        match self {
            Self::MfaRequired { mfa_token } => {
                serde_json::Map::from_iter([("mfa_token".to_owned(), mfa_token.0.as_str().into())])
            }
            _ => serde_json::Map::new(),
        }
    }
}
