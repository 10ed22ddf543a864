use crate::error::{DomainError, FieldError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error("There is an account with this e-mail address already; sign in instead.")]
    EmailTaken,
    #[error("There is an account with this phone number already; sign in instead.")]
    PhoneTaken,
    #[error("The login or the password is wrong.")]
    WrongCredentials,
    #[error("The refresh token is wrong, expired or has been used before; sign in again.")]
    WrongRefreshToken,
}

const EMAIL_TAKEN: Problem = Problem {
    code: "auth.email_taken",
    status: 409,
    title: "E-mail address taken",
    about: "An account with this e-mail address exists.",
};
const PHONE_TAKEN: Problem = Problem {
    code: "auth.phone_taken",
    status: 409,
    title: "Phone number taken",
    about: "An account with this phone number exists.",
};
const WRONG_CREDENTIALS: Problem = Problem {
    code: "auth.wrong_credentials",
    status: 401,
    title: "Wrong credentials",
    about: "The login or the password is wrong, or the account may not sign in. Which of these is not told.",
};
const WRONG_REFRESH_TOKEN: Problem = Problem {
    code: "auth.wrong_refresh_token",
    status: 401,
    title: "Wrong refresh token",
    about: "Each refresh token is good for one use within its session. Using an old one again ends the session, since it may have been stolen.",
};
/// No role asks for a second factor yet; the shape of the answer is settled for clients.
const MFA_REQUIRED: Problem = Problem {
    code: "auth.mfa_required",
    status: 401,
    title: "Second factor required",
    about: "The password was right, and the account has a second factor. The answer holds an `mfa_token` with which the second factor is sent.",
};

pub const PROBLEMS: &[&Problem] = &[&EMAIL_TAKEN, &PHONE_TAKEN, &WRONG_CREDENTIALS, &WRONG_REFRESH_TOKEN, &MFA_REQUIRED];

impl DomainError for AuthError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::EmailTaken => &EMAIL_TAKEN,
            Self::PhoneTaken => &PHONE_TAKEN,
            Self::WrongCredentials => &WRONG_CREDENTIALS,
            Self::WrongRefreshToken => &WRONG_REFRESH_TOKEN,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::EmailTaken => vec![FieldError::body("/email", "is taken")],
            Self::PhoneTaken => vec![FieldError::body("/phone", "is taken")],
            Self::WrongCredentials | Self::WrongRefreshToken => Vec::new(),
        }
    }
}
