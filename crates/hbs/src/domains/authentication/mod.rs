//! Authentication: registration, sign-in, sessions and second factors.
mod dto;
mod error;
mod jobs;
mod letters;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use dto::{Secret, any_secret};
pub use error::{EMAIL_TAKEN, TOO_MANY_ATTEMPTS, WRONG_CODE, WRONG_PASSWORD};
pub use repository::active_among;
pub use rules::KEEP_SESSIONS;
pub use service::{
    NewAccount, Origin, Presence, account_of, clear_lock_outs, confirm_presence, create_account, forget_second_factor, invite,
    locked_until, password_weakness, request_email_change, reset_second_factor, shut_out, tell_of_deletion, tell_of_new_key,
    tell_of_suspension,
};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("authentication"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    letters: Some(&letters::LETTERS),
    jobs: jobs::JOBS,
    ..Domain::new("authentication", "Registration, sign-in, sessions and second factors.")
};
