//! Accounts: companies and agents that a hotel has dealings with.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

pub use dto::PayerExemption;
pub use model::{AccountKind, BusinessAccount};
pub use repository::{find, find_in, insert, share};
pub use service::{check, check_exemption};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("accounts"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("accounts", "Companies and agents that a hotel has dealings with.")
};
