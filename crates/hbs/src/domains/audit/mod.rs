//! Audit trail of all changes, with the proof that nobody has altered it.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use dto::CopiesState;
pub use service::{Verification, astray, overall, verify_all, verify_stream};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("audit"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("audit", "Audit trail of all changes, with the proof that nobody has altered it.")
};
