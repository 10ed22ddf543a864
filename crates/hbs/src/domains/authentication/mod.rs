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

pub use error::{EMAIL_TAKEN, PHONE_TAKEN};
pub use repository::active_among;
pub use service::{
    NewAccount, clear_lock_outs, create_account, forget_second_factor, invite, is_email_taken, locked_until, password_weakness,
    request_email_change, reset_second_factor, shut_out,
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
