//! Administration of accounts of guests and staff.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("users"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("users", "Administration of the accounts of guests and staff.")
};
