//! Openings: balances of another system, brought in when a hotel begins with HBS.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("openings", "Balances of another system, brought in when a hotel begins with HBS.")
};
